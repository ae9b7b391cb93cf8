/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * switchless.h - what an enclave with switchless calls is made with: the host's wishes in the
 * ranges that are allowed, as they travel from host to device, zygote and enclave. Each of them
 * decodes its own copy; nobody looks at it again where others can write.
 *
 *   offset  size  field           little-endian
 *        0     4  uworkers        0 .. 512, of the host, for ocalls
 *        4     4  tworkers        1 .. 512, of the enclave
 *        8     4  pool            tasks: 64, 128 .. 512
 *       12     4  params          0 .. 16, the most that a function may have
 *       16     4  fallback        pauses until an unclaimed call goes the ordinary way, at least 1
 *       20     4  sleep           pauses until an idle worker sleeps, at least 1
 *       24     4  policy          0 busy, 1 wake-up
 *       28     4  rollback        0 or 1: when the pool is full, asynchronous calls go ordinarily
 *       32     4  barrier         0 or 1: who withdraws a call has the enclave pass a fence, so
 *                                 that marks need none (base/barrier.h)
 *       36   128  cores           bit n: workers of the enclave may run on CPU n; none: on any
 *
 * Layer: common/wire (pure). Threads: no shared state.
 */
#ifndef CC_WIRE_SWITCHLESS_H
#define CC_WIRE_SWITCHLESS_H

#include "base/bytes.h"
#include "status.h"

enum {
    SWITCHLESS_WORKERS_MAX = 512,
    SWITCHLESS_POOL_UNIT = 64,
    SWITCHLESS_POOL_UNITS_MAX = 8,
    SWITCHLESS_PARAMS_MAX = 16,
    SWITCHLESS_CORE_BYTES = 128,
    SWITCHLESS_CONFIG_SIZE = 36 + SWITCHLESS_CORE_BYTES,
};

struct switchless_config {
    uint32_t uworkers;
    uint32_t tworkers;
    uint32_t pool;
    uint32_t params;
    uint32_t fallback;
    uint32_t sleep;
    uint32_t policy; /* cc_workers_policy_t */
    uint32_t rollback;
    uint32_t barrier;
    uint8_t cores[SWITCHLESS_CORE_BYTES];
};

/* CC_ERROR_BAD_FORMAT: another size, or a field out of its range; output untouched. */
cc_enclave_result_t switchless_decode(struct view bytes, struct switchless_config *ret_config)
    __attribute__((warn_unused_result));
void switchless_encode(const struct switchless_config *config, struct writer *w);

static inline bool switchless_has_core(const struct switchless_config *config, unsigned cpu)
{
    return cpu < SWITCHLESS_CORE_BYTES * 8 && (config->cores[cpu / 8] >> (cpu % 8) & 1) != 0;
}

#endif
