/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * switchless_config.c - the configuration of switchless calls that an application asks for, copied,
 * checked and completed.
 *
 * Layer: libsecgear_urts. Threads: no shared state.
 */
#include "base/barrier.h"
#include "base/detail.h"
#include "secgear_uswitchless.h"
#include "switchless.h"
#include <string.h>

enum { WORKERS_DEFAULT = 8, RETRIES_DEFAULT = 20000 };

/* Of the documentation's names and the header's, each pair is one member. */
_Static_assert(sizeof(cc_sl_config_t) == 160, "the size that secGear's has");
_Static_assert(sizeof(cpu_set_t) == SWITCHLESS_CORE_BYTES, "cores are one bit each");

static cc_enclave_result_t range_fail(const char *what, uint32_t found, uint32_t most)
{
    return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: %s: at most %u expected, found %u", what,
                       most, found);
}

static cc_enclave_result_t ranges_check(const cc_sl_config_t *c)
{
    if (c->num_uworkers > SWITCHLESS_WORKERS_MAX)
        return range_fail("num_uworkers", c->num_uworkers, SWITCHLESS_WORKERS_MAX);
    if (c->num_tworkers > SWITCHLESS_WORKERS_MAX)
        return range_fail("num_tworkers", c->num_tworkers, SWITCHLESS_WORKERS_MAX);
    if (c->sl_call_pool_size_qwords > SWITCHLESS_POOL_UNITS_MAX)
        return range_fail("sl_call_pool_size_qwords", c->sl_call_pool_size_qwords,
                          SWITCHLESS_POOL_UNITS_MAX);
    if (c->num_max_params > SWITCHLESS_PARAMS_MAX)
        return range_fail("num_max_params", c->num_max_params, SWITCHLESS_PARAMS_MAX);
    if ((uint32_t)c->workers_policy >= WORKERS_POLICY_MAX)
        return range_fail("workers_policy", (uint32_t)c->workers_policy, WORKERS_POLICY_MAX - 1);
    return CC_SUCCESS;
}

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

cc_enclave_result_t switchless_configure(const void *desc, struct switchless_config *ret_config)
{
    cc_sl_config_t c;
    cc_enclave_result_t rc;

    if (desc == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "host: feature_desc of ENCLAVE_FEATURE_SWITCHLESS is NULL, a "
                           "cc_sl_config_t expected");
    memcpy(&c, desc, sizeof c); /* once: another thread may be writing it */
    rc = ranges_check(&c);
    if (rc != CC_SUCCESS)
        return rc;
    *ret_config = (struct switchless_config){
        .uworkers = or_default(c.num_uworkers, WORKERS_DEFAULT),
        .tworkers = or_default(c.num_tworkers, WORKERS_DEFAULT),
        .pool = or_default(c.sl_call_pool_size_qwords, 1) * SWITCHLESS_POOL_UNIT,
        .params = c.num_max_params,
        .fallback = or_default(c.retries_before_fallback, RETRIES_DEFAULT),
        .sleep = or_default(c.retries_before_sleep, RETRIES_DEFAULT),
        .policy = (uint32_t)c.workers_policy,
        .rollback = c.rollback_to_common != 0,
        .barrier = barrier_works(),
    };
    for (unsigned i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &c.tworkers_cores))
            ret_config->cores[i / 8] |= (uint8_t)(1u << (i % 8));
    return CC_SUCCESS;
}
