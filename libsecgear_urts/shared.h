/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * shared.h - the engine's entries behind secgear_shared_memory.h: parts of the window's heap, which
 * the enclave sees at the same address.
 * Layer: libsecgear_urts. Threads: any.
 */
#ifndef URTS_SHARED_H
#define URTS_SHARED_H

#include "enclave_internal.h"

void *shared_take(cc_enclave_t *enclave, size_t size, bool is_control_buf, int try_cnt);
cc_enclave_result_t shared_give(cc_enclave_t *enclave, void *ptr);

#endif
