/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_shared_memory.h - memory that the host and one enclave see at the same address, so that
 * pointers into it, and pointers in it, hold on both sides.
 *
 * Both sides can write it at any time. An enclave copies what it checks, and works on the copy:
 * what it looks at twice may be something else the second time (docs/switchless.md).
 */
#ifndef __SECGEAR_SHARED_MEMORY_H__
#define __SECGEAR_SHARED_MEMORY_H__

#include <stdint.h>

#include "enclave.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Shares memory with an enclave, with or without the switchless feature.
 *
 * in/out  enclave  a created enclave
 * in      size     bytes, not 0
 *
 * returns size zero bytes, aligned to 64; NULL when enclave is NULL or not created, size is 0, or
 *         the window is full (the image's shared size): see cc_enclave_error_detail()
 *
 * owner   the caller, until cc_free_shared_memory() or cc_enclave_destroy()
 * threads any
 * source  secGear secgear_shared_memory.h
 * sample  samples/switchless/host/main.c
 */
CC_API_SPEC void *cc_malloc_shared_memory(cc_enclave_t *enclave, size_t size);

/**
 * Gives shared memory back.
 *
 * in/out  enclave  the enclave that it is shared with
 * in      ptr      what cc_malloc_shared_memory() returned
 *
 * returns CC_SUCCESS                                  given back
 *         CC_ERROR_BAD_PARAMETERS                     a NULL, or enclave was never created or is
 *                                                     destroyed
 *         CC_ERROR_SHARED_MEMORY_START_ADDR_INVALID   ptr lies inside a block
 *         CC_ERROR_SHARED_MEMORY_NOT_REGISTERED       ptr is no such memory, or was given back
 *         CC_ERROR_INVALID_HANDLE                     the memory is another enclave's
 *         CC_ERROR_ENCLAVE_LOST                       in a fork: the enclave is the parent's
 *
 * owner   nobody may use it afterwards, and no call that does may be in flight
 * threads any
 * source  secGear secgear_shared_memory.h
 * sample  samples/switchless/host/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_free_shared_memory(cc_enclave_t *enclave, void *ptr);

#ifdef __cplusplus
}
#endif

#endif
