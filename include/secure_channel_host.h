/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secure_channel_host.h - the host's part of a secure channel: relays messages between clients and
 * an enclave. It sees ciphertext only and is trusted with nothing but delivery.
 *
 * The application's EDL says `from "secure_channel.edl" import *`, so that the generated host code
 * holds the functions by which this library reaches the enclave.
 */
#ifndef SECURE_CHANNEL_HOST_H
#define SECURE_CHANNEL_HOST_H

#include "enclave.h"
#include "secgear_defs.h"
#include "secure_channel.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int timerfd;
    int eventfd;
} sec_chl_timer_t;

/* Zero it and set enclave_ctx; the rest is the library's. */
typedef struct {
    cc_enclave_t *enclave_ctx;
    sec_chl_timer_t timer;
    bool is_init;
} cc_sec_chl_svr_ctx_t;

/* One for each connection; the application fills it. */
typedef struct {
    cc_sec_chl_svr_ctx_t *svr_ctx;
    cc_conn_kit_t conn_kit;
} cc_sec_chl_conn_ctx_t;

/**
 * Starts the channel service of an enclave.
 *
 * in/out  ctx  in: enclave_ctx, a created enclave; out: ready for callbacks
 *
 * returns CC_SUCCESS                 started, or was started before
 *         CC_ERROR_BAD_PARAMETERS    ctx or its enclave is NULL
 *         CC_ERROR_SEC_CHL_SVR_INIT  the EDL does not import secure_channel.edl, or the enclave
 *                                    refuses
 *         CC_ERROR_SEC_CHL_MEMORY    out of memory
 *
 * owner   the caller keeps ctx in place until fini
 * threads any
 * source  secGear secure_channel_host.h
 * sample  samples/secure_channel/host/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_svr_init(cc_sec_chl_svr_ctx_t *ctx);

/**
 * Ends the channel service: waits for callbacks that are inside the enclave, ends all sessions.
 *
 * in/out  ctx  after init
 *
 * returns CC_SUCCESS               ended, or was not started
 *         CC_ERROR_BAD_PARAMETERS  ctx is NULL
 *
 * owner   the caller keeps ctx
 * threads any, but not from within an ocall of a callback
 * source  secGear secure_channel_host.h
 * sample  samples/secure_channel/host/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_svr_fini(cc_sec_chl_svr_ctx_t *ctx);

/**
 * Hands a client's message to the enclave and sends the answer: exactly one for each call, unless
 * it ends with CC_ERROR_BAD_PARAMETERS or CC_ERROR_SEC_CHL_INVALID_CONN.
 *
 * in      ctx      connection the message came from
 * in      buf      one whole message, any bytes
 * in      buf_len  bytes
 *
 * returns CC_SUCCESS                     answered
 *         CC_ERROR_BAD_PARAMETERS        a NULL or a 0
 *         CC_ERROR_SEC_CHL_INVALID_CONN  the send hook or its connection is NULL
 *         CC_ERROR_SEC_CHL_NOTREADY      the service is not started; the client is told
 *         CC_ERROR_SEC_CHL_SEND_MSG      the send hook failed
 *         CC_FAIL                        the enclave could not be called; the client is told
 *         CC_ERROR_SEC_CHL_*             the enclave answered with this error
 *
 * owner   the caller keeps buf and ctx
 * threads any number at once; the send hook runs on the calling thread without any lock
 * source  secGear secure_channel_host.h
 * sample  samples/secure_channel/host/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sec_chl_svr_callback(cc_sec_chl_conn_ctx_t *ctx, const void *buf,
                                                        size_t buf_len);

/**
 * Says in one line why this thread's last call here failed: layer, object, expected, found, remedy.
 *
 * returns UTF-8 text, never NULL; "" after a call that succeeded
 *
 * owner   the library; valid until this thread's next call
 * threads any; each has its own
 * source  ours
 * sample  samples/secure_channel/host/main.c
 */
CC_API_SPEC const char *cc_sec_chl_svr_error_detail(void);

#ifdef __cplusplus
}
#endif

#endif
