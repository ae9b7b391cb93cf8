/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "host.h"
#include "hostile_u.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

transport_t host_transport_to;
const void *host_ocalls;

cc_enclave_t host_enclave = {.used_flag = true};
static struct frames *record;
static volatile uint64_t sum;

static void touch(const void *data, size_t size)
{
    uint64_t local = 0;

    for (size_t i = 0; data != NULL && i < size; i++)
        local = local * 31 + ((const uint8_t *)data)[i];
    sum = local;
}

cc_enclave_result_t host_transport(cc_enclave_t *context, uint32_t function, const void *in,
                                   size_t in_size, void *out, size_t out_size, void *ms,
                                   const void *ocalls)
{
    static struct frame frame;

    (void)context, (void)ms;
    host_ocalls = ocalls;
    if (in_size > FRAME_BYTES_MAX)
        abort();
    frame.function = function;
    frame.in_size = in_size;
    frame.out_size = out_size;
    if (in_size > 0)
        memcpy(frame.in, in, in_size);
    if (record != NULL && record->count < FRAMES_MAX)
        record->each[record->count++] = frame;
    return host_transport_to != NULL ? host_transport_to(&frame, out) : CC_ERROR_GENERIC;
}

/* What an application would do with its arguments afterwards: read all of them. */
static void calls_of_buffers(void)
{
    static uint8_t bytes[300], out[300];
    bool b[3] = {true, false, true}, any = false;
    wchar_t w[] = L"wide";
    char t[] = "text";
    uint16_t m[2][3] = {{1, 2, 3}, {4, 5, 6}};
    int a[4] = {1, 2, 3, 4};
    ints4_t four = {1, 2, 3, 4};
    size_t size;
    static uint8_t large[700];
    static uint64_t numbers[80];
    int rc;

    h_both(&host_enclave, &rc, large, sizeof large, numbers, 80);
    h_both(&host_enclave, &rc, large, 3, NULL, 80);
    touch(large, sizeof large);
    h_buffers(&host_enclave, &rc, large, 600, large, 600);
    h_buffers(&host_enclave, &rc, bytes, 20, out, 40);
    h_buffers(&host_enclave, &rc, bytes, 300, out, 300);
    h_buffers(&host_enclave, &rc, NULL, 0, NULL, 0);
    h_texts(&host_enclave, &size, "hello", t, w);
    touch(t, strlen(t));
    h_texts(&host_enclave, &size, NULL, NULL, NULL);
    h_arrays(&host_enclave, &rc, a, m, out);
    touch(m, sizeof m);
    h_product(&host_enclave, &rc, bytes, 4, 5);
    h_bools(&host_enclave, &any, b, 3);
    touch(&any, 1);
    h_foreign(&host_enclave, &rc, a, 4, four);
}

static void calls_of_structs(void)
{
    static uint8_t bytes[300];
    int32_t numbers[3] = {1, 2, 3};
    struct owner d[2] = {{bytes, 300, numbers, NULL}, {NULL, 3, NULL, NULL}};
    struct spot2 p = {1, 2}, ps[3] = {{1, 1}, {2, 2}, {3, 3}}, r;
    struct loose k = {bytes, 3}, q = {bytes, 4}, v = {0};
    struct hole hs[2] = {{1, 2}, {3, 4}}, h;
    union either u = {.u = 1};
    int rc;

    h_structs(&host_enclave, &r, p, ps, 3, u);
    h_owned(&host_enclave, &rc, d, 2);
    (void)h_owned_both(&host_enclave, &rc, d);
    if (d[0].bytes != bytes || d[0].numbers != numbers || d[1].bytes != NULL)
        abort(); /* our pointers stay ours */
    if (h_loose(&host_enclave, &v, k, &q, &k) == CC_SUCCESS && k.data != NULL)
        abort();
    if (v.data != NULL || q.data != bytes)
        abort();
    h_holes(&host_enclave, &h, hs, 2);
    touch(hs, sizeof hs);
}

void calls_make(void)
{
    uint64_t value;
    int rc;

    h_nothing(&host_enclave);
    h_values(&host_enclave, &value, 1, 2, 3, 4.0, true, LIGHT);
    h_number(&host_enclave, &value, (void *)0x1234);
    calls_of_buffers();
    calls_of_structs();
    for (int what = 0; what < CALLS_OCALLS; what++)
        h_ocalls(&host_enclave, &rc, what);
}

void calls_record(struct frames *ret_frames)
{
    memset(ret_frames, 0, sizeof *ret_frames);
    record = ret_frames;
    calls_make();
    record = NULL;
}

/* ------------------------------------------------------------------------- the host's functions */

int h_o_buffers(const void *p, size_t n, int *q)
{
    touch(p, n);
    for (int i = 0; q != NULL && i < 4; i++)
        q[i] = i;
    errno = 77;
    return (int)n;
}

void h_o_text(char *s)
{
    for (; s != NULL && *s != '\0'; s++)
        *s = (char)(*s ^ 0x20) != '\0' ? (char)(*s ^ 0x20) : 'x';
}

bool h_o_bool(bool b)
{
    uint8_t bit;

    memcpy(&bit, &b, 1);
    if (bit > 1)
        abort();
    return !b;
}

void h_o_nothing(void)
{
}

int h_o_owned(struct owner *d, struct loose p)
{
    if (p.data != NULL || (d != NULL && d->note != NULL))
        abort(); /* an address of the enclave came out */
    for (uint32_t i = 0; d != NULL && d->bytes != NULL && i < d->len; i++)
        d->bytes[i] ^= 0xff;
    return 0;
}

struct hole h_o_holes(struct hole *list, uint32_t n)
{
    touch(list, list != NULL ? n * sizeof *list : 0);
    return (struct hole){1, 2};
}
