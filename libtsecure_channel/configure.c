/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include "service.h"

enum { BAD = -1, SESSIONS_MAX_COUNT = 65536, KEYS_MAX_COUNT = 1024 };

static uint32_t or_default(uint32_t value, uint32_t usual)
{
    return value != 0 ? value : usual;
}

/* Options of an older caller are shorter: the rest is zero. Of a newer one: the rest must be. */
static bool opts_take(const cc_sec_chl_enclave_opts_t *opts, cc_sec_chl_enclave_opts_t *ret_opts)
{
    const uint8_t *bytes = (const uint8_t *)opts;
    cc_sec_chl_enclave_opts_t copy;

    memset(&copy, 0, sizeof copy);
    if (opts != NULL) {
        if (opts->struct_size < sizeof opts->struct_size || opts->struct_size > 4096)
            return false;
        for (size_t i = sizeof copy; i < opts->struct_size; i++)
            if (bytes[i] != 0)
                return false;
        memcpy(&copy, opts, opts->struct_size < sizeof copy ? opts->struct_size : sizeof copy);
    }
    *ret_opts = copy;
    return true;
}

static bool opts_good(const cc_sec_chl_enclave_opts_t *o)
{
    return (o->flags & ~CC_SEC_CHL_ENCLAVE_REQUIRE_CLIENT) == 0 &&
           o->sessions_max <= SESSIONS_MAX_COUNT && o->half_open_max <= POOL_MAX_COUNT &&
           o->client_key_count <= KEYS_MAX_COUNT &&
           (o->client_keys != NULL) == (o->client_key_count > 0) &&
           (o->rekey_records == 0 || o->rekey_records >= REPLAY_COUNT);
}

static void limits_set(struct service_limits *limits, const cc_sec_chl_enclave_opts_t *o)
{
    limits->half_open_max_count = or_default(o->half_open_max, POOL_MAX_COUNT);
    limits->sessions_max_count = or_default(o->sessions_max, SERVICE_SESSIONS_COUNT);
    limits->half_open_ms = or_default(o->half_open_ms, SERVICE_HALF_OPEN_MS);
    limits->reports_per_s = or_default(o->reports_per_s, SERVICE_REPORTS_PER_S);
    limits->idle_ms = (uint64_t)or_default(o->idle_s, SERVICE_IDLE_S) * 1000;
    limits->session = (struct session_limits){.epoch_records = o->rekey_records,
                                              .epoch_bytes = o->rekey_bytes,
                                              .epoch_ms = (uint64_t)o->rekey_s * 1000,
                                              .age_ms = (uint64_t)o->session_age_s * 1000};
}

static int service_configure(struct service *s, const cc_sec_chl_enclave_opts_t *o)
{
    struct view keys = view_of(o->client_keys, o->client_key_count * CC_SEC_CHL_PEER_KEY_SIZE);
    struct guard guard = {.required = (o->flags & CC_SEC_CHL_ENCLAVE_REQUIRE_CLIENT) != 0,
                          .evidence = o->client_evidence,
                          .client = o->client,
                          .arg = o->arg};

    if (atomic_load(&s->running))
        return (int)detail_fail(CC_ERROR_SEC_CHL_SVR_ALREADY_INIT,
                                "secure channel: the service runs; configure it in a constructor");
    if (keys.size > 0 && !buf_copy(&guard.keys, keys))
        return (int)detail_fail(CC_ERROR_SEC_CHL_MEMORY, "secure channel: out of memory");
    guard_done(&s->guard);
    s->guard = guard;
    limits_set(&s->limits, o);
    return CC_SUCCESS;
}

CC_API_SPEC int cc_sec_chl_enclave_configure(const cc_sec_chl_enclave_opts_t *opts)
{
    struct service *s = service_get();
    cc_sec_chl_enclave_opts_t o;
    int rc;

    detail_clear();
    if (!opts_take(opts, &o) || !opts_good(&o))
        return BAD;
    pthread_mutex_lock(&s->life);
    pthread_rwlock_wrlock(&s->settings); /* requests that were inside when it stopped are out now */
    rc = service_configure(s, &o);
    pthread_rwlock_unlock(&s->settings);
    pthread_mutex_unlock(&s->life);
    return rc;
}
