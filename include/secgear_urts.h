/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_urts.h - names that EDL files of the SGX flavour expect; here they are aliases.
 */
#ifndef _SECGEAR_URTS_H_
#define _SECGEAR_URTS_H_

#include "status.h"

/* Calling conventions of untrusted functions: this platform has one. */
#ifndef SGX_CDECL
#define SGX_CDECL
#define SGX_STDCALL
#define SGX_FASTCALL
#define SGX_DLLIMPORT
#endif

/* The result type of ocall proxies by its SGX name. */
#ifndef _SGX_ERROR_H_
#ifndef SECGEAR_SGX_STATUS_T
#define SECGEAR_SGX_STATUS_T
typedef cc_enclave_result_t sgx_status_t;
#ifndef SGX_SUCCESS
#define SGX_SUCCESS CC_SUCCESS
#endif
#endif
#endif

#endif
