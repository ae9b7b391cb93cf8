/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "tpm.h"
#include "base/detail.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HELPER_FD = 3 };

static bool pipes_make(int in[2], int out[2])
{
    if (pipe2(in, O_CLOEXEC) != 0)
        return false;
    if (pipe2(out, O_CLOEXEC) == 0)
        return true;
    close(in[0]);
    close(in[1]);
    return false;
}

static int helper_start(const struct tpm *tpm, const char *verb, const int in[2], const int out[2],
                        pid_t *ret_pid)
{
    char *argv[] = {(char[]){"secgear-tpm"}, (char *)(uintptr_t)verb, (char *)(uintptr_t)tpm->tcti,
                    NULL};
    char *envp[] = {(char[]){"TSS2_LOG=all+NONE"}, NULL};
    posix_spawn_file_actions_t actions;
    int failed;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, tpm->helper, HELPER_FD); /* all ours lie above */
    posix_spawn_file_actions_addclosefrom_np(&actions, HELPER_FD + 1);
    failed = posix_spawn(ret_pid, "/proc/self/fd/3", &actions, NULL, argv, envp);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static size_t answer_take(int from, uint8_t *ret_bytes, size_t room)
{
    size_t size = 0;

    while (size < room) {
        ssize_t got = read(from, ret_bytes + size, room - size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        size += (size_t)got;
    }
    return size;
}

static bool helper_ended_well(pid_t pid)
{
    int status = -1;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* What goes in fits a pipe, so nobody waits for anybody. */
static cc_enclave_result_t helper_run(const struct tpm *tpm, const char *verb, struct view question,
                                      uint8_t *ret_answer, size_t room, size_t *ret_size)
{
    void (*reaped)(int) = signal(SIGCHLD, SIG_DFL);
    int in[2], out[2], failed = EMFILE;
    bool good = false;
    pid_t pid;

    if (pipes_make(in, out)) {
        failed = helper_start(tpm, verb, in, out, &pid);
        close(in[0]);
        close(out[1]);
        if (failed == 0) {
            good = write(in[1], question.data, question.size) == (ssize_t)question.size;
            close(in[1]);
            *ret_size = answer_take(out[0], ret_answer, room);
            good = helper_ended_well(pid) && good && *ret_size > 0;
        } else {
            close(in[1]);
        }
        close(out[0]);
    }
    signal(SIGCHLD, reaped);
    if (good)
        return CC_SUCCESS;
    if (failed != 0)
        return detail_fail(CC_ERROR_NO_DEVICE, "device: secgear-tpm can not be started: %s",
                           strerror(failed));
    return detail_fail(CC_ERROR_NO_DEVICE,
                       "device: the TPM at %s did not %s the root secret (its message is on "
                       "standard error)",
                       tpm->tcti, verb);
}

cc_enclave_result_t tpm_seal(const struct tpm *tpm, const struct secret *secret,
                             struct buf *ret_blob)
{
    uint8_t blob[TPM_BLOB_MAX_SIZE];
    size_t size = 0;
    cc_enclave_result_t rc =
        helper_run(tpm, "seal", VIEW_OF(secret->bytes), blob, sizeof blob, &size);

    if (rc == CC_SUCCESS && !buf_copy(ret_blob, view_of(blob, size)))
        rc = detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory for the sealed root secret");
    return rc;
}

cc_enclave_result_t tpm_unseal(const struct tpm *tpm, struct view blob, struct secret *ret_secret)
{
    uint8_t secret[sizeof ret_secret->bytes + 1];
    size_t size = 0;
    cc_enclave_result_t rc = helper_run(tpm, "unseal", blob, secret, sizeof secret, &size);

    if (rc == CC_SUCCESS && size != sizeof ret_secret->bytes)
        rc = detail_fail(CC_ERROR_NO_DEVICE, "device: the TPM's secret has %zu bytes, not %zu",
                         size, sizeof ret_secret->bytes);
    if (rc == CC_SUCCESS)
        memcpy(ret_secret->bytes, secret, sizeof ret_secret->bytes);
    wipe(secret, sizeof secret);
    return rc;
}
