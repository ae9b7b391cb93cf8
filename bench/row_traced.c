/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * An ecall of a library that can be traced against one of a build that can not, and traced against
 * not. Each side is a process of its own that makes its calls when it is asked to.
 */
#include "bench.h"
#include "bench_u.h"
#include "floor/spawn.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS = 10000, PEERS = 2, LIBRARY_PATH_ROOM = 4096 };

static struct peer {
    pid_t pid;
    int ask, answer;
} peers[PEERS];

int calls_main(const char *image)
{
    cc_enclave_t enclave = {0};
    char go;

    if (!cpu_pin() || cc_enclave_create(image, AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0,
                                        &enclave) != CC_SUCCESS) {
        bench_say(cc_enclave_error_detail());
        return 1;
    }
    while (read(STDIN_FILENO, &go, 1) == 1) {
        double start = now_s(), ns;

        for (unsigned i = 0; i < CALLS; i++)
            if (bench_empty(&enclave) != CC_SUCCESS)
                return 1;
        ns = (now_s() - start) * 1e9 / CALLS;
        if (write(STDOUT_FILENO, &ns, sizeof ns) != sizeof ns)
            return 1;
    }
    return cc_enclave_destroy(&enclave) == CC_SUCCESS ? 0 : 1;
}

static bool peer_start(struct peer *peer, bool traced, const char *libraries)
{
    const char *tool = getenv("BENCH_SECGEAR");
    const char *argv[] = {tool,      "trace",       "--events", "1000", bench_program(),
                          "--calls", bench_image(), NULL};
    int to[2], from[2];

    /* Not for the other one: who holds an end keeps the pipe open. */
    if (tool == NULL || pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        return false;
    peer->pid = fork();
    if (peer->pid == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        if (traced && freopen("/dev/null", "w", stderr) == NULL)
            _exit(1);
        if (libraries != NULL)
            setenv("LD_LIBRARY_PATH", libraries, 1);
        execv(traced ? argv[0] : argv[4], (char **)(uintptr_t)(traced ? argv : argv + 4));
        _exit(1);
    }
    close(to[0]);
    close(from[1]);
    peer->ask = to[1];
    peer->answer = from[0];
    return peer->pid > 0;
}

static double peer_ns(const struct peer *peer)
{
    double ns;

    return write(peer->ask, "", 1) == 1 && read(peer->answer, &ns, sizeof ns) == sizeof ns ? ns
                                                                                           : -1;
}

static double value(void)
{
    return peer_ns(&peers[0]);
}

static double floor_of(void)
{
    return peer_ns(&peers[1]);
}

/* What a build without tracing was installed to. */
static const char *untraced(void)
{
    const char *stage = getenv("BENCH_UNTRACED");

    return stage != NULL && access(stage, R_OK) == 0 ? stage : NULL;
}

static bool off_start(const struct bench_row *row)
{
    (void)row;
    signal(SIGPIPE, SIG_IGN);
    if (untraced() == NULL)
        return bench_absent("no build without tracing");
    return peer_start(&peers[0], false, NULL) && peer_start(&peers[1], false, untraced());
}

static bool on_start(const struct bench_row *row)
{
    (void)row;
    signal(SIGPIPE, SIG_IGN);
    return peer_start(&peers[0], true, NULL) && peer_start(&peers[1], false, NULL);
}

static void stop(void)
{
    for (size_t i = 0; i < PEERS; i++) {
        if (peers[i].pid <= 0)
            continue;
        close(peers[i].ask);
        close(peers[i].answer);
        waitpid(peers[i].pid, NULL, 0);
        peers[i].pid = 0;
    }
}

/* Of all functions that a call passes, in both libraries; -1: can not be counted. */
static double instructions_value(void)
{
    const char *script = getenv("BENCH_INSTRUCTIONS");
    char command[LIBRARY_PATH_ROOM];
    FILE *counted;
    double more;
    bool read;

    if (script == NULL)
        return -1;
    snprintf(command, sizeof command, "sh '%s' '%s'", script, untraced());
    counted = popen(command, "r");
    if (counted == NULL)
        return -1;
    read = fscanf(counted, "%lf", &more) == 1;
    if (pclose(counted) != 0 || !read)
        return -1;
    return more > 0 ? more : 0; /* fewer: the compiler laid out both builds in other ways */
}

static bool instructions_start(const struct bench_row *row)
{
    (void)row;
    if (untraced() == NULL)
        return bench_absent("no build without tracing");
    return true;
}

const struct bench_row TRACED_ROWS[] = {
    {"ecall.traced.off", "ns", "<=1.03", "one core; floor: a build without tracing", BENCH_MEDIAN,
     61, off_start, value, floor_of, stop, 0},
    {"ecall.traced.on", "ns", "<=1.10", "one core; floor: not traced", BENCH_MEDIAN, 61, on_start,
     value, floor_of, stop, 0},
    {"ecall.traced.instructions", "more", "<=2", "of the disassembly", BENCH_MEDIAN, 1,
     instructions_start, instructions_value, NULL, stop, 0},
    {.id = NULL},
};
