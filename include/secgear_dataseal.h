/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_dataseal.h - data that an enclave hands out encrypted, and only it, or a later release of
 * it, on the same device, can open again.
 *
 * The key depends on the device, on the policy (this very image, or its signer and product), on
 * debug or production, and on the security version (SVN): a release opens what releases of its SVN
 * and below have sealed, never what higher ones have. docs/threat-model.md says against whom this
 * holds at which level; it does not keep anybody from bringing back an older sealed blob: that is
 * what counters are for.
 */
#ifndef SECGEAR_DATASEAL_H
#define SECGEAR_DATASEAL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _enclave_sealed_data_t {
    uint32_t data_body_len; /* bytes of the whole, this field included */
    uint8_t reserved[16];
    uint8_t data_body[];
} cc_enclave_sealed_data_t;

/* Who may open it again. Signer: whatever the same signer signs under the same product number; it
 * is the one that survives an upgrade. Enclave: this very code, whoever signs it. */
typedef enum { CC_SEAL_POLICY_MRENCLAVE = 1, CC_SEAL_POLICY_MRSIGNER = 2 } cc_seal_policy_t;

/* For cc_enclave_seal_data_ex(). */
typedef struct {
    cc_seal_policy_t policy;
    const uint8_t *seal_data;
    uint32_t seal_data_len; /* at least 1 */
    const uint8_t *additional_text;
    uint32_t additional_text_len;
} cc_seal_input_t;

/**
 * Says how much room sealed data takes.
 *
 * in      add_len        bytes of additional text
 * in      seal_data_len  bytes to seal
 *
 * returns the size; UINT32_MAX when it does not fit into 32 bits
 *
 * owner   nothing is kept
 * threads any
 * source  secGear secgear_dataseal.h; docs/protocol.md, Sealed data
 * sample  samples/seal_data/enclave/enclave.c
 */
__attribute__((visibility("default"))) uint32_t
cc_enclave_get_sealed_data_size(const uint32_t add_len, const uint32_t seal_data_len);

/**
 * Says how many bytes sealed data will open to.
 *
 * in      sealed_data  as cc_enclave_seal_data() wrote it; not yet authenticated
 *
 * returns the size; UINT32_MAX for NULL, or for what is no sealed data
 *
 * owner   the caller
 * threads any
 * source  secGear secgear_dataseal.h
 * sample  samples/seal_data/enclave/enclave.c
 */
__attribute__((visibility("default"))) uint32_t
cc_enclave_get_encrypted_text_size(const cc_enclave_sealed_data_t *sealed_data);

/**
 * Says how many bytes of additional text stand in sealed data.
 *
 * in      sealed_data  as cc_enclave_seal_data() wrote it; not yet authenticated
 *
 * returns the size; UINT32_MAX for NULL, or for what is no sealed data
 *
 * owner   the caller
 * threads any
 * source  secGear secgear_dataseal.h
 * sample  samples/seal_data/enclave/enclave.c
 */
__attribute__((visibility("default"))) uint32_t
cc_enclave_get_add_text_size(const cc_enclave_sealed_data_t *sealed_data);

/**
 * Seals data for its signer (CC_SEAL_POLICY_MRSIGNER): encrypts it, and authenticates it with the
 * additional text, which stays in clear.
 *
 * in      seal_data            the data
 * in      seal_data_len        its bytes, at least 1
 * out     sealed_data          the sealed data; must not overlap the inputs
 * in      sealed_data_len      room there, as cc_enclave_get_sealed_data_size() says or more
 * in      additional_text      NULL when there is none
 * in      additional_text_len  its bytes
 *
 * returns CC_SUCCESS               written
 *         CC_ERROR_BAD_PARAMETERS  a NULL or a zero where none may be, or an overlap
 *         CC_ERROR_SHORT_BUFFER    sealed_data_len is too small
 *         CC_ERROR_OUT_OF_MEMORY   no memory
 *         CC_ERROR_COMMUNICATION   the device did not answer
 *         CC_FAIL                  no random numbers, or the cipher failed
 *
 * owner   the caller keeps all buffers; nothing is written on error
 * threads any
 * source  secGear secgear_dataseal.h; NIST SP 800-38D; docs/protocol.md, Sealed data
 * sample  samples/seal_data/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_seal_data(const uint8_t *seal_data, uint32_t seal_data_len,
                     cc_enclave_sealed_data_t *sealed_data, uint32_t sealed_data_len,
                     const uint8_t *additional_text, uint32_t additional_text_len);

/**
 * Seals data under a policy of the caller's choice. An addition to secGear's interface.
 *
 * in      input            policy, data, additional text
 * out     sealed_data      as for cc_enclave_seal_data()
 * in      sealed_data_len  room there
 *
 * returns as cc_enclave_seal_data(); CC_ERROR_BAD_PARAMETERS also for another policy
 *
 * owner   the caller keeps all buffers; nothing is written on error
 * threads any
 * source  docs/protocol.md, Sealed data
 * sample  samples/seal_data/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_seal_data_ex(const cc_seal_input_t *input, cc_enclave_sealed_data_t *sealed_data,
                        uint32_t sealed_data_len);

/**
 * Opens sealed data, under whichever policy it was sealed. It carries its own length: check what
 * comes from outside with cc_enclave_check_sealed_data() first.
 *
 * in      sealed_data          may lie in memory that is shared with the host: it is copied first
 * out     decrypted_data       the data
 * in/out  decrypted_data_len   in: room; out: bytes of data, also when the room is too small
 * out     additional_text      NULL when there is none
 * in/out  additional_text_len  in: room; out: bytes of text, also when the room is too small
 *
 * returns CC_SUCCESS                opened
 *         CC_ERROR_BAD_PARAMETERS   a NULL where none may be
 *         CC_ERROR_BAD_FORMAT       not sealed data
 *         CC_ERROR_SHORT_BUFFER     too little room for the data or for the text
 *         CC_ERROR_ACCESS_DENIED    sealed by another device, enclave, signer or product, or by
 *                                   the debug (production) twin of this one
 *         CC_ERROR_INVALID_ISVSVN   sealed by a release with a higher SVN
 *         CC_ERROR_INVALID_CPUSVN   sealed on a later device software
 *         CC_ERROR_MAC_INVALID      changed since it was sealed; nothing of it is handed out
 *         CC_ERROR_OUT_OF_MEMORY    no memory
 *         CC_ERROR_COMMUNICATION    the device did not answer
 *
 * owner   the caller keeps all buffers; nothing of the data is written on error
 * threads any
 * source  secGear secgear_dataseal.h; NIST SP 800-38D; docs/protocol.md, Sealed data
 * sample  samples/seal_data/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_unseal_data(const cc_enclave_sealed_data_t *sealed_data, uint8_t *decrypted_data,
                       uint32_t *decrypted_data_len, uint8_t *additional_text,
                       uint32_t *additional_text_len);

/**
 * Checks that so many bytes are one piece of sealed data: that all its lengths agree with the size
 * that the caller knows. It does not open or authenticate it. An addition to secGear's interface.
 *
 * in      sealed_data      size bytes
 * in      size             as received
 *
 * returns CC_SUCCESS               cc_enclave_unseal_data() will read no byte past size
 *         CC_ERROR_BAD_PARAMETERS  sealed_data NULL
 *         CC_ERROR_BAD_FORMAT      not sealed data, or not of this size
 *
 * owner   the caller
 * threads any
 * source  docs/protocol.md, Sealed data
 * sample  samples/seal_data/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_check_sealed_data(const void *sealed_data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
