/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The enclave of the tests of switchless calls. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* CPU_SET() */
#endif
#include "switchless_t.h"
#include <signal.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t s_add(uint64_t a, uint64_t b)
{
    return a + b;
}

void s_nothing(void)
{
}

uint32_t s_sum(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;

    for (size_t i = 0; p != NULL && i < n; i++)
        sum += p[i];
    return sum;
}

void s_fill(uint8_t *p, size_t n, uint8_t with)
{
    if (p != NULL)
        memset(p, with, n);
}

uint64_t s_invert(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)~p[i];
    return (uint64_t)(uintptr_t)p;
}

int32_t s_pair(struct pair p, struct pair *q)
{
    *q = (struct pair){p.b, p.a};
    return p.a + p.b;
}

struct large s_large(struct large l)
{
    l.bytes[99]++;
    l.tail *= 2;
    return l;
}

size_t s_text(const char *s)
{
    return strlen(s);
}

uint64_t s_list(struct chain *first)
{
    uint64_t sum = 0;

    for (const struct chain *l = first; l != NULL; l = l->next)
        sum += l->value;
    return sum;
}

uint64_t s_where(const uint8_t *p, size_t n)
{
    (void)n;
    return (uint64_t)(uintptr_t)p;
}

void s_nap(uint32_t ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

    nanosleep(&time, NULL);
}

int s_ask(int a)
{
    int twice = -1;

    return o_double(&twice, a) == CC_SUCCESS ? twice : -1;
}

/* What the host made of the last of n bytes. */
uint8_t s_ask_much(size_t n, uint8_t with)
{
    uint8_t *p = malloc(n), last = 0;

    if (p == NULL)
        return 0;
    memset(p, with, n);
    if (o_much(p, n) == CC_SUCCESS)
        last = p[n - 1];
    free(p);
    return last;
}

int s_ask_nap(uint32_t ms)
{
    int result = s_ask((int)ms);

    s_nap(ms);
    return result;
}

int s_ask_deep(int depth)
{
    int result = -1;

    return o_deeper(&result, depth) == CC_SUCCESS ? result : -1;
}

void s_say(const char *s)
{
    printf("%s\n", s);
}

void s_crash(void)
{
    __builtin_trap();
}

int s_alone(void)
{
    static atomic_uint in_there;
    bool alone = atomic_fetch_add(&in_there, 1) == 0;

    for (int i = 0; i < 50 && atomic_load(&in_there) == 1; i++) /* until another one comes in */
        sched_yield();
    return atomic_fetch_sub(&in_there, 1) == 1 && alone;
}

/* Which thread serves: an address on its stack. */
uint64_t s_threads(void)
{
    return (uint64_t)(uintptr_t)__builtin_frame_address(0);
}

int s_p16(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k, int l, int m,
          int n, int o, int p)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k +
           12 * l + 13 * m + 14 * n + 15 * o + 16 * p;
}

double s_six(int8_t a, double b, char c, float d, uint16_t e, long f)
{
    return a + 2 * b + 3 * c + 4 * (double)d + 5 * e + 6 * (double)f;
}

int8_t s_minus(int8_t a)
{
    return (int8_t)-a;
}

uint16_t s_twice(uint16_t a)
{
    return (uint16_t)(2 * a);
}

float s_half(float a)
{
    return a / 2;
}

uint64_t s_count(void)
{
    static atomic_ullong count;

    return atomic_fetch_add(&count, 1) + 1;
}

int s_seven(int a, int b, int c, int d, int e, int f, int g)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g;
}

int ordinary(int a)
{
    return a + 1;
}

int ordinary_ask(int a)
{
    return s_ask(a);
}

int s_private(int a)
{
    if (a > 1000)
        s_nap((uint32_t)a - 1000);
    return a * 100;
}

uint64_t ordinary_quick(int n)
{
    uint64_t sum = 0;
    int made = 0;

    for (int i = 0; i < n; i++)
        sum += o_quick(&made, i) == CC_SUCCESS ? (uint64_t)made : UINT32_MAX;
    return sum;
}

uint64_t ordinary_quick_on(uint32_t cpu, int n)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
    return ordinary_quick(n);
}

int ordinary_quick_careless(void)
{
    enum { O_QUICK = 3 };
    cc_sl_values_t call = {
        .in = {UINT64_MAX << 32 | 1}, .func_id = O_QUICK, .in_size = 4, .out_size = 4, .argc = 1};

    return cc_ocall_values_switchless(&call) == CC_SUCCESS ? (int)call.out : -1;
}

size_t ordinary_quick_bytes(size_t n, int times)
{
    uint8_t bytes[8192] = {0};
    size_t wrong = 0;

    if (n > sizeof bytes)
        return SIZE_MAX;
    for (int i = 1; i <= times; i++) {
        if (o_quick_bytes(bytes, n) != CC_SUCCESS)
            return SIZE_MAX;
        for (size_t at = 0; at < n; at++)
            wrong += bytes[at] != (uint8_t)i;
    }
    return wrong;
}

void s_hear_faults(void)
{
    sigset_t faults;

    sigemptyset(&faults);
    sigaddset(&faults, SIGSEGV);
    pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
}
