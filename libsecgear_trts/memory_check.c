/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "memory_check.h"
#include "runtime.h"

/* Highest address of user space, 4-level page tables; aarch64 has at most the same 48 bits. */
#define USER_TOP ((uintptr_t)1 << 47)

/* False for what is no range: one of the two zero, wrapping, or outside user space. */
static bool range_of(const void *addr, size_t size, uintptr_t *ret_start, uintptr_t *ret_end)
{
    uintptr_t start = (uintptr_t)addr;
    uintptr_t end;

    if (addr == NULL || size == 0 || __builtin_add_overflow(start, size, &end) || end > USER_TOP)
        return false;
    *ret_start = start;
    *ret_end = end;
    return true;
}

bool cc_enclave_memory_in_enclave(const void *addr, size_t size)
{
    const struct trts_boot *boot = runtime_boot();
    uintptr_t start, end, window;

    if (addr == NULL && size == 0)
        return true;
    if (boot == NULL || !range_of(addr, size, &start, &end))
        return false;
    window = (uintptr_t)boot->window;
    return end <= window || start >= window + boot->layout.size;
}

bool cc_enclave_memory_out_enclave(const void *addr, size_t size)
{
    const struct trts_boot *boot = runtime_boot();
    uintptr_t start, end, window;

    if (addr == NULL && size == 0)
        return true;
    if (boot == NULL || !range_of(addr, size, &start, &end))
        return false;
    window = (uintptr_t)boot->window;
    return start >= window && end <= window + boot->layout.size;
}
