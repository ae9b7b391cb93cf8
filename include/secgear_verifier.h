/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_verifier.h - how a verifier of one type of TEE and the library that judges by it speak.
 * The verifiers inside libsecgear_verify use it, and so do plugins (docs/attestation/plugins.md).
 *
 * A verifier is a pure function: bytes and time in, claims and reasons out. It checks what its
 * vendor's documents demand and says what the evidence claims; what of that is acceptable is the
 * policy's affair and decided by the library.
 */
#ifndef SECGEAR_VERIFIER_H
#define SECGEAR_VERIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CC_VERIFIER_ABI 1
/* A plugin exports: const cc_verifier_t *secgear_verifier_1(void); */
#define CC_VERIFIER_PLUGIN_SYMBOL "secgear_verifier_1"

/* Bytes with a name: a part of the evidence, or of its collateral. */
typedef struct {
    const char *name;
    const uint8_t *data;
    size_t size;
} cc_verify_blob_t;

/* What is to be judged. */
typedef struct {
    const char *tee;                  /* name of the verifier; NULL: by the evidence */
    const cc_verify_blob_t *evidence; /* the first is the evidence itself */
    size_t evidence_count;
    const cc_verify_blob_t *collateral; /* what the vendor publishes (docs/attestation/) */
    size_t collateral_count;
    const uint8_t *nonce; /* that the evidence must repeat; NULL: none, which a policy must allow */
    size_t nonce_size;
    uint64_t now_s; /* seconds since 1970; never 0 */
} cc_verify_input_t;

/* The same with what the policy says about keys and dates. */
typedef struct {
    const cc_verify_input_t *input;
    const uint8_t (*anchors)[32]; /* SHA-256 of each SubjectPublicKeyInfo that is trusted */
    size_t anchor_count;          /* 0: those of the vendor that the verifier knows */
    uint32_t grace_s;             /* collateral may be this much past its end */
    /* What only the library's own verifiers look into. */
    struct cc_verifier_own *own;
} cc_verifier_request_t;

/* How bad a reason is. */
typedef enum {
    CC_VERIFY_NOTE,  /* worth knowing; the evidence may still be accepted */
    CC_VERIFY_RULE,  /* refused, unless the policy tolerates this rule by name */
    CC_VERIFY_BROKEN /* refused whatever the policy says: malformed, or not genuine */
} cc_verify_severity_t;

/*
 * Where a verifier puts what it finds. Names are of lower-case letters, digits, '_' and '.'.
 * These claims the library looks at itself:
 *
 *   nonce       bytes   what the evidence repeats
 *   debug       flag    without it nothing is accepted
 *   tcb_status  text    UpToDate, SWHardeningNeeded, ConfigurationNeeded,
 *                       ConfigurationAndSWHardeningNeeded, OutOfDate,
 *                       OutOfDateConfigurationNeeded, Revoked; none: the vendor rates nothing
 *   advisory    text    once for each that stands beside the status
 *   issued_at   number  seconds since 1970
 */
typedef struct {
    void *context;
    void (*bytes)(void *context, const char *name, const void *data, size_t size);
    void (*text)(void *context, const char *name, const char *text, size_t size);
    void (*number)(void *context, const char *name, uint64_t value);
    void (*flag)(void *context, const char *name, bool value);
    /* One sentence with what was expected and what was found. */
    void (*reason)(void *context, cc_verify_severity_t severity, const char *rule,
                   const char *sentence);
    /* Something that the verdict rests on ends then; the earliest counts. */
    void (*expires)(void *context, const char *what, uint64_t at_s);
} cc_verifier_sink_t;

/* One verifier. The struct grows at its end only; size says how much of it there is. */
typedef struct {
    uint32_t abi;  /* CC_VERIFIER_ABI */
    uint32_t size; /* sizeof(cc_verifier_t) */
    const char *name;
    const char *title;
    /* Claims of which a policy must pin one, NULL at the end. */
    const char *const *identity;
    /* Whether this looks like its evidence: a glance at the first bytes. */
    bool (*detects)(const cc_verify_input_t *input);
    /* Returns having said all; no reason above a note means: genuine. */
    void (*verify)(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink);
} cc_verifier_t;

#ifdef __cplusplus
}
#endif

#endif
