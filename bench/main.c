/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bench - measures rows, prints a table, writes CSV:  bench IMAGE POLICY FLOOR_PROGRAM CSV
 * [PATTERN] Ends 1 when a row could not be measured; a goal that is missed is shown, not an error.
 */
#include "bench.h"
#include "stats.h"
#include <fnmatch.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROW_LIMIT_S = 90 };

/* What the process of a row hands back through a pipe. */
struct outcome {
    bool measured;
    bool absent; /* what it needs is not there */
    bool noisy;
    unsigned rounds;
    double value, floor, ratio, q1, q3; /* NAN: there is none */
};

static const char *arguments[4];
static char program[PATH_MAX];

const char *bench_image(void)
{
    return arguments[0];
}

const char *bench_policy(void)
{
    return arguments[1];
}

const char *bench_floor_program(void)
{
    return arguments[2];
}

const char *bench_program(void)
{
    return program;
}

const char *bench_codegen(void)
{
    const char *path = getenv("BENCH_CODEGEN");

    return path != NULL ? path : "codegen";
}

const char *bench_forged(void)
{
    const char *path = getenv("BENCH_FORGED");

    return path != NULL ? path : ".";
}

double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int cpu_chosen(void)
{
    static int chosen = -1;
    cpu_set_t set;

    if (chosen < 0 && sched_getaffinity(0, sizeof set, &set) == 0)
        for (int i = 0; i < CPU_SETSIZE; i++)
            if (CPU_ISSET((size_t)i, &set))
                chosen = i;
    return chosen;
}

bool cpu_pin(void)
{
    int cpu = cpu_chosen();
    cpu_set_t set;

    CPU_ZERO(&set);
    if (cpu < 0)
        return false;
    CPU_SET((size_t)cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

void bench_say(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
}

static bool absent;

bool bench_absent(const char *what)
{
    bench_say(what);
    absent = true;
    return false;
}

static bool row_floor(const struct bench_row *row, double *ret_floor)
{
    *ret_floor = row->floor != NULL ? row->floor() : NAN;
    return row->floor == NULL || *ret_floor > 0;
}

/* Who goes first changes from round to round, so that a machine that slows down favours nobody. */
static bool row_round(const struct bench_row *row, bool floor_first, double *ret_value,
                      double *ret_floor)
{
    if (floor_first && !row_floor(row, ret_floor))
        return false;
    *ret_value = row->value();
    return *ret_value >= 0 && (floor_first || row_floor(row, ret_floor));
}

static bool row_measure(const struct bench_row *row, struct outcome *ret)
{
    double values[BENCH_ROUNDS_MAX], floors[BENCH_ROUNDS_MAX], ratios[BENCH_ROUNDS_MAX];
    double warm, warm_floor;
    size_t n = row->rounds;

    if (!row_round(row, false, &warm, &warm_floor))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!row_round(row, i % 2 != 0, &values[i], &floors[i]))
            return false;
        ratios[i] = values[i] / floors[i];
    }
    ret->value = row->summary == BENCH_P99 ? stats_nearest_rank(values, n, 0.99)
                                           : stats_quantile(values, n, 0.5);
    ret->floor = ret->ratio = ret->q1 = ret->q3 = NAN;
    ret->rounds = row->rounds;
    if (row->floor != NULL) {
        ret->floor = stats_quantile(floors, n, 0.5);
        ret->ratio = stats_quantile(ratios, n, 0.5);
        ret->q1 = stats_quantile(ratios, n, 0.25);
        ret->q3 = stats_quantile(ratios, n, 0.75);
        ret->noisy = stats_noisy(floors, n);
    }
    ret->measured = true;
    return true;
}

static void row_child(const struct bench_row *row, int pipe_end)
{
    struct outcome outcome = {.measured = false};

    setsid();
    alarm(ROW_LIMIT_S);
    if (row->start(row))
        (void)row_measure(row, &outcome);
    outcome.absent = absent;
    row->stop();
    _exit(write(pipe_end, &outcome, sizeof outcome) == sizeof outcome ? 0 : 1);
}

static void row_run(const struct bench_row *row, struct outcome *ret_outcome)
{
    struct outcome outcome;
    int ends[2];
    pid_t child;

    memset(ret_outcome, 0, sizeof *ret_outcome);
    if (pipe(ends) != 0)
        return;
    child = fork();
    if (child == 0)
        row_child(row, ends[1]);
    close(ends[1]);
    if (child > 0 && read(ends[0], &outcome, sizeof outcome) == sizeof outcome)
        *ret_outcome = outcome;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
}

/* A number with as many digits as say something; nothing for one that is not there. */
static const char *number(double value, char room[static 32])
{
    room[0] = '\0';
    if (!isnan(value))
        snprintf(room, 32, fabs(value) >= 100 ? "%.0f" : "%.3f", value);
    return room;
}

static void row_print(FILE *csv, const struct bench_row *row, const struct outcome *o)
{
    char value[32], floor[32], ratio[32], q1[32], q3[32], quartiles[64] = "";
    const char *verdict = "";

    if (row->goal[0] != '\0')
        verdict = stats_meets(isnan(o->ratio) ? o->value : o->ratio, row->goal) ? "met" : "MISSED";
    number(o->value, value);
    number(o->floor, floor);
    number(o->ratio, ratio);
    number(o->q1, q1);
    number(o->q3, q3);
    if (q1[0] != '\0')
        snprintf(quartiles, sizeof quartiles, "%s - %s", q1, q3);
    printf("%-30s %12s %-8s %12s %8s  %-15s %-7s %-6s %s%s\n", row->id, value, row->unit, floor,
           ratio, quartiles, row->goal, verdict, row->placement, o->noisy ? "; noisy" : "");
    fprintf(csv, "%s,%s,%s,%s,%s,%s,%s,%s,%u,%s%s\n", row->id, row->unit, value, floor, ratio, q1,
            q3, row->goal, o->rounds, row->placement, o->noisy ? "; noisy" : "");
    fflush(stdout);
    fflush(csv);
}

static bool wanted(const struct bench_row *row, const char *pattern)
{
    return pattern == NULL || strstr(row->id, pattern) != NULL || fnmatch(pattern, row->id, 0) == 0;
}

static bool rows_run(FILE *csv, const char *pattern)
{
    const struct bench_row *const groups[] = {
        ECALL_ROWS,  TRACED_ROWS, SWITCHLESS_ROWS, HANDSHAKE_ROWS, RECORD_ROWS,  FILE_ROWS,
        CREATE_ROWS, MANY_ROWS,   DEATH_ROWS,      KEYS_ROWS,      CODEGEN_ROWS, VERIFY_ROWS};
    bool every = true;

    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
        for (const struct bench_row *row = groups[g]; row->id != NULL; row++) {
            struct outcome outcome;

            if (!wanted(row, pattern))
                continue;
            row_run(row, &outcome);
            if (outcome.measured)
                row_print(csv, row, &outcome);
            else
                printf("%-30s %s\n", row->id, outcome.absent ? "n/a" : "could not be measured");
            every = every && (outcome.measured || outcome.absent);
        }
    return every;
}

int main(int argc, char **argv)
{
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    FILE *csv;
    bool every;

    if (argc == 3 && strcmp(argv[1], "--create-once") == 0)
        return create_once_main(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--calls") == 0)
        return calls_main(argv[2]);
    if (argc < 5 || argc > 6 || size <= 0) {
        fprintf(stderr, "usage: %s IMAGE POLICY FLOOR_PROGRAM CSV [PATTERN]\n", argv[0]);
        return 2;
    }
    for (size_t i = 0; i < 4; i++)
        arguments[i] = argv[1 + i];
    csv = fopen(arguments[3], "we");
    if (csv == NULL) {
        perror(arguments[3]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    fprintf(csv, "id,unit,value,floor,ratio,q1,q3,goal,rounds,placement\n");
    printf("%-30s %12s %-8s %12s %8s  %-15s %-7s\n", "id", "value", "unit", "floor", "ratio",
           "quartiles", "goal");
    fflush(csv);
    every = rows_run(csv, argc > 5 && argv[5][0] != '\0' ? argv[5] : NULL);
    fclose(csv);
    return every ? 0 : 1;
}
