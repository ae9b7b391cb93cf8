/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * service.h - the one channel service of an enclave: its tables, limits and clock.
 *
 * The host calls everything here and may call it at any time, in any order, from any number of
 * threads, with any bytes.
 *
 * Layer: libtsecure_channel. Threads: any.
 */
#ifndef TSECURE_CHANNEL_SERVICE_H
#define TSECURE_CHANNEL_SERVICE_H

#include "guard.h"
#include "pool.h"
#include "roster.h"

/* Defaults. */
enum {
    SERVICE_SESSIONS_COUNT = 4096,
    SERVICE_HALF_OPEN_MS = 10 * 1000,
    SERVICE_IDLE_S = 16 * 60,
    SERVICE_REPORTS_PER_S = 10000
};

struct service_limits {
    size_t half_open_max_count; /* at most POOL_MAX_COUNT; from half of it on cookies are asked */
    size_t sessions_max_count;
    uint64_t half_open_ms;
    uint32_t reports_per_s;
    _Atomic uint64_t idle_ms; /* looked at for each record, without a lock */
    struct session_limits session;
    uint32_t suites_refused; /* bit n: suite n is not spoken; tests only */
};

struct service {
    pthread_mutex_t life; /* start and stop, one at a time */
    atomic_bool running;
    struct pool pool;
    struct roster roster;
    pthread_rwlock_t settings; /* of what follows: read by requests, written while stopped */
    struct service_limits limits;
    struct guard guard;
    struct secret cookie_key; /* fresh at each start */
    _Atomic uint64_t reports; /* the second, in the upper half, and how many were made in it */
};

/* What answers a request: type, and the body that w holds. */
struct reply {
    enum sc2_type type;
    uint64_t session_id;
    uint32_t status;
    struct writer body;
};

struct service *service_get(void); /* the one and only */
bool service_running(void);

/* accept.c: the enclave's half of the handshake, one function for each request. */
cc_enclave_result_t accept_hello(struct service *s, const struct sc2_message *request,
                                 struct reply *reply);
cc_enclave_result_t accept_finish(struct service *s, const struct sc2_message *request,
                                  struct reply *reply);
cc_enclave_result_t accept_destroy(struct service *s, const struct sc2_message *request,
                                   struct reply *reply);

/* The functions of secure_channel.edl. */
int cc_sc_start(void);
int cc_sc_stop(void);
int cc_sc_tick(void);
int cc_sc_process(const uint8_t *req, size_t req_len, uint8_t *rsp, size_t rsp_cap,
                  size_t *rsp_len);

#endif
