/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What `secgear` makes of answers that no honest device gives: a process that stands for one. */
#include "base/detail.h"
#include "device_status.h"
#include "support.h"
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4 };

static const struct {
    struct device_message answer;
    cc_enclave_result_t rc;
    const char *detail;
} answers[] = {
    {{.type = DEVICE_FAILED, .numbers = {CC_ERROR_BUSY}, .bytes = {(const uint8_t *)"later", 5}},
     CC_ERROR_BUSY,
     "later"},
    {{.type = DEVICE_FAILED, .numbers = {CC_SUCCESS}, .bytes = {(const uint8_t *)"good", 4}},
     CC_ERROR_UNEXPECTED,
     "good"},
    {{.type = DEVICE_RENEWED}, CC_ERROR_COMMUNICATION, "something else"},
    {{.type = DEVICE_STATUS_IS, .numbers = {UINT64_MAX}}, CC_ERROR_COMMUNICATION, "too short"},
};

/* Each request of each connection gets the same answer, until it is killed. */
static void device_be(int listener, const struct device_message *answer)
{
    static struct link_packet packet;
    struct pollfd from[1 + CONNECTIONS_MAX] = {{.fd = listener, .events = POLLIN}};
    nfds_t count = 1;

    while (poll(from, count, -1) > 0) {
        for (nfds_t i = 1; i < count; i++)
            if (from[i].revents != 0 && (link_recv(from[i].fd, &packet) != LINK_OK ||
                                         link_send(from[i].fd, answer, NULL) != LINK_OK))
                from[i].fd = -1;
        if (from[0].revents != 0 && count <= CONNECTIONS_MAX)
            from[count++] = (struct pollfd){.fd = accept(listener, NULL, NULL), .events = POLLIN};
    }
    _exit(1);
}

static pid_t device_start(const struct device_message *answer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char folder[FOLDER_ROOM], path[FOLDER_ROOM + 2];
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    pid_t pid;

    folder_fresh(folder);
    snprintf(path, sizeof path, "%s/d", folder);
    ck_assert_uint_lt(strlen(path), sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listener, 4), 0);
    setenv("SECGEAR_DEVICE", path, 1);
    pid = fork();
    if (pid == 0)
        device_be(listener, answer);
    close(listener);
    ck_assert_int_gt(pid, 0);
    return pid;
}

START_TEST(answer_that_no_device_gives_is_a_failure)
{
    static struct device_status status;
    pid_t device = device_start(&answers[_i].answer);
    cc_enclave_result_t rc = device_status_ask(&status);

    ck_assert_msg(rc == answers[_i].rc, "%#x, %s", (unsigned)rc, detail_get());
    ck_assert_ptr_nonnull(strstr(detail_get(), answers[_i].detail));
    kill(device, SIGKILL);
    waitpid(device, NULL, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools/device_ask");
    TCase *tcase = tcase_of(suite, "device_ask");

    tcase_add_loop_test(tcase, answer_that_no_device_gives_is_a_failure, 0,
                        sizeof answers / sizeof answers[0]);
    return suite_main(suite);
}
