/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "handle.h"
#include "base/detail.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SHARDS = 64, BUCKETS = 64 };

/* The registry: ticket to channel. */
static struct shard {
    pthread_mutex_t lock;
    struct chl *bucket[BUCKETS];
} shards[SHARDS] = {[0 ... SHARDS - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};
static _Atomic uint64_t ticket_next = 1;

static struct shard *shard_of(uint64_t ticket)
{
    return &shards[ticket % SHARDS];
}

static struct chl **chl_place(struct shard *shard, uint64_t ticket)
{
    struct chl **place = &shard->bucket[ticket / SHARDS % BUCKETS];

    while (*place != NULL && (*place)->ticket != ticket)
        place = &(*place)->next;
    return place;
}

static void ctx_set(cc_sec_chl_ctx_t *ctx, uint64_t ticket)
{
    __atomic_store_n(&ctx->handle, (cc_sec_chl_handle_t *)(uintptr_t)ticket, __ATOMIC_RELEASE);
}

/* Waiting ends by the monotonic clock: setting the time of day changes nothing. */
static void mailbox_init(struct chl *chl)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&chl->arrived, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&chl->lock, NULL);
}

cc_enclave_result_t chl_new(cc_sec_chl_ctx_t *ctx, uint32_t timeout_ms, struct chl **ret_chl)
{
    struct chl *chl = calloc(1, sizeof *chl);
    struct shard *shard;
    struct chl **place;

    if (chl == NULL)
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "secure channel: out of memory");
    mailbox_init(chl);
    chl->ticket = atomic_fetch_add(&ticket_next, 1);
    chl->conn_kit = ctx->conn_kit;
    chl->timeout_ms = timeout_ms;
    atomic_init(&chl->users, 2); /* the registry and the caller */
    atomic_init(&chl->state, CHL_CONNECTING);

    shard = shard_of(chl->ticket);
    pthread_mutex_lock(&shard->lock);
    place = chl_place(shard, chl->ticket);
    chl->next = *place;
    *place = chl;
    pthread_mutex_unlock(&shard->lock);
    ctx_set(ctx, chl->ticket);
    *ret_chl = chl;
    return CC_SUCCESS;
}

struct chl *chl_acquire(const cc_sec_chl_ctx_t *ctx)
{
    uint64_t ticket = (uint64_t)(uintptr_t)__atomic_load_n(&ctx->handle, __ATOMIC_ACQUIRE);
    struct shard *shard = shard_of(ticket);
    struct chl *chl;

    if (ticket == 0)
        return NULL;
    pthread_mutex_lock(&shard->lock);
    chl = *chl_place(shard, ticket);
    if (chl != NULL)
        atomic_fetch_add(&chl->users, 1);
    pthread_mutex_unlock(&shard->lock);
    return chl;
}

void chl_release(struct chl *chl)
{
    if (chl == NULL || atomic_fetch_sub(&chl->users, 1) != 1)
        return;
    session_done(&chl->session);
    buf_free(&chl->reply);
    pthread_cond_destroy(&chl->arrived);
    pthread_mutex_destroy(&chl->lock);
    wipe(chl, sizeof *chl);
    free(chl);
}

void chl_unregister(struct chl *chl, cc_sec_chl_ctx_t *ctx)
{
    struct shard *shard = shard_of(chl->ticket);
    struct chl **place, *found;

    pthread_mutex_lock(&shard->lock);
    place = chl_place(shard, chl->ticket);
    found = *place;
    if (found != NULL)
        *place = found->next;
    pthread_mutex_unlock(&shard->lock);
    if (found != NULL) /* only who removed it owns ctx->handle */
        ctx_set(ctx, 0);
    chl_release(found);
}

bool chl_close(struct chl *chl, enum chl_state *ret_before)
{
    int before = atomic_exchange(&chl->state, CHL_CLOSING);

    if (before == CHL_CLOSING)
        return false;
    pthread_mutex_lock(&chl->lock);
    pthread_cond_broadcast(&chl->arrived);
    pthread_mutex_unlock(&chl->lock);
    *ret_before = (enum chl_state)before;
    return true;
}

/* A fresh mailbox, then the hook; no lock is held while it runs, for it may call us back. */
static bool chl_send(struct chl *chl, const struct sc2_message *request)
{
    uint8_t bytes[SC2_MESSAGE_MAX_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);

    sc2_message_encode(request, &w);
    if (w.failed)
        return false;
    pthread_mutex_lock(&chl->lock);
    buf_free(&chl->reply);
    chl->failure = CC_SUCCESS;
    chl->expecting = true;
    pthread_mutex_unlock(&chl->lock);
    return chl->conn_kit.send(chl->conn_kit.conn, bytes, w.size) >= 0;
}

void chl_send_last(struct chl *chl, const struct sc2_message *request)
{
    (void)chl_send(chl, request);
}

static struct timespec deadline_after(uint32_t ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static bool chl_waiting(struct chl *chl)
{
    return chl->reply.data == NULL && chl->failure == CC_SUCCESS &&
           atomic_load(&chl->state) != CHL_CLOSING;
}

cc_enclave_result_t chl_exchange(struct chl *chl, const struct sc2_message *request,
                                 cc_enclave_result_t send_code, struct buf *ret_reply)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    struct timespec deadline;

    if (!chl_send(chl, request))
        rc = detail_fail(send_code, "secure channel: the send hook failed; is the peer there?");

    deadline = deadline_after(chl->timeout_ms);
    pthread_mutex_lock(&chl->lock);
    while (rc == CC_SUCCESS && chl_waiting(chl))
        if (pthread_cond_timedwait(&chl->arrived, &chl->lock, &deadline) == ETIMEDOUT &&
            chl_waiting(chl))
            rc = detail_fail(CC_ERROR_SEC_CHL_WAITING_RECV_MSG,
                             "secure channel: no answer within %u ms; is every message handed to "
                             "cc_sec_chl_client_callback()?",
                             chl->timeout_ms);
    if (rc == CC_SUCCESS && atomic_load(&chl->state) == CHL_CLOSING)
        rc = detail_fail(CC_ERROR_SEC_CHL_NOTREADY, "secure channel: closed while it was opened");
    if (rc == CC_SUCCESS && chl->failure != CC_SUCCESS)
        rc = detail_fail(chl->failure, "secure channel: the answer is too long or memory is out");
    chl->expecting = false;
    if (rc == CC_SUCCESS)
        buf_move(ret_reply, &chl->reply);
    pthread_mutex_unlock(&chl->lock);
    return rc;
}

static cc_enclave_result_t mailbox_fill(struct chl *chl, struct view message)
{
    if (message.size > SC2_RECEIVE_MAX_SIZE)
        return detail_fail(CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID,
                           "secure channel: message of %zu bytes, at most %d", message.size,
                           SC2_RECEIVE_MAX_SIZE);
    if (!buf_copy(&chl->reply, message))
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "secure channel: out of memory");
    return CC_SUCCESS;
}

/* The first answer counts; what nobody waits for is dropped. */
cc_enclave_result_t chl_deliver(struct chl *chl, struct view message)
{
    cc_enclave_result_t rc = CC_SUCCESS;

    pthread_mutex_lock(&chl->lock);
    if (chl->expecting && chl->reply.data == NULL && chl->failure == CC_SUCCESS) {
        chl->heard = true;
        rc = mailbox_fill(chl, message);
        chl->failure = rc;
        pthread_cond_broadcast(&chl->arrived);
    } else if (message.size > SC2_RECEIVE_MAX_SIZE) {
        rc = CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID;
    }
    pthread_mutex_unlock(&chl->lock);
    return rc;
}
