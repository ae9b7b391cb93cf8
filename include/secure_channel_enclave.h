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

#include <stddef.h>

#include "secgear_defs.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

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
 * in      encrypt      exactly one record of encrypt_len bytes, in enclave memory
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
