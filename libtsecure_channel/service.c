/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "service.h"
#include "base/detail.h"
#include "crypto/random.h"
#include "secgear_defs.h"

/* One service for each enclave, as the public interface has it: sessions are known by number only.
 */
static struct service service = {
    .life = PTHREAD_MUTEX_INITIALIZER,
    .pool = {.lock = PTHREAD_MUTEX_INITIALIZER},
    .limits = {.half_open_max_count = POOL_MAX_COUNT,
               .sessions_max_count = SERVICE_SESSIONS_COUNT,
               .half_open_ms = SERVICE_HALF_OPEN_MS,
               .reports_per_s = SERVICE_REPORTS_PER_S,
               .idle_ms = SERVICE_IDLE_S * UINT64_C(1000)},
    .settings = PTHREAD_RWLOCK_INITIALIZER,
};
static pthread_once_t service_once = PTHREAD_ONCE_INIT;

static void service_init(void)
{
    roster_init(&service.roster);
}

struct service *service_get(void)
{
    pthread_once(&service_once, service_init);
    return &service;
}

bool service_running(void)
{
    return atomic_load(&service_get()->running);
}

CC_API_SPEC int cc_sc_start(void)
{
    struct service *s = service_get();
    int rc = CC_SUCCESS;

    pthread_mutex_lock(&s->life);
    /* Two hosts may share one enclave: the second changes nothing. */
    if (!atomic_load(&s->running) && !random_fill(&s->cookie_key, sizeof s->cookie_key)) {
        rc = CC_ERROR_SEC_CHL_GEN_RANDOM;
    } else if (!atomic_load(&s->running)) {
        pool_reset(&s->pool, true);
        roster_reset(&s->roster, true);
        atomic_store(&s->running, true);
    }
    pthread_mutex_unlock(&s->life);
    return rc;
}

CC_API_SPEC int cc_sc_stop(void)
{
    struct service *s = service_get();

    pthread_mutex_lock(&s->life);
    atomic_store(&s->running, false);
    pool_reset(&s->pool, false); /* closed, so a handshake in flight adds nothing behind us */
    roster_reset(&s->roster, false);
    pthread_mutex_unlock(&s->life);
    return CC_SUCCESS;
}

static uint64_t before(uint64_t now, uint64_t span)
{
    return now > span ? now - span : 0;
}

CC_API_SPEC int cc_sc_tick(void)
{
    struct service *s = service_get();
    uint64_t now = session_now_ms();

    pool_expire(&s->pool, before(now, s->limits.half_open_ms));
    roster_expire(&s->roster, &(struct roster_age){s->limits.idle_ms, now});
    return CC_SUCCESS;
}

/* Where a session stands. */
enum state { STATE_NONE, STATE_HALF_OPEN, STATE_ESTABLISHED };

static enum state state_of(struct service *s, uint64_t id)
{
    struct member *member;

    if (id == 0)
        return STATE_NONE;
    if (pool_contains(&s->pool, id))
        return STATE_HALF_OPEN;
    member = roster_acquire(&s->roster, id);
    roster_release(member);
    return member != NULL ? STATE_ESTABLISHED : STATE_NONE;
}

/* The state machine: what is not in the table is an error. Next states are in docs/protocol.md.
 */
static const struct transition {
    enum sc2_type type;
    enum state state;
    cc_enclave_result_t (*handle)(struct service *s, const struct sc2_message *request,
                                  struct reply *reply);
} transitions[] = {
    {SC2_HELLO, STATE_NONE, accept_hello},
    {SC2_FINISH, STATE_HALF_OPEN, accept_finish},
    {SC2_DESTROY, STATE_ESTABLISHED, accept_destroy},
};

static cc_enclave_result_t service_step(struct service *s, const struct sc2_message *request,
                                        struct reply *reply)
{
    for (size_t i = 0; i < sizeof transitions / sizeof transitions[0]; i++) {
        const struct transition *t = &transitions[i];

        if (t->type != request->type)
            continue;
        if (t->type == SC2_HELLO && request->session_id != 0)
            break;
        if (t->state != state_of(s, request->session_id))
            break;
        return t->handle(s, request, reply);
    }
    if (request->type == SC2_HELLO || request->type == SC2_FINISH || request->type == SC2_DESTROY)
        return detail_fail(CC_ERROR_SEC_CHL_INVALID_SESSION,
                           "secure channel: message %d does not fit the session's state",
                           request->type);
    return detail_fail(CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM,
                       "secure channel: message %d is none that a client sends", request->type);
}

static cc_enclave_result_t service_answer(struct view bytes, struct reply *reply)
{
    struct service *s = service_get();
    struct sc2_message request;
    cc_enclave_result_t rc;

    if (!service_running())
        return detail_fail(CC_ERROR_SEC_CHL_NOTREADY, "secure channel: the service is not started");
    if (bytes.size > SC2_RECEIVE_MAX_SIZE)
        return detail_fail(CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID,
                           "secure channel: request of %zu bytes, at most %d", bytes.size,
                           SC2_RECEIVE_MAX_SIZE);
    rc = sc2_message_decode(bytes, &request);
    if (rc != CC_SUCCESS)
        return rc;
    reply->session_id = request.session_id;
    rc = service_step(s, &request, reply);
    if (rc == CC_SUCCESS && reply->body.failed)
        rc = detail_fail(CC_ERROR_SEC_CHL_MEMORY, "secure channel: the answer does not fit");
    return rc;
}

/*
 * Each request gets exactly one response, garbage too: clients wait for it. The attacker is the
 * host and everybody behind it; req is this side's private copy, which the generated code made.
 */
CC_API_SPEC int cc_sc_process(const uint8_t *req, size_t req_len, uint8_t *rsp, size_t rsp_cap,
                              size_t *rsp_len)
{
    uint8_t body[SC2_BODY_MAX_SIZE];
    struct reply reply = {.type = SC2_ERROR, .body = writer_over(body, sizeof body)};
    struct sc2_message message;
    struct sc2_exts none = {.count = 0};
    struct writer w;
    cc_enclave_result_t rc;

    detail_clear();
    if (rsp == NULL || rsp_len == NULL || (req == NULL && req_len > 0))
        return (int)CC_ERROR_BAD_PARAMETERS;
    if (rsp_cap < SC2_MESSAGE_MAX_SIZE)
        return (int)CC_ERROR_SHORT_BUFFER;

    pthread_rwlock_rdlock(&service_get()->settings);
    rc = service_answer(view_of(req, req_len), &reply);
    pthread_rwlock_unlock(&service_get()->settings);
    if (rc != CC_SUCCESS) {
        reply.type = SC2_ERROR;
        reply.status = rc;
        reply.body = writer_over(body, sizeof body);
        sc2_error_encode(&none, &reply.body);
    }
    message = (struct sc2_message){.type = reply.type,
                                   .session_id = reply.session_id,
                                   .status = reply.status,
                                   .body = writer_view(&reply.body)};
    w = writer_over(rsp, rsp_cap);
    sc2_message_encode(&message, &w);
    if (w.failed)
        return (int)CC_ERROR_SHORT_BUFFER;
    *rsp_len = w.size;
    return CC_SUCCESS;
}
