/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Structs within structs across the boundary: deep copies of several levels, padding, bools.
 */
#include "nested_world.h"

struct garden {
    struct leaf leaves[4];
    uint8_t raw[300], small[3];
    struct branch branches[3];
    struct fork fork;
    struct tree trees[3];
    bool flag;
};

/* Every kind of member: there, NULL, of zero elements, on each level. */
static void garden_make(struct garden *g)
{
    memset(g, 0, sizeof *g);
    for (uint8_t i = 0; i < 4; i++)
        g->leaves[i] = (struct leaf){i, 10u * i, i == 3};
    memset(g->raw, 1, sizeof g->raw);
    memset(g->small, 2, sizeof g->small);
    g->flag = true;
    g->branches[0] = (struct branch){g->leaves, 2, (char *)g, g->raw, sizeof g->raw};
    g->branches[1] = (struct branch){NULL, 9, NULL, NULL, 9};
    g->branches[2] = (struct branch){g->leaves, 0, NULL, g->small, 0};
    g->fork.two[0] = (struct branch){g->leaves + 3, 1, NULL, NULL, 0};
    g->trees[0] = (struct tree){.branches = g->branches,
                                .n = 3,
                                .fork = {.two = {{.raw = g->small, .len = 3}}, .mark = 4},
                                .up = &g->trees[1],
                                .more = &g->fork,
                                .flag = &g->flag};
    g->trees[1] = (struct tree){.n = 1};
    g->trees[2] = (struct tree){.branches = g->branches + 1, .n = 1, .fork = {.mark = 1}};
}

START_TEST(deep_copy_carries_each_level_with_null_and_empty_members)
{
    struct garden g;
    uint64_t sum;

    garden_make(&g);
    ck_assert_int_eq(tree_in(&enclave, &sum, g.trees, 3), CC_SUCCESS);
    ck_assert_uint_eq(sum, (0 + 10 + 300) + (6 + 4) + (30 + 1) + 1000 + 1);
    ck_assert_int_eq(tree_in(&enclave, &sum, g.trees, 0), CC_SUCCESS);
    ck_assert_uint_eq(sum, 0);
    ck_assert_int_eq(tree_in(&enclave, &sum, NULL, 3), CC_SUCCESS);
}
END_TEST

START_TEST(deep_copy_returns_values_around_the_callers_own_pointers)
{
    struct garden g;
    int rc;

    garden_make(&g);
    ck_assert_int_eq(tree_io(&enclave, &rc, g.trees, 3), CC_SUCCESS);
    ck_assert_int_eq(rc, 5);
    ck_assert(g.leaves[0].value == 1 && g.leaves[0].on && g.leaves[1].value == 11);
    ck_assert(g.leaves[3].value == 31 && !g.leaves[3].on && !g.flag);
    ck_assert(g.raw[299] == 0x81 && g.small[2] == 0x82 && g.fork.mark == 1);
    ck_assert(g.trees[0].n == 99 && g.trees[0].fork.mark == 5 && g.branches[0].n == 102);
    ck_assert_ptr_eq(g.trees[0].branches, g.branches);
    ck_assert_ptr_eq(g.trees[0].up, &g.trees[1]);
    ck_assert_ptr_eq(g.trees[0].more, &g.fork);
    ck_assert_ptr_eq(g.branches[0].loose, (char *)&g);
    ck_assert_ptr_eq(g.branches[0].leaves, g.leaves);
    ck_assert_ptr_null(g.trees[1].branches);
    ck_assert_ptr_null(g.branches[1].leaves);
    nothing_leaked(wire.out, wire.out_size);
}
END_TEST

START_TEST(host_sends_none_of_its_addresses)
{
    struct garden g;
    uint64_t sum;
    const void *addresses[] = {g.leaves, g.raw, g.branches, &g.trees[1], &g.fork, &g};

    garden_make(&g);
    ck_assert_int_eq(tree_in(&enclave, &sum, g.trees, 3), CC_SUCCESS);
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        ck_assert(!holds(wire.in, wire.in_size, &addresses[i], sizeof addresses[i]));
}
END_TEST

START_TEST(enclave_sends_values_only)
{
    struct mix m = mix_make(), r;
    long double p[2], a[2], d;
    my_gap_t one, two[2], got;
    union either u;
    int rc;

    ck_assert_int_eq(mixed(&enclave, &r, &m, &u), CC_SUCCESS);
    ck_assert(r.d == 4.0L && m.g.large == 6 && u.leaf.value == 2 && u.leaf.on);
    nothing_leaked(wire.out, wire.out_size);
    ck_assert_int_eq(ld(&enclave, &d, p, a), CC_SUCCESS);
    ck_assert(d == 4.0L && p[1] == 4.0L && a[1] == 4.0L);
    nothing_leaked(wire.out, wire.out_size);
    ck_assert_int_eq(relay(&enclave, &rc, ID_O_TREE), CC_SUCCESS);
    ck_assert_int_eq(rc, 0);
    ck_assert_int_eq(foreign(&enclave, &got, &one, two), CC_SUCCESS);
    ck_assert(got.large == 6 && one.large == 6 && two[1].small == 5);
#if __has_builtin(__builtin_clear_padding)
    nothing_leaked(wire.out, wire.out_size);
#endif
}
END_TEST

static uint8_t ocall_in[FRAME_MAX];
static size_t ocall_in_size;

/* The last frame that passes before relay() returns is the ocall's. */
static void ocall_keep(uint8_t *in, size_t in_size, uint8_t *out, size_t out_size)
{
    (void)out;
    (void)out_size;
    memcpy(ocall_in, in, in_size);
    ocall_in_size = in_size;
}

START_TEST(ocall_takes_no_padding_and_no_address_along)
{
    static const int WHAT[] = {
        ID_O_TREE,
#if __has_builtin(__builtin_clear_padding)
        ID_O_MIX
#endif
    };
    int rc;

    for (size_t i = 0; i < sizeof WHAT / sizeof WHAT[0]; i++) {
        wire.change = ocall_keep;
        ck_assert_int_eq(relay(&enclave, &rc, WHAT[i]), CC_SUCCESS);
        ck_assert_int_eq(rc, 0);
        ck_assert_uint_gt(ocall_in_size, sizeof(int));
        nothing_leaked(ocall_in, ocall_in_size);
    }
    wire.change = NULL;
}
END_TEST

static size_t change_at;

static void bool_change(uint8_t *in, size_t in_size, uint8_t *out, size_t out_size)
{
    (void)out;
    (void)out_size;
    ck_assert_uint_lt(change_at, in_size);
    in[change_at] = 2;
}

START_TEST(ecall_refuses_a_struct_with_a_bool_that_is_neither)
{
    const size_t on = offsetof(struct leaf, on), value = 1 + sizeof(struct leaf) + 1;
    struct leaf l = {1, 2, true}, v = {1, 2, false};
    bool b;

    ck_assert_int_eq(bools(&enclave, &b, &l, v, false), CC_SUCCESS);
    ck_assert(!b && !l.on);
    wire.calls = 0;
    wire.change = bool_change;
    change_at = 1 + on; /* the struct by value stands behind the pointer's flag */
    ck_assert_int_eq(bools(&enclave, &b, &l, v, false), CC_ERROR_BAD_PARAMETERS);
    change_at = (value + 15) / 16 * 16 + on;
    ck_assert_int_eq(bools(&enclave, &b, &l, v, false), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(wire.calls, 0);
    wire.change = NULL;
}
END_TEST

static void answer_ff(uint8_t *out, size_t size)
{
    memset(out, 0xff, size);
}

START_TEST(enclave_reads_bools_of_a_hostile_host_as_true)
{
    int rc = 9;

    wire.answer = answer_ff; /* of the ocall; the ecall's own answer becomes -1 with it */
    ck_assert_int_eq(enclave_relay(ID_O_LEAF), 0);
    wire.answer = NULL;
    ck_assert_int_eq(relay(&enclave, &rc, ID_O_LEAF), CC_SUCCESS);
    ck_assert_int_eq(rc, 0);
}
END_TEST

/* The byte of an object, whatever the compiler thinks that it can be. */
static unsigned byte_of(const void *object)
{
    return *(const volatile uint8_t *)object;
}

START_TEST(bool_by_another_name_is_a_bool)
{
    my_flag_t p[2] = {true, true}, got = false;

    ck_assert_int_eq(named(&enclave, &got, p, true), CC_SUCCESS);
    ck_assert(got && p[0] && !p[1]);
    wire.calls = 0;
    wire.change = bool_change;
    change_at = 1; /* the value behind the pointer's flag */
    ck_assert_int_eq(named(&enclave, &got, p, true), CC_ERROR_BAD_PARAMETERS);
    change_at = 16; /* the buffer */
    ck_assert_int_eq(named(&enclave, &got, p, true), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(wire.calls, 0);
    wire.change = NULL;
    wire.answer = answer_ff;
    ck_assert_int_eq(named(&enclave, &got, p, true), CC_SUCCESS);
    wire.answer = NULL;
    ck_assert_uint_eq(byte_of(&got), 1);
    ck_assert_uint_eq(byte_of(&p[0]), 1);
    ck_assert_uint_eq(byte_of(&p[1]), 1);
}
END_TEST

static unsigned seed;

static void bytes_change(uint8_t *data, size_t size)
{
    static const uint64_t EDGES[] = {0,         1,          2,         UINT64_MAX,
                                     INT64_MAX, UINT32_MAX, INT32_MAX, (uint64_t)1 << 63};

    for (int i = 0; size > 0 && i < 1 + rand_r(&seed) % 3; i++) {
        size_t at = (size_t)rand_r(&seed) % size;
        size_t width = (size_t)1 << rand_r(&seed) % 4;
        uint64_t value = rand_r(&seed) % 2 ? EDGES[rand_r(&seed) % 8] : (uint64_t)rand_r(&seed);

        memcpy(data + at, &value, width < size - at ? width : size - at);
    }
}

static void in_change(uint8_t *in, size_t in_size, uint8_t *out, size_t out_size)
{
    (void)out;
    (void)out_size;
    bytes_change(in, in_size);
}

START_TEST(both_sides_survive_changed_frames)
{
    unsigned refused = 0, done = 0;

    seed = 5;
    for (int round = 0; round < 4000; round++) {
        struct garden g;
        cc_enclave_result_t rc;
        uint64_t sum;
        int value;

        garden_make(&g);
        wire.change = round % 2 == 0 ? in_change : NULL;
        wire.answer = round % 2 == 1 ? bytes_change : NULL;
        if ((round / 2) % 2 == 0)
            rc = tree_io(&enclave, &value, g.trees, 3);
        else
            rc = tree_in(&enclave, &sum, g.trees, 3);
        ck_assert(rc == CC_SUCCESS || rc == CC_ERROR_BAD_PARAMETERS);
        refused += rc != CC_SUCCESS;
        done += rc == CC_SUCCESS;
        ck_assert_ptr_eq(g.trees[0].branches, g.branches);
        ck_assert_ptr_eq(g.branches[0].leaves, g.leaves);
        ck_assert_ptr_eq(g.trees[0].more, &g.fork);
    }
    wire.change = NULL;
    wire.answer = NULL;
    ck_assert_uint_gt(refused, 100);
    ck_assert_uint_gt(done, 100);
}
END_TEST

START_TEST(ecall_refuses_each_truncation_of_a_deep_frame)
{
    struct garden g;
    uint8_t in[FRAME_MAX];
    uint64_t sum;
    size_t size;

    garden_make(&g);
    ck_assert_int_eq(tree_in(&enclave, &sum, g.trees, 3), CC_SUCCESS);
    size = wire.in_size;
    memcpy(in, wire.in, size);
    wire.calls = 0;
    for (size_t i = 0; i < size; i++)
        ck_assert_int_eq(frames_run(true, ID_TREE_IN, in, i, &sum, sizeof sum),
                         CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(wire.calls, 0);
}
END_TEST

/* What a caller has measured when another thread then moves bytes from one deep struct to another:
 * sizes of all of it are as before, places are not. */
static void moved_make(cc_edge_t *edge, cc_edge_room_t *room, uint8_t *data, size_t size)
{
    *edge = cc_edge_caller(0, 0);
    cc_edge_need_out(edge, true, 1024);
    cc_edge_need_out_lent(edge, data, size);
    cc_edge_need_out(edge, true, 512);
    cc_edge_place(edge, room);
    ck_assert(cc_edge_ok(edge));
}

START_TEST(host_refuses_an_answer_whose_parts_stand_elsewhere_than_it_lent)
{
    static cc_edge_room_t room;
    static uint8_t data[2048];
    cc_edge_t edge;

    moved_make(&edge, &room, data, sizeof data);
    ck_assert_ptr_nonnull(cc_edge_get_frame(&edge, true, 512));
    cc_edge_get_lent(&edge, data, sizeof data);
    ck_assert_int_eq(cc_edge_end(&edge), CC_ERROR_BAD_PARAMETERS);

    moved_make(&edge, &room, data, sizeof data);
    ck_assert_ptr_null(cc_edge_get_frame(&edge, true, 1040)); /* nobody wrote its end */
    cc_edge_get_lent(&edge, data, sizeof data);
    ck_assert_int_eq(cc_edge_end(&edge), CC_ERROR_BAD_PARAMETERS);

    moved_make(&edge, &room, data, sizeof data);
    ck_assert_ptr_nonnull(cc_edge_get_frame(&edge, true, 1024));
    cc_edge_get_lent(&edge, data, sizeof data);
    ck_assert_ptr_nonnull(cc_edge_get_frame(&edge, true, 512));
    ck_assert_int_eq(cc_edge_end(&edge), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codegen/deep");
    TCase *tcase = tcase_of(suite, "deep");

    tcase_add_test(tcase, deep_copy_carries_each_level_with_null_and_empty_members);
    tcase_add_test(tcase, deep_copy_returns_values_around_the_callers_own_pointers);
    tcase_add_test(tcase, host_sends_none_of_its_addresses);
    tcase_add_test(tcase, enclave_sends_values_only);
    tcase_add_test(tcase, ocall_takes_no_padding_and_no_address_along);
    tcase_add_test(tcase, ecall_refuses_a_struct_with_a_bool_that_is_neither);
    tcase_add_test(tcase, enclave_reads_bools_of_a_hostile_host_as_true);
    tcase_add_test(tcase, bool_by_another_name_is_a_bool);
    tcase_add_test(tcase, both_sides_survive_changed_frames);
    tcase_add_test(tcase, ecall_refuses_each_truncation_of_a_deep_frame);
    tcase_add_test(tcase, host_refuses_an_answer_whose_parts_stand_elsewhere_than_it_lent);
    return suite_main(suite);
}
