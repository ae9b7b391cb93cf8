/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * trace_html.c - a trace as one page without scripts and without anything from elsewhere: the
 * tables, a timeline of the calls, a row for each thread, and a picture of what was called from
 * what, as wide as it took. All text in it is checked (image_names.c, trace_path_of()) or ours, and
 * is escaped.
 */
#include "base/detail.h"
#include "file.h"
#include "trace_view.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_WIDTH = 1200,
    BAR = 18,
    THREADS_MAX = 64,
    DEPTH_MAX = 8,
    BARS_MAX = 20000,
    FLAME_NODES_MAX = 4096,
    PALETTE = 12
};

static const char HEAD[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>secgear "
    "trace</title>\n"
    "<style>body{font:14px "
    "sans-serif;margin:2em;max-width:1240px}pre{background:#f4f4f4;padding:1em;"
    "overflow:auto}svg{border:1px solid #ccc;display:block}text{font:11px sans-serif}"
    "rect:hover{stroke:#000}</style></head><body>\n<h1>secgear trace</h1>\n";

static void escaped(FILE *to, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '&':
            fputs("&amp;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fputc(*text, to);
        }
}

/* The same function has the same colour in both pictures. */
static void colour(FILE *to, size_t row)
{
    fprintf(to, "fill=\"hsl(%zu,60%%,70%%)\"", row % PALETTE * (360 / PALETTE));
}

static cc_enclave_result_t tables_put(const struct trace_view *view, FILE *to)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);

    if (memory == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "trace: no memory for the page");
    trace_text_print(view, memory);
    fclose(memory);
    fputs("<pre>", to);
    escaped(to, text);
    fputs("</pre>\n", to);
    free(text);
    return CC_SUCCESS;
}

/* ------------------------------------------------------------------------------------ timeline */

struct bars {
    uint32_t threads[THREADS_MAX];
    size_t thread_count;
    double end[THREADS_MAX][DEPTH_MAX]; /* of the last bar drawn there */
    size_t drawn, left_out;
};

/* THREADS_MAX: no room for another. */
static size_t lane_of(struct bars *bars, uint32_t thread)
{
    size_t i = 0;

    while (i < bars->thread_count && bars->threads[i] != thread)
        i++;
    if (i == bars->thread_count && i < THREADS_MAX)
        bars->threads[bars->thread_count++] = thread;
    return i;
}

static const struct trace_row *row_of(const struct trace_view *view, const struct trace_event *e)
{
    if (e->function == 0 || e->function > view->trace.function_max ||
        view->row_of[e->function - 1] == UINT16_MAX)
        return NULL;
    return &view->rows[view->row_of[e->function - 1]];
}

/* Bars that the eye could not tell from the last one are left out. */
static void bar_put(const struct trace_view *view, const struct trace_event *e, struct bars *bars,
                    FILE *to)
{
    const struct trace_row *row = row_of(view, e);
    size_t lane = row != NULL ? lane_of(bars, e->thread) : THREADS_MAX;
    unsigned depth = e->depth < DEPTH_MAX ? e->depth : DEPTH_MAX - 1;
    double scale = view->span_ns > 0 ? (double)PAGE_WIDTH / (double)view->span_ns : 0;
    double x = (double)(e->start_ns - view->first_ns) * scale, width = e->ns * scale;

    if (width < 0.3)
        width = 0.3;
    if (lane == THREADS_MAX || bars->drawn == BARS_MAX ||
        x + width < bars->end[lane][depth] + 0.25) {
        bars->left_out++;
        return;
    }
    bars->end[lane][depth] = x + width;
    bars->drawn++;
    fprintf(to, "<rect x=\"%.2f\" y=\"%zu\" width=\"%.2f\" height=\"%d\" ", x,
            (lane * (DEPTH_MAX / 2) + (depth < DEPTH_MAX / 2 ? depth : DEPTH_MAX / 2 - 1)) * BAR,
            width, BAR - 3);
    colour(to, (size_t)(row - view->rows));
    fprintf(to, "><title>%s %s, thread %u: %.2f us%s</title></rect>\n", trace_kind_name(row->kind),
            row->name, e->thread, e->ns / 1000.0, e->failed ? ", failed" : "");
}

static void timeline_put(const struct trace_view *view, FILE *to)
{
    static struct bars bars;

    memset(&bars, 0, sizeof bars);
    for (size_t i = 0; i < view->event_count; i++)
        if (view->trace.events[i].function != 0)
            (void)lane_of(&bars, view->trace.events[i].thread);
    fprintf(to,
            "<h2>Timeline</h2>\n<p>%.3f ms; calls beneath those that they were made from.</p>\n"
            "<svg id=\"timeline\" width=\"%d\" height=\"%zu\" role=\"img\" "
            "aria-label=\"calls over time\">\n",
            (double)view->span_ns / 1e6, PAGE_WIDTH, bars.thread_count * (DEPTH_MAX / 2) * BAR + 4);
    for (size_t i = 0; i < view->event_count; i++)
        bar_put(view, &view->trace.events[i], &bars, to);
    fputs("</svg>\n", to);
    if (bars.left_out > 0)
        fprintf(to, "<p>%zu calls too short to be seen, or too many, are not drawn.</p>\n",
                bars.left_out);
}

/* --------------------------------------------------------------------------------------- flame */

/* A function as called from the one above it. */
struct node {
    size_t above; /* its place; 0: nobody */
    size_t row;
    uint64_t ns, count;
    double x; /* where its next child begins */
};

struct flame {
    struct node nodes[FLAME_NODES_MAX];
    size_t count;
};

static size_t node_of(struct flame *flame, size_t above, size_t row)
{
    for (size_t i = 1; i < flame->count; i++)
        if (flame->nodes[i].above == above && flame->nodes[i].row == row)
            return i;
    if (flame->count == FLAME_NODES_MAX)
        return 0;
    flame->nodes[flame->count] = (struct node){.above = above, .row = row};
    return flame->count++;
}

static int by_thread_and_start(const void *a, const void *b)
{
    const struct trace_event *x = *(const struct trace_event *const *)a,
                             *y = *(const struct trace_event *const *)b;

    if (x->thread != y->thread)
        return x->thread < y->thread ? -1 : 1;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    return (int)x->depth - (int)y->depth;
}

/* Calls are nested as they were: what begins later on the same thread, and deeper, is within. */
static void flame_fill(const struct trace_view *view, const struct trace_event **sorted,
                       size_t count, struct flame *flame)
{
    size_t at[256] = {0};
    uint32_t thread = 0;

    flame->count = 1;
    for (size_t i = 0; i < count; i++) {
        const struct trace_event *e = sorted[i];
        size_t place;

        if (i == 0 || e->thread != thread)
            memset(at, 0, sizeof at);
        thread = e->thread;
        place = node_of(flame, e->depth > 0 ? at[e->depth - 1] : 0,
                        (size_t)(row_of(view, e) - view->rows));
        at[e->depth] = place;
        if (place == 0)
            continue;
        flame->nodes[place].ns += e->ns;
        flame->nodes[place].count++;
    }
}

static unsigned depth_of(const struct flame *flame, size_t place)
{
    unsigned depth = 0;

    while ((place = flame->nodes[place].above) != 0)
        depth++;
    return depth;
}

/* Above comes before below in the list, so each knows where its children begin. */
static void flame_draw(const struct trace_view *view, struct flame *flame, FILE *to)
{
    double scale;
    uint64_t all = 0;
    unsigned deepest = 0;

    for (size_t i = 1; i < flame->count; i++) {
        all += flame->nodes[i].above == 0 ? flame->nodes[i].ns : 0;
        if (deepest < depth_of(flame, i))
            deepest = depth_of(flame, i);
    }
    scale = all > 0 ? (double)PAGE_WIDTH / (double)all : 0;
    fprintf(to,
            "<h2>What was called from what</h2>\n<p>As wide as it took in all, %.3f ms.</p>\n"
            "<svg id=\"flame\" width=\"%d\" height=\"%u\" role=\"img\" "
            "aria-label=\"time by call path\">\n",
            (double)all / 1e6, PAGE_WIDTH, (deepest + 1) * BAR + 4);
    for (size_t i = 1; i < flame->count; i++) {
        struct node *node = &flame->nodes[i], *above = &flame->nodes[node->above];
        const struct trace_row *row = &view->rows[node->row];
        double width = (double)node->ns * scale;
        unsigned y = depth_of(flame, i) * BAR;

        node->x = above->x;
        above->x += width;
        fprintf(to, "<g><rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" ", node->x, y, width,
                BAR - 2);
        colour(to, node->row);
        fprintf(to, "><title>%s %s: %" PRIu64 " calls, %.3f ms</title></rect>",
                trace_kind_name(row->kind), row->name, node->count, (double)node->ns / 1e6);
        if (width > 60)
            fprintf(to, "<text x=\"%.2f\" y=\"%u\">%.*s</text>", node->x + 3, y + BAR - 6,
                    width < PAGE_WIDTH ? (int)(width / 7) : PAGE_WIDTH / 7, row->name);
        fputs("</g>\n", to);
    }
    fputs("</svg>\n", to);
}

static cc_enclave_result_t flame_put(const struct trace_view *view, FILE *to)
{
    const struct trace_event **sorted = calloc(view->event_count + 1, sizeof *sorted);
    struct flame *flame = calloc(1, sizeof *flame);
    size_t count = 0;

    if (sorted == NULL || flame == NULL) {
        free(sorted);
        free(flame);
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "trace: no memory for the page");
    }
    for (size_t i = 0; i < view->event_count; i++)
        if (row_of(view, &view->trace.events[i]) != NULL)
            sorted[count++] = &view->trace.events[i];
    qsort(sorted, count, sizeof *sorted, by_thread_and_start);
    flame_fill(view, sorted, count, flame);
    flame_draw(view, flame, to);
    free(sorted);
    free(flame);
    return CC_SUCCESS;
}

cc_enclave_result_t trace_html_write(const struct trace_view *view, const char *path, bool replace)
{
    char *page = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&page, &size);
    cc_enclave_result_t rc;
    struct view whole;

    if (to == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "trace: no memory for the page");
    fputs(HEAD, to);
    rc = tables_put(view, to);
    if (rc == CC_SUCCESS) {
        timeline_put(view, to);
        rc = flame_put(view, to);
    }
    fputs("</body></html>\n", to);
    if (fclose(to) != 0)
        rc = detail_fail(CC_ERROR_OUT_OF_MEMORY, "trace: no memory for the page");
    whole = view_of((const uint8_t *)page, size);
    if (rc == CC_SUCCESS)
        rc = replace ? file_write(path, &whole, 1) : file_write_new(path, whole);
    free(page);
    return rc;
}
