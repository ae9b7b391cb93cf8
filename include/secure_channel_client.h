/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secure_channel_client.h - the client's end of a secure channel into an enclave: verifies what
 * runs at the other end, agrees on keys with it, then encrypts and decrypts messages.
 *
 * A policy says which enclaves are accepted (docs/policy.md). It is looked for in this order: the
 * options of cc_sec_chl_client_init_ex(), the file that SECGEAR_POLICY names,
 * $XDG_CONFIG_HOME/secgear/policy.json (else ~/.config/secgear/policy.json),
 * /etc/secgear/policy.json. Without one every enclave is refused.
 *
 * In an enclave the same functions are those of libtsecure_client (secure_channel_mutual.h), which
 * has no files: the policy is in the options.
 */
#ifndef SECURE_CHANNEL_CLIENT_H
#define SECURE_CHANNEL_CLIENT_H

#include <stdint.h>

#include "secgear_defs.h"
#include "secure_channel.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cc_sec_chl_handle cc_sec_chl_handle_t;

typedef struct cc_sec_chl_ctx {
    size_t session_id;      /* out: chosen by the enclave; set before the last request goes out */
    cc_conn_kit_t conn_kit; /* in: send hook and connection, both not NULL */
    cc_sec_chl_handle_t *handle; /* zero it before init; the library's; NULL after fini */
    char *uuid;                  /* in: the enclave wanted, 36 characters */
} cc_sec_chl_ctx_t;

typedef enum {
    CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM, /* X25519 or P-256, HKDF-SHA256, AES-256-GCM */
    CC_SEC_CHL_ALGO_MAX
} cc_sec_chl_algo_t;

/* Key agreements for cc_sec_chl_client_opts_t.suites. */
#define CC_SEC_CHL_SUITE_X25519 0x0001
#define CC_SEC_CHL_SUITE_P256 0x0002
#define CC_SEC_CHL_SUITE_X25519MLKEM768 0x0003 /* hybrid; both ends with OpenSSL 3.5 or later */
#define CC_SEC_CHL_SUITE_SM 0x0101 /* SM2's curve, SM3, SM4-GCM; both with OpenSSL 3.1 or later */

/* A private key that shows the enclave who this client is; several channels may use it at once. */
typedef struct cc_sec_chl_key cc_sec_chl_key_t;

#define CC_SEC_CHL_KEY_POINT_SIZE 65 /* public: P-256, SEC 1 uncompressed */

/* What the device signed about the enclave at the other end. */
typedef struct cc_sec_chl_attested {
    uint32_t struct_size; /* sizeof(cc_sec_chl_attested_t), set by who provides the struct */
    uint32_t level;       /* how the device was started, 0 .. 3 (docs/threat-model.md) */
    uint32_t protections; /* bits, docs/protocol.md */
    uint16_t prod_id;
    uint16_t svn;
    uint64_t issued_at_s; /* the device's clock, seconds since 1970 */
    uint8_t uuid[16];
    uint8_t device_id[16];
    uint8_t mrenclave[32];
    uint8_t mrsigner[32];
    uint8_t mrtcb[32];
    bool debug;
    bool simulated; /* true: of our device, no hardware protects this enclave. False: evidence of
                     * another vendor's TEE, judged by the policy's "tees"; then only debug is said
                     * here, and everything else is zero */
} cc_sec_chl_attested_t;

/*
 * For cc_sec_chl_client_opts_t.flags: verify the certificates in the evidence in this handshake,
 * also if this process verified the very same ones before. Same verdict; it takes longer.
 */
#define CC_SEC_CHL_OPT_VERIFY_CHAIN UINT64_C(1)

/*
 * For cc_sec_chl_client_opts_t.flags: show the enclave at the other end which enclave this client
 * is part of: a report of its device, with purpose `client`, over this handshake. For clients in an
 * enclave, with libtsecure_client; elsewhere CC_ERROR_NOT_SUPPORTED.
 */
#define CC_SEC_CHL_OPT_ENCLAVE UINT64_C(2)

/* Options; zero means default. Set struct_size to sizeof(cc_sec_chl_client_opts_t). */
typedef struct cc_sec_chl_client_opts {
    size_t struct_size;
    const char *policy_path; /* a policy file */
    const char *policy_json; /* or the policy itself, policy_json_len bytes */
    size_t policy_json_len;
    uint32_t timeout_ms;    /* for each answer; default 60000 */
    const uint16_t *suites; /* most wanted first; default X25519, P-256 */
    size_t suite_count;
    /* Called with what was verified, before the channel opens; anything but 0 refuses it. */
    int (*attested)(const cc_sec_chl_attested_t *attested, void *arg);
    void *attested_arg;
    uint64_t flags; /* CC_SEC_CHL_OPT_ */
    /* Client authentication, at most one of key, evidence and CC_SEC_CHL_OPT_ENCLAVE. key stays the
     * caller's, and is used until cc_sec_chl_client_init_ex() returns. */
    const cc_sec_chl_key_t *key;
    /*
     * For a client in another vendor's TEE, whose evidence the enclave's own code judges: writes
     * evidence over 64 bytes of user_data, in at most *evidence_len bytes; 0, or anything else to
     * fail. It must run in the TEE that holds the channel. An enclave of this project's device has
     * CC_SEC_CHL_OPT_ENCLAVE instead.
     */
    int (*evidence)(const uint8_t *user_data, uint8_t *evidence, size_t *evidence_len, void *arg);
    void *evidence_arg;
    uint32_t session_age_s; /* the channel ends at this age, as what was attested is too old then */
    /* Keys are renewed after so much; default, and the most: 2^24 records, 2^36 bytes, 1 hour. At
     * least 1024 records. */
    uint32_t rekey_s;
    uint64_t rekey_records;
    uint64_t rekey_bytes;
} cc_sec_chl_client_opts_t;

/**
 * Opens a channel to the enclave that ctx->uuid names, after verifying it against the policy.
 *
 * in      algo  CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM
 * in/out  ctx   in: conn_kit and uuid; out: session_id and handle; handle is NULL on failure
 *
 * returns CC_SUCCESS                            open, both ends have proved themselves
 *         CC_ERROR_BAD_PARAMETERS               ctx NULL, algo out of range, or ctx already open
 *         CC_ERROR_SEC_CHL_INVALID_CONN         the send hook or its connection is NULL
 *         CC_ERROR_SEC_CHL_INIT_GET_TAID        uuid is NULL or none
 *         CC_ERROR_SEC_CHL_MEMORY               out of memory
 *         CC_ERROR_SEC_CHL_GET_SVR_PUBKEY       the first message could not be sent
 *         CC_ERROR_SEC_CHL_SET_PARAM_TO_PEER    the last message could not be sent
 *         CC_ERROR_SEC_CHL_WAITING_RECV_MSG     no answer in time
 *         CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM  an answer of another version or kind
 *         CC_ERROR_SEC_CHL_INVALID_EXCH_BUF     a malformed answer
 *         CC_ERROR_SEC_CHL_INVALID_REPORT       the evidence can not be parsed
 *         CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT   the evidence is refused, or there is no policy
 *         CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE  somebody changed the handshake
 *         CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM the peer's public key is bad, or none could be made
 *         CC_ERROR_SEC_CHL_GEN_RANDOM           no random numbers
 *         CC_ERROR_DRIVE_SESSIONKEY             key derivation failed
 *         CC_ERROR_SEC_CHL_NOTREADY             fini was called meanwhile
 *         CC_ERROR_SEC_CHL_GET_RA_REPORT        the client's own evidence could not be made
 *         others                                what the enclave answered (not authenticated)
 *
 * owner   the caller keeps ctx, and calls fini when done with it, also after failure
 * threads any, on different ctx
 * source  secGear secure_channel_client.h; docs/protocol.md
 * sample  samples/secure_channel/client/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_init(cc_sec_chl_algo_t algo,
                                                       cc_sec_chl_ctx_t *ctx);

/**
 * As cc_sec_chl_client_init(), with options.
 *
 * in      algo  CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM
 * in/out  ctx   as there
 * in      opts  NULL for none; everything in it is copied or used before return
 *
 * returns as there; and CC_ERROR_NOT_SUPPORTED  opts is of a later version and uses it, names a
 *                                               suite that is not spoken, or wants to show an
 *                                               enclave that this client is not part of
 *
 * owner   the caller keeps both
 * threads any, on different ctx
 * source  ours
 * sample  samples/secure_channel/client/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_init_ex(cc_sec_chl_algo_t algo,
                                                          cc_sec_chl_ctx_t *ctx,
                                                          const cc_sec_chl_client_opts_t *opts);

/**
 * Closes a channel: tells the enclave, wipes the keys. Calling it again does nothing.
 *
 * in/out  ctx  after init, also a failed one; NULL is fine
 *
 * returns nothing
 *
 * owner   the caller keeps ctx and may release it after all other calls on it returned
 * threads any; calls in flight on ctx end safely, later ones get CC_ERROR_SEC_CHL_NOTREADY, the
 *         callback CC_ERROR_BAD_PARAMETERS
 * source  secGear secure_channel_client.h
 * sample  samples/secure_channel/client/main.c
 */
CC_API_SPEC void cc_sec_chl_client_fini(cc_sec_chl_ctx_t *ctx);

/**
 * Hands a message from the other end to the library.
 *
 * in      ctx  in init or after it
 * in      buf  one whole message; bytes behind its end are ignored
 * in      len  bytes, at most 12288
 *
 * returns CC_SUCCESS                             taken, or not waited for and dropped
 *         CC_ERROR_BAD_PARAMETERS                a NULL, a 0, or the channel is closed
 *         CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID  longer than any message
 *         CC_ERROR_SEC_CHL_MEMORY                out of memory
 *
 * owner   the caller keeps buf; it is copied
 * threads any: from within the send hook, or from a thread of its own
 * source  secGear secure_channel_client.h
 * sample  samples/secure_channel/client/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_callback(cc_sec_chl_ctx_t *ctx, const void *buf,
                                                           size_t len);

/**
 * Encrypts one message for the enclave.
 *
 * in      ctx          an open channel
 * in      plain        plain_len bytes, 1 .. 2^30
 * in      plain_len    bytes
 * out     encrypt      the record, plain_len + 40 bytes; must not overlap plain; NULL asks for the
 *                      size only
 * in/out  encrypt_len  in: room in encrypt; out: size of the record, also when the room is too
 * small
 *
 * returns CC_SUCCESS                       record written
 *         CC_ERROR_BAD_PARAMETERS          a NULL, a size out of range, or overlap
 *         CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH  nothing done; *encrypt_len is the size to bring
 *         CC_ERROR_SEC_CHL_NOTREADY        not open, or the key is used up
 *         CC_ERROR_SEC_CHL_ENCRYPT         the cipher failed
 *
 * owner   the caller keeps every buffer
 * threads any; calls on one ctx are numbered in the order they take its lock
 * source  secGear secure_channel_client.h; docs/protocol.md, "Records"
 * sample  samples/secure_channel/client/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_encrypt(cc_sec_chl_ctx_t *ctx, const void *plain,
                                                          size_t plain_len, void *encrypt,
                                                          size_t *encrypt_len);

/**
 * Decrypts one message of the enclave; each message once, in any order within 1024.
 *
 * in      ctx          an open channel
 * in      encrypt      exactly one record of encrypt_len bytes
 * in      encrypt_len  bytes
 * out     plain        the message, encrypt_len - 40 bytes; must not overlap encrypt; NULL asks for
 *                      the size only; zeroed when the record is refused
 * in/out  plain_len    in: room in plain; out: size of the message, also when the room is too small
 *
 * returns CC_SUCCESS                                 message written, and authentic
 *         CC_ERROR_BAD_PARAMETERS                    a NULL or 0, or overlap
 *         CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH            nothing done; *plain_len is the size to bring
 *         CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID     encrypt is not exactly one record
 *         CC_ERROR_SEC_CHL_DECRYPT_SESSIONID_INVALID a record of another session
 *         CC_ERROR_SEC_CHL_DECRYPT                   forged, replayed, reflected, too old
 *         CC_ERROR_SEC_CHL_NOTREADY                  not open
 *
 * owner   the caller keeps every buffer
 * threads any
 * source  secGear secure_channel_client.h; docs/protocol.md, "Records"
 * sample  samples/secure_channel/client/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_decrypt(cc_sec_chl_ctx_t *ctx,
                                                          const void *encrypt, size_t encrypt_len,
                                                          void *plain, size_t *plain_len);

/**
 * Says what was attested about the enclave of an open channel.
 *
 * in      ctx       an open channel
 * in/out  attested  in: struct_size; out: the claims, as many bytes as struct_size says
 *
 * returns CC_SUCCESS                 written
 *         CC_ERROR_BAD_PARAMETERS    a NULL, or struct_size is too small
 *         CC_ERROR_SEC_CHL_NOTREADY  not open
 *
 * owner   the caller keeps attested
 * threads any
 * source  ours
 * sample  samples/secure_channel/client/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_attested(cc_sec_chl_ctx_t *ctx,
                                                           cc_sec_chl_attested_t *attested);

/**
 * Derives bytes that only this client and the enclave know, for keys of the application's own.
 *
 * in      ctx          an open channel
 * in      label        what they are for, 1 to 64 characters
 * in      context      context_len bytes that distinguish uses of a label; NULL when there are none
 * in      context_len  bytes
 * out     out          out_len bytes; secret
 * in      out_len      1 .. 8160
 *
 * returns CC_SUCCESS                 written; the enclave gets the same for the same label, context
 *                                    and length
 *         CC_ERROR_BAD_PARAMETERS    a NULL, or a size out of range
 *         CC_ERROR_SEC_CHL_NOTREADY  not open
 *         CC_ERROR_DRIVE_SESSIONKEY  the derivation failed
 *
 * owner   the caller keeps every buffer, and wipes out
 * threads any
 * source  ours; docs/protocol.md, "Key schedule"
 * sample  none yet
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_export(cc_sec_chl_ctx_t *ctx, const char *label,
                                                         const void *context, size_t context_len,
                                                         void *out, size_t out_len);

/**
 * Loads a private key for client authentication.
 *
 * in      pem      PKCS #8 or SEC 1, on P-256, without a passphrase
 * in      pem_len  bytes, at most 64 KiB
 * out     key      the key
 *
 * returns CC_SUCCESS               loaded
 *         CC_ERROR_BAD_PARAMETERS  a NULL, a size out of range, or no such key
 *         CC_ERROR_SEC_CHL_MEMORY  out of memory
 *
 * owner   the caller keeps pem, and releases key with cc_sec_chl_key_free()
 * threads any
 * source  ours
 * sample  none yet
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_key_load(const char *pem, size_t pem_len,
                                                    cc_sec_chl_key_t **key);

/**
 * Gives the public half of a client's key, as the enclave sees it.
 *
 * in      key    from cc_sec_chl_key_load()
 * out     point  CC_SEC_CHL_KEY_POINT_SIZE bytes
 *
 * returns CC_SUCCESS               written
 *         CC_ERROR_BAD_PARAMETERS  a NULL
 *
 * owner   the caller keeps both
 * threads any
 * source  ours; SEC 1, 2.3.3
 * sample  none yet
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_key_public(const cc_sec_chl_key_t *key, uint8_t *point);

/**
 * Releases a key and wipes it.
 *
 * in      key  NULL is fine
 *
 * returns nothing
 *
 * owner   key is gone afterwards
 * threads any, after the last use of key
 * source  ours
 * sample  none yet
 */
CC_API_SPEC void cc_sec_chl_key_free(cc_sec_chl_key_t *key);

/**
 * Says in one line why this thread's last call here failed: layer, object, expected, found, remedy.
 *
 * returns UTF-8 text, never NULL; "" after a call that succeeded
 *
 * owner   the library; valid until this thread's next call
 * threads any; each has its own
 * source  ours
 * sample  samples/secure_channel/client/main.c
 */
CC_API_SPEC const char *cc_sec_chl_error_detail(void);

/**
 * Sends this library's warnings and debug lines to a function instead of stderr.
 *
 * in      callback  level 1 is a warning, 3 debug; NULL: back to stderr
 * in      arg       handed to it
 *
 * returns nothing
 *
 * owner   arg stays the caller's
 * threads any; the callback must be thread-safe
 * source  ours
 * sample  none yet
 */
CC_API_SPEC void cc_sec_chl_set_log(void (*callback)(int level, const char *line, void *arg),
                                    void *arg);

#ifdef __cplusplus
}
#endif

#endif
