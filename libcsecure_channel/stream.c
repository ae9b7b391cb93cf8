/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "secure_channel_stream.h"
#include "base/detail.h"
#include "io/frames.h"
#include "wire/sc2.h"
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAM_TIMEOUT_MS = 60 * 1000,
    STREAM_HEAD_SIZE = 8,
    STREAM_AHEAD_COUNT = 8, /* pieces on their way at once */
};

struct cc_sec_stream {
    pthread_mutex_t lock; /* of all that follows; one call at a time */
    cc_sec_chl_ctx_t ctx;
    struct frames frames; /* no descriptor: the connection is lost */
    char *host, *port;
    char uuid[UUID_TEXT_SIZE + 1];
    const cc_sec_chl_client_opts_t *channel;
    uint32_t timeout_ms;
    struct buf record;
};

static cc_enclave_result_t lost(const char *what)
{
    return detail_fail(CC_ERROR_SEC_CHL_SEND_MSG,
                       "secure channel: the connection broke %s; whether that was served is not "
                       "known",
                       what);
}

/* The hook: a message there, its answer back, in the caller's thread. */
static int exchange(void *conn, void *bytes, size_t size)
{
    struct cc_sec_stream *stream = conn;
    enum frame_kind kind;
    struct view answer;

    if (!frames_send(&stream->frames, FRAME_CHANNEL, VIEW_EMPTY, view_of(bytes, size)) ||
        !frames_recv(&stream->frames, &kind, &answer) || kind != FRAME_CHANNEL)
        return -1;
    (void)cc_sec_chl_client_callback(&stream->ctx, answer.data, answer.size); /* init says why */
    return 0;
}

/* After an error on the way: what is left of the old connection means nothing. */
static void disconnect(struct cc_sec_stream *stream, cc_enclave_result_t why)
{
    char line[DETAIL_ROOM];

    snprintf(line, sizeof line, "%s", detail_get());
    frames_done(&stream->frames);
    if (stream->ctx.handle != NULL)
        cc_sec_chl_client_fini(&stream->ctx); /* its hook fails at once: nobody is told */
    (void)detail_fail(why, "%s", line);
}

static cc_enclave_result_t connect_now(struct cc_sec_stream *stream)
{
    cc_enclave_result_t rc;

    if (stream->frames.fd >= 0)
        return CC_SUCCESS;
    stream->frames.fd = frames_connect(stream->host, stream->port, stream->timeout_ms);
    if (stream->frames.fd < 0)
        return detail_fail(CC_ERROR_SEC_CHL_INVALID_CONN,
                           "secure channel: nobody listens at %s, port %s", stream->host,
                           stream->port);
    memset(&stream->ctx, 0, sizeof stream->ctx);
    stream->ctx.uuid = stream->uuid;
    stream->ctx.conn_kit = (cc_conn_kit_t){.send = exchange, .conn = stream};
    rc = cc_sec_chl_client_init_ex(CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM, &stream->ctx, stream->channel);
    if (rc != CC_SUCCESS)
        frames_done(&stream->frames);
    return rc;
}

static bool opts_good(const cc_sec_stream_opts_t *opts)
{
    return opts != NULL && opts->struct_size == sizeof *opts && opts->host != NULL &&
           opts->port != NULL && opts->uuid != NULL && opts->channel != NULL &&
           strnlen(opts->uuid, UUID_TEXT_SIZE + 1) == UUID_TEXT_SIZE;
}

static struct cc_sec_stream *stream_new(const cc_sec_stream_opts_t *opts)
{
    struct cc_sec_stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL)
        return NULL;
    pthread_mutex_init(&stream->lock, NULL);
    stream->frames.fd = -1;
    stream->host = strdup(opts->host);
    stream->port = strdup(opts->port);
    memcpy(stream->uuid, opts->uuid, UUID_TEXT_SIZE);
    stream->channel = opts->channel;
    stream->timeout_ms = opts->timeout_ms != 0 ? opts->timeout_ms : STREAM_TIMEOUT_MS;
    if (stream->host != NULL && stream->port != NULL &&
        buf_alloc(&stream->record, CC_SEC_STREAM_REQUEST_MAX + SC2_RECORD_OVERHEAD_SIZE))
        return stream;
    cc_sec_stream_close(stream);
    return NULL;
}

CC_API_SPEC cc_enclave_result_t cc_sec_stream_open(const cc_sec_stream_opts_t *opts,
                                                   cc_sec_stream_t **stream)
{
    struct cc_sec_stream *made;
    cc_enclave_result_t rc;
    char why[DETAIL_ROOM];

    detail_clear();
    if (stream == NULL || !opts_good(opts))
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: stream, host, port, channel or a uuid of 36 characters "
                           "is missing, or struct_size is not ours");
    made = stream_new(opts);
    if (made == NULL)
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "secure channel: out of memory");
    rc = connect_now(made);
    if (rc == CC_SUCCESS) {
        *stream = made;
        return CC_SUCCESS;
    }
    snprintf(why, sizeof why, "%s", detail_get());
    cc_sec_stream_close(made);
    return detail_fail(rc, "%s", why);
}

CC_API_SPEC void cc_sec_stream_close(cc_sec_stream_t *stream)
{
    if (stream == NULL)
        return;
    if (stream->ctx.handle != NULL)
        cc_sec_chl_client_fini(&stream->ctx); /* says goodbye, if the connection still carries it */
    frames_done(&stream->frames);
    free(stream->host);
    free(stream->port);
    buf_free(&stream->record);
    pthread_mutex_destroy(&stream->lock);
    free(stream);
}

/* One record goes out. */
static cc_enclave_result_t record_send(struct cc_sec_stream *stream, struct view plain)
{
    uint8_t head[STREAM_HEAD_SIZE];
    struct writer w = writer_over(head, sizeof head);
    size_t size = stream->record.size;
    cc_enclave_result_t rc =
        cc_sec_chl_client_encrypt(&stream->ctx, plain.data, plain.size, stream->record.data, &size);

    if (rc != CC_SUCCESS)
        return rc;
    writer_le64(&w, stream->ctx.session_id);
    if (frames_send(&stream->frames, FRAME_RECORD, writer_view(&w),
                    view_of(stream->record.data, size)))
        return CC_SUCCESS;
    return lost("while a request was sent");
}

/* What the service says to the oldest request; its record, if it sent one. */
static cc_enclave_result_t answer_wait(struct cc_sec_stream *stream, struct view *ret_record)
{
    enum frame_kind kind;
    struct view bytes;
    struct reader r;
    int32_t status;

    if (!frames_recv(&stream->frames, &kind, &bytes) || kind != FRAME_ANSWER)
        return lost("before the answer came");
    r = reader_over(bytes);
    status = (int32_t)reader_le32(&r);
    *ret_record = r.rest;
    if (r.failed)
        return lost("in an answer without a status");
    if (status != 0)
        return detail_fail(CC_FAIL, "secure channel: the service refused the request with %d",
                           status);
    return CC_SUCCESS;
}

static cc_enclave_result_t answer_take(struct cc_sec_stream *stream, struct view record,
                                       void *answer, size_t *answer_len)
{
    if (record.size == 0 || answer_len == NULL) {
        if (answer_len != NULL)
            *answer_len = 0;
        return CC_SUCCESS;
    }
    return cc_sec_chl_client_decrypt(&stream->ctx, record.data, record.size, answer, answer_len);
}

static cc_enclave_result_t call_run(struct cc_sec_stream *stream, struct view request, void *answer,
                                    size_t *answer_len)
{
    struct view record = VIEW_EMPTY;
    cc_enclave_result_t rc = connect_now(stream);

    if (rc != CC_SUCCESS)
        return rc;
    rc = record_send(stream, request);
    if (rc == CC_SUCCESS)
        rc = answer_wait(stream, &record);
    if (rc == CC_SUCCESS)
        rc = answer_take(stream, record, answer, answer_len);
    /* A refusal, or too little room, leaves the connection as it was. */
    if (rc != CC_SUCCESS && rc != CC_FAIL && rc != CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH)
        disconnect(stream, rc);
    return rc;
}

static cc_enclave_result_t unlock_with(struct cc_sec_stream *stream, cc_enclave_result_t rc)
{
    pthread_mutex_unlock(&stream->lock);
    return rc;
}

CC_API_SPEC cc_enclave_result_t cc_sec_stream_call(cc_sec_stream_t *stream, const void *request,
                                                   size_t request_len, void *answer,
                                                   size_t *answer_len)
{
    detail_clear();
    if (stream == NULL || request == NULL || request_len == 0 ||
        request_len > CC_SEC_STREAM_REQUEST_MAX || (answer == NULL) != (answer_len == NULL))
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: a NULL, or a request of %zu bytes, expected 1 to %d",
                           request_len, CC_SEC_STREAM_REQUEST_MAX);
    pthread_mutex_lock(&stream->lock);
    return unlock_with(stream, call_run(stream, view_of(request, request_len), answer, answer_len));
}

static cc_enclave_result_t send_run(struct cc_sec_stream *stream, struct view data)
{
    struct view record;
    size_t at = 0, waiting = 0;
    cc_enclave_result_t rc = connect_now(stream);

    while (rc == CC_SUCCESS && (at < data.size || waiting > 0)) {
        size_t left = data.size - at;

        if (left > 0 && waiting < STREAM_AHEAD_COUNT) {
            size_t size = left < CC_SEC_STREAM_PIECE ? left : CC_SEC_STREAM_PIECE;

            rc = record_send(stream, view_of(data.data + at, size));
            at += size;
            waiting++;
        } else {
            rc = answer_wait(stream, &record);
            waiting--;
        }
    }
    if (rc != CC_SUCCESS && (rc != CC_FAIL || waiting > 0))
        disconnect(stream, rc); /* answers that nobody waits for any more */
    return rc;
}

CC_API_SPEC cc_enclave_result_t cc_sec_stream_send(cc_sec_stream_t *stream, const void *data,
                                                   size_t len)
{
    detail_clear();
    if (stream == NULL || data == NULL || len == 0)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: a NULL, or nothing to send");
    pthread_mutex_lock(&stream->lock);
    return unlock_with(stream, send_run(stream, view_of(data, len)));
}

CC_API_SPEC cc_enclave_result_t cc_sec_stream_attested(cc_sec_stream_t *stream,
                                                       cc_sec_chl_attested_t *attested)
{
    detail_clear();
    if (stream == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: stream is NULL");
    pthread_mutex_lock(&stream->lock);
    return unlock_with(stream, stream->frames.fd < 0
                                   ? detail_fail(CC_ERROR_SEC_CHL_NOTREADY,
                                                 "secure channel: the connection is lost")
                                   : cc_sec_chl_client_attested(&stream->ctx, attested));
}
