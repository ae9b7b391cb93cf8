/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "call.h"
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/* No timeout on this path: arming a timer costs a twentieth of a call. Who ends an enclave, or sees
 * it end (the device, instance_mark_dead()), marks the word and wakes us. */

void slot_publish(struct call *call, enum slot_state state)
{
    atomic_exchange(&call->slot->word, (uint32_t)state);
    syscall(SYS_futex, &call->slot->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* The flags are set before the word is marked: whoever overwrote the mark sees a flag. */
static bool enclave_gone(struct instance *instance)
{
    const struct window_control *control = instance->window;

    return atomic_load(&instance->dead) || atomic_load(&control->dead) != 0;
}

enum slot_state slot_wait(struct call *call)
{
    for (;;) {
        uint32_t word = atomic_load(&call->slot->word);

        if (word == SLOT_OCALL || word == SLOT_ECALL_DONE)
            return (enum slot_state)word;
        if (enclave_gone(call->instance)) {
            instance_mark_dead(call->instance);
            return SLOT_DEAD;
        }
        syscall(SYS_futex, &call->slot->word, FUTEX_WAIT, word, NULL, NULL, 0);
    }
}
