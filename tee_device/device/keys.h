/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * keys.h - the device's identity. One root secret per device, in a memfd_secret page; every key is
 * derived from it by HKDF (docs/protocol.md, Keys), and it is used for nothing else. The vendor
 * root is made at the same time, signs the device's certificate once, and its key is forgotten.
 *
 * Layer: tee_device/device. Threads: one.
 */
#ifndef DEVICE_KEYS_H
#define DEVICE_KEYS_H

#include "crypto/ecdsa.h"
#include "tpm.h"
#include "wire/report.h"
#include "wire/state.h"

/* Raised when the device's own software had a flaw: data sealed from then on is closed to devices
 * that still have it. */
enum { DEVICE_TCB_SVN = 1 };

struct device_keys {
    struct secret *root; /* the only copy; in memfd_secret where the kernel has it */
    bool root_is_secretmem;
    struct buf wrapped; /* root, as the TPM keeps it on disk; empty: it lies there as it is */
    bool persistent;    /* the state file is ours and will be there next time */
    struct ecdsa_key ak;
    uint8_t device_id[STATE_DEVICE_ID_SIZE];
    uint8_t cert_bytes[STATE_CERT_COUNT][STATE_CERT_MAX_SIZE];
    size_t cert_sizes[STATE_CERT_COUNT];
};

/*
 * Loads <folder>/device.state, or makes it, for a device of this level: one made at a lower level
 * is refused. With tpm->tcti the root secret is on disk only as that TPM wraps it; one that lies
 * there as it is is wrapped now. A wrapped one without tpm->tcti is CC_ERROR_NO_DEVICE. expired: of
 * a new identity the attestation key's certificate has ended, for a device that pretends so. A
 * folder that can not be written gives an ephemeral device (persistent false); a file that is
 * damaged or not private is an error and is left alone.
 */
cc_enclave_result_t keys_open(const char *folder, enum report_level level, bool expired,
                              const struct tpm *tpm, struct device_keys *ret_keys)
    __attribute__((warn_unused_result));
/* What identity_file.h writes of it; wipe. */
void keys_describe(const struct device_keys *keys, struct device_state *ret_state);
struct view keys_cert(const struct device_keys *keys, enum state_cert which);
/* Derives the attestation key of a root secret; also what the forgery test does. */
bool keys_attestation_key(const struct secret *root, struct ecdsa_key *ret_key)
    __attribute__((warn_unused_result));
bool keys_device_key(const struct secret *root, struct ecdsa_key *ret_key)
    __attribute__((warn_unused_result));
/* A key of its own for each label, for whoever derives further. */
bool keys_derive(const struct secret *root, const char *label, struct secret *ret_key)
    __attribute__((warn_unused_result));
/* Signs body; the report with its chain, at most REPORT_MAX_SIZE. */
cc_enclave_result_t keys_report(const struct ecdsa_key *ak, const struct view chain[2],
                                const struct report_body *body, struct writer *w)
    __attribute__((warn_unused_result));

#endif
