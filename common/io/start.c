/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "io/start.h"
#include "base/detail.h"
#include "base/sink.h"
#include "wire/device.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECGEAR_LIBEXEC_FROM_LIB
#define SECGEAR_LIBEXEC_FROM_LIB "../libexec/secgear"
#define SECGEAR_LIBEXEC_FROM_BIN "../libexec/secgear"
#endif

static bool path_join(char *ret_path, const char *folder, size_t folder_size, const char *rest)
{
    int size = snprintf(ret_path, PATH_MAX, "%.*s/%s", (int)folder_size, folder, rest);

    return size > 0 && size < PATH_MAX;
}

/* The file this code came from: of a program the linker knows only what its caller called it. */
static bool own_file(char *ret_path)
{
    static const char here[] = "";
    const char *slash;
    Dl_info info;
    ssize_t size;

    if (dladdr(here, &info) == 0 || info.dli_fname == NULL)
        return false;
    slash = strrchr(info.dli_fname, '/');
    if (slash != NULL && strncmp(slash, "/lib", 4) == 0)
        return (size_t)snprintf(ret_path, PATH_MAX, "%s", info.dli_fname) < PATH_MAX;
    size = readlink("/proc/self/exe", ret_path, PATH_MAX - 1);
    if (size <= 0)
        return false;
    ret_path[size] = '\0';
    return true;
}

/* The installed layout, then the build tree's. We are in a library, or in a program. */
static bool beside_us(char *ret_path)
{
    static const char in_build[] = "../libexec/secgear-device";
    const char *installed, *slash;
    char own[PATH_MAX];
    size_t folder_size;

    if (!own_file(own))
        return false;
    slash = strrchr(own, '/');
    if (slash == NULL)
        return false;
    installed = strncmp(slash, "/lib", 4) == 0 ? SECGEAR_LIBEXEC_FROM_LIB "/secgear-device"
                                               : SECGEAR_LIBEXEC_FROM_BIN "/secgear-device";
    folder_size = (size_t)(slash - own);
    return (path_join(ret_path, own, folder_size, installed) && access(ret_path, X_OK) == 0) ||
           (path_join(ret_path, own, folder_size, in_build) && access(ret_path, X_OK) == 0);
}

static cc_enclave_result_t device_find(const char *named, char *ret_path)
{
    if (named != NULL && strlen(named) < PATH_MAX) {
        memcpy(ret_path, named, strlen(named) + 1);
        return CC_SUCCESS;
    }
    if (named == NULL && beside_us(ret_path))
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_NO_DEVICE,
                       "host: secgear-device is not where it was installed (reinstall, or set "
                       "SECGEAR_DEVICE to its path)");
}

bool device_socket_path(bool system, char *ret_path, size_t room)
{
    const char *runtime = secure_getenv("XDG_RUNTIME_DIR");
    int size;

    if (system)
        return (size_t)snprintf(ret_path, room, "/run/secgear/device.sock") < room;
    if (runtime == NULL || runtime[0] != '/')
        return false;
    size = snprintf(ret_path, room, "%s/secgear/device.sock", runtime);
    return size > 0 && (size_t)size < room;
}

bool device_state_folder(char *ret_path, size_t room)
{
    const char *state = secure_getenv("XDG_STATE_HOME");
    const char *home = secure_getenv("HOME");
    const struct passwd *user;
    int size;

    if (state != NULL && state[0] == '/') {
        size = snprintf(ret_path, room, "%s/secgear/device", state);
        return size > 0 && (size_t)size < room;
    }
    if (home == NULL || home[0] != '/') {
        user = getpwuid(getuid());
        home = user != NULL ? user->pw_dir : "/nonexistent";
    }
    size = snprintf(ret_path, room, "%s/.local/state/secgear/device", home);
    return size > 0 && (size_t)size < room;
}

/* A plain file of at most room - 1 bytes. */
static bool file_text(const char *path, char *ret_text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd >= 0 ? read(fd, ret_text, room) : -1;

    if (fd >= 0)
        close(fd);
    if (size < 0 || (size_t)size >= room)
        return false;
    ret_text[size] = '\0';
    return strlen(ret_text) == (size_t)size;
}

cc_enclave_result_t device_states_read(char ret_text[static STATES_TEXT_ROOM])
{
    const char *given = secure_getenv("SECGEAR_DEVICE_STATES");
    char file[4096];
    struct states states;

    ret_text[0] = '\0';
    if (given == NULL || given[0] == '\0')
        return CC_SUCCESS;
    if (strchr(given, '/') != NULL) {
        if (!file_text(given, file, sizeof file))
            return detail_fail(CC_ERROR_BAD_PARAMETERS,
                               "host: SECGEAR_DEVICE_STATES=%s: a text file of at most %zu bytes "
                               "expected: %s",
                               given, sizeof file - 1, strerror(errno));
        given = file;
    }
    if (states_tidy(view_text(given), ret_text) &&
        states_decode(view_text(ret_text), &states) == CC_SUCCESS)
        return CC_SUCCESS;
    detail_prefix("host: SECGEAR_DEVICE_STATES: ");
    return CC_ERROR_BAD_PARAMETERS;
}

/* What sanitizers and valgrind read, and only where enclaves run under them. */
static void tools_environment(const char *text, char *envp[static 5])
{
    static const char *const names[] = {
        "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=", "VALGRIND_OPTS="};
    struct states states;
    size_t count = 0;

    if (text[0] == '\0' || states_decode(view_text(text), &states) != CC_SUCCESS ||
        states.tool == STATES_TOOL_NONE)
        return;
    for (char **at = environ; *at != NULL; at++)
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (strncmp(*at, names[i], strlen(names[i])) == 0 && count < 4)
                envp[count++] = *at;
}

/* Nothing of ours goes along but the socket and stderr: no environment, no descriptor. */
static int device_spawn(const char *program, char *state, char *states, int far)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *argv[] = {(char[]){"secgear-device"},
                    (char[]){"--embedded"},
                    state,
                    states[0] != '\0' ? (char[]){"--states"} : NULL,
                    states,
                    NULL};
    char *envp[] = {NULL, NULL, NULL, NULL, NULL};
    sigset_t none;
    pid_t pid = -1;
    int failed, status;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, far, 3);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, 4);
    posix_spawnattr_init(&attributes);
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    tools_environment(states, envp);
    failed = posix_spawn(&pid, program, &actions, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failed == 0) { /* it forks at once and goes on alone; nothing is left for us to reap */
        pid_t ended;

        do
            ended = waitpid(pid, &status, 0);
        while (ended < 0 && errno == EINTR);
        if (ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == DEVICE_EXIT_REFUSED)
            failed = EPERM;
    }
    return failed;
}

cc_enclave_result_t device_start(const char *named, int *ret_link)
{
    char program[PATH_MAX], state[PATH_MAX], states[STATES_TEXT_ROOM];
    cc_enclave_result_t rc;
    int pair[2], far, failed;

    rc = device_states_read(states);
    if (rc == CC_SUCCESS)
        rc = device_find(named, program);
    if (rc != CC_SUCCESS)
        return rc;
    if (!device_state_folder(state, sizeof state))
        return detail_fail(CC_ERROR_NO_DEVICE, "host: the path of the state folder is too long");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no socket to the device: %s",
                           strerror(errno));
    far = fcntl(pair[1], F_DUPFD_CLOEXEC, 16); /* a source of dup2 above its target */
    close(pair[1]);
    failed = far >= 0 ? device_spawn(program, state, states, far) : errno;
    if (far >= 0)
        close(far);
    if (failed != 0) {
        close(pair[0]);
        return detail_fail(CC_ERROR_NO_DEVICE, "host: %s can not be started: %s", program,
                           failed == EPERM ? "it refuses a start under a tracer, with LD_* set, or "
                                             "with memory that stays open"
                                           : strerror(failed));
    }
    if (states[0] != '\0')
        SINK_WARN_ONCE("SECGEAR_DEVICE_STATES: this device pretends: %s (level 0; each report says "
                       "so; keys of its own)",
                       states);
    *ret_link = pair[0];
    return CC_SUCCESS;
}
