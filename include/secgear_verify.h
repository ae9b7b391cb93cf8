/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_verify.h - judges evidence of TEEs, offline: evidence, collateral, policy and time in;
 * verdict, claims and reasons out. Link with libsecgear_verify. docs/attestation/ says what is
 * checked for each TEE, docs/policy.md how a policy is written.
 */
#ifndef SECGEAR_VERIFY_H
#define SECGEAR_VERIFY_H

#include "secgear_verifier.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cc_verify cc_verify_t;                       /* the verifiers there are */
typedef struct cc_verify_policy cc_verify_policy_t;         /* what is acceptable */
typedef struct cc_verify_result cc_verify_result_t;         /* what came out */
typedef struct cc_verify_cache cc_verify_cache_t;           /* what verified before */
typedef struct cc_verify_collateral cc_verify_collateral_t; /* what vendors publish */

typedef enum {
    CC_VERIFY_REFUSED,  /* some rule failed */
    CC_VERIFY_WARNED,   /* accepted; something needs attention soon, or was tolerated */
    CC_VERIFY_ACCEPTED, /* every rule holds */
} cc_verify_verdict_t;

typedef enum {
    CC_VERIFY_CLAIM_BYTES,
    CC_VERIFY_CLAIM_TEXT,
    CC_VERIFY_CLAIM_NUMBER,
    CC_VERIFY_CLAIM_FLAG
} cc_verify_kind_t;

/* Belongs to the result. */
typedef struct {
    const char *name;
    cc_verify_kind_t kind;
    const uint8_t *data; /* bytes or text; a zero byte stands behind */
    size_t size;
    uint64_t number; /* number, or flag 0 or 1 */
} cc_verify_claim_t;

/* Belongs to the result. */
typedef struct {
    cc_verify_severity_t severity;
    const char *rule;
    const char *sentence;
} cc_verify_reason_t;

/* AR4SI trustworthiness vector: a tier and what it rests on, -1 .. 99; 0 says nothing. */
typedef struct {
    int8_t instance_identity;
    int8_t configuration;
    int8_t executables;
    int8_t file_system;
    int8_t hardware;
    int8_t runtime_opaque;
    int8_t storage_opaque;
    int8_t sourced_data;
} cc_verify_vector_t;

/**
 * Makes a set of verifiers: those of the library.
 *
 * returns the set                  as asked
 *         NULL                     out of memory
 *
 * owner   the caller, until cc_verify_free()
 * threads any
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) cc_verify_t *cc_verify_new(void);

/**
 * Adds the verifiers that are installed as plugins. What is loaded runs as the caller does: folder
 * and files must belong to root or to the effective user, and nobody else may write them.
 *
 * in/out  verify       the set; nobody may use it meanwhile
 * in      folder       where they are; NULL: secgear/verify.d beside this library, if it is there
 *
 * returns CC_SUCCESS               all of them are in the set
 *         CC_ERROR_ACCESS_DENIED   others may write the folder or a file of it
 *         CC_ERROR_INVALID_PATH    there is no such folder, or a file can not be opened
 *         CC_ERROR_BAD_FORMAT      a file is no plugin
 *         CC_ERROR_BAD_PARAMETERS  a plugin of another ABI, incomplete, or its name is taken
 *         CC_ERROR_OUT_OF_MEMORY   no memory
 *
 * owner   the set keeps them until cc_verify_free(); those before one that failed stay in it
 * threads one per set
 * source  docs/attestation/plugins.md
 * sample  samples/verify_plugin/example.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t cc_verify_load(cc_verify_t *verify,
                                                                          const char *folder);

/**
 * Frees a set of verifiers; NULL is fine.
 *
 * in      verify       the set; nobody may use it any more
 *
 * returns nothing
 *
 * owner   it is gone
 * threads any, one per set
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) void cc_verify_free(cc_verify_t *verify);

/**
 * Reads a policy, schema 1 or 2.
 *
 * in      json         UTF-8
 * in      size         bytes of it, at most 1 MiB
 * out     policy       what it says
 *
 * returns CC_SUCCESS               policy written
 *         CC_ERROR_BAD_FORMAT      not a policy; cc_verify_error_detail() names the place
 *         CC_ERROR_BAD_PARAMETERS  a NULL
 *         CC_ERROR_OUT_OF_MEMORY   no memory
 *
 * owner   the caller, until cc_verify_policy_free()
 * threads any; a policy is read-only and may be shared
 * source  docs/policy.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_verify_policy_parse(const char *json, size_t size, cc_verify_policy_t **policy);

/**
 * Frees a policy; NULL is fine.
 *
 * in      policy       nobody may use it any more
 *
 * returns nothing
 *
 * owner   it is gone
 * threads any, one per policy
 * source  docs/policy.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) void cc_verify_policy_free(cc_verify_policy_t *policy);

/**
 * Reads collateral: a folder of files, each a part of its name, or one bundle. Nothing of it is
 * trusted for where it lies: every signature is checked when evidence is judged.
 *
 * in      path         file or folder; NULL: the user's own, which SECGEAR_COLLATERAL names, else
 *                      $XDG_CONFIG_HOME/secgear/collateral (~/.config by default), else
 *                      /etc/secgear/collateral; none of them there: no parts
 * out     collateral   its parts
 *
 * returns CC_SUCCESS               read
 *         CC_ERROR_BAD_PARAMETERS  a NULL, too many parts, or too long a name
 *         CC_ERROR_INVALID_PATH    it is not there, can not be read, or is empty or too large
 *         CC_ERROR_READ_DATA       a file ended while it was read
 *         CC_ERROR_BAD_FORMAT      a bundle that is none
 *         CC_ERROR_OUT_OF_MEMORY   no memory
 *
 * owner   the caller, until cc_verify_collateral_free()
 * threads any; it is read-only and may be shared
 * source  docs/attestation/collateral.md
 * sample  libattestation_agent/agent.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_verify_collateral_load(const char *path, cc_verify_collateral_t **collateral);

/**
 * The parts of collateral, for cc_verify_input_t.
 *
 * in      collateral   what was read
 * out     count        how many parts there are
 *
 * returns the parts                as many as count says
 *
 * owner   the collateral
 * threads any
 * source  docs/attestation/collateral.md
 * sample  libattestation_agent/agent.c
 */
__attribute__((visibility("default"))) const cc_verify_blob_t *
cc_verify_collateral_parts(const cc_verify_collateral_t *collateral, size_t *count);

/**
 * Frees collateral; NULL is fine.
 *
 * in      collateral   nobody may use it or its parts any more
 *
 * returns nothing
 *
 * owner   it is gone
 * threads any, one per collateral
 * source  docs/attestation/collateral.md
 * sample  libattestation_agent/agent.c
 */
__attribute__((visibility("default"))) void
cc_verify_collateral_free(cc_verify_collateral_t *collateral);

/**
 * Judges evidence. A result comes out whatever the verdict is.
 *
 * in      verify       the verifiers
 * in      policy       what is acceptable; NULL: whatever is genuine, up to date and not for
 *                      debugging, whatever it measures and however old it is
 * in      input        what to judge, and when
 * out     result       verdict, claims, reasons
 *
 * returns CC_SUCCESS               there is a verdict: ask cc_verify_result_verdict()
 *         CC_ERROR_BAD_PARAMETERS  a NULL, a count of zero, or no time
 *         CC_ERROR_NOT_SUPPORTED   no verifier knows this evidence
 *         CC_ERROR_OUT_OF_MEMORY   no memory
 *
 * owner   the caller keeps the input and frees the result with cc_verify_result_free()
 * threads any, at once on one set and one policy
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_verify_judge(const cc_verify_t *verify, const cc_verify_policy_t *policy,
                const cc_verify_input_t *input, cc_verify_result_t **result);

/**
 * Makes a place for what verifies: collateral, certificates and keys that later judgements with the
 * very same bytes need not verify again. What it holds counts only within its dates, under the same
 * trusted keys, with the same collateral; policy, nonce and the evidence's own signature are
 * checked each time. The verdict is the same with and without.
 *
 * in      entries  most that it may keep, at most 32768; a platform takes about 10, each some KiB
 *
 * returns the cache                as asked
 *         NULL                     out of memory
 *
 * owner   the caller, until cc_verify_cache_free()
 * threads any; it has its own lock
 * source  docs/attestation/README.md
 * sample  bench/row_verify.c
 */
__attribute__((visibility("default"))) cc_verify_cache_t *cc_verify_cache_new(size_t entries);

/**
 * Frees a cache; NULL is fine.
 *
 * in      cache    nobody may use it any more
 *
 * returns nothing
 *
 * owner   it is gone
 * threads any, one per cache
 * source  docs/attestation/README.md
 * sample  bench/row_verify.c
 */
__attribute__((visibility("default"))) void cc_verify_cache_free(cc_verify_cache_t *cache);

/**
 * As cc_verify_judge(), with what verified before.
 *
 * in      verify       the verifiers
 * in      policy       as for cc_verify_judge()
 * in      input        what to judge, and when
 * in/out  cache        finds and keeps what verified; NULL: nothing is kept
 * out     result       verdict, claims, reasons
 *
 * returns CC_SUCCESS               there is a verdict: ask cc_verify_result_verdict()
 *         others                   as cc_verify_judge()
 *
 * owner   the caller keeps the input and frees the result with cc_verify_result_free()
 * threads any, at once on one set, one policy and one cache
 * source  docs/attestation/README.md
 * sample  bench/row_verify.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_verify_judge_cached(const cc_verify_t *verify, const cc_verify_policy_t *policy,
                       const cc_verify_input_t *input, cc_verify_cache_t *cache,
                       cc_verify_result_t **result);

/**
 * The verdict.
 *
 * in      result       of cc_verify_judge(); NULL is refused
 *
 * returns the verdict              CC_VERIFY_REFUSED unless every rule held
 *
 * owner   nothing changes hands
 * threads any
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) cc_verify_verdict_t
cc_verify_result_verdict(const cc_verify_result_t *result);

/**
 * Which verifier judged.
 *
 * in      result       of cc_verify_judge()
 *
 * returns its name                 as a policy names it
 *
 * owner   the result
 * threads any
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) const char *
cc_verify_result_tee(const cc_verify_result_t *result);

/**
 * A claim of the evidence. Believe it only beside a verdict that is not CC_VERIFY_REFUSED.
 *
 * in      result       of cc_verify_judge()
 * in      index        0 and up
 *
 * returns the claim                in the order they were made
 *         NULL                     there is none with that number
 *
 * owner   the result
 * threads any
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) const cc_verify_claim_t *
cc_verify_result_claim(const cc_verify_result_t *result, size_t index);

/**
 * Why the verdict is what it is: one sentence for each rule that failed or is near failing.
 *
 * in      result       of cc_verify_judge()
 * in      index        0 and up
 *
 * returns the reason               in the order they were found
 *         NULL                     there is none with that number
 *
 * owner   the result
 * threads any
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) const cc_verify_reason_t *
cc_verify_result_reason(const cc_verify_result_t *result, size_t index);

/**
 * The same as an EAR carries it.
 *
 * in      result       of cc_verify_judge()
 *
 * returns the vector               each value as AR4SI, 2.3, names it
 *
 * owner   a copy
 * threads any
 * source  draft-ietf-rats-ar4si
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) cc_verify_vector_t
cc_verify_result_vector(const cc_verify_result_t *result);

/**
 * Until when the verdict holds: the earliest end of a certificate, a list or other collateral.
 *
 * in      result       of cc_verify_judge()
 *
 * returns seconds since 1970       UINT64_MAX: nothing that it rests on ends
 *
 * owner   nothing changes hands
 * threads any
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) uint64_t
cc_verify_result_expiry(const cc_verify_result_t *result);

/**
 * All of it as one JSON object.
 *
 * in      result       of cc_verify_judge()
 *
 * returns the text                 to be freed with free()
 *         NULL                     out of memory
 *
 * owner   the caller
 * threads any
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) char *
cc_verify_result_json(const cc_verify_result_t *result);

/**
 * Frees a result; NULL is fine.
 *
 * in      result       nobody may use it or its claims any more
 *
 * returns nothing
 *
 * owner   it is gone
 * threads any, one per result
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) void cc_verify_result_free(cc_verify_result_t *result);

/**
 * What went wrong in this thread's last call of this library that returned a code.
 *
 * returns one line                 "" when it succeeded
 *
 * owner   the library, until the thread's next call
 * threads each has its own
 * source  docs/attestation/README.md
 * sample  tools/cmd_verify.c
 */
__attribute__((visibility("default"))) const char *cc_verify_error_detail(void);

#ifdef __cplusplus
}
#endif

#endif
