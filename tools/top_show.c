/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The moment as a table, and as JSON. */
#include "top.h"
#include "device_status.h"
#include <inttypes.h>
#include <pwd.h>
#include <string.h>

enum { CELL_ROOM = 24 };

static size_t count_of_kind(const struct top_moment *m, enum top_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < m->count; i++)
        count += m->list[i].kind == kind;
    return count;
}

static void user_name(uint32_t uid, char ret_name[static CELL_ROOM])
{
    const struct passwd *user = getpwuid(uid);

    if (user != NULL)
        snprintf(ret_name, CELL_ROOM, "%.10s", user->pw_name);
    else
        snprintf(ret_name, CELL_ROOM, "%" PRIu32, uid);
}

/* A number, or that it is not known. */
static const char *cell(bool known, double value, int digits, char ret_text[static CELL_ROOM])
{
    if (known)
        snprintf(ret_text, CELL_ROOM, "%.*f", digits, value);
    else
        snprintf(ret_text, CELL_ROOM, "-");
    return ret_text;
}

/* How many lines are left; the last one says that there is more. */
struct page {
    FILE *to;
    unsigned left;
    bool cut;
};

static bool line_begin(struct page *page)
{
    if (page->left <= 1) {
        page->cut = true;
        return false;
    }
    page->left--;
    return true;
}

static void process_print(struct page *page, const struct top_process *p)
{
    char user[CELL_ROOM], cpu[CELL_ROOM], calls[CELL_ROOM], p50[CELL_ROOM], p99[CELL_ROOM];
    bool timed = p->calls > 0;

    if (!line_begin(page))
        return;
    user_name(p->uid, user);
    cell(p->rates_known, p->cpu_percent, 1, cpu);
    fprintf(page->to, "%8" PRIu32 "  %-10s %6s %9" PRIu64 " %7" PRIu64, p->pid, user, cpu,
            p->memory_size / 1024, p->threads);
    if (p->kind == TOP_PROGRAM)
        fprintf(page->to, " %8" PRIu64 " %10s %9s %9s", p->enclaves,
                cell(p->rates_known, p->calls_per_s, 0, calls),
                cell(timed, (double)p->p50_ns / 1e3, 2, p50),
                cell(timed, (double)p->p99_ns / 1e3, 2, p99));
    if (p->kind != TOP_ENCLAVE)
        fprintf(page->to, "  %s", p->name);
    fputc('\n', page->to);
}

static void kind_print(struct page *page, const struct top_moment *m, enum top_kind kind)
{
    static const char *const heads[] = {
        "devices\n     PID  USER         CPU%    KiB    THREADS  SERVES\n",
        "enclaves\n     PID  USER         CPU%    KiB    THREADS\n",
        ("programs under secgear trace\n     PID  USER         CPU%    KiB    THREADS ENCLAVES   "
         " CALLS/S    P50 us    P99 us  PROGRAM\n"),
    };

    if (count_of_kind(m, kind) == 0 || page->left < 4)
        return;
    fprintf(page->to, "\n%s", heads[kind]);
    page->left -= 3;
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i].kind == kind)
            process_print(page, &m->list[i]);
}

void top_text_print(const struct top_moment *m, unsigned lines, FILE *to)
{
    struct page page = {.to = to, .left = lines == 0 ? UINT32_MAX : lines};
    char calls[CELL_ROOM];

    fprintf(to, "secgear top: %zu devices, %zu enclaves, %zu programs traced\n",
            count_of_kind(m, TOP_DEVICE), count_of_kind(m, TOP_ENCLAVE),
            count_of_kind(m, TOP_PROGRAM));
    page.left--;
    if (m->served && line_begin(&page))
        fprintf(to,
                "the device that serves: %" PRIu64 " enclaves, %" PRIu64 " KiB, %" PRIu64
                " calls, %s calls/s\n",
                m->served_enclaves, m->served_memory / 1024, m->served_calls,
                cell(m->served_rate_known, m->served_calls_per_s, 0, calls));
    for (int kind = TOP_DEVICE; kind <= TOP_PROGRAM; kind++)
        kind_print(&page, m, (enum top_kind)kind);
    if (m->left_off > 0 || page.cut)
        fputs("and more\n", to);
    else if (count_of_kind(m, TOP_PROGRAM) == 0 && page.left > 2)
        fputs("\nCalls and latency are known of programs under secgear trace.\n", to);
}

static json_t *number_or_null(bool known, double value)
{
    return known ? json_real(value) : json_null();
}

static json_t *process_json(const struct top_process *p)
{
    bool timed = p->calls > 0;
    json_t *one = json_pack("{s:I, s:I, s:s, s:I, s:I, s:o}", "pid", (json_int_t)p->pid, "uid",
                            (json_int_t)p->uid, "name", p->name, "memory",
                            (json_int_t)p->memory_size, "threads", (json_int_t)p->threads,
                            "cpu_percent", number_or_null(p->rates_known, p->cpu_percent));

    if (one != NULL && p->kind == TOP_PROGRAM) {
        json_object_set_new(one, "enclaves", json_integer((json_int_t)p->enclaves));
        json_object_set_new(one, "calls", json_integer((json_int_t)p->calls));
        json_object_set_new(one, "calls_per_s", number_or_null(p->rates_known, p->calls_per_s));
        json_object_set_new(one, "p50_ns", number_or_null(timed, (double)p->p50_ns));
        json_object_set_new(one, "p99_ns", number_or_null(timed, (double)p->p99_ns));
    }
    return one;
}

static json_t *served_json(const struct top_moment *m)
{
    if (!m->served)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:o}", "enclaves", (json_int_t)m->served_enclaves, "memory",
                     (json_int_t)m->served_memory, "calls", (json_int_t)m->served_calls,
                     "calls_per_s", number_or_null(m->served_rate_known, m->served_calls_per_s));
}

int top_json_print(const struct top_moment *m)
{
    static const char *const names[] = {"devices", "enclaves", "programs"};
    json_t *document = json_object();

    for (int kind = TOP_DEVICE; kind <= TOP_PROGRAM; kind++) {
        json_t *list = json_array();

        for (size_t i = 0; i < m->count; i++)
            if ((int)m->list[i].kind == kind)
                json_array_append_new(list, process_json(&m->list[i]));
        json_object_set_new(document, names[kind], list);
    }
    json_object_set_new(document, "served", served_json(m));
    json_object_set_new(document, "left_off", json_integer((json_int_t)m->left_off));
    return json_finish(document);
}
