/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The time that an enclave is told, by a device that may lie; a plain socket plays it. */
#include "harness.h"
#include "io/link.h"
#include "secgear_time.h"
#include "support.h"
#include <pthread.h>
#include <sys/socket.h>

static const uint64_t answers[][3] = {{100, 5, 1},        {100, 5, 1},          {100, 4, 1},
                                      {99, 999999999, 1}, {101, 1000000000, 1}, {101, 0, 2},
                                      {101, 0, 1}};
static const cc_enclave_result_t expected[] = {CC_SUCCESS,
                                               CC_SUCCESS,
                                               CC_ERROR_TIME_NEEDS_RESET,
                                               CC_ERROR_TIME_NEEDS_RESET,
                                               CC_ERROR_COMMUNICATION,
                                               CC_ERROR_COMMUNICATION,
                                               CC_SUCCESS};

enum { COUNT = sizeof expected / sizeof expected[0] };

static void *device_main(void *arg)
{
    static struct link_packet packet;
    int fd = *(int *)arg;

    for (size_t i = 0; i < COUNT && link_recv(fd, &packet) == LINK_OK; i++) {
        struct device_message answer = {.type = DEVICE_TIME_IS};

        for (size_t n = 0; n < 3; n++)
            answer.numbers[n] = answers[i][n];
        link_send(fd, &answer, NULL);
    }
    return NULL;
}

START_TEST(time_never_runs_backwards_and_has_a_known_source)
{
    static const cc_enclave_image_t image = {.version = CC_ENCLAVE_IMAGE_VERSION,
                                             .size = sizeof image};
    cc_time_t now = {.seconds = 77};
    pthread_t thread;
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, device_main, &pair[0]), 0);
    harness_control(pair[1]);
    harness_start(&image);
    ck_assert_int_eq(cc_enclave_get_time(NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_uint_eq(now.seconds, 77);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_msg(cc_enclave_get_time(&now) == expected[i], "answer %zu", i);
    ck_assert_uint_eq(now.seconds, 101);
    pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libsecgear_trts/time");
    TCase *tcase = tcase_of(suite, "time");

    tcase_add_test(tcase, time_never_runs_backwards_and_has_a_known_source);
    return suite_main(suite);
}
