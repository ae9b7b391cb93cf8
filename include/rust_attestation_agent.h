/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * rust_attestation_agent.h - the C interface of secGear's attestation agent, for programs written
 * to it. Reports come from this machine's device, and are judged here, by the policy of this
 * program's user (docs/policy.md); no service is asked. Nothing in it is Rust: the names are the
 * interface's. Link with libattestation_agent.
 */
#ifndef RUST_ATTESTATION_AGENT_H
#define RUST_ATTESTATION_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* len bytes; a result has a zero byte behind them. len 0: the call failed. */
typedef struct Vec_uint8 {
    uint8_t *ptr;
    size_t len;
    size_t cap;
} Vec_uint8_t;

/* _0: there is a value, _1: the value. */
typedef struct Tuple2_bool_bool {
    bool _0;
    bool _1;
} Tuple2_bool_bool_t;

/**
 * Says how much this library tells on stderr when a call fails.
 *
 * in      c_level  "off": nothing; NULL or any other text: one line for each failure
 *
 * returns nothing
 *
 * owner   the caller keeps the text
 * threads any
 * source  secGear rust_attestation_agent.h
 * sample  test/integration/sim/test_ra_verify.c
 */
__attribute__((visibility("default"))) void init_env_logger(const Vec_uint8_t *c_level);

/**
 * Gets a report about an enclave of this program, as cc_get_ra_report() does.
 *
 * in      c_challenge  base64url without padding, of 1 to 64 bytes
 * in      c_ima        NULL, or without a value, or false: this device keeps no log of the kernel
 * in      c_uuid       of the enclave, 36 characters
 *
 * returns the report               JSON text
 *         len 0                    failed; stderr says why
 *
 * owner   the caller, until free_rust_vec()
 * threads any
 * source  secGear rust_attestation_agent.h; docs/protocol.md, Report
 * sample  test/integration/sim/test_ra_verify.c
 */
__attribute__((visibility("default"))) Vec_uint8_t get_report(const Vec_uint8_t *c_challenge,
                                                              const Tuple2_bool_bool_t *c_ima,
                                                              const Vec_uint8_t *c_uuid);

/**
 * Judges a report by the policy of this program's user, which must tolerate `origin` of type `sim`
 * for reports that get_report() got: the host chose their challenge (docs/policy.md).
 *
 * in      c_challenge  what it was asked with
 * in      report       of get_report(), or evidence of a TEE that the policy names
 *
 * returns verdict, claims, reasons JSON text, of a report that is accepted
 *         len 0                    refused, or failed; stderr says why
 *
 * owner   the caller, until free_rust_vec()
 * threads any
 * source  secGear rust_attestation_agent.h; docs/attestation/README.md
 * sample  test/integration/sim/test_ra_verify.c
 */
__attribute__((visibility("default"))) Vec_uint8_t verify_report(const Vec_uint8_t *c_challenge,
                                                                 const Vec_uint8_t *report);

/**
 * Frees a result.
 *
 * in      vec      of a function of this header; an empty one is fine
 *
 * returns nothing
 *
 * owner   it is gone
 * threads any, one per result
 * source  secGear rust_attestation_agent.h
 * sample  test/integration/sim/test_ra_verify.c
 */
__attribute__((visibility("default"))) void free_rust_vec(Vec_uint8_t vec);

#ifdef __cplusplus
}
#endif

#endif
