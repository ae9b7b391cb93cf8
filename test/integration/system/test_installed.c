/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * An installed device (level L2): an ordinary start gets the device's secret, and nobody else does,
 * however the start is tampered with. The starter here does what libsecgear_urts does, and worse.
 */
#include "attacks.h"
#include "io/link.h"
#include "rig.h"
#include "secgear_identity.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GROUP = 61600 };

static struct {
    cc_enclave_result_t rc;
    char detail[512];
    cc_enclave_identity_t identity;
    uint8_t sealed[512];
    pid_t device, enclave;
    uint64_t secret;
    int answered, exit_status; /* of a tampered start */
    uint32_t level;
    uint8_t device_id[16];
} * shared;

static char program[512];

static void begin(void)
{
    char command[2048];
    int status;

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    ck_assert_msg(machine_fresh(), "no private mounts here: %s", strerror(errno));
    snprintf(program, sizeof program, "%s", stage_path("libexec/secgear/secgear-device"));
    snprintf(command, sizeof command,
             "cd %s && sh ../../../level2.sh . %d /var/lib/secgear-installed",
             stage_path("libexec/secgear"), GROUP);
    command_output(0, command, &status);
    ck_assert_int_eq(status, 0);
}

static void end(void)
{
    chown(program, 0, 0);
    chmod(program, 0755);
    chown(stage_path("libexec/secgear/secgear-zygote"), 0, 0);
    chmod(stage_path("libexec/secgear/secgear-zygote"), 0755);
}

static void create_note(void)
{
    cc_enclave_t enclave;

    shared->rc = create("enclave.signed.so", &enclave);
    snprintf(shared->detail, sizeof shared->detail, "%s", cc_enclave_error_detail());
    if (shared->rc != CC_SUCCESS)
        return;
    ck_assert_int_eq(
        call(&enclave, F_IDENTITY, NULL, 0, &shared->identity, sizeof shared->identity),
        CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

static void create_for(uid_t uid)
{
    memset(&shared->identity, 0, sizeof shared->identity);
    ck_assert_int_eq(as_user(uid, create_note), 0);
    ck_assert_msg(shared->rc == CC_SUCCESS, "%s", shared->detail);
}

START_TEST(ordinary_start_of_an_installed_device_is_level_2)
{
    uint8_t alice[16];

    create_for(ALICE);
    ck_assert_uint_eq(shared->identity.level, 2);
    ck_assert_uint_eq(shared->identity.protections & (1u << 8 | 1u << 9 | 1u << 7),
                      1u << 9 | 1u << 7);
    memcpy(alice, shared->identity.device_id, sizeof alice);
    create_for(ALICE); /* the same one again */
    ck_assert_mem_eq(alice, shared->identity.device_id, sizeof alice);
    create_for(BOB);
    ck_assert_mem_ne(alice, shared->identity.device_id, sizeof alice);
}
END_TEST

static void files_try(void)
{
    char path[128];

    snprintf(path, sizeof path, "/var/lib/secgear-installed/%d/device.state", ALICE);
    ck_assert(open(path, O_RDONLY) < 0 && errno == EACCES);
    ck_assert(open("/var/lib/secgear-installed", O_RDONLY) < 0 && errno == EACCES);
    ck_assert(chmod(path, 0666) < 0 &&
              errno == EACCES); /* the file is the user's, the way is not */
    ck_assert(rename(path, "/run/user-of-test/mine") < 0 && errno == EACCES);
    ck_assert(open(program, O_RDONLY) < 0 && errno == EACCES);
}

START_TEST(user_of_an_installed_device_can_not_reach_its_secret)
{
    struct stat st;
    char path[128];

    create_for(ALICE);
    snprintf(path, sizeof path, "/var/lib/secgear-installed/%d/device.state", ALICE);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert(st.st_uid == ALICE && (st.st_mode & 0777) == 0600);
    ck_assert_int_eq(as_user(ALICE, files_try), 0);
    ck_assert_int_eq(as_user(BOB, files_try), 0);
}
END_TEST

static void victim_run(void)
{
    cc_enclave_t enclave;

    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_SECRET, NULL, 0, &shared->secret, sizeof shared->secret),
                     CC_SUCCESS);
    shared->enclave = enclave_pid();
    ck_assert_uint_eq(device_pids(&shared->device, 1), 1);
    peer_meet();
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

static void attack_all(void)
{
    struct rlimit few = {8, 8};

    for (size_t i = 0; i < ATTACKS; i++) {
        int got = attacks[i].run(shared->enclave, shared->secret);

        ck_assert_msg(got == EPERM || got == EACCES, "%s: %s", attacks[i].name, strerror(got));
        got = attacks[i].run(shared->device, shared->secret);
        ck_assert_msg(got == EPERM || got == EACCES, "%s of the device: %s", attacks[i].name,
                      strerror(got));
    }
    ck_assert(prlimit(shared->device, RLIMIT_NOFILE, &few, NULL) != 0 && errno == EPERM);
}

START_TEST(same_user_can_not_read_an_installed_device_or_its_enclaves)
{
    struct peer victim;

    peer_start(&victim, ALICE, victim_run);
    peer_await(&victim);
    ck_assert_int_eq(as_user(ALICE, attack_all), 0);
    ck_assert_int_eq(as_user(BOB, attack_all), 0);
    peer_end(&victim);
}
END_TEST

/* Nothing secret stands where others than root have read it on some kernels. */
START_TEST(device_and_enclave_have_no_environment)
{
    struct peer victim;
    char path[64], byte;
    int fd;

    peer_start(&victim, ALICE, victim_run);
    peer_await(&victim);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/proc/%d/environ", i ? shared->enclave : shared->device);
        fd = open(path, O_RDONLY);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(read(fd, &byte, 1), 0);
        close(fd);
    }
    peer_end(&victim);
}
END_TEST

/* What a hostile starter does between fork and exec; it may execute the device itself. */
struct tampering {
    const char *name;
    void (*run)(char **argv, char **environment);
    bool answers; /* with a refusal; else the process ends */
};

static void tamper_new_privileges(char **argv, char **environment)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    execve(program, argv, environment);
}

static void tamper_namespace(char **argv, char **environment)
{
    if (unshare(CLONE_NEWUSER) == 0)
        execve(program, argv, environment);
}

static void tamper_trace(char **argv, char **environment)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execve(program, argv, environment);
}

/* One that answers the device's calls in its place, as for random bytes. */
static void tamper_filter(char **argv, char **environment)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof code[0], code};

    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
        _exit(98); /* not without no_new_privs */
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
        execve(program, argv, environment);
}

/* A name for it among one's own files: the libraries beside it would be one's own, too. */
static void tamper_link(char **argv, char **environment)
{
    execve("/run/user-of-test/61501/link/secgear-device", argv, environment);
}

static const struct tampering tamperings[] = {
    {"no_new_privs", tamper_new_privileges, true},
    {"user namespace", tamper_namespace, true},
    {"tracer", tamper_trace, false},
    {"filter", tamper_filter, true},
    {"link", tamper_link, true},
};
enum { TAMPERINGS = sizeof tamperings / sizeof tamperings[0] };
static int which;

/* Asks as a host does; what it says goes to shared. */
static void device_ask_status(int link)
{
    struct device_message connect = {.type = DEVICE_CONNECT}, ask = {.type = DEVICE_STATUS};
    static struct link_packet answer;
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    shared->answered = 0;
    if (link_send(link, &connect, &pair[1]) == LINK_OK) {
        close(pair[1]);
        if (link_send(pair[0], &ask, NULL) == LINK_OK && link_recv(pair[0], &answer) == LINK_OK)
            shared->answered = answer.message.type;
    }
    if (shared->answered == DEVICE_FAILED) {
        shared->rc = (cc_enclave_result_t)answer.message.numbers[0];
        snprintf(shared->detail, sizeof shared->detail, "%.*s", (int)answer.message.bytes.size,
                 (const char *)answer.message.bytes.data);
    } else if (shared->answered == DEVICE_STATUS_IS) {
        shared->level = (uint32_t)answer.message.numbers[0];
        memcpy(shared->device_id, answer.message.bytes.data, sizeof shared->device_id);
    }
    close(pair[0]);
}

static void tampered_start(void)
{
    char *argv[] = {"secgear-device", "--embedded", "/run/user-of-test/61501/mine", NULL};
    char *environment[] = {NULL};
    int pair[2], status = 0;
    pid_t child;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    child = fork();
    if (child == 0) {
        dup2(pair[1], 3);
        tamperings[which].run(argv, environment);
        _exit(99);
    }
    close(pair[1]);
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) /* under a tracer, at exec */
        ptrace(PTRACE_CONT, child, NULL, NULL);
    shared->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    device_ask_status(pair[0]);
}

/* As a link would be: the same file, set-id and all. */
static void link_make(void)
{
    char command[1024];
    int status;

    snprintf(command, sizeof command,
             "mkdir /run/user-of-test/61501/link && cp -a %s /run/user-of-test/61501/link/ && "
             "chown %d /run/user-of-test/61501/link",
             program, ALICE);
    command_output(0, command, &status);
    ck_assert_int_eq(status, 0);
}

START_TEST(tampered_start_of_an_installed_device_gets_no_secret)
{
    which = _i;
    create_for(ALICE); /* there is a secret to be had */
    link_make();
    ck_assert_int_eq(as_user(ALICE, tampered_start), 0);
    ck_assert_int_ne(shared->exit_status, 99);
    if (tamperings[_i].answers)
        ck_assert_msg(shared->answered == DEVICE_FAILED && shared->rc == CC_ERROR_NO_DEVICE,
                      "%s: answer %d, %s", tamperings[_i].name, shared->answered, shared->detail);
    else
        ck_assert_msg(shared->answered == 0 && shared->exit_status == DEVICE_EXIT_REFUSED,
                      "%s: answer %d, status %d", tamperings[_i].name, shared->answered,
                      shared->exit_status);
    ck_assert_int_ne(access("/run/user-of-test/61501/mine", F_OK), 0);
}
END_TEST

static void refused_create(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    create_note();
}

START_TEST(host_is_told_why_an_installed_device_was_not_started)
{
    ck_assert_int_eq(as_user(ALICE, refused_create), 0);
    ck_assert_int_eq(shared->rc, CC_ERROR_NO_DEVICE);
    ck_assert_ptr_nonnull(strstr(shared->detail, "no_new_privs"));
}
END_TEST

/* Arguments, environment, descriptors and limits of the starter's choice. */
static void odd_exec(int kind)
{
    char *argv[] = {"/bin/sh", "--embedded", "/run/user-of-test/61501/mine", NULL};
    char *environment[] = {"LD_PRELOAD=/run/user-of-test/61501/evil.so",
                           "LD_LIBRARY_PATH=/run/user-of-test/61501",
                           "OPENSSL_CONF=/run/evil.cnf",
                           "GLIBC_TUNABLES=glibc.malloc.check=3",
                           "HOME=/run",
                           NULL};
    char *empty[] = {NULL};
    struct rlimit small = {16, 16}, none = {0, 0};

    if (kind == 1) {
        close(0);
        close(1);
        close(2);
    } else if (kind == 2) {
        for (int fd = 4; fd < 40; fd++)
            dup2(3, fd);
    } else if (kind == 3) {
        setrlimit(RLIMIT_FSIZE, &none);
        umask(0);
    } else if (kind == 4) {
        setrlimit(RLIMIT_NOFILE, &small);
    }
    execve(program, argv, kind == 0 ? environment : empty);
}
enum { ODDITIES = 5 };

static void odd_start(void)
{
    int pair[2];
    pid_t child;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    child = fork();
    if (child == 0) {
        dup2(pair[1], 3);
        odd_exec(which);
        _exit(99);
    }
    close(pair[1]);
    waitpid(child, &shared->exit_status, 0);
    device_ask_status(pair[0]);
    device_pids(&shared->device, 1);
}

/* Each either changes nothing, or makes a start fail; nothing makes another identity or a leak. */
START_TEST(odd_start_of_an_installed_device_changes_nothing)
{
    struct stat st;
    char path[128];

    which = _i;
    create_for(ALICE);
    ck_assert_int_eq(as_user(ALICE, odd_start), 0);
    if (shared->answered == DEVICE_STATUS_IS) {
        ck_assert_uint_eq(shared->level, 2);
        ck_assert_mem_eq(shared->device_id, shared->identity.device_id, 16);
    } else {
        ck_assert_msg(_i >= 3 && shared->answered == DEVICE_FAILED, "kind %d: answer %d, %s", _i,
                      shared->answered, shared->detail);
    }
    snprintf(path, sizeof path, "/var/lib/secgear-installed/%d/device.state", ALICE);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_ne(access("/run/user-of-test/61501/mine", F_OK), 0);
    create_for(ALICE);
}
END_TEST

/* The window between exec and closing one's memory, open at level L1, is closed here: the kernel
 * does it. Tried as fast as can be, over and over. */
static void race_run(void)
{
    char *argv[] = {"secgear-device", "--embedded", "/nowhere", NULL};
    char *environment[] = {NULL};

    for (unsigned round = 0; round < 60; round++) {
        char path[64], byte;
        int pair[2], fd, status;
        pid_t child;

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        child = fork();
        if (child == 0) {
            dup2(pair[1], 3);
            execve(program, argv, environment);
            _exit(99);
        }
        close(pair[1]);
        snprintf(path, sizeof path, "/proc/%d/mem", child);
        while ((fd = open(path, O_RDONLY | O_CLOEXEC)) >= 0) {
            /* Until exec it is our own image. A handle from then reads nothing of the device. */
            if (waitpid(child, &status, WNOHANG) == child)
                break;
            close(fd);
        }
        if (fd >= 0) {
            ck_assert_int_le(pread(fd, &byte, 1, 0x400000), 0);
            close(fd);
        } else {
            ck_assert(errno == EACCES || errno == EPERM || errno == ENOENT);
            waitpid(child, &status, 0);
        }
        close(pair[0]);
    }
}

START_TEST(installed_device_is_closed_from_its_first_instruction)
{
    ck_assert_int_eq(as_user(ALICE, race_run), 0);
}
END_TEST

static void serve_refused(void)
{
    execl(program, program, "--serve", (char *)NULL);
    _exit(99);
}

START_TEST(installed_device_serves_nobody)
{
    ck_assert_int_eq(as_user(ALICE, serve_refused), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("system/installed");
    TCase *tcase = tcase_of(suite, "installed");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, ordinary_start_of_an_installed_device_is_level_2);
    tcase_add_test(tcase, user_of_an_installed_device_can_not_reach_its_secret);
    tcase_add_test(tcase, same_user_can_not_read_an_installed_device_or_its_enclaves);
    tcase_add_test(tcase, device_and_enclave_have_no_environment);
    tcase_add_loop_test(tcase, tampered_start_of_an_installed_device_gets_no_secret, 0, TAMPERINGS);
    tcase_add_test(tcase, host_is_told_why_an_installed_device_was_not_started);
    tcase_add_loop_test(tcase, odd_start_of_an_installed_device_changes_nothing, 0, ODDITIES);
    tcase_add_test(tcase, installed_device_is_closed_from_its_first_instruction);
    tcase_add_test(tcase, installed_device_serves_nobody);
    return machine_main(suite);
}
