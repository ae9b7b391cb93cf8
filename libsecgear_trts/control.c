/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "control.h"
#include "crypto/hash.h"
#include "runtime.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

static pthread_mutex_t control_lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t packet_exchange(int fd, uint8_t *packet, size_t size, size_t room)
{
    ssize_t got = -1;

    pthread_mutex_lock(&control_lock);
    if (send(fd, packet, size, MSG_NOSIGNAL) == (ssize_t)size)
        do
            got = recv(fd, packet, room, 0);
        while (got < 0 && errno == EINTR);
    pthread_mutex_unlock(&control_lock);
    return got;
}

cc_enclave_result_t control_ask(const struct device_message *question, enum device_type answer,
                                struct control_answer *ret)
{
    struct writer w = writer_over(ret->packet, sizeof ret->packet);
    ssize_t size;

    if (runtime_boot() == NULL)
        return CC_ERROR_BAD_STATE;
    device_encode(question, &w);
    if (w.failed)
        return CC_ERROR_BAD_PARAMETERS;
    size = packet_exchange(runtime_boot()->control_fd, ret->packet, w.size, sizeof ret->packet);
    if (size <= 0 ||
        device_decode(view_of(ret->packet, (size_t)size), &ret->message) != CC_SUCCESS ||
        ret->message.type != answer)
        return CC_ERROR_COMMUNICATION;
    return CC_SUCCESS;
}

cc_enclave_result_t control_key(const struct device_message *question, struct secret *ret_key)
{
    struct control_answer answer;
    cc_enclave_result_t rc = control_ask(question, DEVICE_KEY_IS, &answer);

    if (rc == CC_SUCCESS)
        rc = (cc_enclave_result_t)answer.message.numbers[0];
    if (rc == CC_SUCCESS && answer.message.bytes.size != sizeof ret_key->bytes)
        rc = CC_ERROR_COMMUNICATION;
    if (rc == CC_SUCCESS)
        memcpy(ret_key->bytes, answer.message.bytes.data, sizeof ret_key->bytes);
    wipe(&answer, sizeof answer);
    return rc;
}
