/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/barrier.h"
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { /* linux/membarrier.h */
       GLOBAL_EXPEDITED = 1 << 1,
       REGISTER_GLOBAL_EXPEDITED = 1 << 2,
       PRIVATE_EXPEDITED = 1 << 3,
       REGISTER_PRIVATE_EXPEDITED = 1 << 4,
};

static bool command(int which)
{
    return syscall(SYS_membarrier, which, 0, 0) == 0;
}

bool barrier_works(void)
{
    return command(GLOBAL_EXPEDITED);
}

bool barrier_join(void)
{
    return command(REGISTER_GLOBAL_EXPEDITED);
}

/* It worked once; if a filter has taken it away since, no store waits as long as that. */
static void pass(int which)
{
    const struct timespec long_enough = {.tv_nsec = 1000000};

    if (!command(which))
        nanosleep(&long_enough, NULL);
}

void barrier_pass(void)
{
    pass(GLOBAL_EXPEDITED);
}

bool barrier_own_join(void)
{
    return command(REGISTER_PRIVATE_EXPEDITED) && command(PRIVATE_EXPEDITED);
}

void barrier_own_pass(void)
{
    pass(PRIVATE_EXPEDITED);
}
