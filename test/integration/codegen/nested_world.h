/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * nested_world.h - both halves of nested.edl in one program: generated code, the functions behind
 * it, and a transport that keeps what passed and lets a test change it.
 *
 * Enclave side functions are renamed enclave_*, its ocall proxies proxy_*. Layer: test.
 */
#ifndef TEST_NESTED_WORLD_H
#define TEST_NESTED_WORLD_H

#include "enclave.h"
#include "gp_ocall.h"
#include "secgear_image.h"
#include "support.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

cc_enclave_result_t deep_ecall(cc_enclave_t *enclave, uint32_t id, const void *in, size_t in_size,
                               void *out, size_t out_size, void *ms, const void *table);
cc_enclave_result_t deep_ocall(size_t id, const void *in, size_t in_size, void *out,
                               size_t out_size);
#define cc_enclave_call_function deep_ecall
#define cc_ocall_enclave deep_ocall
#define cc_enclave_image deep_image
#define tree_in enclave_tree_in
#define tree_io enclave_tree_io
#define mixed enclave_mixed
#define ld enclave_ld
#define foreign enclave_foreign
#define bools enclave_bools
#define relay enclave_relay
#define named enclave_named
#define o_tree proxy_o_tree
#define o_mix proxy_o_mix
#define o_leaf proxy_o_leaf
#include "nested_t.c"
#undef tree_in
#undef tree_io
#undef mixed
#undef ld
#undef foreign
#undef bools
#undef relay
#undef named
#undef o_tree
#undef o_mix
#undef o_leaf
#include "nested_u.c"

enum { ID_TREE_IN, ID_TREE_IO, ID_MIXED, ID_LD, ID_FOREIGN, ID_BOOLS, ID_RELAY, ID_NAMED };
enum { ID_O_TREE, ID_O_MIX, ID_O_LEAF };
enum { DIRT = 0xdd, FRAME_MAX = 65536 };

/* What an enclave address in the open would look like. */
#define SECRET ((void *)(uintptr_t)0x5ec2e7aa5ec2e7)

static struct {
    uint8_t in[FRAME_MAX], out[FRAME_MAX]; /* of the last call */
    size_t in_size, out_size;
    void (*change)(uint8_t *in, size_t in_size, uint8_t *out, size_t out_size); /* before it runs */
    void (*answer)(uint8_t *out, size_t size);                                  /* after it ran */
    unsigned calls;
} wire;

static cc_enclave_t enclave;

static void *exact(const void *data, size_t size)
{
    void *copy = malloc(size > 0 ? size : 1);

    ck_assert_ptr_nonnull(copy);
    if (data != NULL && size > 0)
        memcpy(copy, data, size);
    else
        memset(copy, DIRT, size);
    return copy;
}

/* What earlier calls may have left on the stack. */
static __attribute__((noinline)) void stack_dirty(void)
{
    volatile uint8_t stack[8192];

    for (size_t i = 0; i < sizeof stack; i++)
        stack[i] = DIRT;
}

static cc_enclave_result_t frames_run(bool inward, size_t id, const void *in, size_t in_size,
                                      void *out, size_t out_size)
{
    uint8_t *in_copy = exact(in, in_size), *out_copy = exact(NULL, out_size);
    cc_enclave_result_t rc;
    size_t written = 0;

    if (wire.change != NULL)
        wire.change(in_copy, in_size, out_copy, out_size);
    stack_dirty();
    if (inward)
        rc = deep_image.ecalls[id](in_copy, in_size, out_copy, out_size, NULL, &written);
    else
        rc = cc_e_nested_ocalls.ocalls[id](in_copy, in_size, out_copy, out_size);
    ck_assert(!inward || written == (rc == CC_SUCCESS ? out_size : 0));
    if (rc == CC_SUCCESS && wire.answer != NULL)
        wire.answer(out_copy, out_size);
    ck_assert(in_size < FRAME_MAX && out_size < FRAME_MAX);
    memcpy(wire.in, in_copy, in_size);
    memcpy(wire.out, out_copy, out_size);
    wire.in_size = in_size;
    wire.out_size = out_size;
    if (rc == CC_SUCCESS && out_size > 0)
        memcpy(out, out_copy, out_size);
    free(in_copy);
    free(out_copy);
    return rc;
}

cc_enclave_result_t deep_ecall(cc_enclave_t *at, uint32_t id, const void *in, size_t in_size,
                               void *out, size_t out_size, void *ms, const void *table)
{
    (void)ms;
    ck_assert(at == &enclave && table == &cc_e_nested_ocalls);
    return frames_run(true, id, in, in_size, out, out_size);
}

cc_enclave_result_t deep_ocall(size_t id, const void *in, size_t in_size, void *out,
                               size_t out_size)
{
    return frames_run(false, id, in, in_size, out, out_size);
}

static bool holds(const uint8_t *data, size_t size, const void *what, size_t what_size)
{
    for (size_t i = 0; i + what_size <= size; i++)
        if (memcmp(data + i, what, what_size) == 0)
            return true;
    return false;
}

/* Neither an address of the enclave nor what its memory held before. */
static void nothing_leaked(const uint8_t *data, size_t size)
{
    const void *secret = SECRET;
    const uint8_t dirt = DIRT;

    ck_assert(!holds(data, size, &secret, sizeof secret));
    ck_assert(!holds(data, size, &dirt, 1));
}

/* ------------------------------------------------------------------------- enclave functions */

static void leaf_write(struct leaf *l, uint8_t tag, uint64_t value, bool on)
{
    memset(l, DIRT, sizeof *l);
    *(volatile uint8_t *)&l->tag = tag;
    *(volatile uint64_t *)&l->value = value;
    *(volatile bool *)&l->on = on;
}

static uint64_t branch_sum(const struct branch *b)
{
    uint64_t sum = 0;

    if (b->loose != NULL)
        abort();
    for (uint32_t i = 0; b->leaves != NULL && i < b->n; i++)
        sum += b->leaves[i].value + (b->leaves[i].on ? 1 : 0);
    for (size_t i = 0; b->raw != NULL && i < b->len; i++)
        sum += b->raw[i];
    return sum;
}

static uint64_t fork_sum(const struct fork *f)
{
    return branch_sum(&f->two[0]) + branch_sum(&f->two[1]) + f->mark;
}

uint64_t enclave_tree_in(const struct tree *t, size_t n)
{
    uint64_t sum = 0;

    wire.calls++;
    for (size_t i = 0; t != NULL && i < n; i++) {
        if (t[i].up != NULL)
            abort();
        for (uint32_t j = 0; t[i].branches != NULL && j < t[i].n; j++)
            sum += branch_sum(&t[i].branches[j]);
        sum += fork_sum(&t[i].fork) + (t[i].more != NULL ? fork_sum(t[i].more) : 0);
        sum += t[i].flag != NULL && *t[i].flag ? 1000 : 0;
    }
    return sum;
}

static void branch_change(struct branch *b)
{
    for (uint32_t i = 0; b->leaves != NULL && i < b->n; i++)
        leaf_write(&b->leaves[i], 7, b->leaves[i].value + 1, !b->leaves[i].on);
    for (size_t i = 0; b->raw != NULL && i < b->len; i++)
        b->raw[i] ^= 0x80;
    b->loose = SECRET; /* and what a confused function might do to its own pointers */
    b->leaves = SECRET;
    b->n += 100;
}

static void fork_change(struct fork *f)
{
    branch_change(&f->two[0]);
    branch_change(&f->two[1]);
    f->mark++;
}

int enclave_tree_io(struct tree *t, size_t n)
{
    wire.calls++;
    for (size_t i = 0; t != NULL && i < n; i++) {
        for (uint32_t j = 0; t[i].branches != NULL && j < t[i].n; j++)
            branch_change(&t[i].branches[j]);
        fork_change(&t[i].fork);
        if (t[i].more != NULL)
            fork_change(t[i].more);
        if (t[i].flag != NULL)
            *t[i].flag = !*t[i].flag;
        t[i].branches = SECRET;
        t[i].up = SECRET;
        t[i].more = NULL;
        t[i].n = 99;
    }
    return 5;
}

static struct mix mix_make(void)
{
    struct mix m;

    memset(&m, DIRT, sizeof m);
    leaf_write(&m.e.leaf, 1, 2, true);
    *(volatile uint8_t *)&m.c = 3;
    *(volatile long double *)&m.d = 4.0L;
    *(volatile char *)&m.g.small = 5;
    *(volatile long *)&m.g.large = 6;
    return m;
}

struct mix enclave_mixed(struct mix *m, union either *u)
{
    struct mix made = mix_make();

    wire.calls++;
    if (m != NULL)
        memcpy(m, &made, sizeof made);
    if (u != NULL)
        memcpy(u, &made.e, sizeof made.e);
    return made;
}

long double enclave_ld(long double *p, long double a[2])
{
    struct mix made = mix_make();

    for (int i = 0; i < 2; i++) {
        memcpy(&p[i], &made.d, sizeof *p);
        memcpy(&a[i], &made.d, sizeof *a);
    }
    return made.d;
}

my_gap_t enclave_foreign(my_gap_t *p, my_gap_t a[2])
{
    struct mix made = mix_make();

    memcpy(p, &made.g, sizeof *p);
    memcpy(&a[0], &made.g, sizeof *a);
    memcpy(&a[1], &made.g, sizeof *a);
    return made.g;
}

bool enclave_bools(struct leaf *l, struct leaf v, bool b)
{
    wire.calls++;
    if (l != NULL)
        l->on = !l->on;
    return (l != NULL && l->on) || v.on || b;
}

my_flag_t enclave_named(my_flag_t *p, my_flag_t v)
{
    wire.calls++;
    p[1] = !p[0];
    return v;
}

int enclave_relay(int what)
{
    struct leaf leaves[2] = {{1, 10, true}, {2, 20, false}}, got, back;
    bool flags[3] = {false, false, false};
    struct mix made = mix_make();
    struct mix list[2] = {made, made};
    struct tree t = {.up = SECRET};
    int rc = -1;

    if (what == ID_O_MIX) {
        memcpy(&list[0], &made, sizeof made);
        memcpy(&list[1], &made, sizeof made);
        return proxy_o_mix(made, &made.e, made.d, made.g, &made.g, list) == CC_SUCCESS ? 0 : 1;
    }
    if (what == ID_O_LEAF) {
        if (proxy_o_leaf(&back, &got, flags) != CC_SUCCESS)
            return 2;
        for (int i = 0; i < 3; i++)
            if (((uint8_t *)flags)[i] > 1)
                return 3;
        return *(uint8_t *)&got.on > 1 || *(uint8_t *)&back.on > 1 ? 4 : 0;
    }
    leaf_write(&leaves[0], 1, 10, true);
    leaf_write(&leaves[1], 2, 20, false);
    t.fork.two[1] = (struct branch){.leaves = leaves, .n = 2, .loose = SECRET};
    memset((uint8_t *)&t.fork.mark + 1, DIRT, 7);
    if (proxy_o_tree(&rc, &t, 1) != CC_SUCCESS)
        return 5;
    if (t.up != SECRET || t.fork.two[1].loose != SECRET || t.fork.two[1].leaves != leaves)
        return 6;
    return rc == 3 && leaves[0].value == 11 && leaves[1].value == 21 ? 0 : 7;
}

/* ---------------------------------------------------------------------------- host functions */

int o_tree(struct tree *t, size_t n)
{
    for (size_t i = 0; t != NULL && i < n; i++) {
        struct branch *b = &t[i].fork.two[1];

        if (t[i].up != NULL || b->loose != NULL)
            abort();
        for (uint32_t j = 0; b->leaves != NULL && j < b->n; j++)
            b->leaves[j].value++;
        b->leaves = NULL;
    }
    return 3;
}

void o_mix(struct mix m, union either *u, long double d, my_gap_t g, const my_gap_t *p,
           const struct mix *list)
{
    ck_assert(m.c == 3 && d == 4.0L && m.d == 4.0L && g.small == 5 && g.large == 6);
    ck_assert(u->leaf.value == 2 && p->large == 6 && list[1].e.leaf.tag == 1);
}

struct leaf o_leaf(struct leaf *l, bool *b)
{
    *l = (struct leaf){1, 2, true};
    b[0] = b[2] = true;
    return (struct leaf){3, 4, false};
}

#endif
