/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secure_channel_mutual.h - channels from one enclave to another, each of which judges the other.
 *
 * The one that calls: its image brings libtsecure_client (docs/images.md), and opens a channel with
 * the functions of secure_channel_client.h and CC_SEC_CHL_OPT_ENCLAVE. Its send hook is a function
 * of its host; keys and texts stay in the enclave. The one that is called serves channels as ever,
 * and judges clients by a policy, with what is declared here, in the same library:
 *
 *     cc_sec_chl_enclave_opts_t opts = {.struct_size = sizeof opts,
 *                                       .flags = CC_SEC_CHL_ENCLAVE_REQUIRE_CLIENT,
 *                                       .client_evidence = cc_sec_chl_policy_judge,
 *                                       .arg = policy};
 *
 * A policy that the host could choose would accept whom the host likes: it belongs into the image,
 * where it is measured. It then names enclaves of one signer by mrsigner, since no image can hold
 * the measurement of one that holds its own.
 */
#ifndef SECURE_CHANNEL_MUTUAL_H
#define SECURE_CHANNEL_MUTUAL_H

#include "secure_channel_client.h"
#include "secure_channel_enclave.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A policy (docs/policy.md), parsed; read-only, so that many may use it at once. */
typedef struct cc_sec_chl_policy cc_sec_chl_policy_t;

/**
 * Parses a policy for cc_sec_chl_policy_judge().
 *
 * in      json      a policy file's text
 * in      json_len  bytes, at most 1 MiB
 * out     policy    the policy
 *
 * returns CC_SUCCESS                           parsed
 *         CC_ERROR_BAD_PARAMETERS              a NULL, or a size out of range
 *         CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT  no policy; cc_sec_chl_error_detail() says where
 *         CC_ERROR_SEC_CHL_MEMORY              out of memory
 *
 * owner   the caller keeps json, and releases policy with cc_sec_chl_policy_free()
 * threads any
 * source  ours; docs/policy.md
 * sample  none yet
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_policy_load(const char *json, size_t json_len,
                                                       cc_sec_chl_policy_t **policy);

/**
 * Releases a policy.
 *
 * in      policy  NULL is fine
 *
 * returns nothing
 *
 * owner   policy is gone afterwards: not while a service that judges by it runs
 * threads any, after the last use of policy
 * source  ours
 * sample  none yet
 */
CC_API_SPEC void cc_sec_chl_policy_free(cc_sec_chl_policy_t *policy);

/**
 * Judges a client that is an enclave of this project's device, for
 * cc_sec_chl_enclave_opts_t.client_evidence: purpose `client`, over this handshake, of an enclave
 * that the policy has an entry for and accepts.
 *
 * in      evidence      evidence_len bytes that the client showed
 * in      evidence_len  bytes
 * in      user_data     64 bytes that must stand in it
 * out     peer          what its device says about that enclave
 * in      arg           a cc_sec_chl_policy_t
 *
 * returns 0   accepted
 *         -1  refused, or a NULL; peer is untouched; cc_sec_chl_error_detail() says which rule
 *
 * owner   the caller keeps everything
 * threads any
 * source  ours; docs/protocol.md, "Which clients the enclave accepts"
 * sample  none yet
 */
CC_API_SPEC int cc_sec_chl_policy_judge(const uint8_t *evidence, size_t evidence_len,
                                        const uint8_t *user_data, cc_sec_chl_peer_t *peer,
                                        void *arg);

#ifdef __cplusplus
}
#endif

#endif
