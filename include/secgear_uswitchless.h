/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_uswitchless.h - the configuration of switchless calls, for cc_enclave_create():
 *
 *     cc_sl_config_t config = CC_USWITCHLESS_CONFIG_INITIALIZER;
 *     enclave_features_t features = {ENCLAVE_FEATURE_SWITCHLESS, &config};
 *
 * It is copied; afterwards functions with transition_using_threads are served by workers of the
 * enclave over shared memory (docs/switchless.md). 0 stands for the default where there is one.
 */
#ifndef SECGEAR_USWITCHLESS_H
#define SECGEAR_USWITCHLESS_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    WORKERS_POLICY_BUSY = 0,   /* one worker looks for calls all the time, and burns a core */
    WORKERS_POLICY_WAKEUP = 1, /* workers sleep when there were none for retries_before_sleep */
    WORKERS_POLICY_MAX
} cc_workers_policy_t;

typedef struct {
    uint32_t num_uworkers; /* host's workers for ocalls: 0 .. 512, default 8 */
    uint32_t num_tworkers; /* enclave's workers for ecalls: 0 .. 512, default 8 */
    __extension__ union {
        uint32_t sl_call_pool_size_qwords;   /* calls at once, in units of 64: 0 .. 8, default 1 */
        uint32_t switchless_calls_pool_size; /* the same */
    };
    __extension__ union {
        uint32_t num_max_params; /* of a function: 0 .. 16; no default, 0 means none */
        uint32_t parameter_num;  /* the same */
    };
    /* Pauses (about 10 ns each) that a call waits for a worker, before it is made the ordinary way:
     * default 20000. */
    uint32_t retries_before_fallback;
    uint32_t retries_before_sleep; /* pauses that an idle worker looks for calls: default 20000 */
    cc_workers_policy_t workers_policy;
    uint32_t rollback_to_common; /* not 0: asynchronous calls are made ordinarily when all tasks of
                                    the pool are in use */
    __extension__ union {
        cpu_set_t tworkers_cores; /* where the enclave's workers may run; none: anywhere */
        cpu_set_t num_cores;      /* the same */
    };
} cc_sl_config_t;

#define CC_USWITCHLESS_CONFIG_INITIALIZER                                                          \
    {                                                                                              \
        1, 1, {1}, {16}, 0, 0, WORKERS_POLICY_BUSY, 0,                                             \
        {                                                                                          \
            {                                                                                      \
                {                                                                                  \
                    0                                                                              \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

#ifdef __cplusplus
}
#endif

#endif
