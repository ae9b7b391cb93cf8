/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_image.h - what an enclave image tells the enclave runtime: one versioned descriptor, made
 * by codegen in every <name>_t.c, found by its symbol. So the runtime has no undefined symbol.
 */
#ifndef SECGEAR_IMAGE_H
#define SECGEAR_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CC_ENCLAVE_IMAGE_VERSION 2
#define CC_ENCLAVE_IMAGE_SYMBOL "cc_enclave_image"

/* Where generated code puts its functions' names, as text: lines of "e", or "o" for ocalls, number,
 * space, name. For tools only. */
#define CC_ENCLAVE_NAMES_SECTION __attribute__((section(".secgear_names"), used))

/* Bits of cc_enclave_image_t.ecall_flags[]. */
#define CC_ECALL_PUBLIC 0x01     /* may be called from outside any ocall */
#define CC_ECALL_SWITCHLESS 0x02 /* transition_using_threads */
#define CC_ECALL_LENDS 0x04      /* clears what it uses of out itself; may lend parts of it */

/*
 * One entry of the table: in is a private copy of what the host sent, out is private, zeroed, and
 * copied to the host after the function returns, as many bytes as *output_bytes_written says (at
 * most out_size). With CC_ECALL_LENDS the function may say in a cc_lent_list_t (enclave_internal.h)
 * which parts of out stand in the in frame instead, and out is not zeroed beforehand. shared_buffer
 * is that list; of a switchless ecall a cc_edge_shared_t, which says where shared memory is, too;
 * NULL: there is neither. Any result but CC_SUCCESS sends nothing out.
 */
typedef cc_enclave_result_t (*cc_ecall_func_t)(const uint8_t *in, size_t in_size, uint8_t *out,
                                               size_t out_size, uint8_t *shared_buffer,
                                               size_t *output_bytes_written);

/*
 * The second form of a public ecall for workers whose parameters and result are few numbers: in and
 * out are private and aligned to 8; of out it writes as many bytes as its result has. It can not
 * fail.
 */
typedef struct _cc_values_func {
    void (*run)(const uint8_t *in, uint8_t *out); /* NULL: the ecall has no such form */
    uint8_t in_size;                              /* exactly, 0 .. 48 */
    uint8_t out_size;                             /* exactly, 0 .. 8 */
} cc_values_func_t;

typedef struct _cc_enclave_image {
    uint32_t version; /* CC_ENCLAVE_IMAGE_VERSION */
    uint32_t size;    /* sizeof(cc_enclave_image_t) */
    uint64_t ecall_count;
    const cc_ecall_func_t *ecalls; /* NULL only when ecall_count is 0 */
    const uint8_t *ecall_flags;    /* one byte for each ecall */
    uint64_t ocall_count;
    /* ocall_count rows of ecall_count bytes: row o, byte e: ecall e may be called while ocall o
     * runs. NULL: every public ecall may (modes without allow lists). */
    const uint8_t *ocall_allow;
    const cc_values_func_t *values; /* one for each ecall; NULL: none has that form */
} cc_enclave_image_t;

#ifdef __cplusplus
}
#endif

#endif
