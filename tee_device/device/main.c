/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear-device - the simulated TEE device: holds the keys, measures images, signs reports, has
 * the zygote start enclaves. Never runs enclave code itself.
 *
 *     secgear-device --embedded STATE_FOLDER     level L1: private to the process that starts it,
 *                                                which is connected at descriptor 3
 *
 * Layer: tee_device/device. Threads: one.
 */
#include "device.h"
#include "base/detail.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { HOST_FD = 3 };

static const char USAGE[] =
    "secgear-device: started by libsecgear_urts, not by hand\n"
    "usage: secgear-device --embedded STATE_FOLDER   (host connected at descriptor 3)\n"
    "       secgear-device --version\n";

/* Number behind a name in /proc/self/status; -1 when there is none. */
static long status_number(const char *name)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    long value = -1;

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtol(line + strlen(name), NULL, 10);
    if (file != NULL)
        fclose(file);
    return value;
}

/* A tracer or a preloaded library would see every key: refuse. */
static bool starter_acceptable(char **envp)
{
    for (; *envp != NULL; envp++)
        if (strncmp(*envp, "LD_", 3) == 0)
            return false;
    return status_number("TracerPid:") <= 0;
}

static bool process_close(void)
{
    struct rlimit none = {0, 0}, files;

    setrlimit(RLIMIT_CORE, &none);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max; /* two descriptors for each enclave */
        setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static void device_break(struct device *device, cc_enclave_result_t code, const char *detail)
{
    device->broken = code;
    snprintf(device->broken_detail, sizeof device->broken_detail, "%s", detail);
    for (struct connection *c = device->connections; c != NULL; c = c->next)
        if (c->status_asked || (c->enclave != NULL && c->enclave->state <= ENCLAVE_STARTING))
            connection_fail(c, code, detail);
}

static void host_ready(struct device *device, struct source *source)
{
    static struct link_packet packet;
    enum link_status status = link_try_recv(source->fd, &packet);

    if (status == LINK_AGAIN || status == LINK_NO_FDS)
        return; /* no descriptor for a connection: its end is closed, the host sees that */
    if (status != LINK_OK)
        _exit(0); /* the host is gone: so are we, then the zygote, then every enclave */
    if (packet.message.type == DEVICE_CONNECT) {
        fcntl(packet.fds[0], F_SETFL, O_NONBLOCK);
        connection_add(device, link_take_fd(&packet, 0));
    }
    link_packet_done(&packet);
}

static void host_died(struct device *device, struct source *source)
{
    (void)device;
    (void)source;
    _exit(0);
}

static void zygote_ready(struct device *device, struct source *source)
{
    static struct link_packet packet;
    enum link_status status;
    char why[512];

    if (device->spare >= 0)
        close(device->spare);
    device->spare = -1;
    status = link_try_recv(source->fd, &packet);

    if (status == LINK_AGAIN)
        return;
    if (status != LINK_OK) {
        if (device->zygote_up && device->broken == CC_SUCCESS)
            _exit(1); /* every enclave died with it; the host's next one gets a device anew */
        source_drop(device, source);
        device_break(device, CC_ERROR_NO_DEVICE, "device: its zygote ended");
        return;
    }
    if (packet.message.type == DEVICE_ZYGOTE_UP) {
        device->zygote_protections = (uint32_t)packet.message.numbers[0];
        device->zygote_up = true;
        snprintf(device->missing, sizeof device->missing, "%.*s", (int)packet.message.bytes.size,
                 (const char *)packet.message.bytes.data);
        if (!(device->zygote_protections & PROTECTION_SECCOMP) ||
            !(device->zygote_protections & PROTECTION_NODUMP)) {
            snprintf(why, sizeof why, "device: mandatory protections are missing: %.400s",
                     device->missing);
            device_break(device, CC_ERROR_NO_DEVICE, why);
        }
        connections_answer_status(device);
    } else if (packet.message.type == DEVICE_SPAWNED) {
        enclave_spawned(device, &packet);
    } else if (packet.message.type == DEVICE_ENDED) {
        enclave_ended(device, &packet.message);
    }
    link_packet_done(&packet);
}

/* An empty environment; descriptors 3 (to us) and 4.. (libraries), nothing else. */
static cc_enclave_result_t zygote_spawn(struct device *device, int zygote_end)
{
    const struct tcb *tcb = &device->tcb;
    posix_spawn_file_actions_t actions;
    char count[8];
    char *argv[] = {(char[]){"secgear-zygote"}, count, NULL};
    char *envp[] = {NULL};
    pid_t pid;
    int failed;

    snprintf(count, sizeof count, "%zu", tcb->library_count);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, zygote_end, 3);
    for (size_t i = 0; i < tcb->library_count; i++)
        posix_spawn_file_actions_adddup2(&actions, tcb->parts[i].fd, 4 + (int)i);
    posix_spawn_file_actions_addclosefrom_np(&actions, 4 + (int)tcb->library_count);
    failed = posix_spawn(&pid, tcb->zygote, &actions, NULL, argv, envp);
    posix_spawn_file_actions_destroy(&actions);
    return failed == 0 ? CC_SUCCESS
                       : detail_fail(CC_ERROR_NO_DEVICE, "device: %s can not be started: %s",
                                     tcb->zygote, strerror(failed));
}

/* Sources of dup2 must stand above its targets. */
static int descriptor_high(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 64);

    close(fd);
    return high;
}

static cc_enclave_result_t zygote_start(struct device *device)
{
    int pair[2];
    cc_enclave_result_t rc;

    for (size_t i = 0; i < device->tcb.part_count; i++)
        device->tcb.parts[i].fd = descriptor_high(device->tcb.parts[i].fd);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return detail_fail(CC_ERROR_NO_DEVICE, "device: no socket for its zygote: %s",
                           strerror(errno));
    pair[1] = descriptor_high(pair[1]);
    rc = zygote_spawn(device, pair[1]);
    close(pair[1]);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    device->zygote = (struct source){pair[0], zygote_ready, NULL};
    if (rc == CC_SUCCESS && !source_watch(device, &device->zygote))
        rc = detail_fail(CC_ERROR_NO_DEVICE, "device: the zygote can not be watched");
    return rc;
}

/* The host made the pair, so its end names the host's process. */
static void host_watch(struct device *device)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    int pidfd = -1;

    if (getsockopt(HOST_FD, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        pidfd = (int)syscall(SYS_pidfd_open, peer.pid, 0);
    device->host = (struct source){HOST_FD, host_ready, NULL};
    device->host_pid = (struct source){pidfd, host_died, NULL};
    fcntl(HOST_FD, F_SETFL, O_NONBLOCK);
    if (!source_watch(device, &device->host) || pidfd < 0 ||
        !source_watch(device, &device->host_pid))
        _exit(1);
}

static void device_start(struct device *device, const char *state_folder)
{
    cc_enclave_result_t rc;

    device->level = REPORT_LEVEL_EMBEDDED;
    device->spare = -1;
    device->state_folder = state_folder;
    device->starter_clean = status_number("Seccomp_filters:") <= 0;
    device->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (device->epoll < 0)
        _exit(1);
    host_watch(device);
    rc = tcb_open(&device->tcb);
    if (rc == CC_SUCCESS) /* before any key is in memory */
        rc = zygote_start(device);
    if (rc == CC_SUCCESS)
        rc = keys_open(state_folder, &device->keys);
    if (rc != CC_SUCCESS)
        device_break(device, rc == CC_ERROR_OUT_OF_MEMORY ? rc : CC_ERROR_NO_DEVICE, detail_get());
}

int main(int argc, char **argv, char **envp)
{
    static struct device device;
    pid_t fresh;

    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("secgear-device " SECGEAR_VERSION);
        return 0;
    }
    if (argc != 3 || strcmp(argv[1], "--embedded") != 0 || fcntl(HOST_FD, F_GETFD) < 0) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (!process_close() || !starter_acceptable(envp))
        return DEVICE_EXIT_REFUSED;
    fresh = fork(); /* a fresh memory map: whoever opened ours after exec holds the old one */
    if (fresh != 0)
        _exit(fresh < 0);
    /* Ctrl-C at the host's terminal is not for us. Not setsid(): a session of its own is a
     * scheduling group of its own, which costs every switch between host and enclave a quarter. */
    setpgid(0, 0);
    device_start(&device, argv[2]);
    device_serve(&device);
}
