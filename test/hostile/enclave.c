/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * enclave.c - the enclave that hostile hosts attack. Each function reads every byte that it is told
 * it has and writes every byte that it may write, so that a size that lies is a read or a write out
 * of bounds; where an invariant of its arguments is broken it aborts. Its heap and stack are full
 * of SECRET_BYTE. Layer: test. Threads: several; no state but the sum.
 */
#include "hostile_t.h"
#include <errno.h>

static volatile uint64_t sum;

static void must(bool good)
{
    if (!good)
        abort();
}

static void touch(const void *data, size_t size)
{
    uint64_t local = 0;

    for (size_t i = 0; data != NULL && i < size; i++)
        local = local * 31 + ((const uint8_t *)data)[i];
    sum = local;
}

/* An [out] buffer arrives zeroed. */
static void fill_zeroed(void *data, size_t size)
{
    for (size_t i = 0; data != NULL && i < size; i++) {
        must(((uint8_t *)data)[i] == 0);
        ((uint8_t *)data)[i] = (uint8_t)(i + 1);
    }
}

/* What a careless enclave leaves where it has been. */
static __attribute__((noinline)) void litter(void)
{
    static const size_t SIZES[] = {24, 100, 400, 2000, 5000, 70000};
    volatile uint8_t stack[3000];

    for (size_t i = 0; i < sizeof stack; i++)
        stack[i] = SECRET_BYTE;
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        volatile uint8_t *block = malloc(SIZES[i]);

        for (size_t j = 0; block != NULL && j < SIZES[i]; j++)
            block[j] = SECRET_BYTE;
        free((void *)block);
    }
}

int h_buffers(const uint8_t *in, size_t len, uint8_t *out, size_t cap)
{
    if (len % 64 == 0)
        litter();
    touch(in, len);
    fill_zeroed(out, cap);
    return 1;
}

void h_nothing(void)
{
    litter();
}

uint64_t h_values(char c, int16_t s, uint64_t u, double d, bool b, enum shade e)
{
    uint8_t bit;

    memcpy(&bit, &b, 1);
    must(bit <= 1);
    touch(&d, sizeof d);
    return (uint64_t)c + (uint64_t)s + u + bit + (uint64_t)e;
}

size_t h_texts(const char *s, char *t, wchar_t *w)
{
    size_t size = (s != NULL ? strlen(s) : 0) + (w != NULL ? wcslen(w) : 0);

    for (; t != NULL && *t != '\0'; t++, size++)
        *t = (char)(*t ^ 0x20) != '\0' ? (char)(*t ^ 0x20) : 'x';
    return size;
}

int h_arrays(int a[4], uint16_t m[2][3], uint8_t o[7])
{
    touch(a, 4 * sizeof(int));
    for (int i = 0; m != NULL && i < 6; i++)
        m[i / 3][i % 3] = (uint16_t)(m[i / 3][i % 3] + 1);
    fill_zeroed(o, 7);
    return a != NULL ? a[3] : -1;
}

struct spot2 h_structs(struct spot2 p, struct spot2 *ps, uint32_t n, union either u)
{
    for (uint32_t i = 0; ps != NULL && i < n; i++)
        ps[i].x ^= p.x;
    return (struct spot2){p.y, (int32_t)(u.u & 0xffff)};
}

int h_product(const void *p, int unit, int64_t n)
{
    touch(p, p != NULL ? (size_t)unit * (size_t)n : 0);
    return unit;
}

bool h_bools(bool *b, size_t n)
{
    bool any = false;

    for (size_t i = 0; b != NULL && i < n; i++) {
        must(*(volatile uint8_t *)&b[i] <= 1);
        any = any || b[i];
        b[i] = !b[i];
    }
    return any;
}

static void owner_touch(struct owner *d, bool write)
{
    must(d->note == NULL);
    for (uint32_t j = 0; d->bytes != NULL && j < d->len; j++)
        d->bytes[j] ^= write ? 0xff : 0;
    for (int j = 0; d->numbers != NULL && j < 3; j++)
        d->numbers[j] = ~d->numbers[j];
    if (write) {
        d->note = (char *)d; /* an address that must not leave */
        d->len++;
    }
}

int h_owned(struct owner *d, size_t n)
{
    for (size_t i = 0; d != NULL && i < n; i++)
        owner_touch(&d[i], false);
    return (int)n;
}

int h_owned_both(struct owner *d)
{
    for (size_t i = 0; d != NULL && i < 2; i++)
        owner_touch(&d[i], true);
    return 2;
}

struct loose h_loose(struct loose p, struct loose *q, struct loose *r)
{
    static uint8_t mine[16];

    must(p.data == NULL && (q == NULL || q->data == NULL));
    if (q != NULL)
        *q = (struct loose){mine, p.size + 1};
    if (r != NULL)
        *r = (struct loose){mine, p.size + 2};
    return (struct loose){mine, p.size};
}

int h_foreign(ints_t p, uint8_t n, ints4_t a)
{
    touch(p, (size_t)n * sizeof(int32_t));
    for (int i = 0; a != NULL && i < 4; i++)
        a[i] = (int32_t)((uint32_t)a[i] + 1); /* any value may come */
    return n;
}

struct hole h_holes(struct hole *list, size_t n)
{
    struct hole h;

    memset(&h, SECRET_BYTE, sizeof h); /* its padding stays so */
    *(volatile uint8_t *)&h.small = 1;
    *(volatile uint64_t *)&h.large = 2;
    for (size_t i = 0; list != NULL && i < n; i++)
        memcpy(&list[i], &h, sizeof h);
    return h;
}

uint64_t h_number(void *p)
{
    return (uint64_t)(uintptr_t)p;
}

/* Large enough to stay where they came in. */
int h_both(uint8_t *p, size_t n, uint64_t *q, uint16_t k)
{
    for (size_t i = 0; p != NULL && i < n; i++)
        p[i] ^= 0x55;
    for (size_t i = 0; q != NULL && i < k; i++)
        q[i]++;
    return k;
}

int h_private(int a)
{
    return -a;
}

/* A result that the host made up arrives as a code that there is. */
static void result_check(cc_enclave_result_t rc)
{
    must(rc < 0x1000 || (rc >= 0xffff0000 && rc < CC_MAXIMUM_ERROR));
}

static void ocall_owned(void)
{
    uint8_t bytes[3] = {1, 2, 3};
    int32_t numbers[3] = {1, 2, 3};
    struct owner d = {bytes, 3, numbers, (char *)bytes};
    struct loose p = {bytes, 3};
    int r;

    result_check(h_o_owned(&r, &d, p));
    must(d.bytes == bytes && d.numbers == numbers && d.note == (char *)bytes);
}

/* One of the ocalls; whatever the host answers, what comes back has its form. */
int h_ocalls(int what)
{
    char text[6] = "abcde";
    struct hole holes[3], h;
    uint8_t bit = 0;
    bool b = false;
    int q[4] = {0}, r = 0;

    memset(holes, SECRET_BYTE, sizeof holes);
    switch (what) {
    case 0:
        result_check(h_o_buffers(&r, "xyz", 3, q));
        break;
    case 1:
        result_check(h_o_text(text));
        must(memchr(text, 0, sizeof text) != NULL);
        break;
    case 2:
        result_check(h_o_bool(&b, true));
        memcpy(&bit, &b, 1);
        must(bit <= 1);
        break;
    case 3:
        result_check(h_o_nothing());
        break;
    case 4:
        ocall_owned();
        break;
    case 5:
        result_check(h_o_holes(&h, holes, 3));
        break;
    default:
        return -1;
    }
    return what;
}
