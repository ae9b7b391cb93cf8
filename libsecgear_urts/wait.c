/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "call.h"
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The device wakes callers of a dead enclave at once; this is for the death of the device itself. */
enum { BACKSTOP_MS = 200 };

static bool enclave_gone(struct instance *instance)
{
    const struct window_control *control = instance->window;
    struct pollfd exit = {.fd = instance->pidfd, .events = POLLIN};

    if (atomic_load(&control->dead) != 0 || atomic_load(&instance->dead))
        return true;
    return poll(&exit, 1, 0) == 1;
}

static bool window_says_dead(const struct instance *instance)
{
    const struct window_control *control = instance->window;

    return atomic_load(&control->dead) != 0;
}

void slot_publish(struct call *call, enum slot_state state)
{
    atomic_exchange(&call->slot->word, (uint32_t)state);
    syscall(SYS_futex, &call->slot->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

enum slot_state slot_wait(struct call *call, enum slot_state said)
{
    static const struct timespec backstop = {0, BACKSTOP_MS * 1000000L};

    for (;;) {
        uint32_t word = atomic_load(&call->slot->word);

        if (word == SLOT_OCALL || word == SLOT_ECALL_DONE)
            return (enum slot_state)word;
        /* The flag is set before the word is marked: whoever overwrote the mark sees the flag. */
        if (word != (uint32_t)said || window_says_dead(call->instance)) {
            if (enclave_gone(call->instance)) {
                instance_mark_dead(call->instance);
                return SLOT_DEAD;
            }
        }
        if (syscall(SYS_futex, &call->slot->word, FUTEX_WAIT, word, &backstop, NULL, 0) != 0 &&
            errno == ETIMEDOUT && enclave_gone(call->instance)) {
            instance_mark_dead(call->instance);
            return SLOT_DEAD;
        }
    }
}
