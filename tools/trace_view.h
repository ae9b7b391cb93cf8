/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * trace_view.h - what a trace says, added up for people: a row for each function of each enclave,
 * where the time went, and what workers (switchless calls) would save.
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_TRACE_VIEW_H
#define TOOLS_TRACE_VIEW_H

#include "wire/image_names.h"
#include "wire/trace.h"
#include <stdio.h>

struct trace_row {
    char name[FUNCTION_NAME_ROOM];
    uint32_t enclave;
    enum trace_kind kind;
    uint64_t count, failed, ocalls, bytes_in, bytes_out;
    uint64_t total_ns, within_ns, wait_ns, host_ns, longest_ns, p50_ns, p99_ns;
    bool within_known; /* the enclave said how long its function took */
    double saved_ns;   /* by a worker, each call; 0: nothing, or not known */
    unsigned entry;    /* of the trace, the first */
};

struct trace_view {
    struct trace trace;
    struct trace_row *rows; /* longest total first */
    size_t row_count;
    uint16_t *row_of;     /* of each function entry; UINT16_MAX: none */
    double switchless_ns; /* what a call to a worker costs on this machine; 0: one CPU only */
    uint64_t span_ns;     /* from the first event to the end of the last */
    uint64_t first_ns;
    size_t event_count; /* that are there */
};

/* From an open trace, which must live as long. */
cc_enclave_result_t trace_view_make(const struct trace *trace, double switchless_ns,
                                    struct trace_view *ret_view)
    __attribute__((warn_unused_result));
void trace_view_done(struct trace_view *view);

/* Of all ecalls whose callers waited for them. */
struct trace_sums {
    uint64_t calls, total_ns, within_ns, transition_ns, wait_ns, host_ns;
    bool transitions_known; /* of each of them */
};
struct trace_sums trace_sums_of(const struct trace_view *view);

const char *trace_kind_name(enum trace_kind kind);
/* A path that an enclave's host wrote, as text that no terminal acts upon. */
void trace_path_of(const struct trace_enclave *enclave, char ret_path[static TRACE_PATH_ROOM]);

void trace_text_print(const struct trace_view *view, FILE *to);
int trace_json_print(const struct trace_view *view); /* 0: done */
/* One page that needs nothing else, over what has the path or not. CC_ERROR_BAD_PARAMETERS,
 * CC_ERROR_WRITE_DATA, CC_ERROR_OUT_OF_MEMORY. */
cc_enclave_result_t trace_html_write(const struct trace_view *view, const char *path, bool replace)
    __attribute__((warn_unused_result));

/* costs.c: ns that a round trip over one cache line between two CPUs takes; 0: there is one CPU,
 * or another one has no time. */
double cost_line_ns(void);

#endif
