/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "common.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

const char *image_path(const char *name)
{
    static char path[2 * PATH_MAX];
    char own[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);

    ck_assert_int_gt(size, 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    snprintf(path, sizeof path, "%s/images/%s", own, name);
    return path;
}

cc_enclave_result_t create(const char *name, cc_enclave_t *ret_enclave)
{
    memset(ret_enclave, 0, sizeof *ret_enclave);
    return cc_enclave_create(image_path(name), AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0, ret_enclave);
}

void create_good(cc_enclave_t *ret_enclave)
{
    cc_enclave_result_t rc = create("enclave.signed.so", ret_enclave);

    ck_assert_msg(rc == CC_SUCCESS, "%s: %s", cc_enclave_res2_str(rc), cc_enclave_error_detail());
    ck_assert_str_eq(cc_enclave_error_detail(), "");
}

cc_enclave_result_t call(cc_enclave_t *enclave, uint32_t function, const void *in, size_t in_size,
                         void *out, size_t out_size)
{
    return cc_enclave_call_function(enclave, function, in, in_size, out, out_size, NULL, NULL);
}

void in_program(const char *image, uint32_t flags, void (*step)(cc_enclave_t *enclave))
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        cc_enclave_t enclave = {0};
        cc_enclave_result_t rc =
            cc_enclave_create(image_path(image), AUTO_ENCLAVE_TYPE, 0, flags, NULL, 0, &enclave);

        if (rc != CC_SUCCESS) {
            fprintf(stderr, "%s: %s\n", image, cc_enclave_error_detail());
            _exit(1);
        }
        step(&enclave);
        _exit(cc_enclave_destroy(&enclave) == CC_SUCCESS ? 0 : 2);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: status 0x%x", image, status);
}

pid_t enclave_pid(void)
{
    DIR *dir = opendir("/proc/self/fdinfo");
    char path[300];
    long pid = -1;

    for (struct dirent *e; dir != NULL && pid <= 0 && (e = readdir(dir)) != NULL;) {
        snprintf(path, sizeof path, "/proc/self/fdinfo/%s", e->d_name);
        pid = status_field(path, "Pid:");
    }
    if (dir != NULL)
        closedir(dir);
    return pid > 0 ? (pid_t)pid : -1;
}

void process_await_end(pid_t pid)
{
    struct pollfd exit = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

    if (exit.fd < 0)
        return; /* gone already */
    while (poll(&exit, 1, -1) < 0 && errno == EINTR)
        ;
    close(exit.fd);
}

void state_fresh(void)
{
    char folder[FOLDER_ROOM];

    folder_fresh(folder);
    setenv("XDG_STATE_HOME", folder, 1);
    unsetenv("SECGEAR_REQUIRE");
}

const char *state_folder(void)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/secgear/device", getenv("XDG_STATE_HOME"));
    return path;
}

void script_passes(const char *script)
{
    static const char prelude[] =
        "set -eu; cd \"$T\"; unset MAKEFLAGS MFLAGS MAKELEVEL GNUMAKEFLAGS CC CXX CFLAGS O V SAN\n"
        "stage=$(cd \"$OWN/../stage\" && pwd); PATH=\"$stage/bin:$PATH\"\n"
        "export PKG_CONFIG_PATH=\"$stage/lib/pkgconfig\"\n"
        "quiet() { \"$@\" >log 2>&1 || { echo \"failed: $*\"; tail -n 30 log; exit 1; }; }\n"
        "is() { [ \"$1\" = \"$2\" ] || { echo \"$1, expected $2\"; exit 1; }; }\n"
        "has() { grep -q -- \"$1\" \"$2\" || { echo \"no '$1' in:\"; cat \"$2\"; exit 1; }; }\n"
        /* what this machine's device lacks is not a warning of what ran */
        "no_warning() { if grep -v 'lacks protections on this machine' log | grep -i warning\n"
        "then cat log; exit 1; fi; }\n"
        "fails() { want=$1 said=$2; shift 2; got=0; \"$@\" >out 2>err || got=$?\n"
        "[ $got = $want ] || { echo \"$*: exit $got\"; cat out err; exit 1; }; has \"$said\" err; "
        "}\n";
    char own[PATH_MAX], work[FOLDER_ROOM], *whole = NULL;
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    int status;

    ck_assert_int_gt((int)size, 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    state_fresh();
    folder_fresh(work);
    setenv("T", work, 1);
    setenv("OWN", own, 1);
    ck_assert_int_gt(asprintf(&whole, "%s%s", prelude, script), 0);
    fflush(NULL);
    status = system(whole);
    free(whole);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the script ended with %d",
                  WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}
