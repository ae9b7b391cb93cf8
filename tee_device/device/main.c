/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear-device - the simulated TEE device: holds the keys, measures images, signs reports, has
 * zygotes start enclaves. Never runs enclave code itself.
 *
 *     secgear-device --embedded STATE_FOLDER [--states TEXT]
 *                                                private to the process that starts it, which is
 *                                                connected at descriptor 3; level L1, or L2 when
 *                                                the program carries the group of an installation
 *     secgear-device --serve                     for programs that connect to its socket; level L3
 *                                                when root starts it, else L1, a user's own
 *
 * Layer: tee_device/device. Threads: one.
 */
#include "base/detail.h"
#include "device.h"
#include "pretend.h"
#include "start.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HOST_FD = 3 };

static const char USAGE[] =
    "usage: secgear-device --serve [--listen PATH] [--state FOLDER] [--tpm TCTI]\n"
    "       secgear-device --embedded STATE_FOLDER [--states TEXT]   (by libsecgear_urts, "
    "connected "
    "at descriptor 3)\n"
    "       secgear-device --version\n";

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
        connection_add(device, link_take_fd(&packet, 0), source->owner, NULL);
    }
    link_packet_done(&packet);
}

static void host_died(struct device *device, struct source *source)
{
    (void)device;
    (void)source;
    _exit(0);
}

/* The host made the pair, so its end names the host's process. */
static void host_watch(struct device *device, struct tenant *tenant)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    int pidfd = -1;

    if (getsockopt(HOST_FD, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        pidfd = (int)syscall(SYS_pidfd_open, peer.pid, 0);
    device->host = (struct source){HOST_FD, host_ready, tenant};
    device->host_pid = (struct source){pidfd, host_died, NULL};
    fcntl(HOST_FD, F_SETFL, O_NONBLOCK);
    if (!source_watch(device, &device->host) || pidfd < 0 ||
        !source_watch(device, &device->host_pid))
        _exit(1);
}

static void stop_ready(struct device *device, struct source *source)
{
    (void)source;
    service_notify("STOPPING=1\nSTATUS=enclaves end with their device");
    if (device->socket_path != NULL)
        unlink(device->socket_path);
    _exit(0);
}

/* A service manager's, or Ctrl-C at the terminal of whoever started us by hand. */
static bool stop_watch(struct device *device)
{
    static struct source stop;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    stop = (struct source){signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), stop_ready, NULL};
    return stop.fd >= 0 && source_watch(device, &stop);
}

static bool device_init(struct device *device, const struct start *start)
{
    device->level = start->level;
    device->starter_clean = start->clean;
    device->state_folder = start->state_folder;
    device->states_text = start->states != NULL ? start->states : "";
    device->listener.fd = device->reserve = -1;
    device->epoll = epoll_create1(EPOLL_CLOEXEC);
    return device->epoll >= 0;
}

/* Files, before any key is in memory; at a level that vouches for them, measured now. */
static cc_enclave_result_t software_open(struct device *device, bool with_tpm)
{
    uint8_t mrtcb[TCB_HASH_SIZE];
    cc_enclave_result_t rc =
        tcb_open(&device->tcb, device->level >= REPORT_LEVEL_INSTALLED, with_tpm);

    if (rc == CC_SUCCESS && device->level >= REPORT_LEVEL_INSTALLED &&
        !tcb_measure(&device->tcb, mrtcb))
        rc = detail_fail(CC_ERROR_NO_DEVICE, "device: its libraries can not be measured");
    return rc;
}

/* judged: whether the start was as it should be; if not, the host is told and no secret is read. */
static void __attribute__((noreturn))
embedded_run(const struct start *start, const struct states *states, cc_enclave_result_t judged)
{
    static const struct tpm no_tpm = {NULL, -1};
    static struct device device;
    struct tenant *tenant;
    cc_enclave_result_t rc = judged;

    /* Ctrl-C at the host's terminal is not for us. Not setsid(): a session of its own is a
     * scheduling group of its own, which costs every switch between host and enclave a quarter. */
    setpgid(0, 0);
    if (!device_init(&device, start) || (tenant = tenant_of(&device, getuid())) == NULL)
        _exit(1);
    device.states = *states;
    host_watch(&device, tenant);
    if (rc == CC_SUCCESS)
        rc = software_open(&device, false);
    if (rc == CC_SUCCESS)
        rc = tenant_ensure(&device, tenant);
    if (rc == CC_SUCCESS)
        rc = keys_open(start->state_folder, start->level,
                       states->certificate == STATES_CERTIFICATE_EXPIRED, &no_tpm, &device.keys);
    if (rc != CC_SUCCESS)
        device_break(&device, rc == CC_ERROR_OUT_OF_MEMORY ? rc : CC_ERROR_NO_DEVICE, detail_get());
    device_serve(&device);
}

static int serve_fail(void)
{
    char status[DEVICE_DETAIL_MAX + 64];

    fprintf(stderr, "secgear-device: %s\n", detail_get());
    snprintf(status, sizeof status, "STATUS=%s", detail_get());
    service_notify(status);
    return 1;
}

static int serve_run(const struct start *start)
{
    static struct device device;
    bool system = start->level == REPORT_LEVEL_SYSTEM;
    cc_enclave_result_t rc = CC_ERROR_GENERIC;
    int listener = start->handed;

    if (device_init(&device, start))
        rc = software_open(&device, start->tpm != NULL);
    if (rc == CC_SUCCESS)
        rc = keys_open(start->state_folder, start->level, false,
                       &(struct tpm){start->tpm, device.tcb.tpm_helper}, &device.keys);
    if (rc == CC_SUCCESS && listener < 0)
        rc = service_listen(start->listen, system, &listener, &device.socket_path);
    if (rc == CC_SUCCESS && (!clients_listen(&device, listener) || !stop_watch(&device)))
        rc = detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no descriptor to listen with");
    if (rc != CC_SUCCESS)
        return serve_fail();
    if (!device.keys.persistent)
        fprintf(stderr,
                "secgear-device: %s can not be written: identity and sealed data end with this "
                "process (each report says so)\n",
                start->state_folder);
    service_notify(system ? "READY=1\nSTATUS=serving as the system's device (L3)"
                          : "READY=1\nSTATUS=serving as one user's device (L1)");
    device_serve(&device);
}

/* Until the one that serves is gone; who wants us to end wants that one to, first. */
static int serving_await(pid_t serving, const sigset_t *heard)
{
    int status = 1;

    for (;;) {
        int signal = sigwaitinfo(heard, NULL);

        if (signal == SIGTERM || signal == SIGINT)
            kill(serving, SIGTERM);
        if (waitpid(serving, &status, WNOHANG) == serving)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
}

/* A fresh memory map: whoever opened ours after exec holds the old one. The first process stays, as
 * a service manager and a shell wait for it; nothing secret is in it. */
static int serve_forked(const struct start *start)
{
    pid_t fresh, self = getpid();
    sigset_t heard;

    sigemptyset(&heard);
    sigaddset(&heard, SIGTERM);
    sigaddset(&heard, SIGINT);
    sigaddset(&heard, SIGCHLD);
    sigprocmask(SIG_BLOCK, &heard, NULL);
    signal(SIGCHLD, SIG_DFL);
    fresh = fork();
    if (fresh == 0) {
        signal(SIGCHLD, SIG_IGN);
        if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0 || getppid() != self)
            return 1;
        return serve_run(start);
    }
    return fresh > 0 ? serving_await(fresh, &heard) : 1;
}

static int serve(struct start *start)
{
    bool system;
    cc_enclave_result_t rc = start_judge(start, environ);

    system = start->level == REPORT_LEVEL_SYSTEM;
    if (rc == CC_SUCCESS && start->states != NULL)
        rc = pretend_judge(start, &(struct states){.tcb = STATES_TCB_NONE});
    if (rc == CC_SUCCESS && start->listen == NULL)
        rc = service_handed(&start->handed); /* which is for this process, not for a fork of it */
    syscall(SYS_close_range, start->handed >= 0 ? start->handed + 1 : HOST_FD, ~0U, 0);
    if (rc == CC_SUCCESS && start->level == REPORT_LEVEL_INSTALLED)
        rc = detail_fail(CC_ERROR_NOT_SUPPORTED,
                         "device: an installed device (L2) belongs to the program that starts it; "
                         "for several programs there is the system's (started by root)");
    if (rc == CC_SUCCESS && start->state_folder == NULL &&
        (start->state_folder = service_state_folder(system)) == NULL)
        rc = detail_fail(CC_ERROR_BAD_PARAMETERS, "device: no home folder; say --state FOLDER");
    if (rc != CC_SUCCESS) {
        serve_fail();
        return rc == CC_ERROR_ACCESS_DENIED ? DEVICE_EXIT_REFUSED : 1;
    }
    return system ? serve_run(start) : serve_forked(start);
}

static int embedded(struct start *start)
{
    struct states states = {.tcb = STATES_TCB_NONE};
    cc_enclave_result_t rc = start_judge(start, environ);
    pid_t fresh;

    if (rc == CC_ERROR_ACCESS_DENIED)
        _exit(
            DEVICE_EXIT_REFUSED); /* whoever traces us sees nothing more, not even our tidying up */
    syscall(SYS_close_range, HOST_FD + 1, ~0U, 0);
    if (start->states != NULL && rc == CC_SUCCESS)
        rc = pretend_judge(start, &states);
    if (start->level == REPORT_LEVEL_INSTALLED && rc == CC_SUCCESS)
        rc = installed_state_find(&start->state_folder); /* whatever the starter names */
    fresh = fork(); /* a fresh memory map: whoever opened ours after exec holds the old one */
    if (fresh != 0)
        _exit(fresh < 0);
    embedded_run(start, &states, rc);
}

int main(int argc, char **argv)
{
    static const struct option LONG[] = {
        {"listen", required_argument, NULL, 'l'}, {"state", required_argument, NULL, 's'},
        {"serve", no_argument, NULL, 'S'},        {"embedded", required_argument, NULL, 'e'},
        {"version", no_argument, NULL, 'v'},      {"tpm", required_argument, NULL, 't'},
        {"states", required_argument, NULL, 'p'}, {NULL, 0, NULL, 0},
    };
    struct start start = {.handed = -1};
    bool is_embedded = false;
    int option;

    while ((option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        if (option == 'v') {
            puts("secgear-device " SECGEAR_VERSION);
            return 0;
        }
        if (option == 'l')
            start.listen = optarg;
        else if (option == 't')
            start.tpm = optarg;
        else if (option == 'p')
            start.states = optarg;
        else if (option == 's' || option == 'e')
            start.state_folder = optarg;
        if (option == 'e')
            is_embedded = true;
        else if (option == 'S')
            start.serving = true;
        else if (option != 'l' && option != 's' && option != 't' && option != 'p')
            return 2;
    }
    if (optind != argc || start.serving == is_embedded ||
        (is_embedded && fcntl(HOST_FD, F_GETFD) < 0)) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (!process_close())
        return DEVICE_EXIT_REFUSED;
    return start.serving ? serve(&start) : embedded(&start);
}
