/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * gp_ocall.h - enclave side: calls a function of the host. Generated code uses it.
 */
#ifndef FINAL_SECGEAR_GP_OCALL_H
#define FINAL_SECGEAR_GP_OCALL_H

#include <stdio.h>
#include <string.h>

#include "enclave.h"
#include "enclave_internal.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TEE_SECE_AGENT_ID 0x53656345

/**
 * Calls function func_id of the host's ocall table.
 *
 * in      func_id       position in the table of the EDL's untrusted functions
 * in      in_buf        in_buf_size bytes inside the enclave, copied out
 * in      in_buf_size   bytes
 * out     out_buf       out_buf_size bytes inside the enclave: what the host answered, untrusted
 * in      out_buf_size  bytes
 *
 * returns CC_SUCCESS                  out_buf written
 *         CC_ERROR_OCALL_NOT_ALLOWED  the caller of this ecall has no such function, or this thread
 *                                     is not serving an ecall
 *         CC_ERROR_OUT_OF_MEMORY      no room for the buffers
 *         others                      what the host's side returned
 *
 * owner   the caller keeps both buffers; out_buf is zeroed on failure
 * threads any thread that serves an ecall
 * source  secGear gp_ocall.h
 * sample  samples/ocall/enclave/enclave.c (through its generated code)
 */
CC_API_SPEC cc_enclave_result_t cc_ocall_enclave(size_t func_id, const void *in_buf,
                                                 size_t in_buf_size, void *out_buf,
                                                 size_t out_buf_size);

/**
 * The same for a function that a worker of the host may serve (transition_using_threads).
 *
 * in      func_id       position in the table of the EDL's untrusted functions
 * in      in_buf        in_buf_size bytes inside the enclave, copied out
 * in      in_buf_size   bytes
 * out     out_buf       out_buf_size bytes inside the enclave: what the host answered, untrusted
 * in      out_buf_size  bytes
 *
 * returns as cc_ocall_enclave(), which it is when there is no worker
 *
 * owner   the caller keeps both buffers; out_buf is zeroed on failure
 * threads any thread that serves an ecall
 * source  an addition; docs/switchless.md
 * sample  bench/enclave/enclave.c (through its generated code)
 */
CC_API_SPEC cc_enclave_result_t cc_ocall_enclave_switchless(size_t func_id, const void *in_buf,
                                                            size_t in_buf_size, void *out_buf,
                                                            size_t out_buf_size);

/**
 * The same for a function of a few numbers that returns one, or nothing.
 *
 * in/out  call  func_id, in_size bytes of in, and out_size; the host's answer, untrusted, in out
 *
 * returns as cc_ocall_enclave_switchless(); CC_ERROR_BAD_PARAMETERS: NULL, or a size too large
 *
 * owner   the caller keeps it; out has out_size bytes that mean something, on CC_SUCCESS alone
 * threads any thread that serves an ecall
 * source  an addition; docs/switchless.md
 * sample  bench/enclave/enclave.c (through its generated code)
 */
CC_API_SPEC cc_enclave_result_t cc_ocall_values_switchless(cc_sl_values_t *call);

#ifdef __cplusplus
}
#endif

#endif
