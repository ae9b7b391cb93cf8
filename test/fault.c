/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "fault.h"
#include <stddef.h>
#include <stdlib.h>

static unsigned countdown;
static bool fired, none_for_zero;

void *__real_malloc(size_t size) __attribute__((weak));
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
    if (countdown > 0 && --countdown == 0) {
        fired = true;
        return NULL;
    }
    return size == 0 && none_for_zero ? NULL : __real_malloc(size);
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

void fault_zero(bool on)
{
    none_for_zero = on;
}

bool fault_disarm(void)
{
    countdown = 0;
    return fired;
}
