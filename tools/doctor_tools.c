/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * doctor_tools.c - what programs are built and examined with: each is asked for its version.
 * Layer: tools. Threads: one.
 */
#include "finding.h"
#include "fetch.h"
#include "crypto/prepare.h"
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_ROOM = 160, ANSWER_TIMEOUT_MS = 60000 };

extern char **environ;

static const struct tool {
    const char *topic, *command[4];
    enum finding_state missing;
    const char *remedy;
} TOOLS[] = {
    {"compiler",
     {"cc", "--version"},
     FINDING_NOTE,
     "programs run without, but none can be built: install gcc or clang"},
    {"C++ compiler", {"c++", "--version"}, FINDING_NOTE, "only for C++: install g++"},
    {"make", {"make", "--version"}, FINDING_NOTE, "for secgear.mk: install make"},
    {"cmake", {"cmake", "--version"}, FINDING_NOTE, "only for projects of CMake: install cmake"},
    {"pkg-config",
     {"pkg-config", "--version"},
     FINDING_NOTE,
     "finds the libraries: install pkg-config"},
    {"openssl command",
     {"openssl", "version"},
     FINDING_NOTE,
     "only for signing in two steps: install openssl"},
    {"gdb", {"gdb", "--version"}, FINDING_NOTE, "only for secgear gdb: install gdb"},
};

/* Its first line, as far as it fits; all that follows is read and dropped: nobody's pipe breaks.
 * False when nothing came, or no end in time. */
static bool line_read(int fd, char ret_line[static LINE_ROOM])
{
    struct pollfd from = {.fd = fd, .events = POLLIN};
    char rest[512];
    size_t filled = 0;

    while (poll(&from, 1, ANSWER_TIMEOUT_MS) == 1) {
        bool full = filled == LINE_ROOM - 1;
        ssize_t got =
            read(fd, full ? rest : ret_line + filled, full ? sizeof rest : LINE_ROOM - 1 - filled);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            ret_line[filled] = '\0';
            ret_line[strcspn(ret_line, "\n")] = '\0';
            return got == 0 && ret_line[0] != '\0';
        }
        filled += full ? 0 : (size_t)got;
    }
    return false;
}

static bool program_start(const char *const *command, int output, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    bool good = posix_spawn_file_actions_init(&actions) == 0;

    if (!good)
        return false;
    good =
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) == 0 &&
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawnp(ret_pid, command[0], &actions, NULL, (char **)(uintptr_t)command, environ) ==
            0;
    posix_spawn_file_actions_destroy(&actions);
    return good;
}

/* What a program says first; false: it is not there, says nothing, or failed. */
static bool program_ask(const char *const *command, char ret_line[static LINE_ROOM])
{
    int ends[2], status = -1;
    bool good = false;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    if (program_start(command, ends[1], &pid)) {
        close(ends[1]);
        ends[1] = -1;
        good = line_read(ends[0], ret_line);
        if (!good)
            kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
            good = false;
    }
    for (size_t i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    return good;
}

/* What `make` in a project will find must be this release. */
static void package_look(struct findings *findings)
{
    static const char *const ask[] = {"pkg-config", "--modversion", "libsecgear_urts", NULL};
    char version[LINE_ROOM];

    if (!program_ask(ask, version))
        finding_add(findings, "pkg-config file", FINDING_NOTE,
                    "set PKG_CONFIG_PATH to lib/pkgconfig of where secGear is installed",
                    "libsecgear_urts is not found");
    else
        finding_add(
            findings, "pkg-config file",
            strcmp(version, SECGEAR_VERSION) == 0 ? FINDING_GOOD : FINDING_BAD,
            "PKG_CONFIG_PATH leads to another release than this command's: programs would be "
            "built with that one",
            "libsecgear_urts %s, this command " SECGEAR_VERSION, version);
}

static void libraries_look(struct findings *findings)
{
    const char *curl = fetch_version();

    finding_add(findings, "libc", FINDING_GOOD, NULL, "glibc %s", gnu_get_libc_version());
    finding_add(findings, "crypto", FINDING_GOOD, NULL, "%s", crypto_version());
    finding_add(findings, "libcurl", curl != NULL ? FINDING_GOOD : FINDING_NOTE,
                "collateral can not be fetched: build with libcurl's development files", "%s",
                curl != NULL ? curl : "built without");
}

void doctor_tools(struct findings *findings)
{
    char line[LINE_ROOM];

    for (size_t i = 0; i < sizeof TOOLS / sizeof TOOLS[0]; i++) {
        bool there = program_ask(TOOLS[i].command, line);

        finding_add(findings, TOOLS[i].topic, there ? FINDING_GOOD : TOOLS[i].missing,
                    TOOLS[i].remedy, "%s", there ? line : "is not here, or does not run");
    }
    package_look(findings);
    libraries_look(findings);
}
