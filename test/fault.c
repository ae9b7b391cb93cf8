/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "fault.h"
#include <stddef.h>
#include <stdlib.h>

static unsigned countdown;
static bool fired;

void *__real_malloc(size_t size) __attribute__((weak));
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
    if (countdown > 0 && --countdown == 0) {
        fired = true;
        return NULL;
    }
    return __real_malloc(size);
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

bool fault_disarm(void)
{
    countdown = 0;
    return fired;
}
