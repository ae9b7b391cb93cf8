/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "device_ask.h"
#include "base/detail.h"
#include "io/way.h"
#include <poll.h>
#include <unistd.h>

enum { ASK_TIMEOUT_MS = 30000 };

static cc_enclave_result_t answer_take(int connection, enum device_type answer,
                                       struct link_packet *ret_packet)
{
    struct pollfd readable = {.fd = connection, .events = POLLIN};

    if (poll(&readable, 1, ASK_TIMEOUT_MS) != 1)
        return detail_fail(CC_ERROR_TIMEOUT, "the device did not answer in 30 s");
    if (link_recv(connection, ret_packet) != LINK_OK)
        return detail_fail(CC_ERROR_NO_DEVICE, "the device ended");
    if (ret_packet->message.type == DEVICE_FAILED)
        return detail_fail(ret_packet->message.numbers[0] != CC_SUCCESS
                               ? (cc_enclave_result_t)ret_packet->message.numbers[0]
                               : CC_ERROR_UNEXPECTED,
                           "%.*s", (int)ret_packet->message.bytes.size,
                           (const char *)ret_packet->message.bytes.data);
    if (ret_packet->message.type != answer) {
        link_packet_done(ret_packet);
        return detail_fail(CC_ERROR_COMMUNICATION, "the device answered something else");
    }
    return CC_SUCCESS;
}

cc_enclave_result_t device_ask(enum device_type question, enum device_type answer,
                               struct link_packet *ret_packet)
{
    return device_tell(&(struct device_message){.type = question}, answer, ret_packet);
}

cc_enclave_result_t device_tell(const struct device_message *ask, enum device_type answer,
                                struct link_packet *ret_packet)
{
    struct device_way device = {.link = -1};
    int connection = -1;
    cc_enclave_result_t rc;

    rc = device_open(&device);
    if (rc == CC_SUCCESS)
        rc = device_connect(&device, &connection);
    if (rc == CC_SUCCESS && link_send(connection, ask, NULL) != LINK_OK)
        rc = detail_fail(CC_ERROR_NO_DEVICE, "the device is gone");
    if (rc == CC_SUCCESS)
        rc = answer_take(connection, answer, ret_packet);
    if (connection >= 0)
        close(connection);
    device_close(&device);
    return rc;
}
