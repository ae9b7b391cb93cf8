/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secure_channel_serve.h - a host that owns its sockets: listens, carries handshakes into the
 * enclave, and hands the application each record, which it passes on by its own ecall. For those
 * whom the hooks of secure_channel_host.h would cost a server of their own; the other end is
 * secure_channel_stream.h.
 */
#ifndef SECURE_CHANNEL_SERVE_H
#define SECURE_CHANNEL_SERVE_H

#include "secgear_defs.h"
#include "secure_channel_host.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CC_SEC_SERVE_RECORD_MAX ((1 << 20) + 40) /* bytes of a record, either way */

typedef struct cc_sec_serve cc_sec_serve_t;

/* Set struct_size to sizeof(cc_sec_serve_opts_t); zero means default. */
typedef struct cc_sec_serve_opts {
    size_t struct_size;
    cc_sec_chl_svr_ctx_t *service; /* after cc_sec_chl_svr_init(); must stay until stop */
    const char *host;              /* to listen at; default 127.0.0.1 */
    const char *port;              /* default 0: any that is free */
    uint32_t clients_max;          /* at once; default 64, at most 1024; more wait in the queue */
    uint32_t quiet_ms;             /* who says nothing for so long must go; default 60000 */
    uint32_t frame_ms;             /* a message must be whole, or read, within; default 60000 */
    uint32_t handshake_ms; /* from connecting, or from a HELLO, to a session; default 60000 */
    /*
     * One record of a client, in its order on this connection: the ecall. It writes the enclave's
     * answer, itself a record, and its size, 0 for none; 0, or what the client is told instead.
     */
    int (*record)(size_t session_id, const uint8_t *record, size_t record_len, uint8_t *answer,
                  size_t *answer_len, void *arg);
    void *arg;
} cc_sec_serve_opts_t;

/**
 * Listens and serves, in threads of its own, one for each client.
 *
 * in      opts   what to serve; copied, but for service and arg
 * out     serve  the running server
 *
 * returns CC_SUCCESS                     it listens
 *         CC_ERROR_BAD_PARAMETERS        a NULL, a number out of range, struct_size of no version
 *         CC_ERROR_SEC_CHL_INVALID_CONN  it can not listen there
 *         CC_ERROR_SEC_CHL_MEMORY        out of memory
 *
 * owner   the caller ends it by cc_sec_serve_stop()
 * threads any; opts->record is called by many threads at once
 * source  ours; docs/protocol.md, "On TCP"
 * sample  docs/tutorial-channel.md
 */
CC_API_SPEC cc_enclave_result_t cc_sec_serve_start(const cc_sec_serve_opts_t *opts,
                                                   cc_sec_serve_t **serve);

/**
 * Says which port it listens on.
 *
 * in      serve  a running server
 *
 * returns the number, or -1 for NULL
 *
 * owner   nothing
 * threads any
 * source  ours
 * sample  docs/tutorial-channel.md
 */
CC_API_SPEC int cc_sec_serve_port(const cc_sec_serve_t *serve);

/**
 * Takes no more clients, closes the connections of those that are there, waits for their threads.
 *
 * in      serve  what cc_sec_serve_start() gave; NULL is fine
 *
 * returns nothing
 *
 * owner   serve is gone, and its threads have ended; sessions stay until cc_sec_chl_svr_fini() or
 *         their time is over
 * threads once; not in opts->record
 * source  ours
 * sample  docs/tutorial-channel.md
 */
CC_API_SPEC void cc_sec_serve_stop(cc_sec_serve_t *serve);

#ifdef __cplusplus
}
#endif

#endif
