/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * memory_check.h - is a range of addresses the enclave's own, or shared with the host?
 *
 * An enclave here is a process: of the host's memory it sees the shared window only. So "out" means
 * wholly inside the window, "in" means no byte in it; a range across its border is neither.
 */
#ifndef MEMORY_CHECK_H
#define MEMORY_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Whether no byte of [addr, addr + size) is shared with the host.
 *
 * in      addr  start of the range
 * in      size  bytes
 *
 * returns true also for (NULL, 0); false when exactly one of the two is zero, when the range wraps,
 *         or leaves user space
 *
 * owner   nothing is accessed
 * threads any
 * source  secGear memory_check.h
 * sample  none yet
 */
__attribute__((visibility("default"))) bool cc_enclave_memory_in_enclave(const void *addr,
                                                                         size_t size);

/**
 * Whether every byte of [addr, addr + size) is shared with the host.
 *
 * in      addr  start of the range
 * in      size  bytes
 *
 * returns true also for (NULL, 0); false when exactly one of the two is zero, or the range wraps
 *
 * owner   nothing is accessed
 * threads any
 * source  secGear memory_check.h
 * sample  none yet
 */
__attribute__((visibility("default"))) bool cc_enclave_memory_out_enclave(const void *addr,
                                                                          size_t size);

#ifdef __cplusplus
}
#endif

#endif
