/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secure_channel_enclave.h - the enclave's end of a secure channel: encrypt and decrypt messages of
 * a session that a client has opened. Handshakes run by themselves (secure_channel.edl).
 *
 * The host chooses the session id it hands to your function, so the id alone says nothing about who
 * is talking: only what decrypts in a session comes from that session's client.
 */
#ifndef SECURE_CHANNEL_ENCLAVE_H
#define SECURE_CHANNEL_ENCLAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "secgear_defs.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a client has shown who it is. */
typedef enum {
    CC_SEC_CHL_PEER_NONE,   /* not at all */
    CC_SEC_CHL_PEER_KEY,    /* holds the private half of public_key */
    CC_SEC_CHL_PEER_ENCLAVE /* an enclave itself; the claims below are its device's */
} cc_sec_chl_peer_kind_t;

#define CC_SEC_CHL_PEER_KEY_SIZE 65 /* P-256, SEC 1 uncompressed */

typedef struct cc_sec_chl_peer {
    uint32_t struct_size; /* sizeof(cc_sec_chl_peer_t), set by who provides the struct */
    uint32_t kind;        /* cc_sec_chl_peer_kind_t */
    uint8_t public_key[CC_SEC_CHL_PEER_KEY_SIZE];
    bool debug;
    uint16_t prod_id;
    uint16_t svn;
    uint32_t level;
    uint32_t protections;
    uint64_t issued_at_s;
    uint8_t uuid[16];
    uint8_t device_id[16];
    uint8_t mrenclave[32];
    uint8_t mrsigner[32];
    uint8_t mrtcb[32];
} cc_sec_chl_peer_t;

/* For cc_sec_chl_enclave_opts_t.flags: who shows nothing of itself gets no channel. */
#define CC_SEC_CHL_ENCLAVE_REQUIRE_CLIENT UINT64_C(1)

/* Settings; zero means default. Set struct_size to sizeof(cc_sec_chl_enclave_opts_t). */
typedef struct cc_sec_chl_enclave_opts {
    size_t struct_size;
    uint64_t flags;         /* CC_SEC_CHL_ENCLAVE_ */
    uint32_t sessions_max;  /* at once; default 4096, at most 65536 */
    uint32_t half_open_max; /* handshakes at once; default and most: 512 */
    uint32_t half_open_ms;  /* for a handshake; default 10000 */
    uint32_t idle_s;        /* a session ends when it is not used for so long; default 960 */
    uint32_t session_age_s; /* and at this age; default: never */
    /* Keys are renewed after so much; default, and the most: 1 hour, 2^24 records, 2^36 bytes. At
     * least 1024 records. */
    uint32_t rekey_s;
    uint64_t rekey_records;
    uint64_t rekey_bytes;
    /* Public keys of clients that are accepted, CC_SEC_CHL_PEER_KEY_SIZE bytes each; none: any
     * key, and get_peer() says which, but no key where client_evidence is given and client is not.
     * Copied. */
    const uint8_t *client_keys;
    size_t client_key_count; /* at most 1024 */
    /*
     * Judges evidence about a client that is an enclave: it must be for the purpose `client` and
     * over the 64 bytes of user data given. 0 accepts, with what was found written to peer. Without
     * it clients that bring evidence are refused. cc_sec_chl_policy_judge() does it by a policy
     * (secure_channel_mutual.h).
     */
    int (*client_evidence)(const uint8_t *evidence, size_t evidence_len, const uint8_t *user_data,
                           cc_sec_chl_peer_t *peer, void *arg);
    /* Asked last, also about clients that show nothing; anything but 0 refuses. */
    int (*client)(const cc_sec_chl_peer_t *peer, void *arg);
    void *arg; /* of both */
    /* Reports that clients' HELLOs may cost the device; more are told that there is no room.
     * Default 10000. */
    uint32_t reports_per_s;
} cc_sec_chl_enclave_opts_t;

/**
 * Sets limits, and who may open channels to this enclave. Call it in a constructor of the enclave:
 * what is set in one of its functions comes too late if the host starts the service before.
 *
 * in      opts  NULL: the defaults again
 *
 * returns 0                                 set
 *         -1                                struct_size, a flag or a number is out of range
 *         CC_ERROR_SEC_CHL_SVR_ALREADY_INIT the service runs; nothing changed
 *         CC_ERROR_SEC_CHL_MEMORY           out of memory; nothing changed
 *
 * owner   the caller keeps opts and what it points to, but for arg and the functions
 * threads any; the functions are called by many threads at once
 * source  ours
 * sample  none yet
 */
CC_API_SPEC int cc_sec_chl_enclave_configure(const cc_sec_chl_enclave_opts_t *opts);

/**
 * Says who is at the other end of a session.
 *
 * in      session_id  as the host passed it: what it names is that session, not the caller
 * in/out  peer        in: struct_size; out: the client, as many bytes as struct_size says
 *
 * returns 0                          written
 *         -1                         a NULL, struct_size is too small, or no such session
 *         CC_ERROR_SEC_CHL_NOTREADY  the service is not started
 *
 * owner   the caller keeps peer
 * threads any
 * source  ours
 * sample  none yet
 */
CC_API_SPEC int cc_sec_chl_enclave_get_peer(size_t session_id, cc_sec_chl_peer_t *peer);

/**
 * Derives bytes that only this enclave and the client of a session know.
 *
 * in      session_id   as the host passed it
 * in      label        what they are for, 1 to 64 characters
 * in      context      context_len bytes that distinguish uses of a label; NULL when there are none
 * in      context_len  bytes
 * out     out          out_len bytes; secret
 * in      out_len      1 .. 8160
 *
 * returns 0                          written; the client gets the same
 *         -1                         a NULL, a size out of range, or no such session
 *         CC_ERROR_SEC_CHL_NOTREADY  the service is not started
 *         CC_ERROR_DRIVE_SESSIONKEY  the derivation failed
 *
 * owner   the caller keeps every buffer, and wipes out
 * threads any
 * source  ours; docs/protocol.md, "Key schedule"
 * sample  none yet
 */
CC_API_SPEC int cc_sec_chl_enclave_export(size_t session_id, const char *label, const void *context,
                                          size_t context_len, void *out, size_t out_len);

/**
 * Encrypts one message for the client of a session.
 *
 * in      session_id   as the host passed it
 * in      plain        plain_len bytes, 1 .. 2^30
 * in      plain_len    bytes
 * out     encrypt      the record, plain_len + 40 bytes; must not overlap plain; NULL asks for the
 *                      size only
 * in/out  encrypt_len  in: room in encrypt; out: size of the record, also when the room is too
 * small
 *
 * returns 0                                record written
 *         -1                               a NULL, a size out of range, overlap, or no such session
 *         CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH  nothing done; *encrypt_len is the size to bring
 *         CC_ERROR_SEC_CHL_NOTREADY        the service is not started, or the key is used up
 *         CC_ERROR_SEC_CHL_ENCRYPT         the cipher failed
 *
 * owner   the caller keeps every buffer
 * threads any; calls on one session are numbered in the order they take its lock
 * source  secGear secure_channel_enclave.h; docs/protocol.md, "Records"
 * sample  samples/secure_channel/enclave/enclave.c
 */
CC_API_SPEC int cc_sec_chl_enclave_encrypt(size_t session_id, const void *plain, size_t plain_len,
                                           void *encrypt, size_t *encrypt_len);

/**
 * Decrypts one message of the client of a session; each message once, in any order within 1024.
 *
 * in      session_id   as the host passed it
 * in      encrypt      exactly one record of encrypt_len bytes; may be shared memory
 * in      encrypt_len  bytes
 * out     plain        the message, encrypt_len - 40 bytes; must not overlap encrypt; NULL asks for
 *                      the size only; zeroed when the record is refused
 * in/out  plain_len    in: room in plain; out: size of the message, also when the room is too small
 *
 * returns 0                                          message written, and authentic
 *         -1                                         a NULL or 0, overlap, or no such session
 *         CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH            nothing done; *plain_len is the size to bring
 *         CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID     encrypt is not exactly one record
 *         CC_ERROR_SEC_CHL_DECRYPT_SESSIONID_INVALID a record of another session
 *         CC_ERROR_SEC_CHL_DECRYPT                   forged, replayed, reflected, too old
 *         CC_ERROR_SEC_CHL_NOTREADY                  the service is not started
 *
 * owner   the caller keeps every buffer
 * threads any
 * source  secGear secure_channel_enclave.h; docs/protocol.md, "Records"
 * sample  samples/secure_channel/enclave/enclave.c
 */
CC_API_SPEC int cc_sec_chl_enclave_decrypt(size_t session_id, const void *encrypt,
                                           size_t encrypt_len, void *plain, size_t *plain_len);

#ifdef __cplusplus
}
#endif

#endif
