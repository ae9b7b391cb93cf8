/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_pcl.h - protected code loader: images that lie encrypted on the disk (secgear encrypt)
 * and are decrypted by the device, which hands nobody the plaintext but the enclave itself.
 *
 *     cesgx_plc_config_t key = {0, "/etc/app/enclave.key"};
 *     enclave_features_t pcl = {ENCLAVE_FEATURE_PROTECTED_CODE_LOADER, &key};
 *     cc_enclave_create("enclave.enc", AUTO_ENCLAVE_TYPE, 0, 0, &pcl, 1, &enclave);
 *
 * The key's file is one of two: the 48 bytes that secgear encrypt --new-key wrote, which whoever
 * reads the file can use as well; or those 48 bytes sealed by an enclave of the same signer and
 * product (cc_enclave_pcl_key_seal), which no host can use for anything else.
 */
#ifndef SECGEAR_PCL_H
#define SECGEAR_PCL_H

#include "sgx_enclave.h"
#include "status.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CC_PCL_KEY_SIZE = 48 };

/**
 * Seals the key of an encrypted image for the image's signer: called in an enclave of that signer
 * and product, which got the key over a secure channel, say. What it writes is the file that
 * cesgx_plc_config_t names. An addition to secGear.
 *
 * in      key        48 bytes, as secgear encrypt --new-key writes them
 * out     blob       the sealed key
 * in/out  blob_size  in: bytes of room; out: bytes written, or needed
 *
 * returns CC_SUCCESS
 *         CC_ERROR_BAD_PARAMETERS  a pointer is NULL
 *         CC_ERROR_SHORT_BUFFER    the room is too small; blob_size says how much is needed
 *         of cc_enclave_seal_data_ex() else
 *
 * owner   the caller; wipe the key
 * threads any
 * source  docs/protocol.md, Encrypted image
 * sample  test/integration/sim/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_enclave_pcl_key_seal(const uint8_t key[CC_PCL_KEY_SIZE], uint8_t *blob, uint32_t *blob_size);

#ifdef __cplusplus
}
#endif

#endif
