/* SPDX-License-Identifier: MulanPSL-2.0 */
/* trace_text.c - a trace as tables, and as JSON. */
#include "device_status.h"
#include "trace_view.h"
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

static double us(uint64_t ns)
{
    return (double)ns / 1000;
}

static double mean_us(uint64_t ns, uint64_t count)
{
    return count > 0 ? us(ns) / (double)count : 0;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static void enclaves_print(const struct trace_view *view, FILE *to)
{
    for (uint32_t i = 0; i < view->trace.enclave_max; i++) {
        const struct trace_enclave *e = &view->trace.enclaves[i];
        char path[TRACE_PATH_ROOM], uuid[UUID_TEXT_ROOM];

        if (e->state != TRACE_READY)
            continue;
        trace_path_of(e, path);
        uuid_format(&e->uuid, uuid);
        fprintf(to, "enclave %u  %s\n", i, path);
        fprintf(to, "  %s, %s, process %u%s\n", uuid, e->debug ? "debug" : "production", e->pid,
                e->ended_ns == 0 ? ", not destroyed" : "");
        fprintf(to,
                "  threads %u, at most %u in use, %" PRIu64 " calls waited for one\n"
                "  shared memory %" PRIu64 " bytes, at most %" PRIu64 " in use%s\n",
                e->threads, e->inside_peak, e->waits, e->heap, e->heap_peak,
                e->ended_ns == 0 ? " (known at its end)" : "");
        if (e->tasks > 0)
            fprintf(to,
                    "  switchless tasks %u, at most %u in use, the pool was full %" PRIu64
                    " times\n",
                    e->tasks, e->tasks_peak, e->tasks_full);
    }
}

static void rows_print(const struct trace_view *view, FILE *to)
{
    fprintf(to, "\n%-24s %-10s %3s %9s %6s %9s %9s %9s %9s %9s %9s %10s %10s\n", "function", "kind",
            "enc", "calls", "failed", "mean us", "p50", "p99", "longest", "within", "waited",
            "KiB in", "KiB out");
    for (size_t i = 0; i < view->row_count; i++) {
        const struct trace_row *r = &view->rows[i];
        char within[16];

        snprintf(within, sizeof within, r->within_known ? "%.2f" : "-",
                 mean_us(r->within_ns, r->count));
        fprintf(to,
                "%-24s %-10s %3u %9" PRIu64 " %6" PRIu64
                " %9.2f %9.2f %9.2f %9.2f %9s %9.2f %10.1f %10.1f\n",
                r->name, trace_kind_name(r->kind), r->enclave, r->count, r->failed,
                mean_us(r->total_ns, r->count), us(r->p50_ns), us(r->p99_ns), us(r->longest_ns),
                within, mean_us(r->wait_ns, r->count), (double)r->bytes_in / 1024,
                (double)r->bytes_out / 1024);
    }
}

static void sums_print(const struct trace_view *view, FILE *to)
{
    struct trace_sums s = trace_sums_of(view);

    fprintf(to, "\n%" PRIu64 " calls that were waited for took %.3f ms", s.calls,
            us(s.total_ns) / 1000);
    if (s.transitions_known && s.total_ns > 0)
        fprintf(to,
                ": %.3f in transitions (%.0f %%), %.3f in functions (%.0f %%, of which %.3f in "
                "handlers of ocalls), %.3f waiting for a thread",
                us(s.transition_ns) / 1000, percent(s.transition_ns, s.total_ns),
                us(s.within_ns) / 1000, percent(s.within_ns, s.total_ns), us(s.host_ns) / 1000,
                us(s.wait_ns) / 1000);
    fputs(".\n", to);
    if (!s.transitions_known)
        fputs("A production enclave does not say how long its functions take: for that, trace a "
              "debug enclave.\n",
              to);
}

static void savings_print(const struct trace_view *view, FILE *to)
{
    bool any = false;

    if (view->switchless_ns == 0) {
        fputs("Switchless calls need a second CPU, which this machine had not for us just now.\n",
              to);
        return;
    }
    for (size_t i = 0; i < view->row_count; i++) {
        const struct trace_row *r = &view->rows[i];

        if (r->saved_ns * (double)r->count < (double)r->total_ns * 0.05)
            continue;
        fprintf(to,
                "%s: as a switchless call (transition_using_threads) about %.2f us less each, "
                "%.3f ms of its %.3f in this run.\n",
                r->name, r->saved_ns / 1000, r->saved_ns * (double)r->count / 1e6,
                us(r->total_ns) / 1000);
        any = true;
    }
    if (!any)
        fputs("No ordinary call would gain much from being switchless.\n", to);
    fprintf(to, "(A switchless call costs about %.2f us on this machine, as measured now.)\n",
            view->switchless_ns / 1000);
}

static void losses_print(const struct trace_view *view, FILE *to)
{
    uint64_t written = view->trace.head->events;

    if (written > view->trace.event_max)
        fprintf(to, "The timeline has the first %u of %" PRIu64 " calls; all are in the tables.\n",
                view->trace.event_max, written);
    if (view->trace.head->functions_lost > 0)
        fprintf(to, "%" PRIu64 " calls are in no table: too many functions.\n",
                view->trace.head->functions_lost);
}

void trace_text_print(const struct trace_view *view, FILE *to)
{
    enclaves_print(view, to);
    if (view->row_count == 0) {
        fputs("No call of an enclave was recorded.\n", to);
        return;
    }
    rows_print(view, to);
    sums_print(view, to);
    savings_print(view, to);
    losses_print(view, to);
}

static json_t *enclave_json(const struct trace_enclave *e, uint32_t index)
{
    char path[TRACE_PATH_ROOM], uuid[UUID_TEXT_ROOM];

    trace_path_of(e, path);
    uuid_format(&e->uuid, uuid);
    return json_pack("{s:i, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "index",
                     (int)index, "path", path, "uuid", uuid, "debug", e->debug != 0, "pid",
                     (json_int_t)e->pid, "threads", (json_int_t)e->threads, "threads_peak",
                     (json_int_t)e->inside_peak, "waits", (json_int_t)e->waits, "tasks",
                     (json_int_t)e->tasks, "tasks_peak", (json_int_t)e->tasks_peak, "tasks_full",
                     (json_int_t)e->tasks_full, "shared_bytes", (json_int_t)e->heap,
                     "shared_bytes_peak", (json_int_t)e->heap_peak);
}

static json_t *row_json(const struct trace_row *r)
{
    json_t *row =
        json_pack("{s:s, s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f}",
                  "name", r->name, "kind", trace_kind_name(r->kind), "enclave", (int)r->enclave,
                  "calls", (json_int_t)r->count, "failed", (json_int_t)r->failed, "ocalls",
                  (json_int_t)r->ocalls, "total_ns", (json_int_t)r->total_ns, "p50_ns",
                  (json_int_t)r->p50_ns, "p99_ns", (json_int_t)r->p99_ns, "longest_ns",
                  (json_int_t)r->longest_ns, "waited_ns", (json_int_t)r->wait_ns, "handlers_ns",
                  (json_int_t)r->host_ns, "bytes_in", (json_int_t)r->bytes_in, "bytes_out",
                  (json_int_t)r->bytes_out, "switchless_saves_ns", r->saved_ns);

    if (row != NULL)
        json_object_set_new(row, "within_ns",
                            r->within_known ? json_integer((json_int_t)r->within_ns) : json_null());
    return row;
}

int trace_json_print(const struct trace_view *view)
{
    json_t *enclaves = json_array(), *functions = json_array();

    for (uint32_t i = 0; enclaves != NULL && i < view->trace.enclave_max; i++)
        if (view->trace.enclaves[i].state == TRACE_READY)
            json_array_append_new(enclaves, enclave_json(&view->trace.enclaves[i], i));
    for (size_t i = 0; functions != NULL && i < view->row_count; i++)
        json_array_append_new(functions, row_json(&view->rows[i]));
    return json_finish(json_pack(
        "{s:i, s:o, s:o, s:f, s:I, s:I}", "version", TRACE_VERSION, "enclaves", enclaves,
        "functions", functions, "switchless_ns", view->switchless_ns, "events",
        (json_int_t)view->trace.head->events, "events_kept", (json_int_t)view->event_count));
}
