/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Memory safety of generated code, one test for each known defect of earlier EDL compilers (list
 * 8.3 of the SDK's description; those of the compiler itself are in test/integration/codegen/
 * sdk_8_3.sh). For each defence test/undo/ has a patch that removes it; `make undo` shows that the
 * test of that name then fails. CK_RUN_CASE=sdk_8_3_04 runs one.
 */
#include "world.h"
#include "fault.h"
#include "harness.h"
#include "support.h"

static cc_enclave_t enclave;

static cc_enclave_result_t enter(uint32_t id, const void *in, size_t in_size, size_t out_size)
{
    struct world_frame frame = {exact_copy(in, in_size), exact_copy(NULL, out_size), in_size,
                                out_size};
    cc_enclave_result_t rc = world_enter(id, &frame);

    free(frame.in);
    free(frame.out);
    return rc;
}

/* 48 bytes in, 32 out are what len and cap of 16 need. */
static cc_enclave_result_t enter_echo(size_t len, size_t in_size, size_t cap, size_t out_size)
{
    struct __attribute__((packed)) {
        uint8_t has_in;
        size_t len;
        uint8_t has_out;
        size_t cap;
        uint8_t rest[256];
    } in = {1, len, 1, cap, {0}};

    return enter(ID_ECHO, &in, in_size, out_size);
}

/* Sizes in the frame that reach beyond the buffers. */
START_TEST(sdk_8_3_01_sizes_stay_inside_the_frame)
{
    ck_assert_int_eq(enter_echo(16, 48, 16, 32), CC_SUCCESS);
    world.calls = 0;
    ck_assert_int_eq(enter_echo(17, 48, 16, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(100000, 48, 16, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 48, 17, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 48, 100000, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 48, (size_t)PTRDIFF_MAX, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(world.calls, 0);
}
END_TEST

/* A buffer of another size than the parameter says that the function will see. */
START_TEST(sdk_8_3_02_buffers_have_the_size_that_the_parameter_says)
{
    world.calls = 0;
    for (size_t len = 0; len < 16; len++) {
        ck_assert_int_eq(enter_echo(len, 48, 16, 32), CC_ERROR_BAD_PARAMETERS);
        ck_assert_int_eq(enter_echo(16, 48, len, 32), CC_ERROR_BAD_PARAMETERS);
    }
    ck_assert_int_eq(enter_echo(16, 49, 16, 32), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(enter_echo(16, 48, 16, 33), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(world.calls, 0);
}
END_TEST

/* Where a frame lies is checked before a byte of it is used: these lie outside the window. */
START_TEST(sdk_8_3_03_frames_are_checked_before_they_are_copied)
{
    static const struct slot_frame BAD[] = {
        {UINT64_C(1) << 40, 64, 64},
        {UINT64_MAX - 15, 64, 64},
        {8192, UINT64_MAX, 0},
        {8192, 64, UINT64_C(1) << 40},
        {4096, 64, 64},
        {0, 64, 64},
    };
    struct window_slot slot;

    harness_start(&world_image);
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        memset((void *)&slot, 0, sizeof slot);
        slot.function = ID_ECHO;
        slot.flags = SLOT_FLAG_INDIRECT;
        memcpy(slot.payload, &BAD[i], sizeof BAD[i]);
        ck_assert_uint_eq(harness_forge(0, &slot), CC_ERROR_BAD_PARAMETERS);
    }
    ck_assert_uint_eq(world.calls, 0);
}
END_TEST

START_TEST(sdk_8_3_04_texts_end_where_they_say)
{
    struct __attribute__((packed)) {
        uint64_t s, t, w;
        uint8_t pad[8];
        char text[16];
    } in = {4, 0, 0, {0}, "abc"};

    ck_assert_int_eq(enter(ID_TEXT, &in, 36, sizeof(size_t)), CC_SUCCESS);
    world.calls = 0;
    in.text[3] = 'd';
    ck_assert_int_eq(enter(ID_TEXT, &in, 36, sizeof(size_t)), CC_ERROR_BAD_PARAMETERS);
    in.s = 0;
    in.w = 4; /* one wide character, no zero */
    ck_assert_int_eq(enter(ID_TEXT, &in, 36, sizeof(size_t)), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(world.calls, 0);
}
END_TEST

/* The world hands over out frames full of 0xee. */
START_TEST(sdk_8_3_05_out_buffers_arrive_zeroed)
{
    uint8_t o[7], out[64];
    int rc;

    world.dirty_out = false;
    ck_assert_int_eq(arrays(&enclave, &rc, NULL, NULL, o), CC_SUCCESS);
    ck_assert_int_eq(echo(&enclave, &rc, NULL, 0, out, sizeof out), CC_SUCCESS);
    ck_assert(!world.dirty_out);
    ck_assert_mem_eq(out, (uint8_t[64]){0}, 64);
}
END_TEST

/* Whether a frame holds eight bytes that are an address in the same 4 GiB. */
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

START_TEST(sdk_8_3_06_no_address_of_the_enclave_leaves_it)
{
    static uint8_t bytes[8];
    static struct deep d[2] = {{bytes, 8, NULL, NULL}, {NULL, 0, NULL, NULL}};
    struct packet p = {bytes, 3, NULL}, q = {bytes, 4, (char *)bytes}, r = {0}, v;
    void *heap = malloc(1);
    int rc;

    ck_assert_int_eq(deep_io(&enclave, &rc, d), CC_SUCCESS);
    ck_assert(!holds_address(world.seen_out, world.seen_out_size, heap));
    ck_assert(!holds_address(world.seen_out, world.seen_out_size, bytes));
    ck_assert_int_eq(packets(&enclave, &v, p, &q, &r), CC_SUCCESS);
    ck_assert(!holds_address(world.seen_out, world.seen_out_size, bytes));
    ck_assert_ptr_eq(q.data, bytes); /* and the host has its own again */
    free(heap);
}
END_TEST

/* NULL for structs, elements beyond the second, members of more than 255 bytes, NULL members,
 * sizes that are numbers. */
START_TEST(sdk_8_3_07_deep_copies_are_whole)
{
    static uint8_t large[1000], small[3] = {1, 2, 3};
    int32_t numbers[3] = {10, 20, 30};
    struct deep d[4] = {{large, sizeof large, numbers, NULL},
                        {NULL, 5, numbers, NULL},
                        {small, 3, NULL, (char *)small},
                        {small, 0, numbers, NULL}};
    int sum;

    memset(large, 1, sizeof large);
    ck_assert_int_eq(deep_in(&enclave, &sum, NULL, 4), CC_SUCCESS);
    ck_assert_int_eq(sum, 0);
    ck_assert_int_eq(deep_in(&enclave, &sum, d, 4), CC_SUCCESS);
    ck_assert_int_eq(sum, 1000 + 60 + 60 + 6 + 60);
    d[1] = (struct deep){small, 3, NULL, NULL};
    ck_assert_int_eq(deep_io(&enclave, &sum, d), CC_SUCCESS);
    ck_assert(large[255] == 0xfe && large[999] == 0xfe && small[2] == 0xfc);
    ck_assert_int_eq(numbers[2], ~30);
    ck_assert_ptr_null(d[1].numbers);
}
END_TEST

START_TEST(sdk_8_3_08_sizes_neither_overflow_nor_are_negative)
{
    struct __attribute__((packed)) {
        uint8_t has;
        int unit;
        int64_t n;
        uint8_t pad[64];
    } in = {1, 16, INT64_C(0x1000000000000001), {0}}; /* the product is 16 again */
    uint8_t byte = 0;
    int rc = 5;

    world.calls = 0;
    ck_assert_int_eq(enter(ID_COUNTED, &in, 32, sizeof(int)), CC_ERROR_BAD_PARAMETERS);
    in.unit = -16;
    in.n = -1;
    ck_assert_int_eq(enter(ID_COUNTED, &in, 32, sizeof(int)), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(counted(&enclave, &rc, &byte, -1, 1), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(counted(&enclave, &rc, &byte, -1, -1), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(counted(&enclave, &rc, &byte, 16, in.n), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(echo(&enclave, &rc, &byte, SIZE_MAX, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(rc, 5);
    ck_assert_uint_eq(world.calls, 0);
}
END_TEST

START_TEST(sdk_8_3_09_wide_texts_travel_whole)
{
    wchar_t wide[] = L"four";
    size_t size = 0;

    ck_assert_int_eq(text(&enclave, &size, NULL, NULL, wide), CC_SUCCESS);
    ck_assert_uint_eq(size, 4);
    ck_assert_uint_ge(world.seen_in_size, sizeof wide);
}
END_TEST

/* What the function gets the host can not change any more: no pointer leads to the window. */
START_TEST(sdk_8_3_11_functions_work_on_private_copies)
{
    static const uint16_t SIZES[] = {20, 48, 1000, 8000};
    static struct __attribute__((packed)) {
        uint8_t has;
        size_t n;
        uint8_t rest[16000];
    } in;
    const uint8_t *window;

    harness_start(&world_image);
    window = harness_instance()->window;
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        int rc = 1;
        struct call_buffers frame = {&in, 16 + (size_t)SIZES[i], &rc, sizeof rc};

        in.has = 1;
        in.n = SIZES[i];
        ck_assert_int_eq(harness_call(ID_SL, &frame, NULL), CC_SUCCESS);
        ck_assert_int_eq(rc, 0);
        ck_assert(world.last < window || world.last >= window + harness_layout()->size);
    }
}
END_TEST

START_TEST(sdk_8_3_12_a_null_retval_is_no_crash)
{
    uint8_t byte = 1;
    struct point p = {1, 2}, q = {3, 4};

    ck_assert_int_eq(echo(&enclave, NULL, &byte, 1, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(flags(&enclave, NULL, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(structs(&enclave, NULL, p, &q, 1, (union mixed){.u = 1}), CC_SUCCESS);
}
END_TEST

/* Changes one ocall on its way to the host. */
static size_t ocall_byte;
static uint64_t ocall_value;

static void ocall_change(struct world_frame *frame)
{
    memcpy(frame->in + ocall_byte, &ocall_value, sizeof ocall_value);
}

static void ocall_unterminate(struct world_frame *frame)
{
    frame->in[frame->in_size - 1] = 'x';
}

/* The host's bridges: sizes beyond the frame, other sizes, texts without an end. */
START_TEST(sdk_8_3_13_ocalls_are_checked_like_ecalls)
{
    static const uint64_t SIZES[] = {0, 2, 4, 17, 100000, SIZE_MAX, PTRDIFF_MAX};
    int rc;

    world.ocalls = 0;
    world.on_ocall = ocall_change;
    ocall_byte = 1; /* o_write: whether there is p, then n */
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        ocall_value = SIZES[i];
        ck_assert_int_eq(calls(&enclave, &rc, ID_O_WRITE), CC_SUCCESS);
        ck_assert_int_eq(rc, 1); /* the enclave saw a failure */
    }
    world.on_ocall = ocall_unterminate;
    ck_assert_int_eq(calls(&enclave, &rc, ID_O_TEXT), CC_SUCCESS);
    ck_assert_int_eq(rc, 2);
    ck_assert_uint_eq(world.ocalls, 0);
    world.on_ocall = NULL;
    ck_assert_int_eq(calls(&enclave, &rc, ID_O_WRITE), CC_SUCCESS);
    ck_assert_int_eq(rc, 0); /* its errno came along */
}
END_TEST

/* With a libc whose malloc(0) is NULL. */
START_TEST(sdk_8_3_17_buffers_without_bytes_are_no_lack_of_memory)
{
    _Alignas(16) uint8_t bytes[2];
    uint8_t byte;
    cc_enclave_result_t odd;
    int rc, is_null;

    if (!fault_available())
        TEST_SKIP("no injected faults in this build");
    fault_zero(true);
    rc = (int)echo(&enclave, &is_null, &byte, 0, &byte, 0);
    odd = world_image.ecalls[ID_NOTHING](&bytes[1], 0, &bytes[1], 0, NULL, NULL);
    fault_zero(false); /* before any assertion: libcheck allocates too */
    ck_assert_int_eq(rc, CC_SUCCESS);
    ck_assert_int_eq(is_null, 0);
    ck_assert_int_eq(odd, CC_SUCCESS); /* a runtime that aligns nothing */
}
END_TEST

int main(void)
{
    const struct {
        const char *name;
        const TTest *test;
    } TESTS[] = {
        {"sdk_8_3_01", sdk_8_3_01_sizes_stay_inside_the_frame},
        {"sdk_8_3_02", sdk_8_3_02_buffers_have_the_size_that_the_parameter_says},
        {"sdk_8_3_03", sdk_8_3_03_frames_are_checked_before_they_are_copied},
        {"sdk_8_3_04", sdk_8_3_04_texts_end_where_they_say},
        {"sdk_8_3_05", sdk_8_3_05_out_buffers_arrive_zeroed},
        {"sdk_8_3_06", sdk_8_3_06_no_address_of_the_enclave_leaves_it},
        {"sdk_8_3_07", sdk_8_3_07_deep_copies_are_whole},
        {"sdk_8_3_08", sdk_8_3_08_sizes_neither_overflow_nor_are_negative},
        {"sdk_8_3_09", sdk_8_3_09_wide_texts_travel_whole},
        {"sdk_8_3_11", sdk_8_3_11_functions_work_on_private_copies},
        {"sdk_8_3_12", sdk_8_3_12_a_null_retval_is_no_crash},
        {"sdk_8_3_13", sdk_8_3_13_ocalls_are_checked_like_ecalls},
        {"sdk_8_3_17", sdk_8_3_17_buffers_without_bytes_are_no_lack_of_memory},
    };
    Suite *suite = suite_create("codegen/sdk_8_3");

    for (size_t i = 0; i < sizeof TESTS / sizeof TESTS[0]; i++)
        tcase_add_test(tcase_of(suite, TESTS[i].name), TESTS[i].test);
    return suite_main(suite);
}
