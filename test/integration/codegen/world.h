/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * world.h - both halves of boundary.edl in one program: generated host and enclave code, the
 * functions behind them, and a transport that copies frames into heap blocks of their exact size
 * (so that ASan sees one byte too many) and lets a test change them on the way.
 *
 * Enclave side functions are renamed enclave_*, its ocall proxies proxy_*. Layer: test.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "enclave.h"
#include "enclave_internal.h"
#include "gp_ocall.h"
#include "secgear_image.h"

cc_enclave_result_t world_ecall(cc_enclave_t *enclave, uint32_t id, const void *in, size_t in_size,
                                void *out, size_t out_size, void *ms, const void *table);
cc_enclave_result_t world_ocall(size_t id, const void *in, size_t in_size, void *out,
                                size_t out_size);
#define cc_enclave_call_function world_ecall
#define cc_ocall_enclave world_ocall
#define cc_enclave_image world_image
#include "secgear_edge_switchless.h" /* calls by these names */

#define echo enclave_echo
#define nothing enclave_nothing
#define nothing2 enclave_nothing2
#define scalars enclave_scalars
#define text enclave_text
#define arrays enclave_arrays
#define structs enclave_structs
#define counted enclave_counted
#define flags enclave_flags
#define deep_in enclave_deep_in
#define deep_io enclave_deep_io
#define packets enclave_packets
#define names enclave_names
#define calls enclave_calls
#define sl enclave_sl
#define hidden enclave_hidden
#define holes enclave_holes
#define o_write proxy_o_write
#define o_text proxy_o_text
#define o_bool proxy_o_bool
#define o_void proxy_o_void
#define o_deep proxy_o_deep
#define o_gaps proxy_o_gaps
#include "boundary_t.c"
#undef echo
#undef nothing
#undef nothing2
#undef scalars
#undef text
#undef arrays
#undef structs
#undef counted
#undef flags
#undef deep_in
#undef deep_io
#undef packets
#undef names
#undef calls
#undef sl
#undef hidden
#undef holes
#undef o_write
#undef o_text
#undef o_bool
#undef o_void
#undef o_deep
#undef o_gaps
#include "boundary_u.c"

enum {
    ID_ECHO,
    ID_NOTHING,
    ID_NOTHING2,
    ID_SCALARS,
    ID_TEXT,
    ID_ARRAYS,
    ID_STRUCTS,
    ID_COUNTED,
    ID_FLAGS,
    ID_DEEP_IN,
    ID_DEEP_IO,
    ID_PACKETS,
    ID_NAMES,
    ID_CALLS,
    ID_SL,
    ID_HOLES,
    ID_HIDDEN,
    ECALLS
};
enum { ID_O_WRITE, ID_O_TEXT, ID_O_BOOL, ID_O_VOID, ID_O_GAPS, ID_O_DEEP, OCALLS };

struct world_frame {
    uint8_t *in, *out;
    size_t in_size, out_size;
};

/* What a test sees and changes of the calls that pass. */
static struct {
    void (*on_ecall)(struct world_frame *frame);  /* before the enclave sees it */
    void (*on_ocall)(struct world_frame *frame);  /* before the host sees it */
    void (*on_reply)(struct world_frame *frame);  /* an ocall's out, before the enclave sees it */
    void (*on_result)(struct world_frame *frame); /* an ecall's out, before the host sees it */
    uint8_t seen_in[65536], seen_out[65536];      /* the last ecall */
    size_t seen_in_size, seen_out_size;
    unsigned calls; /* how often an enclave function ran */
    unsigned ocalls;
    uint64_t sum;        /* over all bytes that functions read, so that they do read them */
    bool dirty_out;      /* the last [out] buffer was not zero */
    const uint8_t *last; /* where sl found its bytes */
} world;

static void touch(const void *data, size_t size)
{
    for (size_t i = 0; data != NULL && i < size; i++)
        world.sum = world.sum * 31 + ((const uint8_t *)data)[i];
}

static void fill(void *data, size_t size, uint8_t with)
{
    for (size_t i = 0; data != NULL && i < size; i++) {
        world.dirty_out = world.dirty_out || ((uint8_t *)data)[i] != 0;
        ((uint8_t *)data)[i] = (uint8_t)(with + i);
    }
}

static uint8_t *exact_copy(const void *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    if (copy == NULL)
        abort();
    if (data != NULL && size > 0)
        memcpy(copy, data, size);
    else
        memset(copy, 0xee, size); /* the runtime zeroes out; the bridge must not count on it */
    return copy;
}

static void seen(uint8_t *to, size_t *ret_size, const uint8_t *data, size_t size)
{
    *ret_size = size < 65536 ? size : 65536;
    memcpy(to, data, *ret_size);
}

/* The runtime's part of an ecall, on frames of any content. */
static cc_enclave_result_t world_enter(uint32_t id, struct world_frame *frame)
{
    size_t written = 0;
    cc_enclave_result_t rc;

    if (id >= world_image.ecall_count)
        return CC_ERROR_INVALID_CMD;
    rc = world_image.ecalls[id](frame->in, frame->in_size, frame->out, frame->out_size, NULL,
                                &written);
    if (rc == CC_SUCCESS && written != frame->out_size)
        abort();
    if (rc != CC_SUCCESS && written != 0)
        abort();
    return rc;
}

cc_enclave_result_t world_ecall(cc_enclave_t *enclave, uint32_t id, const void *in, size_t in_size,
                                void *out, size_t out_size, void *ms, const void *table)
{
    struct world_frame frame = {exact_copy(in, in_size), exact_copy(NULL, out_size), in_size,
                                out_size};
    cc_enclave_result_t rc;

    (void)ms;
    if (enclave == NULL || table != &cc_e_boundary_ocalls)
        abort();
    seen(world.seen_in, &world.seen_in_size, frame.in, frame.in_size);
    if (world.on_ecall != NULL)
        world.on_ecall(&frame);
    rc = world_enter(id, &frame);
    seen(world.seen_out, &world.seen_out_size, frame.out, frame.out_size);
    if (rc == CC_SUCCESS && world.on_result != NULL)
        world.on_result(&frame);
    if (rc == CC_SUCCESS && out_size > 0)
        memcpy(out, frame.out, out_size);
    free(frame.in);
    free(frame.out);
    return rc;
}

cc_enclave_result_t world_ocall(size_t id, const void *in, size_t in_size, void *out,
                                size_t out_size)
{
    struct world_frame frame = {exact_copy(in, in_size), exact_copy(NULL, out_size), in_size,
                                out_size};
    cc_enclave_result_t rc;

    seen(world.seen_in, &world.seen_in_size, frame.in, frame.in_size);
    if (id >= OCALLS)
        abort();
    if (world.on_ocall != NULL)
        world.on_ocall(&frame);
    rc = cc_e_boundary_ocalls.ocalls[id](frame.in, frame.in_size, frame.out, frame.out_size);
    if (world.on_reply != NULL) {
        world.on_reply(&frame);
        rc = CC_SUCCESS;
    }
    if (rc == CC_SUCCESS && out_size > 0)
        memcpy(out, frame.out, out_size);
    free(frame.in);
    free(frame.out);
    return rc;
}

/* ------------------------------------------------------------------------- enclave functions */

int enclave_echo(const uint8_t *in, size_t len, uint8_t *out, size_t cap)
{
    world.calls++;
    touch(in, in != NULL ? len : 0);
    if (out != NULL)
        for (size_t i = 0; i < cap; i++)
            world.dirty_out = world.dirty_out || out[i] != 0;
    for (size_t i = 0; in != NULL && out != NULL && i < len && i < cap; i++)
        out[i] = in[i];
    return (in == NULL ? 1 : 0) + (out == NULL ? 2 : 0);
}

void enclave_nothing(void)
{
    world.calls++;
}

void enclave_nothing2(void)
{
    world.calls++;
}

/* C leaves open what becomes of a number that no uint64_t is. */
static uint64_t whole(double number)
{
    return number >= 0 && number < 9e18 ? (uint64_t)number : 0;
}

uint64_t enclave_scalars(char c, unsigned char uc, int16_t s, uint64_t u, float f, double d, bool b,
                         enum color e, wchar_t w, long long ll, unsigned n)
{
    world.calls++;
    return (uint64_t)c + uc + (uint64_t)s + u + whole((double)f) + whole(d) + (b ? 1000 : 0) +
           (uint64_t)e + (uint64_t)w + (uint64_t)ll + n;
}

size_t enclave_text(const char *s, char *t, wchar_t *w)
{
    size_t size = (s != NULL ? strlen(s) : 0) + (w != NULL ? wcslen(w) : 0);

    world.calls++;
    for (; t != NULL && *t != '\0'; t++, size++)
        *t = (char)(*t ^ 0x20);
    return size;
}

int enclave_arrays(int a[4], uint16_t m[2][3], uint8_t o[7])
{
    world.calls++;
    touch(a, a != NULL ? 4 * sizeof(int) : 0);
    for (int i = 0; m != NULL && i < 6; i++)
        m[i / 3][i % 3] = (uint16_t)(m[i / 3][i % 3] + 1);
    fill(o, 7, 1);
    return a != NULL ? a[3] : -1;
}

struct point enclave_structs(struct point p, struct point *ps, uint32_t n, union mixed u)
{
    world.calls++;
    for (uint32_t i = 0; ps != NULL && i < n; i++)
        ps[i].x ^= p.x;
    return (struct point){p.y, (int32_t)(u.u & 0xffff)};
}

int enclave_counted(const void *p, int unit, int64_t n)
{
    world.calls++;
    touch(p, p != NULL ? (size_t)unit * (size_t)n : 0);
    return unit;
}

bool enclave_flags(bool *b, size_t n)
{
    bool any = false;

    world.calls++;
    for (size_t i = 0; b != NULL && i < n; i++)
        any = any || b[i];
    return any;
}

int enclave_deep_in(struct deep *d, size_t n)
{
    int sum = 0;

    world.calls++;
    for (size_t i = 0; d != NULL && i < n; i++) {
        for (uint32_t j = 0; d[i].bytes != NULL && j < d[i].len; j++)
            sum += d[i].bytes[j];
        for (int j = 0; d[i].numbers != NULL && j < 3; j++)
            sum = (int)((unsigned)sum + (unsigned)d[i].numbers[j]);
        if (d[i].loose != NULL)
            abort();
    }
    return sum;
}

int enclave_deep_io(struct deep *d)
{
    world.calls++;
    for (size_t i = 0; d != NULL && i < 2; i++) {
        for (uint32_t j = 0; d[i].bytes != NULL && j < d[i].len; j++)
            d[i].bytes[j] ^= 0xff;
        for (int j = 0; d[i].numbers != NULL && j < 3; j++)
            d[i].numbers[j] = ~d[i].numbers[j];
        if (d[i].loose != NULL)
            abort();
        d[i].loose = (char *)d; /* an address of the enclave: must not leave it */
        d[i].len++;
    }
    return 7;
}

struct packet enclave_packets(struct packet p, struct packet *q, struct packet *r)
{
    static uint8_t secret[16];

    world.calls++;
    if (p.data != NULL || p.note != NULL || (q != NULL && (q->data != NULL || q->note != NULL)))
        abort();
    if (q != NULL)
        *q = (struct packet){secret, p.size + 1, (char *)secret};
    if (r != NULL)
        *r = (struct packet){secret, p.size + 2, (char *)secret};
    return (struct packet){secret, p.size, (char *)secret};
}

int enclave_names(int ret, int in_buf, int out_buf, int ms, int args_size, int retval, int result,
                  int in, int out)
{
    world.calls++;
    return ret ^ in_buf ^ out_buf ^ ms ^ args_size ^ retval ^ result ^ in ^ out;
}

int enclave_sl(const void *p, size_t n)
{
    world.calls++;
    world.last = p;
    touch(p, p != NULL ? n : 0);
    return 0;
}

/* Padding as the stack may leave it. */
static struct gap gap_dirty(void)
{
    struct gap g;

    memset(&g, 0xdd, sizeof g);
    *(volatile uint8_t *)&g.small = 1;
    *(volatile uint64_t *)&g.large = 2;
    return g;
}

static void gaps_dirty(struct gaps *g)
{
    struct gap dirty = gap_dirty();

    memset(g, 0xdd, sizeof *g);
    memcpy(&g->each[0], &dirty, sizeof dirty);
    memset((uint8_t *)&g->each[0] + 1, 0xdd, 7);
    memcpy(&g->each[1], &g->each[0], sizeof dirty);
    *(volatile uint16_t *)&g->tail = 3;
}

struct gaps enclave_holes(struct gap *list, size_t n, struct gaps *all)
{
    struct gaps g;

    world.calls++;
    gaps_dirty(&g);
    for (size_t i = 0; list != NULL && i < n; i++)
        memcpy(&list[i], &g.each[0], sizeof list[i]);
    if (all != NULL)
        memcpy(all, &g, sizeof g);
    return g;
}

int enclave_hidden(int a)
{
    world.calls++;
    return (int)(0u - (unsigned)a);
}

/* Each ocall once; the number of the first answer that is not as a good host gives it, or 0. */
int enclave_calls(int what)
{
    uint8_t bytes[3] = {1, 2, 3};
    int32_t numbers[3] = {1, 2, 3};
    struct deep d = {bytes, 3, numbers, (char *)bytes};
    struct packet p = {bytes, 3, (char *)bytes};
    char s[] = "abc";
    bool b = false;
    int q[4], r = 0;

    world.calls++;
    errno = 0;
    if (what == ID_O_WRITE)
        return proxy_o_write(&r, "xyz", 3, q) == CC_SUCCESS && r == 3 && q[3] == 3 && errno == 77
                   ? 0
                   : 1;
    if (what == ID_O_TEXT)
        return proxy_o_text(s) == CC_SUCCESS && strlen(s) == 3 ? 0 : 2;
    if (what == ID_O_BOOL)
        return proxy_o_bool(&b, true) == CC_SUCCESS && !b ? 0 : 3;
    if (what == ID_O_VOID)
        return proxy_o_void() == CC_SUCCESS ? 0 : 4;
    if (what == ID_O_GAPS) {
        struct gaps g;

        gaps_dirty(&g);
        return proxy_o_gaps(g, g.each, 2) == CC_SUCCESS ? 0 : 7;
    }
    if (what == ID_O_DEEP)
        return proxy_o_deep(&r, &d, p) == CC_SUCCESS && d.bytes == bytes && d.numbers == numbers &&
                       d.loose == (char *)bytes && bytes[0] == 0xfe
                   ? 0
                   : 5;
    return 6;
}

/* ---------------------------------------------------------------------------- host functions */

int o_write(const void *p, size_t n, int *q)
{
    world.ocalls++;
    touch(p, p != NULL ? n : 0);
    for (int i = 0; q != NULL && i < 4; i++)
        q[i] = i;
    errno = 77;
    return (int)n;
}

void o_text(char *s)
{
    world.ocalls++;
    for (; s != NULL && *s != '\0'; s++)
        *s ^= 0x20;
}

bool o_bool(bool b)
{
    world.ocalls++;
    return !b;
}

void o_void(void)
{
    world.ocalls++;
}

void o_gaps(struct gaps g, const struct gap *list, size_t n)
{
    world.ocalls++;
    touch(&g, sizeof g);
    touch(list, list != NULL ? n * sizeof *list : 0);
}

int o_deep(struct deep *d, struct packet p)
{
    world.ocalls++;
    if (p.data != NULL || p.note != NULL || (d != NULL && d->loose != NULL))
        abort(); /* an address of the enclave came out */
    for (uint32_t i = 0; d != NULL && d->bytes != NULL && i < d->len; i++)
        d->bytes[i] ^= 0xff;
    return 0;
}

#endif
