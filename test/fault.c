/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "fault.h"
#include <stddef.h>
#include <stdlib.h>

static unsigned countdown, random_countdown;
static bool fired, none_for_zero, paused;

void *__real_malloc(size_t size) __attribute__((weak));
void *__wrap_malloc(size_t size);

void *__real_calloc(size_t count, size_t size) __attribute__((weak));
void *__wrap_calloc(size_t count, size_t size);

static bool fails_now(unsigned *left)
{
    if (paused || *left == 0 || --*left > 0)
        return false;
    fired = true;
    return true;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now(&countdown) ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
    if (fails_now(&countdown))
        return NULL;
    return size == 0 && none_for_zero ? NULL : __real_malloc(size);
}

int __real_RAND_bytes(unsigned char *data, int size) __attribute__((weak));
int __wrap_RAND_bytes(unsigned char *data, int size);

int __wrap_RAND_bytes(unsigned char *data, int size)
{
    return fails_now(&random_countdown) ? 0 : __real_RAND_bytes(data, size);
}

bool fault_available(void)
{
    void *(*volatile allocate)(size_t) = malloc;

    return allocate == __wrap_malloc;
}

void fault_arm(unsigned nth)
{
    countdown = nth;
    fired = false;
}

void fault_random_arm(unsigned nth)
{
    random_countdown = nth;
    fired = false;
}

void fault_pause(bool on)
{
    paused = on;
}

void fault_zero(bool on)
{
    none_for_zero = on;
}

bool fault_disarm(void)
{
    countdown = random_countdown = 0;
    return fired;
}
