/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "secgear_report.h"
#include "runtime.h"
#include "wire/device.h"
#include "wire/report.h"
#include "wire/trts_internal.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

/* One request at a time on the control socket. */
static pthread_mutex_t control_lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t control_exchange(const struct device_message *request, uint8_t *packet, size_t room)
{
    int fd = runtime_boot()->control_fd;
    struct writer w = writer_over(packet, room);
    ssize_t size = -1;

    device_encode(request, &w);
    if (w.failed)
        return -1;
    pthread_mutex_lock(&control_lock);
    if (send(fd, packet, w.size, MSG_NOSIGNAL) == (ssize_t)w.size)
        do
            size = recv(fd, packet, room, 0);
        while (size < 0 && errno == EINTR);
    pthread_mutex_unlock(&control_lock);
    return size;
}

cc_enclave_result_t secgear_trts_report(uint32_t purpose, const uint8_t *user_data, uint8_t *report,
                                        size_t *report_size)
{
    uint8_t packet[DEVICE_MESSAGE_MAX];
    struct device_message request = {.type = DEVICE_REPORT,
                                     .numbers = {purpose},
                                     .bytes = view_of(user_data, REPORT_USER_DATA_SIZE)};
    struct device_message answer;
    ssize_t size;

    if (user_data == NULL || report_size == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if (report == NULL || *report_size < REPORT_MAX_SIZE) {
        *report_size = REPORT_MAX_SIZE;
        return CC_ERROR_SHORT_BUFFER;
    }
    size = control_exchange(&request, packet, sizeof packet);
    if (size <= 0 || device_decode(view_of(packet, (size_t)size), &answer) != CC_SUCCESS ||
        answer.type != DEVICE_REPORT_IS || answer.numbers[0] != CC_SUCCESS ||
        answer.bytes.size == 0 || answer.bytes.size > *report_size)
        return CC_ERROR_RA_GET_REPORT;
    memcpy(report, answer.bytes.data, answer.bytes.size);
    *report_size = answer.bytes.size;
    return CC_SUCCESS;
}

cc_enclave_result_t cc_enclave_get_report(const uint8_t *user_data, uint8_t *report,
                                          size_t *report_size)
{
    return secgear_trts_report(REPORT_PURPOSE_APP, user_data, report, report_size);
}

cc_enclave_result_t secgear_trts_identity(uint8_t *ret_uuid, bool *ret_debug)
{
    const struct trts_boot *boot = runtime_boot();

    if (boot == NULL)
        return CC_ERROR_BAD_STATE;
    memcpy(ret_uuid, boot->uuid.bytes, UUID_SIZE);
    *ret_debug = boot->debug;
    return CC_SUCCESS;
}
