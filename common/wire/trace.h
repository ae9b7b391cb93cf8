/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * trace.h - the file that `secgear trace` makes, and that the host runtime of a traced program maps
 * and fills: a head, then three tables of fixed size.
 *
 *   offset                       what
 *        0                       struct trace_head
 *     4096                       enclave_max struct trace_enclave: those that were created
 *   behind it                    function_max struct trace_function: what was called, with sums
 *   behind it                    event_max struct trace_event: single calls, the first so many
 *
 * Processes that a traced program starts share the file. Whoever reads it later believes nothing in
 * it: trace_open() bounds all counts by the size of the file. Integers are native.
 *
 * Layer: common/wire (pure). Threads: entries are taken and filled by atomic steps; sums are
 * relaxed.
 */
#ifndef CC_WIRE_TRACE_H
#define CC_WIRE_TRACE_H

#include "base/bytes.h"
#include "base/text.h"
#include "status.h"
#include <stdatomic.h>

enum {
    TRACE_VERSION = 1,
    TRACE_HEAD_SIZE = 4096,
    TRACE_ENCLAVES_MAX = 256,
    TRACE_FUNCTIONS_MAX = 1024,
    TRACE_EVENTS_MAX = 1 << 20,
    TRACE_PATH_ROOM = 232,
    /* A histogram of ns: exact below 16, then 16 parts of each power of two, up to 2^40. */
    TRACE_PART_BITS = 4,
    TRACE_PARTS = 1 << TRACE_PART_BITS,
    TRACE_BUCKETS = TRACE_PARTS * (40 - TRACE_PART_BITS + 1),
};

enum trace_kind {
    TRACE_ECALL = 1,
    TRACE_OCALL = 2,
    TRACE_SWITCHLESS = 3,       /* an ecall that a worker of the enclave served, or was to serve */
    TRACE_SWITCHLESS_ASYNC = 4, /* from its submission to the result's fetching */
};

/* An entry is FREE, then TAKEN by whoever fills it, then READY. */
enum trace_entry_state { TRACE_FREE, TRACE_TAKEN, TRACE_READY };

struct trace_head {
    char magic[8]; /* "SGTRACE" */
    uint32_t version;
    uint32_t enclave_max;
    uint32_t function_max;
    uint32_t event_max;
    uint64_t started_ns;             /* CLOCK_MONOTONIC, as all times */
    _Atomic uint64_t events;         /* that were to be written: those from event_max on were not */
    _Atomic uint64_t functions_lost; /* calls of functions that no entry was left for */
};

struct trace_enclave {
    _Atomic uint32_t state;
    uint32_t pid;
    struct uuid uuid;
    uint32_t threads; /* for ordinary calls, TCS */
    uint32_t tasks;   /* of the switchless pool */
    uint64_t heap;    /* bytes that may be shared */
    uint64_t created_ns;
    _Atomic uint64_t ended_ns; /* 0: was not destroyed */
    _Atomic uint64_t heap_peak;
    _Atomic uint32_t inside; /* ordinary calls, now */
    _Atomic uint32_t inside_peak;
    _Atomic uint32_t in_tasks;
    _Atomic uint32_t tasks_peak;
    _Atomic uint64_t waits; /* calls that waited for a thread */
    _Atomic uint64_t tasks_full;
    uint32_t debug; /* it says how long its functions take */
    uint32_t apart;
    char path[TRACE_PATH_ROOM];
};

struct trace_function {
    _Atomic uint32_t state;
    uint32_t enclave; /* its entry */
    uint32_t kind;
    uint32_t id;
    _Atomic uint64_t count;
    _Atomic uint64_t failed;
    _Atomic uint64_t total_ns;
    _Atomic uint64_t within_ns; /* in the function itself, as the enclave says; ocalls included */
    _Atomic uint64_t wait_ns;   /* for a thread of the enclave */
    _Atomic uint64_t host_ns;   /* of that within: in ocalls' handlers */
    _Atomic uint64_t ocalls;
    _Atomic uint64_t bytes_in;
    _Atomic uint64_t bytes_out;
    _Atomic uint64_t longest_ns;
    _Atomic uint32_t buckets[TRACE_BUCKETS];
};

struct trace_event {
    uint64_t start_ns;
    uint32_t ns; /* saturated, as the others */
    uint32_t within_ns;
    uint32_t wait_ns;
    uint32_t thread;
    uint16_t function; /* its entry plus 1; 0: not written to its end */
    uint8_t depth;
    uint8_t failed;
    uint32_t bytes_in;
    uint32_t bytes_out;
    uint32_t apart;
};

_Static_assert(sizeof(struct trace_head) <= TRACE_HEAD_SIZE, "the head has its room");
_Static_assert(sizeof(struct trace_event) == 40, "an event is five words");

struct trace {
    struct trace_head *head;
    struct trace_enclave *enclaves;
    struct trace_function *functions;
    struct trace_event *events;
    uint32_t enclave_max; /* as checked against the size */
    uint32_t function_max;
    uint32_t event_max;
};

/* Bytes of a file of so many entries. */
size_t trace_size(uint32_t enclaves, uint32_t functions, uint32_t events);
/* An empty file of those sizes, in memory that is all zeros. */
void trace_begin(void *bytes, uint32_t event_max, uint64_t now_ns);
/* CC_ERROR_BAD_FORMAT: no trace, of another version, or shorter than it says; 8-aligned. */
cc_enclave_result_t trace_open(void *bytes, size_t size, struct trace *ret_trace)
    __attribute__((warn_unused_result));

uint32_t trace_bucket_of(uint64_t ns);
/* The middle of a bucket. */
uint64_t trace_bucket_ns(uint32_t bucket);
/* The duration that so many percent of the calls did not pass. */
uint64_t trace_percentile(const struct trace_function *function, double percent);

#endif
