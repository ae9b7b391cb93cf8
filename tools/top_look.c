/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What other processes say about themselves is believed for showing only. */
#include "top.h"
#include "base/detail.h"
#include "base/text.h"
#include "command.h"
#include "device_status.h"
#include "io/file_read.h"
#include "io/start.h"
#include "io/way.h"
#include "wire/trace.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROC_TEXT_ROOM = 4096, ENVIRONMENT_ROOM = 128 << 10 };

#define DEVICE_NAME "secgear-device"
#define ZYGOTE_NAME "secgear-zygote"

/* A file of a process; its size, -1: it is gone, or not ours to read. */
static ssize_t proc_read(uint32_t pid, const char *name, char *room, size_t size)
{
    char path[64];
    size_t filled = 0;
    ssize_t got = -1;
    int fd;

    snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (filled < size - 1 && (got = read(fd, room + filled, size - 1 - filled)) > 0)
        filled += (size_t)got;
    close(fd);
    room[filled] = '\0';
    return got < 0 ? -1 : (ssize_t)filled;
}

struct stat_line {
    char name[32];
    uint32_t parent;
    uint64_t ticks, started, threads, pages;
};

/* proc(5): the name stands in parentheses and may have some itself. */
static bool stat_read(uint32_t pid, struct stat_line *ret)
{
    char text[PROC_TEXT_ROOM];
    unsigned long user, system, threads, pages;
    unsigned long long started;
    char *open, *close, state;
    int parent;

    if (proc_read(pid, "stat", text, sizeof text) <= 0)
        return false;
    open = strchr(text, '(');
    close = strrchr(text, ')');
    if (open == NULL || close == NULL || close < open)
        return false;
    *close = '\0';
    snprintf(ret->name, sizeof ret->name, "%.31s", open + 1);
    if (sscanf(close + 1,
               " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %lu %*d %llu "
               "%*u %lu",
               &state, &parent, &user, &system, &threads, &started, &pages) != 7 ||
        state == 'Z' || state == 'X') /* over */
        return false;
    ret->parent = (uint32_t)parent;
    ret->ticks = user + system;
    ret->threads = threads;
    ret->started = started;
    ret->pages = pages;
    return true;
}

/* Printable, and no longer than its column. */
static void name_put(char ret_name[static TOP_NAME_ROOM], const char *text)
{
    size_t size = 0;

    for (; text[size] != '\0' && size < TOP_NAME_ROOM - 1; size++)
        ret_name[size] = text[size] >= 0x20 && text[size] < 0x7f ? text[size] : '?';
    ret_name[size] = '\0';
}

static struct top_process *process_add(struct top_moment *m, enum top_kind kind, uint32_t pid,
                                       const struct stat_line *line)
{
    struct top_process *p = &m->list[m->count];
    char path[32];
    struct stat st;

    snprintf(path, sizeof path, "/proc/%u", pid);
    if (stat(path, &st) != 0)
        return NULL;
    if (m->count == TOP_PROCESSES_MAX) {
        m->left_off++;
        return NULL;
    }
    m->count++;
    *p = (struct top_process){.kind = kind,
                              .pid = pid,
                              .uid = st.st_uid,
                              .started = line->started,
                              .cpu_ticks = line->ticks,
                              .memory_size = line->pages * (uint64_t)sysconf(_SC_PAGESIZE),
                              .threads = line->threads};
    name_put(p->name, line->name);
    return p;
}

/* "secgear-device --embedded FOLDER": how it serves is its first option. */
static void device_name(struct top_process *p)
{
    char words[PROC_TEXT_ROOM];
    ssize_t size = proc_read(p->pid, "cmdline", words, sizeof words);
    size_t first = size > 0 ? strlen(words) : 0;

    if (size > 0 && (ssize_t)first + 1 < size)
        name_put(p->name,
                 strncmp(words + first + 1, "--", 2) == 0 ? words + first + 3 : words + first + 1);
}

/* All tables of a trace without its events, in memory of our own: the program goes on writing. */
static bool trace_copy(const char *path, uint32_t uid, struct buf *ret_bytes,
                       struct trace *ret_trace)
{
    size_t size = trace_size(TRACE_ENCLAVES_MAX, TRACE_FUNCTIONS_MAX, 0), filled = 0;
    struct stat st;
    int fd = file_open(path, O_NOFOLLOW, &st);
    ssize_t got = -1;

    if (fd < 0)
        return false;
    if (st.st_uid == uid && buf_alloc(ret_bytes, size)) /* nobody shows a file that is not his */
        while (filled < size && (got = read(fd, ret_bytes->data + filled, size - filled)) > 0)
            filled += (size_t)got;
    close(fd);
    if (filled < size)
        return false;
    ((struct trace_head *)(void *)ret_bytes->data)->event_max = 0;
    return trace_open(ret_bytes->data, size, ret_trace) == CC_SUCCESS;
}

static bool is_waited_for(const struct trace_function *f)
{
    return f->kind == TRACE_ECALL || f->kind == TRACE_SWITCHLESS;
}

/* Of the calls into its enclaves that the program waited for. */
static void trace_add_up(const struct trace *trace, struct top_process *p)
{
    static struct trace_function all;

    memset(&all, 0, sizeof all);
    for (uint32_t i = 0; i < trace->enclave_max; i++)
        p->enclaves += trace->enclaves[i].state == TRACE_READY &&
                       trace->enclaves[i].pid == p->pid && trace->enclaves[i].ended_ns == 0;
    for (uint32_t i = 0; i < trace->function_max; i++) {
        const struct trace_function *f = &trace->functions[i];

        if (f->state != TRACE_READY || !is_waited_for(f) || f->enclave >= trace->enclave_max ||
            trace->enclaves[f->enclave].pid != p->pid)
            continue;
        all.count += f->count;
        for (uint32_t b = 0; b < TRACE_BUCKETS; b++)
            all.buckets[b] += f->buckets[b];
    }
    p->calls = all.count;
    p->p50_ns = trace_percentile(&all, 50);
    p->p99_ns = trace_percentile(&all, 99);
}

/* The trace that `secgear trace` told a program to write; the program's environment is this user's
 * to read when the program is. */
static bool trace_of(uint32_t pid, char ret_path[static PATH_MAX])
{
    static char words[ENVIRONMENT_ROOM];
    static const char name[] = "SECGEAR_TRACE=";
    ssize_t size = proc_read(pid, "environ", words, sizeof words);

    for (ssize_t at = 0; at < size; at += (ssize_t)strlen(words + at) + 1)
        if (strncmp(words + at, name, sizeof name - 1) == 0)
            return snprintf(ret_path, PATH_MAX, "%s", words + at + sizeof name - 1) < PATH_MAX;
    return false;
}

static void program_look(struct top_moment *m, uint32_t pid, const struct stat_line *line)
{
    struct buf bytes = BUF_EMPTY;
    struct top_process *p;
    struct trace trace;
    char path[PATH_MAX];

    p = trace_of(pid, path) ? process_add(m, TOP_PROGRAM, pid, line) : NULL;
    if (p == NULL)
        return;
    if (trace_copy(path, p->uid, &bytes, &trace))
        trace_add_up(&trace, p);
    if (p->enclaves == 0 && p->calls == 0)
        m->count--; /* a shell on the way, or one that has not begun */
    detail_clear();
    buf_free(&bytes);
}

static void process_look(struct top_moment *m, uint32_t pid)
{
    struct stat_line line, parent;
    struct top_process *p;

    if (!stat_read(pid, &line))
        return;
    if (strcmp(line.name, DEVICE_NAME) == 0) {
        p = process_add(m, TOP_DEVICE, pid, &line);
        if (p != NULL)
            device_name(p);
    } else if (strcmp(line.name, ZYGOTE_NAME) == 0) {
        if (stat_read(line.parent, &parent) && strcmp(parent.name, ZYGOTE_NAME) == 0)
            (void)process_add(m, TOP_ENCLAVE, pid, &line);
    } else {
        program_look(m, pid, &line);
    }
}

static void processes_look(struct top_moment *m)
{
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    uint64_t pid;

    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (number_parse(entry->d_name, UINT32_MAX, &pid) && pid != (uint64_t)getpid())
            process_look(m, (uint32_t)pid);
    if (folder != NULL)
        closedir(folder);
}

/* Asked only of one that is there: an embedded device would be started for the question. */
static void served_look(struct top_moment *m)
{
    static struct device_status status;
    char path[DEVICE_SOCKET_ROOM];
    const char *named = getenv("SECGEAR_DEVICE");
    struct stat st;
    bool there = false;

    if (named != NULL && named[0] != '\0')
        there = strcmp(named, "embedded") != 0 &&
                (strcmp(named, "system") == 0 || strcmp(named, "user") == 0 ||
                 (stat(named, &st) == 0 && S_ISSOCK(st.st_mode)));
    else
        for (int system = 1; system >= 0 && !there; system--)
            there = device_socket_path(system, path, sizeof path) && stat(path, &st) == 0;
    if (there && device_status_ask(&status) == CC_SUCCESS) {
        m->served = true;
        m->served_enclaves = status.enclaves;
        m->served_calls = status.calls;
        m->served_memory = status.memory_size;
    }
    detail_clear();
}

static double rate(uint64_t before, uint64_t now, double seconds)
{
    return now >= before && seconds > 0 ? (double)(now - before) / seconds : 0;
}

static void rates_make(const struct top_moment *before, struct top_moment *now)
{
    double seconds = (double)(now->ns - before->ns) / 1e9;

    for (size_t i = 0; i < now->count; i++)
        for (size_t j = 0; j < before->count; j++) {
            const struct top_process *b = &before->list[j];
            struct top_process *n = &now->list[i];

            if (b->pid != n->pid || b->started != n->started || b->kind != n->kind)
                continue;
            n->rates_known = true;
            n->cpu_percent =
                100 * rate(b->cpu_ticks, n->cpu_ticks, seconds) / (double)sysconf(_SC_CLK_TCK);
            n->calls_per_s = rate(b->calls, n->calls, seconds);
            break;
        }
    now->served_rate_known = before->served && now->served;
    now->served_calls_per_s = rate(before->served_calls, now->served_calls, seconds);
}

void top_look(const struct top_moment *before, struct top_moment *ret_now)
{
    memset(ret_now, 0, sizeof *ret_now);
    ret_now->ns = now_ns();
    processes_look(ret_now);
    served_look(ret_now);
    if (before != NULL)
        rates_make(before, ret_now);
}
