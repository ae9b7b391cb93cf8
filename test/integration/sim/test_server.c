/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The secure channel over real sockets: sample server and client as they are installed, a peer that
 * misbehaves, and processes that are killed in the middle.
 *
 *   this program or sc_client ---- TCP ---- sc_demo_host (libusecure_channel) ---- enclave
 */
#include "common.h"
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAME_CHANNEL = 1, FRAME_PIECE = 2, SC2_ERROR = 7, REPLY_MAX = 16384, SERVED_AT_ONCE = 64 };

static char folder[PATH_MAX + 16]; /* sc_demo_host, sc_client, data.csv, ... */
static char policy[PATH_MAX + 32];
static pid_t server;
static int port;

static int run(const char *format, ...)
{
    char command[3 * PATH_MAX];
    va_list args;
    int status;

    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The server is ready when it says which port it has. */
static void server_start(void)
{
    char path[PATH_MAX + 64], image[PATH_MAX + 64], line[64] = "";
    int out[2];
    FILE *from;

    ck_assert_int_eq(pipe(out), 0);
    snprintf(path, sizeof path, "%s/sc_demo_host", folder);
    snprintf(image, sizeof image, "%s/enclave.signed.so", folder);
    server = fork();
    if (server == 0) {
        dup2(out[1], 1);
        execl(path, path, image, "0", (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    from = fdopen(out[0], "r");
    ck_assert_ptr_nonnull(fgets(line, sizeof line, from));
    ck_assert_int_eq(sscanf(line, "listening on %d", &port), 1);
    fclose(from);
}

static void start(void)
{
    char own[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);

    ck_assert_int_gt(size, 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    snprintf(folder, sizeof folder, "%s/server", own);
    state_fresh();
    snprintf(policy, sizeof policy, "%s/policy.json", getenv("XDG_STATE_HOME"));
    ck_assert_int_eq(run("%s/secgear device root > %s.root", folder, policy), 0);
    ck_assert_int_eq(run("%s/secgear policy from-image %s/enclave.signed.so --root %s.root --mrtcb "
                         "$(%s/secgear device mrtcb) --allow-embedded-device-insecure > %s "
                         "2>/dev/null",
                         folder, folder, policy, folder, policy),
                     0);
    server_start();
}

static void stop(void)
{
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
}

static int client_run(const char *with_policy)
{
    return run("%s/sc_client %d %s %s/data.csv >/dev/null", folder, port, with_policy, folder);
}

static int connect_to_server(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void frame_put(int fd, uint8_t kind, const void *bytes, uint32_t size, uint32_t claimed)
{
    uint32_t length = htonl(claimed + 1);

    ck_assert_int_eq(send(fd, &length, 4, MSG_NOSIGNAL), 4);
    ck_assert_int_eq(send(fd, &kind, 1, MSG_NOSIGNAL), 1);
    if (size > 0)
        ck_assert_int_eq(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Size of the answer, or -1 when the server closed. */
static ssize_t frame_get(int fd, uint8_t *ret_bytes)
{
    uint32_t length;
    uint8_t kind;

    if (recv(fd, &length, 4, MSG_WAITALL) != 4 || recv(fd, &kind, 1, MSG_WAITALL) != 1)
        return -1;
    length = ntohl(length) - 1;
    ck_assert_uint_le(length, REPLY_MAX);
    return recv(fd, ret_bytes, length, MSG_WAITALL);
}

/* The beginnings of messages: whatever comes, an ERROR goes back. */
static const struct {
    const char *name;
    uint8_t bytes[64];
    uint32_t size;
} bad[] = {
    {"one byte", {1}, 1},
    {"zeroes", {0}, 64},
    {"text", "GET / HTTP/1.1\r\n\r\n", 18},
    {"a HELLO that says more than it has",
     {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 32, 0, 100, 0, 0, 0},
     40},
    {"a HELLO of the reference's version", {1}, 32},
    {"a FINISH of no session",
     {5, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0},
     32},
    {"a body of 4 GiB",
     {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 32, 0, 255, 255, 255, 255},
     32},
};

START_TEST(server_answers_garbage_with_an_error_and_goes_on)
{
    uint8_t reply[REPLY_MAX];
    int fd = connect_to_server();

    frame_put(fd, FRAME_CHANNEL, bad[_i].bytes, bad[_i].size, bad[_i].size);
    ck_assert_int_ge(frame_get(fd, reply), 32);
    ck_assert_uint_eq(reply[0], SC2_ERROR);
    close(fd);
    ck_assert_int_eq(client_run(policy), 0);
}
END_TEST

START_TEST(server_survives_clients_that_leave_in_the_middle)
{
    uint8_t piece[200] = {0}, reply[REPLY_MAX];
    int fd;

    fd = connect_to_server(); /* in the middle of a frame */
    frame_put(fd, FRAME_CHANNEL, piece, 10, 5000);
    close(fd);
    fd = connect_to_server(); /* a frame too large: the server hangs up */
    frame_put(fd, FRAME_CHANNEL, piece, 10, 1 << 30);
    ck_assert_int_lt(frame_get(fd, reply), 0);
    close(fd);
    fd = connect_to_server(); /* a record of no session */
    frame_put(fd, FRAME_PIECE, piece, sizeof piece, sizeof piece);
    ck_assert_int_eq(frame_get(fd, reply), 4);
    ck_assert_int_ne(reply[0] | reply[1] | reply[2] | reply[3], 0);
    close(fd);
    close(connect_to_server());
    ck_assert_int_eq(client_run(policy), 0);
}
END_TEST

/* More than it serves at once: who comes later waits in the queue until somebody leaves. */
START_TEST(silent_clients_cost_the_server_no_more_than_their_places)
{
    int silent[2 * SERVED_AT_ONCE];

    for (size_t i = 0; i < 2 * SERVED_AT_ONCE; i++)
        silent[i] = connect_to_server();
    for (size_t i = 0; i < 2 * SERVED_AT_ONCE; i++)
        close(silent[i]);
    ck_assert_int_eq(client_run(policy), 0);
}
END_TEST

START_TEST(client_refuses_without_a_policy_and_with_one_of_another_device)
{
    char other[PATH_MAX + 64];

    ck_assert_int_eq(client_run("/nowhere/policy.json"), 3);
    snprintf(other, sizeof other, "%s.other", policy);
    /* the same image, but the root of a device that somebody else has */
    ck_assert_int_eq(
        run("XDG_STATE_HOME=%s.state %s/secgear device root > %s.root2", policy, folder, policy),
        0);
    ck_assert_int_eq(run("%s/secgear policy from-image %s/enclave.signed.so --root %s.root2 "
                         "--any-tcb-insecure --allow-embedded-device-insecure > %s 2>/dev/null",
                         folder, folder, policy, other),
                     0);
    ck_assert_int_eq(client_run(other), 3);
    ck_assert_int_eq(client_run(policy), 0);
}
END_TEST

START_TEST(several_clients_at_once_each_get_their_own_result)
{
    ck_assert_int_eq(run("for i in 1 2 3 4; do %s/sc_client %d %s %s/data.csv >/dev/null & "
                         "pids=\"$pids $!\"; done; for p in $pids; do wait $p || exit 1; done",
                         folder, port, policy, folder),
                     0);
}
END_TEST

/* As its users call it: by name, not by path. */
START_TEST(the_command_finds_its_device_when_called_by_name)
{
    ck_assert_int_eq(
        run("cd / && PATH=%s/../../stage/bin:$PATH secgear device mrtcb >/dev/null", folder), 0);
}
END_TEST

START_TEST(client_ends_when_the_server_is_killed)
{
    int fd = connect_to_server();

    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    server = -1;
    close(fd);
    ck_assert_int_eq(client_run(policy), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/server");
    TCase *tcase = tcase_of(suite, "server");

    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_loop_test(tcase, server_answers_garbage_with_an_error_and_goes_on, 0,
                        sizeof bad / sizeof bad[0]);
    tcase_add_test(tcase, server_survives_clients_that_leave_in_the_middle);
    tcase_add_test(tcase, silent_clients_cost_the_server_no_more_than_their_places);
    tcase_add_test(tcase, client_refuses_without_a_policy_and_with_one_of_another_device);
    tcase_add_test(tcase, several_clients_at_once_each_get_their_own_result);
    tcase_add_test(tcase, the_command_finds_its_device_when_called_by_name);
    tcase_add_test(tcase, client_ends_when_the_server_is_killed);
    return suite_main(suite);
}
