/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Calls through really generated code, both sides in this program (test/integration/codegen):
 * what a good peer gets, and what a hostile one can not do.
 */
#include "world.h"
#include "support.h"

static cc_enclave_t enclave;

static void world_reset(void)
{
    memset(&world, 0, sizeof world);
}

/* ------------------------------------------------------------------------------- good peers */

START_TEST(ecall_carries_buffers_of_any_size)
{
    static const size_t SIZES[] = {0, 1, 15, 16, 17, 48, 4000, 4096, 5000, 100000};
    static uint8_t in[100000], out[100000];
    int rc;

    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        memset(out, 0xaa, sizeof out);
        ck_assert_int_eq(echo(&enclave, &rc, in, SIZES[i], out, SIZES[i]), CC_SUCCESS);
        ck_assert_int_eq(rc, 0); /* also for size 0: neither pointer arrived as NULL */
        ck_assert(SIZES[i] == 0 || memcmp(in, out, SIZES[i]) == 0);
        ck_assert(SIZES[i] == sizeof out || out[SIZES[i]] == 0xaa);
    }
}
END_TEST

START_TEST(ecall_passes_null_as_null_and_tolerates_a_null_retval)
{
    uint8_t byte = 1;
    int rc = 9;

    ck_assert_int_eq(echo(&enclave, &rc, NULL, 100, &byte, 1), CC_SUCCESS);
    ck_assert_int_eq(rc, 1);
    ck_assert_int_eq(echo(&enclave, &rc, &byte, 1, NULL, 100), CC_SUCCESS);
    ck_assert_int_eq(rc, 2);
    ck_assert_int_eq(echo(&enclave, NULL, NULL, 0, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(text(&enclave, NULL, NULL, NULL, NULL), CC_SUCCESS);
    ck_assert_int_eq(arrays(&enclave, &rc, NULL, NULL, NULL), CC_SUCCESS);
    ck_assert_int_eq(rc, -1);
    ck_assert_int_eq(deep_in(&enclave, &rc, NULL, 4), CC_SUCCESS);
    ck_assert_int_eq(deep_io(&enclave, &rc, NULL), CC_SUCCESS);
    ck_assert_int_eq(flags(&enclave, NULL, NULL, 4), CC_SUCCESS);
}
END_TEST

START_TEST(ecall_carries_scalars_and_names_that_generated_code_might_use)
{
    uint64_t sum;
    int rc;

    ck_assert_int_eq(scalars(&enclave, &sum, 1, 2, 3, 4, 5.0f, 6.0, true, BLUE, L'a', 7, 8),
                     CC_SUCCESS);
    ck_assert_uint_eq(sum, 1 + 2 + 3 + 4 + 5 + 6 + 1000 + 6 + 'a' + 7 + 8);
    ck_assert_int_eq(names(&enclave, &rc, 1, 2, 4, 8, 16, 32, 64, 128, 256), CC_SUCCESS);
    ck_assert_int_eq(rc, 511);
    world_reset();
    ck_assert_int_eq(nothing(&enclave), CC_SUCCESS);
    ck_assert_int_eq(nothing2(&enclave), CC_SUCCESS);
    ck_assert_uint_eq(world.calls, 2);
}
END_TEST

START_TEST(ecall_carries_text_with_its_terminator)
{
    wchar_t wide[] = L"four";
    char text_io[] = "abc";
    size_t size;

    ck_assert_int_eq(text(&enclave, &size, "hello", text_io, wide), CC_SUCCESS);
    ck_assert_uint_eq(size, 5 + 3 + 4);
    ck_assert_str_eq(text_io, "ABC");
}
END_TEST

START_TEST(ecall_carries_arrays_structs_and_counts)
{
    struct point p = {1, 2}, ps[3] = {{1, 1}, {2, 2}, {3, 3}}, r;
    uint16_t m[2][3] = {{1, 2, 3}, {4, 5, 6}};
    bool b[3] = {false, false, true}, any = false;
    union mixed u = {.u = 0x12345};
    int a[4] = {1, 2, 3, 4}, rc;
    uint8_t o[7] = {9};

    ck_assert_int_eq(arrays(&enclave, &rc, a, m, o), CC_SUCCESS);
    ck_assert_int_eq(rc, 4);
    ck_assert_uint_eq(m[1][2], 7);
    ck_assert_uint_eq(o[6], 7);
    ck_assert_int_eq(structs(&enclave, &r, p, ps, 3, u), CC_SUCCESS);
    ck_assert(r.x == 2 && r.y == 0x2345 && ps[2].x == 2 && ps[2].y == 3);
    ck_assert_int_eq(counted(&enclave, &rc, a, sizeof a[0], 4), CC_SUCCESS);
    ck_assert_int_eq(flags(&enclave, &any, b, 3), CC_SUCCESS);
    ck_assert(any);
}
END_TEST

/* sdk.md 8.3, 7: elements beyond the second, members above 255 bytes, NULL members. */
START_TEST(ecall_copies_structs_with_their_members)
{
    static uint8_t large[1000], small[3] = {1, 2, 3};
    int32_t numbers[3] = {10, 20, 30};
    struct deep d[4] = {{large, sizeof large, numbers, NULL},
                        {NULL, 5, numbers, NULL},
                        {small, 3, NULL, (char *)small},
                        {small, 0, numbers, NULL}};
    int sum;

    memset(large, 1, sizeof large);
    ck_assert_int_eq(deep_in(&enclave, &sum, d, 4), CC_SUCCESS);
    ck_assert_int_eq(sum, 1000 + 60 + 60 + 6 + 60);
    ck_assert_ptr_eq(d[2].loose, small);

    d[1] = (struct deep){small, 3, NULL, (char *)small};
    ck_assert_int_eq(deep_io(&enclave, &sum, d), CC_SUCCESS);
    ck_assert_int_eq(sum, 7);
    ck_assert(large[999] == 0xfe && small[2] == 0xfc && numbers[1] == ~20);
    ck_assert_uint_eq(d[0].len, 1001);
    ck_assert_ptr_eq(d[0].bytes, large); /* the host's own pointers stand */
    ck_assert_ptr_eq(d[1].loose, small);
    ck_assert_ptr_null(d[1].numbers);
}
END_TEST

START_TEST(ocalls_work_and_carry_errno)
{
    int rc;

    for (int what = 0; what < OCALLS; what++) {
        ck_assert_int_eq(calls(&enclave, &rc, what), CC_SUCCESS);
        ck_assert_int_eq(rc, 0);
    }
}
END_TEST

START_TEST(switchless_wrappers_refuse_without_an_engine_that_has_them)
{
    static const struct cc_enclave_ops ops;
    struct cc_enclave_ops_desc desc = {.ops = &ops};
    struct list_ops_desc node = {.ops_desc = &desc};
    cc_enclave_t ready = {.used_flag = true, .list_ops_node = &node};
    int rc, task;

    ck_assert_int_eq(sl(NULL, &rc, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(sl(&enclave, &rc, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(sl(&ready, &rc, NULL, 0), CC_ERROR_SWITCHLESS_DISABLED);
    ck_assert_int_eq(sl_async(&ready, NULL, &rc, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(sl_async(&ready, &task, &rc, NULL, 0), CC_ERROR_SWITCHLESS_DISABLED);
}
END_TEST

START_TEST(image_describes_the_edl)
{
    ck_assert_uint_eq(world_image.version, CC_ENCLAVE_IMAGE_VERSION);
    ck_assert_uint_eq(world_image.size, sizeof world_image);
    ck_assert_uint_eq(world_image.ecall_count, ECALLS);
    ck_assert_uint_eq(world_image.ocall_count, OCALLS);
    ck_assert_uint_eq(world_image.ecall_flags[ID_ECHO], CC_ECALL_PUBLIC | CC_ECALL_LENDS);
    ck_assert_uint_eq(world_image.ecall_flags[ID_SL], 7); /* and for workers */
    ck_assert_uint_eq(world_image.ecall_flags[ID_HIDDEN], CC_ECALL_LENDS);
    for (size_t o = 0; o < OCALLS; o++)
        for (size_t f = 0; f < ECALLS; f++)
            ck_assert_uint_eq(world_image.ocall_allow[o * ECALLS + f],
                              o == ID_O_WRITE && (f == ID_HIDDEN || f == ID_CALLS) ? 1 : 0);
}
END_TEST

/* ----------------------------------------------------------------------------- hostile host */

struct __attribute__((packed)) echo_head {
    uint8_t has_in;
    size_t len;
    uint8_t has_out;
    size_t cap;
};

static cc_enclave_result_t enter(uint32_t id, const void *in, size_t in_size, size_t out_size)
{
    struct world_frame frame = {exact_copy(in, in_size), exact_copy(NULL, out_size), in_size,
                                out_size};
    cc_enclave_result_t rc = world_enter(id, &frame);

    free(frame.in);
    free(frame.out);
    return rc;
}

static cc_enclave_result_t enter_echo(size_t len, size_t in_size, size_t cap, size_t out_size)
{
    uint8_t in[256] = {0};
    struct echo_head head = {1, len, 1, cap};

    memcpy(in, &head, sizeof head);
    return enter(ID_ECHO, in, in_size, out_size);
}

/* sdk.md 8.3, 1 and 2: sizes in the frame that are not those of the buffers. */
START_TEST(ecall_refuses_a_size_that_the_frame_does_not_have)
{
    ck_assert_int_eq(enter_echo(16, 48, 16, 32), CC_SUCCESS);
    world_reset();
    ck_assert_int_eq(enter_echo(100000, 48, 16, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(17, 48, 16, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(15, 48, 16, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 47, 16, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 49, 16, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 48, 100000, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 48, 17, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 48, 15, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 48, 16, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(SIZE_MAX, 48, 16, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(SIZE_MAX - 31, 48, 16, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 48, SIZE_MAX, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 48, (size_t)PTRDIFF_MAX, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(world.calls, 0);
}
END_TEST

START_TEST(ecall_refuses_each_truncated_frame)
{
    for (size_t size = 0; size < 48; size++)
        ck_assert_int_eq(enter_echo(16, size, 16, 32), CC_ERROR_BAD_PARAMETERS);
    for (size_t size = 0; size < 32; size++)
        ck_assert_int_eq(enter_echo(16, 48, 16, size), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

START_TEST(ecall_refuses_null_frames)
{
    size_t written = 1;

    ck_assert_int_eq(world_image.ecalls[ID_ECHO](NULL, 48, NULL, 32, NULL, &written),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(written, 0);
    ck_assert_int_eq(world_image.ecalls[ID_ECHO](NULL, 0, NULL, 0, NULL, NULL),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(world_image.ecalls[ID_NOTHING](NULL, 0, NULL, 0, NULL, NULL), CC_SUCCESS);
}
END_TEST

/* sdk.md 8.3, 8: products that overflow, and negative factors. */
START_TEST(ecall_refuses_products_that_overflow)
{
    struct __attribute__((packed)) {
        uint8_t has;
        int unit;
        int64_t n;
        uint8_t pad[64];
    } in = {1, 16, 1, {0}};

    ck_assert_int_eq(enter(ID_COUNTED, &in, 32, sizeof(int)), CC_SUCCESS);
    in.n = INT64_C(0x1000000000000001); /* times 16 is 16 again in 64 bits */
    ck_assert_int_eq(enter(ID_COUNTED, &in, 32, sizeof(int)), CC_ERROR_BAD_PARAMETERS);
    in.n = -1;
    ck_assert_int_eq(enter(ID_COUNTED, &in, 32, sizeof(int)), CC_ERROR_BAD_PARAMETERS);
    in.n = 1;
    in.unit = -16;
    ck_assert_int_eq(enter(ID_COUNTED, &in, 32, sizeof(int)), CC_ERROR_BAD_PARAMETERS);
    in.n = -1;
    ck_assert_int_eq(enter(ID_COUNTED, &in, 32, sizeof(int)), CC_ERROR_BAD_PARAMETERS);
    in.n = 0;
    in.unit = 16;
    ck_assert_int_eq(enter(ID_COUNTED, &in, 16, sizeof(int)), CC_SUCCESS);
}
END_TEST

/* sdk.md 8.3, 8 on the host: the wrapper refuses before it copies. */
START_TEST(wrapper_refuses_negative_and_overflowing_sizes)
{
    uint8_t byte = 0;
    int rc = 5;

    world_reset();
    ck_assert_int_eq(counted(&enclave, &rc, &byte, -1, 1), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(counted(&enclave, &rc, &byte, 1, -1), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(counted(&enclave, &rc, &byte, 1 << 20, INT64_MAX / 2),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(echo(&enclave, &rc, &byte, SIZE_MAX, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(rc, 5);
    ck_assert_uint_eq(world.calls, 0);
}
END_TEST

/* sdk.md 8.3, 4. */
START_TEST(ecall_refuses_text_without_terminator)
{
    struct __attribute__((packed)) {
        uint64_t s, t, w;
        uint8_t pad[8];
        char text[16];
    } in = {4, 0, 0, {0}, "abc"};

    ck_assert_int_eq(enter(ID_TEXT, &in, 36, sizeof(size_t)), CC_SUCCESS);
    in.text[3] = 'd';
    ck_assert_int_eq(enter(ID_TEXT, &in, 36, sizeof(size_t)), CC_ERROR_BAD_PARAMETERS);
    in.text[2] = '\0'; /* not the last byte */
    ck_assert_int_eq(enter(ID_TEXT, &in, 36, sizeof(size_t)), CC_ERROR_BAD_PARAMETERS);
    in.s = UINT64_MAX;
    ck_assert_int_eq(enter(ID_TEXT, &in, 36, sizeof(size_t)), CC_ERROR_BAD_PARAMETERS);
    in.s = 0;
    in.w = 5; /* no multiple of a wide character */
    memset(in.text, 0, sizeof in.text);
    ck_assert_int_eq(enter(ID_TEXT, &in, 37, sizeof(size_t)), CC_ERROR_BAD_PARAMETERS);
    in.w = 8;
    ck_assert_int_eq(enter(ID_TEXT, &in, 40, sizeof(size_t)), CC_SUCCESS);
}
END_TEST

START_TEST(ecall_refuses_bools_and_flags_that_are_neither)
{
    struct __attribute__((packed)) {
        uint8_t has;
        size_t n;
        uint8_t pad[7];
        uint8_t bools[4];
    } in = {1, 4, {0}, {0, 1, 0, 1}};

    ck_assert_int_eq(enter(ID_FLAGS, &in, sizeof in, 1), CC_SUCCESS);
    in.bools[2] = 2;
    ck_assert_int_eq(enter(ID_FLAGS, &in, sizeof in, 1), CC_ERROR_BAD_PARAMETERS);
    in.bools[2] = 1;
    in.has = 2;
    ck_assert_int_eq(enter(ID_FLAGS, &in, sizeof in, 1), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

/* sdk.md 8.3, 5: the world hands over out buffers full of 0xee. */
START_TEST(ecall_zeroes_out_buffers)
{
    uint8_t o[7], out[64];
    int rc;

    world_reset();
    ck_assert_int_eq(arrays(&enclave, &rc, NULL, NULL, o), CC_SUCCESS);
    ck_assert_int_eq(echo(&enclave, &rc, NULL, 0, out, sizeof out), CC_SUCCESS);
    ck_assert(!world.dirty_out);
    ck_assert_mem_eq(out, (uint8_t[64]){0}, 64);
    for (size_t i = 0; i < world.seen_out_size; i++) /* nor anything between the buffers */
        ck_assert(world.seen_out[i] != 0xee);
}
END_TEST

/* Whether a frame holds eight bytes that are an address near one of this program's. */
static bool holds_address(const uint8_t *data, size_t size, const void *near)
{
    for (size_t i = 0; i + sizeof(uint64_t) <= size; i++) {
        uint64_t value;

        memcpy(&value, data + i, sizeof value);
        if (value >> 32 != 0 && value >> 32 == (uint64_t)(uintptr_t)near >> 32)
            return true;
    }
    return false;
}

/* sdk.md 8.3, 6. */
START_TEST(ecall_sends_no_address_of_the_enclave)
{
    static uint8_t bytes[8];
    static struct deep d[2] = {{bytes, 8, NULL, NULL}, {NULL, 0, NULL, NULL}}; /* padding: 0 */
    struct packet p = {bytes, 3, NULL}, q = {bytes, 4, (char *)bytes}, r = {0}, v;
    void *heap = malloc(1);
    int rc;

    ck_assert_int_eq(deep_io(&enclave, &rc, d), CC_SUCCESS);
    ck_assert(!holds_address(world.seen_in, world.seen_in_size, bytes)); /* nor of the host */
    ck_assert(!holds_address(world.seen_out, world.seen_out_size, heap));
    ck_assert_int_eq(packets(&enclave, &v, p, &q, &r), CC_SUCCESS);
    ck_assert(!holds_address(world.seen_in, world.seen_in_size, bytes));
    ck_assert(!holds_address(world.seen_out, world.seen_out_size, bytes));
    ck_assert(v.size == 3 && v.data == NULL && v.note == NULL);
    ck_assert(q.size == 4 && q.data == bytes && q.note == (char *)bytes);
    ck_assert(r.size == 5 && r.data == NULL && r.note == NULL);
    free(heap);
}
END_TEST

static bool holds_byte(const uint8_t *data, size_t size, uint8_t byte)
{
    return memchr(data, byte, size) != NULL;
}

/* What stands between the members of the enclave's structs stays in the enclave. */
START_TEST(enclave_sends_no_padding)
{
    struct gap list[3];
    struct gaps all, value;
    int rc;

    memset(list, 0, sizeof list);
    ck_assert_int_eq(holes(&enclave, &value, list, 3, &all), CC_SUCCESS);
    ck_assert_uint_ge(world.seen_out_size, sizeof all + sizeof value + sizeof list);
    ck_assert(!holds_byte(world.seen_out, world.seen_out_size, 0xdd));
    ck_assert(value.each[1].large == 2 && value.tail == 3 && all.each[0].small == 1);
    ck_assert(list[2].small == 1 && list[2].large == 2);
    ck_assert_int_eq(calls(&enclave, &rc, ID_O_GAPS), CC_SUCCESS);
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_ge(world.seen_in_size, 3 * sizeof(struct gap)); /* the ocall's frame */
    ck_assert(!holds_byte(world.seen_in, world.seen_in_size, 0xdd));
}
END_TEST

START_TEST(ecall_works_with_frames_at_odd_addresses)
{
    uint8_t in[1 + 48] = {0}, out[1 + 32];
    struct echo_head head = {1, 16, 1, 16};
    size_t written;

    memcpy(in + 1, &head, sizeof head);
    memset(in + 1 + 32, 0x5a, 16);
    ck_assert_int_eq(world_image.ecalls[ID_ECHO](in + 1, 48, out + 1, 32, NULL, &written),
                     CC_SUCCESS);
    ck_assert_uint_eq(written, 32);
    ck_assert_uint_eq(out[1 + 31], 0x5a);
}
END_TEST

/* --------------------------------------------------------------------- frames changed at random */

static uint64_t random_state;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void frame_mutate(struct world_frame *frame)
{
    static const uint64_t EDGES[] = {
        0,    1,    2,      15,        16,         17,        255,        256,
        4095, 4096, 100000, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX, UINT64_MAX - 15};
    uint64_t edge = EDGES[random_next() % (sizeof EDGES / sizeof EDGES[0])];
    size_t at = frame->in_size > 0 ? random_next() % frame->in_size : 0;
    size_t room = frame->in_size - at;

    switch (random_next() % 5) {
    case 0:
        if (room > 0)
            frame->in[at] = (uint8_t)random_next();
        break;
    case 1:
        memcpy(frame->in + at, &edge, room < 8 ? room : 8);
        break;
    case 2:
        memcpy(frame->in + at, &edge, room < 4 ? room : 4);
        break;
    case 3: { /* shorter, in an exact block */
        uint8_t *cut = exact_copy(frame->in, at);

        free(frame->in);
        frame->in = cut;
        frame->in_size = at;
        break;
    }
    default:
        free(frame->out);
        frame->out_size = random_next() % (frame->out_size + 32);
        frame->out = exact_copy(NULL, frame->out_size);
    }
}

/* Runs a good call of each kind whose frame on_ecall (or on_ocall) changes on the way. */
static void call_everything(void)
{
    static uint8_t bytes[300];
    int32_t numbers[3] = {1, 2, 3};
    struct deep d[2] = {{bytes, 300, numbers, NULL}, {NULL, 3, NULL, NULL}};
    struct point p = {1, 2}, ps[3] = {{1, 1}, {2, 2}, {3, 3}}, r;
    struct packet k = {bytes, 3, NULL}, v;
    struct gap hs[2] = {{1, 2}, {3, 4}};
    struct gaps hv;
    bool b[3] = {true, false, true}, any;
    wchar_t w[] = L"wide";
    char t[] = "text";
    union mixed u = {.u = 1};
    uint64_t sum;
    size_t size;
    int rc;

    echo(&enclave, &rc, bytes, 20, bytes, 40);
    scalars(&enclave, &sum, 1, 2, 3, 4, 5, 6, true, RED, 7, 8, 9);
    text(&enclave, &size, "hello", t, w);
    arrays(&enclave, &rc, (int[4]){1, 2, 3, 4}, NULL, bytes);
    structs(&enclave, &r, p, ps, 3, u);
    counted(&enclave, &rc, bytes, 4, 5);
    flags(&enclave, &any, b, 3);
    deep_in(&enclave, &rc, d, 2);
    deep_io(&enclave, &rc, d);
    packets(&enclave, &v, k, &k, &k);
    holes(&enclave, &hv, hs, 2, &hv);
    for (int what = 0; what < OCALLS; what++)
        calls(&enclave, &rc, what);
}

/* A result frame whose size changed never reaches the caller: the transport is the runtime's. */
static void frame_mutate_out(struct world_frame *frame)
{
    for (size_t i = 0; i < frame->out_size; i++)
        if (random_next() % 3 == 0)
            frame->out[i] = (uint8_t)(random_next() % 4 == 0 ? random_next() : 0xff);
}

enum { ROUNDS = 700 }; /* times 15 calls: more than 10,000 frames */

static void resized_ecall(struct world_frame *frame)
{
    size_t out_size = frame->out_size;

    frame_mutate(frame);
    if (frame->out_size < out_size) { /* keep what the transport copies back in range */
        uint8_t *out = exact_copy(NULL, out_size);

        free(frame->out);
        frame->out = out;
        frame->out_size = out_size;
    }
}

START_TEST(enclave_survives_changed_call_frames)
{
    world_reset();
    random_state = 0x9e3779b97f4a7c15;
    world.on_ecall = resized_ecall;
    for (int i = 0; i < ROUNDS; i++)
        call_everything();
    ck_assert_uint_gt(world.calls, 0);
}
END_TEST

START_TEST(host_survives_changed_results)
{
    world_reset();
    random_state = 0x2545f4914f6cdd1d;
    world.on_result = frame_mutate_out;
    for (int i = 0; i < ROUNDS; i++)
        call_everything();
}
END_TEST

START_TEST(host_survives_changed_ocall_frames)
{
    world_reset();
    random_state = 0x123456789abcdef1;
    world.on_ocall = resized_ecall;
    for (int i = 0; i < ROUNDS; i++)
        call_everything();
}
END_TEST

START_TEST(enclave_survives_changed_ocall_replies)
{
    world_reset();
    random_state = 0xfedcba9876543211;
    world.on_reply = frame_mutate_out;
    for (int i = 0; i < ROUNDS; i++)
        call_everything();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codegen/call");
    TCase *good = tcase_of(suite, "good peers"), *bad = tcase_of(suite, "hostile peers");

    tcase_add_test(good, ecall_carries_buffers_of_any_size);
    tcase_add_test(good, ecall_passes_null_as_null_and_tolerates_a_null_retval);
    tcase_add_test(good, ecall_carries_scalars_and_names_that_generated_code_might_use);
    tcase_add_test(good, ecall_carries_text_with_its_terminator);
    tcase_add_test(good, ecall_carries_arrays_structs_and_counts);
    tcase_add_test(good, ecall_copies_structs_with_their_members);
    tcase_add_test(good, ocalls_work_and_carry_errno);
    tcase_add_test(good, switchless_wrappers_refuse_without_an_engine_that_has_them);
    tcase_add_test(good, image_describes_the_edl);
    tcase_add_test(bad, ecall_refuses_a_size_that_the_frame_does_not_have);
    tcase_add_test(bad, ecall_refuses_each_truncated_frame);
    tcase_add_test(bad, ecall_refuses_null_frames);
    tcase_add_test(bad, ecall_refuses_products_that_overflow);
    tcase_add_test(bad, wrapper_refuses_negative_and_overflowing_sizes);
    tcase_add_test(bad, ecall_refuses_text_without_terminator);
    tcase_add_test(bad, ecall_refuses_bools_and_flags_that_are_neither);
    tcase_add_test(bad, ecall_zeroes_out_buffers);
    tcase_add_test(bad, ecall_sends_no_address_of_the_enclave);
    tcase_add_test(bad, enclave_sends_no_padding);
    tcase_add_test(bad, ecall_works_with_frames_at_odd_addresses);
    tcase_add_test(bad, enclave_survives_changed_call_frames);
    tcase_add_test(bad, host_survives_changed_results);
    tcase_add_test(bad, host_survives_changed_ocall_frames);
    tcase_add_test(bad, enclave_survives_changed_ocall_replies);
    return suite_main(suite);
}
