/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * trace.h - records of a traced program's calls, in the file that SECGEAR_TRACE names
 * (wire/trace.h; `secgear trace` makes it). A traced enclave is made with an engine table of its
 * own, whose entries time those of engine_sim.c: who is not traced passes none of this.
 *
 * Layer: libsecgear_urts. Threads: any; a sample is its call's thread's.
 */
#ifndef URTS_TRACE_H
#define URTS_TRACE_H

#include "enclave_internal.h"
#include "wire/trace.h"

struct instance;
struct traced; /* of an enclave; lives as long as the process, for callers who come late */

/* One call on its way, on its caller's stack. */
struct trace_sample {
    uint64_t start_ns;
    uint64_t wait_ns;   /* for a thread of the enclave */
    uint64_t within_ns; /* attacker: the enclave, which says so */
    uint64_t host_ns;   /* in ocalls' handlers */
    uint64_t bytes_in, bytes_out;
    uint32_t ocalls;
    bool waited; /* every thread of the enclave was in use */
    unsigned depth;
    struct trace_sample *outer; /* of this thread */
};

/* Whether this program is traced: looks once. What is wrong with the file is said once. */
bool trace_wanted(void);
/* NULL: no entry is left, or no memory; then the enclave is not traced. */
struct traced *trace_enclave_begin(const struct instance *instance, const char *path, bool debug);
void trace_enclave_end(struct traced *traced, uint64_t heap_peak);

uint64_t trace_now_ns(void);
void trace_sample_begin(struct trace_sample *sample, uint64_t bytes_in, uint64_t bytes_out);
void trace_sample_end(struct traced *traced, enum trace_kind kind, uint32_t id,
                      struct trace_sample *sample, cc_enclave_result_t rc);

/* An ordinary call has its thread, and gives it back. */
void trace_inside(struct traced *traced, struct trace_sample *sample);
void trace_outside(struct traced *traced);
/* An ocall's handler ran from then until now, for the call on this thread, if there is one. */
void trace_ocall(struct traced *traced, uint32_t id, struct trace_sample *sample,
                 cc_enclave_result_t rc);

/* One call of a batch; start_ns: so that its share of the time has passed since then. */
struct batch_call;
void trace_batched(struct traced *traced, const struct batch_call *call, uint64_t start_ns,
                   cc_enclave_result_t rc);

/* The engine's entries for traced enclaves. */
cc_enclave_result_t traced_call(cc_enclave_t *enclave, uint32_t function, const void *in,
                                size_t in_size, void *out, size_t out_size, void *ms,
                                const void *ocalls);
cc_enclave_result_t traced_call_lent(cc_enclave_t *enclave, uint32_t function,
                                     const cc_lent_call_t *lent);
cc_enclave_result_t traced_switchless_call(cc_enclave_t *enclave, void *retval,
                                           sl_ecall_func_info_t *info);
cc_enclave_result_t traced_switchless_submit(cc_enclave_t *enclave, int *task_id,
                                             sl_ecall_func_info_t *info);
cc_enclave_result_t traced_switchless_fetch(cc_enclave_t *enclave, int task_id, void *retval);

#endif
