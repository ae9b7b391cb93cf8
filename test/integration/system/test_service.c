/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * How programs find a device that serves, how a service manager starts it, and what one user can
 * take of it: discovery, sockets, unit files, shares.
 */
#include "io/link.h"
#include "rig.h"
#include "secgear_identity.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSTEM_SOCKET "/run/secgear/device.sock"

static struct {
    cc_enclave_result_t rc;
    char detail[512];
    uint32_t level, protections;
    unsigned busy, other;
    _Atomic unsigned asked;
} * shared;

static char program[512];
static const char *device_name; /* SECGEAR_DEVICE of a step; NULL: not set */

static void begin(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    ck_assert_msg(machine_fresh(), "no private mounts here: %s", strerror(errno));
    snprintf(program, sizeof program, "%s", stage_path("libexec/secgear/secgear-device"));
    device_name = NULL;
}

static void create_note(void)
{
    cc_enclave_identity_t identity = {.level = 99};
    cc_enclave_t enclave;

    if (device_name != NULL)
        setenv("SECGEAR_DEVICE", device_name, 1);
    shared->rc = create("enclave.signed.so", &enclave);
    snprintf(shared->detail, sizeof shared->detail, "%s", cc_enclave_error_detail());
    if (shared->rc != CC_SUCCESS)
        return;
    ck_assert_int_eq(call(&enclave, F_IDENTITY, NULL, 0, &identity, sizeof identity), CC_SUCCESS);
    shared->level = identity.level;
    shared->protections = identity.protections;
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

static uint32_t level_for(uid_t uid, const char *named)
{
    device_name = named;
    shared->level = 99;
    ck_assert_int_eq(as_user(uid, create_note), 0);
    ck_assert_msg(shared->rc == CC_SUCCESS, "%s", shared->detail);
    return shared->level;
}

static cc_enclave_result_t refused_for(uid_t uid, const char *named)
{
    device_name = named;
    ck_assert_int_eq(as_user(uid, create_note), 0);
    return shared->rc;
}

START_TEST(discovery_goes_from_the_system_over_the_user_to_the_embedded_device)
{
    pid_t of_user, of_system;

    ck_assert_uint_eq(level_for(ALICE, NULL), 1);
    ck_assert_int_eq(refused_for(ALICE, "system"), CC_ERROR_NO_DEVICE);
    ck_assert_int_eq(refused_for(ALICE, "user"), CC_ERROR_NO_DEVICE);
    of_user = device_of_user(BOB);
    ck_assert_uint_eq(level_for(BOB, NULL), 1);
    ck_assert_uint_eq(level_for(BOB, "user"), 1);
    of_system = device_serve();
    ck_assert_uint_eq(level_for(BOB, NULL), 3);
    ck_assert_uint_eq(level_for(BOB, "system"), 3);
    ck_assert_uint_eq(level_for(BOB, SYSTEM_SOCKET), 3);
    ck_assert_uint_eq(level_for(BOB, "user"), 1);
    ck_assert_uint_eq(level_for(BOB, "embedded"), 1);
    ck_assert_uint_eq(level_for(BOB, program), 1);
    device_stop(of_system, SIGTERM);
    device_stop(of_user, SIGTERM);
    ck_assert_int_ne(access(SYSTEM_SOCKET, F_OK), 0); /* nothing is left that points nowhere */
    ck_assert_uint_eq(level_for(BOB, NULL), 1);
}
END_TEST

/* Programs of one user share its service: no device of their own is started. */
START_TEST(service_of_a_user_is_for_all_its_programs_and_for_no_one_else)
{
    pid_t of_user = device_of_user(ALICE);
    const char *socket_of_alice = "/run/user-of-test/61501/secgear/device.sock";
    struct stat st;

    ck_assert_uint_eq(level_for(ALICE, NULL), 1);
    ck_assert_int_eq(access("/run/user-of-test/61501/secgear/device/device.state", F_OK), 0);
    ck_assert_int_eq(stat(socket_of_alice, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_ne(refused_for(BOB, socket_of_alice), CC_SUCCESS);
    device_stop(of_user, SIGTERM);
}
END_TEST

/* As BOB, a socket where a device's would be. */
static void stranger_listens(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/open/device.sock"};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(chmod(address.sun_path, 0666), 0);
    ck_assert_int_eq(listen(fd, 8), 0);
    peer_meet();
}

START_TEST(socket_of_a_stranger_is_no_device)
{
    struct peer stranger;

    ck_assert(mkdir("/run/open", 0777) == 0 && chmod("/run/open", 0777) == 0);
    peer_start(&stranger, BOB, stranger_listens);
    peer_await(&stranger);
    ck_assert_int_eq(refused_for(ALICE, "/run/open/device.sock"), CC_ERROR_SECURITY);
    ck_assert(mkdir("/run/secgear", 0755) == 0);
    ck_assert_int_eq(rename("/run/open/device.sock", SYSTEM_SOCKET), 0);
    ck_assert_int_eq(refused_for(ALICE, NULL), CC_ERROR_SECURITY);
    ck_assert_int_eq(refused_for(BOB, NULL), CC_ERROR_SECURITY); /* the system's is root's */
    peer_end(&stranger);
}
END_TEST

static int listener_make(const char *path, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(chmod(path, 0666), 0);
    ck_assert_int_eq(listen(fd, 8), 0);
    return fd;
}

/* Starts it as systemd does: the socket at descriptor 3, its own number in LISTEN_PID. */
static pid_t handed_start(int listener, const char *count)
{
    char command[1024], listen[64];
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    const char *environment[] = {listen, NULL};

    snprintf(listen, sizeof listen, "LISTEN_FDS=%s", count);
    snprintf(command, sizeof command, "LISTEN_PID=$$; export LISTEN_PID; exec %s --serve 3<&%d",
             program, listener);
    ck_assert_int_eq(fcntl(listener, F_SETFD, 0), 0);
    return service_start(0, argv, environment);
}

START_TEST(service_takes_the_socket_it_is_handed_and_says_that_it_is_ready)
{
    int listener = listener_make("/run/handed.sock", SOCK_SEQPACKET);
    pid_t device = handed_start(listener, "1");

    ck_assert_ptr_nonnull(strstr(service_word(device), "READY=1"));
    ck_assert_uint_eq(level_for(ALICE, "/run/handed.sock"), 3);
    ck_assert_int_eq(kill(device, SIGTERM), 0);
    ck_assert_ptr_nonnull(strstr(service_word(device), "STOPPING=1"));
    ck_assert_int_eq(waitpid(device, NULL, 0), device);
    ck_assert_int_eq(access("/run/handed.sock", F_OK), 0); /* it is the manager's to remove */
}
END_TEST

START_TEST(service_refuses_a_socket_of_another_kind)
{
    int stream = listener_make("/run/stream.sock", SOCK_STREAM);
    pid_t device = handed_start(stream, "1");
    int status = 0;

    ck_assert_ptr_nonnull(strstr(service_word(device), "ListenSequentialPacket"));
    ck_assert_int_eq(waitpid(device, &status, 0), device);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    device = handed_start(stream, "2");
    ck_assert_ptr_nonnull(strstr(service_word(device), "LISTEN_FDS"));
    ck_assert_int_eq(waitpid(device, &status, 0), device);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

START_TEST(second_service_does_not_take_the_first_ones_place)
{
    const char *argv[] = {program, "--serve", NULL};
    pid_t first = device_serve(), second = service_start(0, argv, NULL);
    int status = 0;

    ck_assert_ptr_nonnull(strstr(service_word(second), "another"));
    ck_assert_int_eq(waitpid(second, &status, 0), second);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    ck_assert_uint_eq(level_for(ALICE, "system"), 3);
    device_stop(first, SIGKILL);
    first = device_serve(); /* what a killed one left is no obstacle */
    ck_assert_uint_eq(level_for(ALICE, "system"), 3);
    device_stop(first, SIGTERM);
}
END_TEST

START_TEST(systemd_activates_the_service_by_its_socket)
{
    const char *argv[] = {"/usr/bin/systemd-socket-activate",
                          "--seqpacket",
                          "-l",
                          "/run/activated.sock",
                          program,
                          "--serve",
                          NULL};
    pid_t device;

    if (access(argv[0], X_OK) != 0)
        TEST_SKIP("there is no systemd-socket-activate");
    device = service_start(0, argv, NULL);
    while (access("/run/activated.sock", F_OK) != 0 && waitpid(device, NULL, WNOHANG) == 0)
        sched_yield();
    ck_assert_int_eq(chmod("/run/activated.sock", 0666), 0);
    ck_assert_uint_eq(level_for(ALICE, "/run/activated.sock"), 3);
    device_stop(device, SIGTERM);
}
END_TEST

START_TEST(units_are_in_order_and_name_the_installed_program)
{
    char command[4096], units[512];
    const char *said;
    int status;

    ck_assert_uint_lt((size_t)snprintf(units, sizeof units, "%s", stage_path("lib/systemd")),
                      sizeof units);
    snprintf(command, sizeof command,
             "grep -q 'ExecStart=[^@]*/secgear-device --serve' "
             "%s/system/secgear-device.service %s/user/secgear-device.service",
             units, units);
    command_output(0, command, &status);
    ck_assert_int_eq(status, 0);
    /* A filter of the manager's would stand in every report as a foreign one. */
    snprintf(
        command, sizeof command,
        "grep -E 'SystemCall|RestrictNamespaces|MemoryDeny|RestrictRealtime|LockPersonality|"
        "PrivateDevices|ProtectKernel|ProtectClock|ProtectHostname|RestrictAddress|RestrictSUID' "
        "%s/*/*.service",
        units);
    said = command_output(0, command, &status);
    ck_assert_msg(status == 1, "%s", said);
    if (access("/usr/bin/systemd-analyze", X_OK) != 0)
        TEST_SKIP("there is no systemd-analyze");
    snprintf(command, sizeof command,
             "sed -i 's|^ExecStart=.*/secgear-device |ExecStart=%s |' %s/*/*.service && "
             "systemd-analyze verify --man=no %s/system/secgear-device.service "
             "%s/system/secgear-device.socket 2>&1 && "
             "systemd-analyze verify --man=no --user %s/user/secgear-device.service "
             "%s/user/secgear-device.socket 2>&1",
             program, units, units, units, units, units);
    said = command_output(0, command, &status);
    ck_assert_msg(status == 0 && strstr(said, "secgear-device") == NULL, "%s", said);
}
END_TEST

static int connection_make(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SYSTEM_SOCKET};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void image_of_a_file_system(void)
{
    struct device_message ask = {.type = DEVICE_CREATE, .numbers = {UINT64_C(1) << 45, 0}};
    static struct link_packet answer;
    int connection = connection_make();
    int image = open(image_path("enclave.signed.so"), O_RDONLY | O_CLOEXEC);

    ck_assert_int_eq(link_send(connection, &ask, &image), LINK_OK);
    ck_assert_int_eq(link_recv(connection, &answer), LINK_OK);
    ck_assert_int_eq(answer.message.type, DEVICE_FAILED);
    ck_assert_uint_eq(answer.message.numbers[0], CC_ERROR_INVALID_ENCLAVE);
    close(image);
    image = memfd_create("no seals", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ck_assert_int_eq(link_send(connection, &ask, &image), LINK_OK);
    ck_assert_int_eq(link_recv(connection, &answer), LINK_OK);
    ck_assert_int_eq(answer.message.type, DEVICE_FAILED);
}

/* A user's own file system could keep the device waiting in a read for ever. */
START_TEST(device_of_several_users_reads_no_file_system_of_theirs)
{
    pid_t device = device_serve();

    ck_assert_int_eq(as_user(ALICE, image_of_a_file_system), 0);
    ck_assert_uint_eq(level_for(ALICE, "system"), 3); /* the library seals it first */
    device_stop(device, SIGTERM);
}
END_TEST

static void connections_many(void)
{
    struct rlimit files = {4096, 4096};
    static struct link_packet answer;
    int last = -1;

    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
    for (unsigned i = 0; i < 1024 + 64 + 1; i++)
        last = connection_make();
    ck_assert_int_eq(link_recv(last, &answer), LINK_OK);
    ck_assert_int_eq(answer.message.type, DEVICE_FAILED);
    ck_assert_uint_eq(answer.message.numbers[0], CC_ERROR_BUSY);
    ck_assert_int_eq(link_recv(last, &answer), LINK_CLOSED);
    peer_meet();
}

START_TEST(user_with_all_its_connections_keeps_nobody_else_out)
{
    pid_t device = device_serve();
    struct rlimit files = {8192, 8192};
    struct peer greedy;

    setrlimit(RLIMIT_NOFILE, &files);
    peer_start(&greedy, ALICE, connections_many);
    peer_await(&greedy);
    ck_assert_int_eq(refused_for(ALICE, NULL), CC_ERROR_BUSY);
    ck_assert_ptr_nonnull(strstr(shared->detail, "connections"));
    ck_assert_uint_eq(level_for(BOB, NULL), 3);
    peer_end(&greedy);
    device_stop(device, SIGTERM);
}
END_TEST

static void *hang_main(void *arg)
{
    cc_enclave_t enclave;
    cc_enclave_result_t rc;

    (void)arg;
    shared->asked++;
    rc = create("hang.signed.so", &enclave);
    __atomic_add_fetch(rc == CC_ERROR_BUSY ? &shared->busy : &shared->other, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void many_that_never_start(void)
{
    pthread_t threads[17];

    for (size_t i = 0; i < 17; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hang_main, NULL), 0);
    while (__atomic_load_n(&shared->busy, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    peer_meet();
    _exit(0); /* the others wait for their time to run out */
}

START_TEST(user_whose_enclaves_never_start_keeps_nobody_else_out)
{
    pid_t device = device_serve();
    struct peer greedy;

    peer_start(&greedy, ALICE, many_that_never_start);
    peer_await(&greedy);
    ck_assert_uint_eq(level_for(BOB, NULL), 3);
    peer_end(&greedy);
    ck_assert_uint_eq(shared->busy, 1);
    ck_assert_uint_eq(level_for(ALICE, NULL), 3);
    device_stop(device, SIGTERM);
}
END_TEST

/* Garbage ends a connection, and nothing else. */
static void garbage_send(void)
{
    static const char garbage[] = "this is no message";
    static struct link_packet answer;
    int connection = connection_make();

    ck_assert_int_eq(send(connection, garbage, sizeof garbage, 0), sizeof garbage);
    ck_assert_int_eq(link_recv(connection, &answer), LINK_CLOSED);
}

#define REFUSE(number, error)                                                                      \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                           \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

/* What a service says on stderr goes to a file. */
static void served_saying(void)
{
    int said = open("/run/said", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    dup2(said, 2);
    unsetenv("LD_LIBRARY_PATH");
    setenv("NOTIFY_SOCKET", "/run/notify", 1);
}

/* A container that offers little, seen by root: no namespaces, landlock, memfd_secret, mseal. */
static void degraded_serve(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSE(SYS_unshare, EPERM),
        REFUSE(444 /* landlock_create_ruleset */, ENOSYS),
        REFUSE(447 /* memfd_secret */, ENOSYS),
        REFUSE(462 /* mseal */, ENOSYS),
        REFUSE(SYS_clone3, ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof code[0], code};

    served_saying();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
        execl(program, program, "--serve", (char *)NULL);
}

START_TEST(system_device_in_a_poor_container_says_what_it_lacks)
{
    static const char *const missing[] = {"namespaces", "landlock", "mseal"};
    struct peer poor;
    const char *said;

    peer_start(&poor, 0, degraded_serve);
    ck_assert_ptr_nonnull(strstr(service_word(poor.pid), "READY=1"));
    ck_assert_uint_eq(level_for(ALICE, NULL), 3);
    ck_assert_uint_eq(level_for(BOB, NULL), 3);
    /* nodump, seccomp, mdwe, persistent, own_uid, rootkey_private */
    ck_assert_msg(shared->protections == 0x3c3, "0x%x", shared->protections);
    said = command_output(0, "cat /run/said", NULL);
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
        ck_assert_msg(strstr(said, missing[i]) != NULL, "%s not in: %s", missing[i], said);
    ck_assert_ptr_null(strstr(strstr(said, "missing") + 1, "missing")); /* once */
    peer_kill(&poor);
}
END_TEST

static void plain_serve(void)
{
    served_saying();
    execl(program, program, "--serve", (char *)NULL);
}

/* _i: full, or read-only. It serves, keeps nothing, and says so to root and in each report. */
START_TEST(system_device_whose_state_can_not_be_written_says_so)
{
    struct peer poor;
    int status;

    command_output(0,
                   _i == 0 ? "mkdir -m 700 /var/lib/secgear && "
                             "mount -t tmpfs -o size=4k,mode=700 none /var/lib/secgear && "
                             "head -c 4096 /dev/zero >/var/lib/secgear/filler"
                           : "mkdir -m 700 /var/lib/secgear && "
                             "mount -t tmpfs -o ro,mode=700 none /var/lib/secgear",
                   &status);
    ck_assert_int_eq(status, 0);
    peer_start(&poor, 0, plain_serve);
    ck_assert_ptr_nonnull(strstr(service_word(poor.pid), "READY=1"));
    ck_assert_uint_eq(level_for(ALICE, NULL), 3);
    ck_assert_uint_eq(shared->protections & 1u << 7, 0); /* persistent */
    ck_assert_ptr_nonnull(strstr(command_output(0, "cat /run/said", NULL), "can not be written"));
    command_output(0, "ls -A /var/lib/secgear | grep -v filler", &status);
    ck_assert_int_eq(status, 1); /* no half of a file */
    peer_kill(&poor);
}
END_TEST

START_TEST(garbage_ends_its_senders_connection_only)
{
    pid_t device = device_serve();

    ck_assert_int_eq(as_user(BOB, garbage_send), 0);
    ck_assert_uint_eq(level_for(ALICE, NULL), 3);
    device_stop(device, SIGTERM);
}
END_TEST

/* Who vouches for a device that several users have is root's to say. */
START_TEST(users_can_not_renew_the_systems_device)
{
    pid_t device = device_serve();
    char renew[1024];
    int status;

    snprintf(renew, sizeof renew, "%s device renew", stage_path("bin/secgear"));
    ck_assert_ptr_nonnull(strstr(command_output(ALICE, renew, &status), "only root"));
    ck_assert_int_eq(status, 1);
    command_output(0, renew, &status);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(level_for(ALICE, "system"), 3);
    device_stop(device, SIGTERM);
}
END_TEST

START_TEST(state_of_the_system_that_others_could_read_is_refused)
{
    const char *argv[] = {program, "--serve", NULL};
    pid_t device = device_serve();
    int status = 0;

    device_stop(device, SIGTERM);
    ck_assert_int_eq(chmod("/var/lib/secgear/device.state", 0644), 0);
    device = service_start(0, argv, NULL);
    ck_assert_ptr_nonnull(strstr(service_word(device), "0600"));
    ck_assert_int_eq(waitpid(device, &status, 0), device);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

/* What could be read by a user once may be known to it: it vouches for no higher level. */
START_TEST(identity_of_a_user_is_no_identity_for_the_system)
{
    const char *argv[] = {program, "--serve", NULL};
    pid_t device;
    int status = 0;

    ck_assert_uint_eq(level_for(ALICE, "embedded"), 1);
    command_output(0,
                   "mkdir -m 700 /var/lib/secgear && "
                   "cp /run/user-of-test/61501/secgear/device/device.state /var/lib/secgear/",
                   &status);
    ck_assert_int_eq(status, 0);
    device = service_start(0, argv, NULL);
    ck_assert_ptr_nonnull(strstr(service_word(device), "lower level"));
    ck_assert_int_eq(waitpid(device, &status, 0), device);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

START_TEST(programs_that_others_could_change_are_refused)
{
    const char *argv[] = {program, "--serve", NULL};
    char path[512];
    pid_t device;
    int status = 0;

    snprintf(path, sizeof path, "%s", stage_path("libexec/secgear/secgear-zygote"));
    ck_assert_int_eq(chmod(path, 0777), 0);
    device = service_start(0, argv, NULL);
    ck_assert_ptr_nonnull(strstr(service_word(device), "secgear-zygote must belong to root"));
    ck_assert_int_eq(chmod(path, 0755), 0);
    ck_assert_int_eq(waitpid(device, &status, 0), device);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("system/service");
    TCase *tcase = tcase_of(suite, "service");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, discovery_goes_from_the_system_over_the_user_to_the_embedded_device);
    tcase_add_test(tcase, service_of_a_user_is_for_all_its_programs_and_for_no_one_else);
    tcase_add_test(tcase, socket_of_a_stranger_is_no_device);
    tcase_add_test(tcase, service_takes_the_socket_it_is_handed_and_says_that_it_is_ready);
    tcase_add_test(tcase, service_refuses_a_socket_of_another_kind);
    tcase_add_test(tcase, second_service_does_not_take_the_first_ones_place);
    tcase_add_test(tcase, systemd_activates_the_service_by_its_socket);
    tcase_add_test(tcase, units_are_in_order_and_name_the_installed_program);
    tcase_add_test(tcase, device_of_several_users_reads_no_file_system_of_theirs);
    tcase_add_test(tcase, user_with_all_its_connections_keeps_nobody_else_out);
    tcase_add_test(tcase, user_whose_enclaves_never_start_keeps_nobody_else_out);
    tcase_add_test(tcase, system_device_in_a_poor_container_says_what_it_lacks);
    tcase_add_loop_test(tcase, system_device_whose_state_can_not_be_written_says_so, 0, 2);
    tcase_add_test(tcase, garbage_ends_its_senders_connection_only);
    tcase_add_test(tcase, users_can_not_renew_the_systems_device);
    tcase_add_test(tcase, state_of_the_system_that_others_could_read_is_refused);
    tcase_add_test(tcase, identity_of_a_user_is_no_identity_for_the_system);
    tcase_add_test(tcase, programs_that_others_could_change_are_refused);
    return machine_main(suite);
}
