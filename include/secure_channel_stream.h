/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secure_channel_stream.h - a client that owns its connection: TCP, framing, handshake, records,
 * large data in pieces, a new connection when the old one is lost. For those whom the hooks of
 * secure_channel_client.h would cost a transport of their own; the other end is
 * secure_channel_serve.h.
 */
#ifndef SECURE_CHANNEL_STREAM_H
#define SECURE_CHANNEL_STREAM_H

#include "secgear_defs.h"
#include "secure_channel_client.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CC_SEC_STREAM_REQUEST_MAX (1 << 20) /* bytes of one request or answer */
#define CC_SEC_STREAM_PIECE (256 << 10)     /* what cc_sec_stream_send() makes of larger data */

typedef struct cc_sec_stream cc_sec_stream_t;

/* Set struct_size to sizeof(cc_sec_stream_opts_t). */
typedef struct cc_sec_stream_opts {
    size_t struct_size;
    const char *host; /* name or address */
    const char *port; /* number */
    const char *uuid; /* the enclave wanted, 36 characters */
    /* Policy, key and limits of each channel; it and what it points to must stay until close. */
    const cc_sec_chl_client_opts_t *channel;
    uint32_t timeout_ms; /* for connecting, and for each answer; default 60000 */
} cc_sec_stream_opts_t;

/**
 * Connects, attests the enclave and opens a channel to it.
 *
 * in      opts    whom to reach and what to accept; host, port and uuid are copied
 * out     stream  the open stream
 *
 * returns CC_SUCCESS                     open
 *         CC_ERROR_BAD_PARAMETERS        a NULL, or struct_size is of no known version
 *         CC_ERROR_SEC_CHL_INVALID_CONN  nobody listens there
 *         CC_ERROR_SEC_CHL_MEMORY        out of memory
 *         other                          of cc_sec_chl_client_init_ex(): the enclave was refused
 *
 * owner   the caller closes the stream by cc_sec_stream_close()
 * threads any
 * source  ours; docs/protocol.md, "On TCP"
 * sample  docs/tutorial-channel.md
 */
CC_API_SPEC cc_enclave_result_t cc_sec_stream_open(const cc_sec_stream_opts_t *opts,
                                                   cc_sec_stream_t **stream);

/**
 * Sends one request and waits for its answer. On a stream whose connection was lost it connects
 * anew first, which attests the enclave anew; a request that may have arrived is never repeated.
 *
 * in      stream      an open stream
 * in      request     request_len bytes
 * in      request_len 1 .. CC_SEC_STREAM_REQUEST_MAX
 * out     answer      what the service answered; NULL if it answers nothing
 * in/out  answer_len  in: room in answer; out: size of the answer, 0 when there is none. NULL as
 *                     answer is
 *
 * returns CC_SUCCESS                        answered
 *         CC_ERROR_BAD_PARAMETERS           a NULL, or request_len is out of range
 *         CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH   the request was served; the answer is larger than its
 *                                           room, *answer_len says how large, and lost
 *         CC_ERROR_SEC_CHL_SEND_MSG         the connection broke: whether the request was served is
 *                                           not known; the next call connects anew
 *         CC_FAIL                           the service refused it: cc_sec_chl_error_detail()
 *         other                             of connecting anew, or of opening the answer
 *
 * owner   the caller keeps all buffers
 * threads any; one after the other
 * source  ours; docs/protocol.md, "On TCP"
 * sample  docs/tutorial-channel.md
 */
CC_API_SPEC cc_enclave_result_t cc_sec_stream_call(cc_sec_stream_t *stream, const void *request,
                                                   size_t request_len, void *answer,
                                                   size_t *answer_len);

/**
 * Sends data of any size, in pieces of CC_SEC_STREAM_PIECE bytes, several on their way. Each
 * arrives as a request of its own, in this order; returns when all were served.
 *
 * in      stream  an open stream
 * in      data    len bytes
 * in      len     1 or more
 *
 * returns CC_SUCCESS                 all served
 *         CC_ERROR_BAD_PARAMETERS    a NULL, or len is 0
 *         CC_ERROR_SEC_CHL_SEND_MSG  the connection broke: how much was served is not known
 *         CC_FAIL                    the service refused a piece; those behind it may have arrived
 *         other                      of connecting anew
 *
 * owner   the caller keeps data
 * threads any; one after the other
 * source  ours; docs/protocol.md, "On TCP"
 * sample  docs/tutorial-channel.md
 */
CC_API_SPEC cc_enclave_result_t cc_sec_stream_send(cc_sec_stream_t *stream, const void *data,
                                                   size_t len);

/**
 * Says which enclave is at the other end now, as cc_sec_chl_client_attested().
 *
 * in      stream    an open stream
 * in/out  attested  in: struct_size; out: what the device signed
 *
 * returns CC_SUCCESS                 written
 *         CC_ERROR_BAD_PARAMETERS    a NULL, or struct_size is too small
 *         CC_ERROR_SEC_CHL_NOTREADY  the connection is lost
 *
 * owner   the caller keeps attested
 * threads any
 * source  ours
 * sample  docs/tutorial-channel.md
 */
CC_API_SPEC cc_enclave_result_t cc_sec_stream_attested(cc_sec_stream_t *stream,
                                                       cc_sec_chl_attested_t *attested);

/**
 * Ends the channel, tells the enclave, closes the connection.
 *
 * in      stream  what cc_sec_stream_open() gave; NULL is fine
 *
 * returns nothing
 *
 * owner   stream is gone
 * threads no call on this stream may be in flight
 * source  ours
 * sample  docs/tutorial-channel.md
 */
CC_API_SPEC void cc_sec_stream_close(cc_sec_stream_t *stream);

#ifdef __cplusplus
}
#endif

#endif
