/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "rig.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int notify = -1;
static int meet_from = -1, meet_to = -1; /* in a peer */

static void user_folder(uid_t uid, char *ret_path, size_t room)
{
    snprintf(ret_path, room, "/run/user-of-test/%u", uid);
}

static bool user_folder_make(uid_t uid)
{
    char path[64];

    user_folder(uid, path, sizeof path);
    return mkdir(path, 0700) == 0 && chown(path, uid, uid) == 0;
}

static bool notify_make(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/notify"};

    notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return notify >= 0 && bind(notify, (struct sockaddr *)&address, sizeof address) == 0 &&
           chmod(address.sun_path, 0666) == 0;
}

static bool mounts_private(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

bool machine_fresh(void)
{
    umask(022);
    unsetenv("SECGEAR_DEVICE");
    unsetenv("SECGEAR_REQUIRE");
    return mounts_private() && mount("none", "/run", "tmpfs", 0, "mode=755") == 0 &&
           mount("none", "/var/lib", "tmpfs", 0, "mode=755") == 0 &&
           mkdir("/run/user-of-test", 0755) == 0 && user_folder_make(0) &&
           user_folder_make(ALICE) && user_folder_make(BOB) && notify_make();
}

int machine_main(Suite *suite)
{
    int status = 0;
    pid_t pid = fork();

    if (pid < 0)
        return 1;
    if (pid == 0)
        _exit(mounts_private() ? 0 : errno);
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return suite_main(suite);
    printf("skipped: no private mounts here: %s\nRESULT 0 passed 0 failed 1 skipped\n",
           strerror(WEXITSTATUS(status)));
    return 0;
}

const char *stage_path(const char *below)
{
    static char path[2 * PATH_MAX];
    char own[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);

    ck_assert_int_gt(size, 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    snprintf(path, sizeof path, "%s/../stage/%s", own, below);
    return path;
}

static void user_become(uid_t uid)
{
    char folder[64];

    user_folder(uid, folder, sizeof folder);
    setenv("HOME", folder, 1);
    setenv("XDG_STATE_HOME", folder, 1);
    setenv("XDG_RUNTIME_DIR", folder, 1);
    if (uid != 0 &&
        (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0))
        _exit(90);
    if (chdir(folder) != 0)
        _exit(91);
}

pid_t service_start(uid_t uid, const char *const *argv, const char *const *environment)
{
    pid_t parent = getpid(), pid = fork();

    if (pid != 0)
        return pid;
    user_become(uid);
    unsetenv("LD_LIBRARY_PATH");
    for (; environment != NULL && *environment != NULL; environment++)
        putenv((char *)(uintptr_t)*environment);
    setenv("NOTIFY_SOCKET", "/run/notify", 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(92);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(93);
}

const char *service_word(pid_t service)
{
    static char word[1024];
    struct pollfd either[2] = {{.fd = notify, .events = POLLIN},
                               {.fd = (int)syscall(SYS_pidfd_open, service, 0), .events = POLLIN}};
    ssize_t size = 0;

    while (poll(either, 2, -1) < 0 && errno == EINTR)
        ;
    if (either[0].revents != 0)
        size = recv(notify, word, sizeof word - 1, MSG_DONTWAIT);
    word[size > 0 ? size : 0] = '\0';
    close(either[1].fd);
    return word;
}

static pid_t device_ready(uid_t uid)
{
    char program[PATH_MAX];
    const char *argv[] = {program, "--serve", NULL};
    const char *word;
    pid_t device;

    snprintf(program, sizeof program, "%s", stage_path("libexec/secgear/secgear-device"));
    device = service_start(uid, argv, NULL);
    word = service_word(device);
    ck_assert_msg(strstr(word, "READY=1") != NULL, "the device said \"%s\"", word);
    return device;
}

pid_t device_serve(void)
{
    return device_ready(0);
}

pid_t device_of_user(uid_t uid)
{
    return device_ready(uid);
}

void device_stop(pid_t device, int signal)
{
    int status;

    char word[1024];

    ck_assert_int_eq(kill(device, signal), 0);
    ck_assert_int_eq(waitpid(device, &status, 0), device);
    while (recv(notify, word, sizeof word, MSG_DONTWAIT) > 0)
        ; /* its last words are not the next one's */
}

int as_user(uid_t uid, void (*step)(void))
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        user_become(uid);
        step();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void peer_start(struct peer *peer, uid_t uid, void (*step)(void))
{
    int to[2], from[2];

    ck_assert(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
    peer->pid = fork();
    if (peer->pid == 0) {
        close(to[1]);
        close(from[0]);
        meet_from = to[0];
        meet_to = from[1];
        user_become(uid);
        step();
        _exit(0);
    }
    close(to[0]);
    close(from[1]);
    peer->to = to[1];
    peer->from = from[0];
}

void peer_meet(void)
{
    char c = 'm';

    if (write(meet_to, &c, 1) != 1 || read(meet_from, &c, 1) != 1)
        _exit(94);
}

void peer_await(struct peer *peer)
{
    char c;

    ck_assert_int_eq(read(peer->from, &c, 1), 1);
}

void peer_let_on(struct peer *peer)
{
    ck_assert_int_eq(write(peer->to, "g", 1), 1);
}

static void peer_close(struct peer *peer)
{
    close(peer->to);
    close(peer->from);
}

void peer_end(struct peer *peer)
{
    int status = -1;

    (void)!write(peer->to, "g", 1);
    ck_assert_int_eq(waitpid(peer->pid, &status, 0), peer->pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status 0x%x", status);
    peer_close(peer);
}

void peer_kill(struct peer *peer)
{
    int status;

    ck_assert_int_eq(kill(peer->pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(peer->pid, &status, 0), peer->pid);
    peer_close(peer);
}

const char *command_output(uid_t uid, const char *command, int *ret_status)
{
    static char output[65536];
    size_t used = 0;
    ssize_t part;
    int ends[2], status = -1;
    pid_t child;

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) {
        user_become(uid);
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(95);
    }
    close(ends[1]);
    while ((part = read(ends[0], output + used, sizeof output - 1 - used)) > 0)
        used += (size_t)part;
    output[used] = '\0';
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    if (ret_status != NULL)
        *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return output;
}
