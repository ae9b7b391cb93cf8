/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "secure_channel_host.h"
#include "base/detail.h"
#include "base/sink.h"
#include "calls.h"
#include "wire/sc2.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { TICK_FIRST_S = 1, TICK_S = 5 };

/*
 * What belongs to a ctx but does not fit its public struct. The list below is the library's only
 * global; a relay leaves it when its last call into the enclave has returned.
 */
struct relay {
    struct relay *next;
    const cc_sec_chl_svr_ctx_t *ctx;
    cc_enclave_t *enclave;
    struct relay_calls calls;
    pthread_t ticker;
    bool ticking;
    int timerfd, eventfd; /* -1: none */
    bool closing;         /* no new calls */
    unsigned calls_in_flight;
};

static pthread_mutex_t life = PTHREAD_MUTEX_INITIALIZER; /* init and fini, one at a time */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the list and the counts in it */
static pthread_cond_t drained = PTHREAD_COND_INITIALIZER;
static struct relay *relays;

static struct relay **relay_place(const cc_sec_chl_svr_ctx_t *ctx)
{
    struct relay **place = &relays;

    while (*place != NULL && (*place)->ctx != ctx)
        place = &(*place)->next;
    return place;
}

static bool relay_exists(const cc_sec_chl_svr_ctx_t *ctx)
{
    bool found;

    pthread_mutex_lock(&lock);
    found = *relay_place(ctx) != NULL;
    pthread_mutex_unlock(&lock);
    return found;
}

static void relay_link(struct relay *relay)
{
    pthread_mutex_lock(&lock);
    relay->next = relays;
    relays = relay;
    pthread_mutex_unlock(&lock);
}

static void relay_unlink(struct relay *relay)
{
    pthread_mutex_lock(&lock);
    *relay_place(relay->ctx) = relay->next;
    pthread_mutex_unlock(&lock);
}

/* The relay of a started ctx, counted as in flight; NULL when it is not started. */
static struct relay *relay_enter(const cc_sec_chl_svr_ctx_t *ctx)
{
    struct relay *relay;

    pthread_mutex_lock(&lock);
    relay = *relay_place(ctx);
    if (relay != NULL && relay->closing)
        relay = NULL;
    if (relay != NULL)
        relay->calls_in_flight++;
    pthread_mutex_unlock(&lock);
    return relay;
}

static void relay_leave(struct relay *relay)
{
    pthread_mutex_lock(&lock);
    if (--relay->calls_in_flight == 0)
        pthread_cond_broadcast(&drained);
    pthread_mutex_unlock(&lock);
}

static void *ticker_run(void *arg)
{
    struct relay *relay = arg;
    struct pollfd fds[] = {{.fd = relay->eventfd, .events = POLLIN},
                           {.fd = relay->timerfd, .events = POLLIN}};
    uint64_t count;
    int retval;

    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            break;
        if (fds[0].revents != 0)
            break;
        if (fds[1].revents != 0 && read(relay->timerfd, &count, sizeof count) == sizeof count)
            (void)relay->calls.tick(relay->enclave, &retval);
        fds[1].revents = 0;
    }
    return NULL;
}

static void descriptors_close(struct relay *relay)
{
    if (relay->timerfd >= 0)
        close(relay->timerfd);
    if (relay->eventfd >= 0)
        close(relay->eventfd);
}

/* Idle sessions end by the enclave's own clock; the ticker only makes it look at it. */
static void ticker_start(struct relay *relay)
{
    const struct itimerspec often = {.it_value = {.tv_sec = TICK_FIRST_S},
                                     .it_interval = {.tv_sec = TICK_S}};

    relay->timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    relay->eventfd = eventfd(0, EFD_CLOEXEC);
    relay->ticking = relay->timerfd >= 0 && relay->eventfd >= 0 &&
                     timerfd_settime(relay->timerfd, 0, &often, NULL) == 0 &&
                     pthread_create(&relay->ticker, NULL, ticker_run, relay) == 0;
    if (!relay->ticking)
        sink_warn("secure channel: no timer, idle sessions end only when their places are needed");
}

static void ticker_stop(struct relay *relay)
{
    const uint64_t one = 1;

    if (relay->ticking && write(relay->eventfd, &one, sizeof one) == sizeof one)
        pthread_join(relay->ticker, NULL);
    descriptors_close(relay);
}

static cc_enclave_result_t service_start(const struct relay_calls *calls, cc_enclave_t *enclave)
{
    cc_enclave_result_t rc;
    int retval = -1;

    if (calls->start == NULL || calls->stop == NULL || calls->tick == NULL ||
        calls->process == NULL)
        return detail_fail(CC_ERROR_SEC_CHL_SVR_INIT,
                           "secure channel: this program has no calls into the enclave's channel; "
                           "add `from \"secure_channel.edl\" import *;` to its EDL, and link the "
                           "generated host code into the program");
    rc = calls->start(enclave, &retval);
    if (rc != CC_SUCCESS || retval != 0)
        return detail_fail(CC_ERROR_SEC_CHL_SVR_INIT,
                           "secure channel: the enclave did not start its service (call %#x, "
                           "function %#x)",
                           (unsigned)rc, (unsigned)retval);
    return CC_SUCCESS;
}

static cc_enclave_result_t relay_open(cc_sec_chl_svr_ctx_t *ctx)
{
    struct relay *relay;
    cc_enclave_result_t rc;

    if (relay_exists(ctx)) {
        sink_warn("secure channel: the service was started already");
        return CC_SUCCESS;
    }
    relay = calloc(1, sizeof *relay);
    if (relay == NULL)
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "secure channel: out of memory");
    relay->ctx = ctx;
    relay->enclave = ctx->enclave_ctx;
    relay->calls = relay_calls_find();
    rc = service_start(&relay->calls, relay->enclave);
    if (rc != CC_SUCCESS) {
        free(relay);
        return rc;
    }
    ticker_start(relay);
    ctx->timer = (sec_chl_timer_t){relay->timerfd, relay->eventfd};
    __atomic_store_n(&ctx->is_init, true, __ATOMIC_RELEASE);
    relay_link(relay);
    return CC_SUCCESS;
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_svr_init(cc_sec_chl_svr_ctx_t *ctx)
{
    cc_enclave_result_t rc;

    detail_clear();
    if (ctx == NULL || ctx->enclave_ctx == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: ctx or its enclave is NULL");
    pthread_mutex_lock(&life);
    rc = relay_open(ctx);
    pthread_mutex_unlock(&life);
    return rc;
}

/* Bars new calls and waits for those inside; NULL when the service is not started. */
static struct relay *relay_bar(const cc_sec_chl_svr_ctx_t *ctx)
{
    struct relay *relay;

    pthread_mutex_lock(&lock);
    relay = *relay_place(ctx);
    if (relay != NULL)
        relay->closing = true;
    while (relay != NULL && relay->calls_in_flight > 0)
        pthread_cond_wait(&drained, &lock);
    pthread_mutex_unlock(&lock);
    return relay;
}

static void relay_close(cc_sec_chl_svr_ctx_t *ctx)
{
    struct relay *relay = relay_bar(ctx);
    int retval;

    if (relay == NULL) {
        sink_warn("secure channel: the service is not started");
        return;
    }
    ticker_stop(relay);
    (void)relay->calls.stop(relay->enclave, &retval); /* a dead enclave has no sessions either */
    ctx->timer = (sec_chl_timer_t){-1, -1};
    __atomic_store_n(&ctx->is_init, false, __ATOMIC_RELEASE);
    relay_unlink(relay);
    free(relay);
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_svr_fini(cc_sec_chl_svr_ctx_t *ctx)
{
    detail_clear();
    if (ctx == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: ctx is NULL");
    pthread_mutex_lock(&life);
    relay_close(ctx);
    pthread_mutex_unlock(&life);
    return CC_SUCCESS;
}

/* The code of an answer: what the enclave, or this library for it, says went wrong. */
static cc_enclave_result_t answer_code(struct view bytes)
{
    struct sc2_message answer;

    if (sc2_message_decode(bytes, &answer) != CC_SUCCESS)
        return detail_fail(CC_FAIL, "secure channel: the enclave's answer is malformed");
    if (answer.type != SC2_ERROR || answer.status == SC2_STATUS_RETRY)
        return CC_SUCCESS;
    if (answer.status >= CC_ERROR_SEC_CHL_INVALID_CONN &&
        answer.status <= CC_ERROR_SEC_CHL_INIT_SESSEION)
        return detail_fail((cc_enclave_result_t)answer.status,
                           "secure channel: the enclave refused the message with code %u",
                           answer.status);
    return detail_fail(CC_FAIL, "secure channel: the enclave answered error %#x", answer.status);
}

/* An ERROR in the enclave's stead; it is not authenticated anyway. */
static size_t error_write(cc_enclave_result_t code, uint8_t *room, size_t room_size)
{
    static const uint8_t no_extensions[2];
    struct sc2_message message = {
        .type = SC2_ERROR, .status = code, .body = VIEW_OF(no_extensions)};
    struct writer w = writer_over(room, room_size);

    sc2_message_encode(&message, &w);
    return w.failed ? 0 : w.size;
}

/* Asks the enclave; its answer, or ours when it can not give one. Nothing in it is trusted here. */
static size_t answer_get(struct relay *relay, struct view request, uint8_t *room, size_t room_size)
{
    size_t size = 0;
    int retval = -1;

    if (relay == NULL)
        return error_write(CC_ERROR_SEC_CHL_NOTREADY, room, room_size);
    if (request.size > SC2_RECEIVE_MAX_SIZE)
        return error_write(CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID, room, room_size);
    if (relay->calls.process(relay->enclave, &retval, request.data, request.size, room, room_size,
                             &size) != CC_SUCCESS ||
        retval != 0 || size < SC2_HEADER_SIZE || size > room_size)
        return error_write(CC_FAIL, room, room_size);
    return size;
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_svr_callback(cc_sec_chl_conn_ctx_t *ctx, const void *buf,
                                                        size_t buf_len)
{
    uint8_t answer[SC2_MESSAGE_MAX_SIZE];
    cc_enclave_result_t rc;
    struct relay *relay;
    size_t size;

    detail_clear();
    if (ctx == NULL || ctx->svr_ctx == NULL || buf == NULL || buf_len == 0)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: a NULL or an empty message");
    if (!is_valid_conn_kit(&ctx->conn_kit))
        return detail_fail(CC_ERROR_SEC_CHL_INVALID_CONN,
                           "secure channel: conn_kit.send and conn_kit.conn must not be NULL");

    relay = relay_enter(ctx->svr_ctx);
    size = answer_get(relay, view_of(buf, buf_len), answer, sizeof answer);
    if (relay != NULL)
        relay_leave(relay); /* the hook may take its time, or call fini */

    rc = answer_code(view_of(answer, size));
    if (ctx->conn_kit.send(ctx->conn_kit.conn, answer, size) < 0)
        return detail_fail(CC_ERROR_SEC_CHL_SEND_MSG, "secure channel: the send hook failed");
    return rc;
}

CC_API_SPEC const char *cc_sec_chl_svr_error_detail(void)
{
    return detail_get();
}
