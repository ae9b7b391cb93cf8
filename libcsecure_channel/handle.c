/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "handle.h"
#include "base/detail.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHUNK_COUNT = 32, CHUNKS_MAX = 32768 };

/* struct chl.life: uses << 20 | findable << 19 | shares. A ticket: uses << 20 | index of the place.
 */
enum { LIFE_BITS = 20, LIFE_FINDABLE = 1 << 19, LIFE_SHARES = LIFE_FINDABLE - 1 };

_Static_assert(CHUNK_COUNT *CHUNKS_MAX <= 1 << LIFE_BITS, "an index fits a ticket");
_Static_assert(sizeof(uintptr_t) >= sizeof(uint64_t), "a ticket fits a handle");

static struct {
    pthread_mutex_t lock; /* of all but the chunks, which are set once */
    struct chl *free;
    size_t chunk_count;
    struct chl *_Atomic chunks[CHUNKS_MAX];
} places = {.lock = PTHREAD_MUTEX_INITIALIZER};

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

/* With the lock. A mailbox's lock lives as long as its place. */
static bool chunk_add(void)
{
    struct chl *chunk;

    if (places.chunk_count == CHUNKS_MAX)
        return false;
    chunk = calloc(CHUNK_COUNT, sizeof *chunk);
    if (chunk == NULL)
        return false;
    for (size_t i = CHUNK_COUNT; i-- > 0;) {
        chunk[i].index = (uint32_t)(places.chunk_count * CHUNK_COUNT + i);
        mailbox_init(&chunk[i]);
        chunk[i].next = places.free;
        places.free = &chunk[i];
    }
    atomic_store(&places.chunks[places.chunk_count++], chunk);
    return true;
}

static struct chl *place_take(void)
{
    struct chl *chl = NULL;

    pthread_mutex_lock(&places.lock);
    if (places.free != NULL || chunk_add()) {
        chl = places.free;
        places.free = chl->next;
    }
    pthread_mutex_unlock(&places.lock);
    return chl;
}

static void place_give(struct chl *chl)
{
    pthread_mutex_lock(&places.lock);
    chl->next = places.free;
    places.free = chl;
    pthread_mutex_unlock(&places.lock);
}

cc_enclave_result_t chl_new(cc_sec_chl_ctx_t *ctx, uint32_t timeout_ms, struct chl **ret_chl)
{
    struct chl *chl = place_take();
    uint64_t uses;

    if (chl == NULL)
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY,
                           "secure channel: out of memory, or more than %d channels",
                           CHUNK_COUNT * CHUNKS_MAX);
    chl->conn_kit = ctx->conn_kit;
    chl->timeout_ms = timeout_ms;
    atomic_store(&chl->state, CHL_CONNECTING);
    uses = (atomic_load(&chl->life) >> LIFE_BITS) + 1;
    /* Two shares: one of the table of places, one of the caller. */
    atomic_store(&chl->life, uses << LIFE_BITS | LIFE_FINDABLE | 2);
    ctx_set(ctx, uses << LIFE_BITS | chl->index);
    *ret_chl = chl;
    return CC_SUCCESS;
}

static uint64_t ctx_ticket(const cc_sec_chl_ctx_t *ctx)
{
    return (uint64_t)(uintptr_t)__atomic_load_n(&ctx->handle, __ATOMIC_ACQUIRE);
}

/* Where a ticket points to, whoever is there now; NULL: nowhere. */
static struct chl *place_of(uint64_t ticket)
{
    size_t index = ticket & ((1 << LIFE_BITS) - 1);
    struct chl *chunk = atomic_load(&places.chunks[index / CHUNK_COUNT % CHUNKS_MAX]);

    return ticket != 0 && chunk != NULL ? &chunk[index % CHUNK_COUNT] : NULL;
}

static bool life_matches(uint64_t life, uint64_t ticket)
{
    return life >> LIFE_BITS == ticket >> LIFE_BITS && (life & LIFE_FINDABLE) != 0;
}

struct chl *chl_acquire(const cc_sec_chl_ctx_t *ctx)
{
    uint64_t ticket = ctx_ticket(ctx);
    struct chl *chl = place_of(ticket);
    uint64_t life;

    if (chl == NULL)
        return NULL;
    life = atomic_load(&chl->life);
    do {
        if (!life_matches(life, ticket) || (life & LIFE_SHARES) == LIFE_SHARES)
            return NULL;
    } while (!atomic_compare_exchange_weak(&chl->life, &life, life + 1));
    return chl;
}

static cc_enclave_result_t not_open(void)
{
    return detail_fail(CC_ERROR_SEC_CHL_NOTREADY, "secure channel: not open");
}

/* What is found with the lock held stays until it is given back: chl_clean() takes it, too. */
cc_enclave_result_t chl_seal(const cc_sec_chl_ctx_t *ctx, struct view plain, void *ret_record,
                             size_t *record_size)
{
    uint64_t ticket = ctx_ticket(ctx);
    struct chl *chl = place_of(ticket);
    cc_enclave_result_t rc;

    if (chl == NULL)
        return not_open();
    lock_take(&chl->sealing);
    if (life_matches(atomic_load(&chl->life), ticket) && atomic_load(&chl->state) == CHL_READY)
        rc = session_seal_alone(&chl->session, plain, ret_record, record_size);
    else
        rc = not_open();
    lock_give(&chl->sealing);
    return rc;
}

/* The place as chl_new() expects it: nothing of this channel is left. */
static void chl_clean(struct chl *chl)
{
    lock_take(&chl->sealing);
    session_done(&chl->session);
    lock_give(&chl->sealing);
    buf_free(&chl->reply);
    chl->expecting = chl->heard = false;
    chl->failure = CC_SUCCESS;
    chl->conn_kit = (cc_conn_kit_t){NULL, NULL};
    wipe(&chl->attested, sizeof chl->attested);
}

void chl_release(struct chl *chl)
{
    if (chl == NULL || (atomic_fetch_sub(&chl->life, 1) & LIFE_SHARES) != 1)
        return;
    chl_clean(chl);
    place_give(chl);
}

struct chl *chl_ready(const cc_sec_chl_ctx_t *ctx)
{
    struct chl *chl = chl_acquire(ctx);

    if (chl != NULL && atomic_load(&chl->state) == CHL_READY)
        return chl;
    chl_release(chl);
    (void)not_open();
    return NULL;
}

void chl_unregister(struct chl *chl, cc_sec_chl_ctx_t *ctx)
{
    uint64_t before = atomic_fetch_and(&chl->life, ~(uint64_t)LIFE_FINDABLE);

    if (!(before & LIFE_FINDABLE))
        return;
    ctx_set(ctx, 0); /* only who made it unfindable owns ctx->handle */
    chl_release(chl);
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
