/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "trace_view.h"
#include "base/detail.h"
#include "file.h"
#include <stdlib.h>
#include <string.h>

enum {
    IMAGE_MAX_SIZE = 256 << 20,
    NOT_WORTH_NS = 100000, /* a function that takes longer than that would only hold a worker */
};

const char *trace_kind_name(enum trace_kind kind)
{
    static const char *const names[] = {"?", "ecall", "ocall", "switchless", "async"};

    return kind <= TRACE_SWITCHLESS_ASYNC ? names[kind] : names[0];
}

void trace_path_of(const struct trace_enclave *enclave, char ret_path[static TRACE_PATH_ROOM])
{
    size_t i = 0;

    for (; i + 1 < TRACE_PATH_ROOM && enclave->path[i] != '\0'; i++)
        ret_path[i] = enclave->path[i] >= ' ' && enclave->path[i] <= '~' ? enclave->path[i] : '?';
    ret_path[i] = '\0';
}

static void row_add(struct trace_row *row, const struct trace_function *f)
{
    row->count += f->count;
    row->failed += f->failed;
    row->ocalls += f->ocalls;
    row->bytes_in += f->bytes_in;
    row->bytes_out += f->bytes_out;
    row->total_ns += f->total_ns;
    row->within_ns += f->within_ns;
    row->wait_ns += f->wait_ns;
    row->host_ns += f->host_ns;
    if (row->longest_ns < f->longest_ns)
        row->longest_ns = f->longest_ns;
}

static bool entry_good(const struct trace *trace, const struct trace_function *f)
{
    return f->state == TRACE_READY && f->count > 0 && f->enclave < trace->enclave_max &&
           f->kind >= TRACE_ECALL && f->kind <= TRACE_SWITCHLESS_ASYNC;
}

/* Two threads may have taken an entry each for one function: the first has the percentiles. */
static struct trace_row *row_for(struct trace_view *view, const struct trace_function *f)
{
    for (size_t i = 0; i < view->row_count; i++) {
        const struct trace_function *other = &view->trace.functions[view->rows[i].entry];

        if (other->enclave == f->enclave && other->kind == f->kind && other->id == f->id)
            return &view->rows[i];
    }
    return NULL;
}

/* The section with names, of its own; empty: no file, or none in it. */
static struct buf names_read(const char *path)
{
    struct buf file = BUF_EMPTY, names = BUF_EMPTY;

    if (file_read(path, IMAGE_MAX_SIZE, &file) != CC_SUCCESS ||
        !buf_copy(&names, image_names_of(buf_view(&file))))
        detail_clear();
    buf_free(&file);
    return names;
}

static void row_begin(struct trace_view *view, unsigned entry, const struct buf *names)
{
    const struct trace_function *f = &view->trace.functions[entry];
    struct trace_row *row = &view->rows[view->row_count++];

    row->entry = entry;
    row->enclave = f->enclave;
    row->kind = (enum trace_kind)f->kind;
    row->p50_ns = trace_percentile(f, 50);
    row->p99_ns = trace_percentile(f, 99);
    row->within_known = f->kind != TRACE_OCALL && view->trace.enclaves[f->enclave].debug != 0;
    image_name_of(buf_view(&names[f->enclave]), f->kind != TRACE_OCALL, f->id, row->name);
}

/* What a worker could not take at once was called the ordinary way after all. */
static bool is_switchless_already(const struct trace_view *view, const struct trace_row *row)
{
    for (size_t i = 0; i < view->row_count; i++)
        if (view->rows[i].enclave == row->enclave && view->rows[i].kind >= TRACE_SWITCHLESS &&
            view->trace.functions[view->rows[i].entry].id == view->trace.functions[row->entry].id)
            return true;
    return false;
}

static void saving_note(struct trace_view *view, struct trace_row *row)
{
    double transition;

    if (row->kind != TRACE_ECALL || !row->within_known || row->count == 0 ||
        view->switchless_ns == 0 || row->within_ns / row->count > NOT_WORTH_NS ||
        row->within_ns > row->total_ns || /* the enclave's word */
        is_switchless_already(view, row))
        return;
    transition = (double)(row->total_ns - row->within_ns) / (double)row->count;
    if (transition > view->switchless_ns)
        row->saved_ns = transition - view->switchless_ns;
}

static int longest_first(const void *a, const void *b)
{
    const struct trace_row *x = a, *y = b;

    return x->total_ns < y->total_ns ? 1 : x->total_ns > y->total_ns ? -1 : 0;
}

static void events_look(struct trace_view *view)
{
    uint64_t written = view->trace.head->events, last = 0;

    view->event_count = written < view->trace.event_max ? (size_t)written : view->trace.event_max;
    view->first_ns = UINT64_MAX;
    for (size_t i = 0; i < view->event_count; i++) {
        const struct trace_event *e = &view->trace.events[i];

        if (e->function == 0)
            continue;
        if (e->start_ns < view->first_ns)
            view->first_ns = e->start_ns;
        if (e->start_ns + e->ns > last)
            last = e->start_ns + e->ns;
    }
    view->span_ns = last > view->first_ns ? last - view->first_ns : 0;
}

static void rows_make(struct trace_view *view, const struct buf *names)
{
    for (unsigned i = 0; i < view->trace.function_max; i++) {
        const struct trace_function *f = &view->trace.functions[i];

        if (!entry_good(&view->trace, f))
            continue;
        if (row_for(view, f) == NULL)
            row_begin(view, i, names);
        row_add(row_for(view, f), f);
    }
    for (size_t i = 0; i < view->row_count; i++)
        saving_note(view, &view->rows[i]);
    qsort(view->rows, view->row_count, sizeof *view->rows, longest_first);
    for (unsigned i = 0; i < view->trace.function_max; i++) {
        struct trace_row *row = entry_good(&view->trace, &view->trace.functions[i])
                                    ? row_for(view, &view->trace.functions[i])
                                    : NULL;

        view->row_of[i] = row != NULL ? (uint16_t)(row - view->rows) : UINT16_MAX;
    }
}

cc_enclave_result_t trace_view_make(const struct trace *trace, double switchless_ns,
                                    struct trace_view *ret_view)
{
    struct trace_view view = {.trace = *trace, .switchless_ns = switchless_ns};
    struct buf *names = calloc(trace->enclave_max + 1, sizeof *names);

    view.rows = calloc(trace->function_max + 1, sizeof *view.rows);
    view.row_of = calloc(trace->function_max + 1, sizeof *view.row_of);
    if (names == NULL || view.rows == NULL || view.row_of == NULL) {
        free(names);
        trace_view_done(&view);
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "trace: no memory for its tables");
    }
    for (uint32_t i = 0; i < trace->enclave_max; i++)
        if (trace->enclaves[i].state == TRACE_READY) {
            char path[TRACE_PATH_ROOM];

            trace_path_of(&trace->enclaves[i], path);
            names[i] = names_read(path);
        }
    rows_make(&view, names);
    events_look(&view);
    for (uint32_t i = 0; i < trace->enclave_max; i++)
        buf_free(&names[i]);
    free(names);
    *ret_view = view;
    return CC_SUCCESS;
}

void trace_view_done(struct trace_view *view)
{
    free(view->rows);
    free(view->row_of);
    view->rows = NULL;
    view->row_of = NULL;
}

struct trace_sums trace_sums_of(const struct trace_view *view)
{
    struct trace_sums sums = {.transitions_known = true};

    for (size_t i = 0; i < view->row_count; i++) {
        const struct trace_row *row = &view->rows[i];

        if (row->kind == TRACE_OCALL || row->kind == TRACE_SWITCHLESS_ASYNC)
            continue;
        sums.calls += row->count;
        sums.total_ns += row->total_ns;
        sums.host_ns += row->host_ns;
        sums.wait_ns += row->wait_ns;
        if (!row->within_known) {
            sums.transitions_known = false;
            continue;
        }
        sums.within_ns += row->within_ns;
        if (row->total_ns > row->within_ns + row->wait_ns)
            sums.transition_ns += row->total_ns - row->within_ns - row->wait_ns;
    }
    return sums;
}
