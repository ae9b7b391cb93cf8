/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/device.h"
#include "base/text.h"
#include "wire/crash.h"
#include "wire/encrypted_image.h"
#include "wire/spawn.h"

struct device_shape {
    enum device_type type;
    uint8_t numbers;
    uint16_t bytes_max;
    uint8_t fds;
};

static const struct device_shape shapes[] = {
    {DEVICE_CONNECT, 0, 0, 1},
    {DEVICE_CREATE, 3, IMAGE_KEY_MAX_SIZE + SWITCHLESS_CONFIG_SIZE, 1},
    {DEVICE_DESTROY, 0, 0, 0},
    {DEVICE_STATUS, 0, 0, 0},
    {DEVICE_ROOT, 0, 0, 0},
    {DEVICE_REE_REPORT, 0, DEVICE_ATTEST_SIZE, 0},
    {DEVICE_REQUEST, 0, 0, 0},
    {DEVICE_RENEW, 0, 2048, 0},
    {DEVICE_CREATED, 6, 16, 2},
    {DEVICE_FAILED, 1, DEVICE_DETAIL_MAX, 0},
    {DEVICE_DESTROYED, 0, 0, 0},
    {DEVICE_CRASHED, 1, CRASH_SIZE + DEVICE_DETAIL_MAX, 0},
    {DEVICE_STATUS_IS, 8, DEVICE_STATUS_MAX_SIZE, 0},
    {DEVICE_ROOT_IS, 0, 2048, 0},
    {DEVICE_REE_REPORT_IS, 0, 2048, 0},
    {DEVICE_REQUEST_IS, 0, 2048, 0},
    {DEVICE_RENEWED, 0, 0, 0},
    {DEVICE_ZYGOTE_UP, 1, 2048, 0},
    {DEVICE_SPAWN, 6, SPAWN_BYTES_MAX, 3},
    {DEVICE_SPAWNED, 2, 0, 1},
    {DEVICE_ENDED, 2, 0, 0},
    {DEVICE_READY, 1, DEVICE_DETAIL_MAX, 0},
    {DEVICE_REPORT, 1, 64, 0},
    {DEVICE_REPORT_IS, 1, 2048, 0},
    {DEVICE_SEAL_KEY, 3, 0, 0},
    {DEVICE_KEY_IS, 1, DEVICE_KEY_SIZE, 0},
    {DEVICE_IDENTITY, 0, 0, 0},
    {DEVICE_IDENTITY_IS, 6, DEVICE_IDENTITY_SIZE, 0},
    {DEVICE_COUNTER, 3, 0, 0},
    {DEVICE_COUNTER_IS, 2, 0, 0},
    {DEVICE_LOCAL_REPORT, 1, DEVICE_LOCAL_REPORT_SIZE, 0},
    {DEVICE_REPORT_KEY, 0, 0, 0},
    {DEVICE_ATTEST, 1, DEVICE_ATTEST_SIZE, 0},
    {DEVICE_EXTEND, 1, 32, 0},
    {DEVICE_EXTENDED, 1, 0, 0},
    {DEVICE_TIME, 0, 0, 0},
    {DEVICE_TIME_IS, 3, 0, 0},
};

static const struct device_shape *shape_of(unsigned type)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if ((unsigned)shapes[i].type == type)
            return &shapes[i];
    return NULL;
}

size_t device_fd_count(const struct device_message *message)
{
    const struct device_shape *shape = shape_of(message->type);

    if (shape == NULL)
        return 0;
    if (message->type == DEVICE_SPAWNED && message->numbers[0] != CC_SUCCESS)
        return 0;
    return shape->fds;
}

cc_enclave_result_t device_decode(struct view packet, struct device_message *ret_message)
{
    struct reader r = reader_over(packet);
    struct device_message message = {.bytes = VIEW_EMPTY};
    unsigned type = reader_le16(&r);
    unsigned version = reader_le16(&r);
    size_t bytes_size = reader_le32(&r);
    const struct device_shape *shape = shape_of(type);

    if (r.failed || version != DEVICE_VERSION || shape == NULL || bytes_size > shape->bytes_max)
        return CC_ERROR_BAD_FORMAT;
    message.type = shape->type;
    for (size_t i = 0; i < shape->numbers; i++)
        message.numbers[i] = reader_le64(&r);
    message.bytes = reader_take(&r, bytes_size);
    if (!reader_done(&r))
        return CC_ERROR_BAD_FORMAT;
    *ret_message = message;
    return CC_SUCCESS;
}

void device_encode(const struct device_message *message, struct writer *w)
{
    const struct device_shape *shape = shape_of(message->type);

    if (shape == NULL || message->bytes.size > shape->bytes_max) {
        w->failed = true;
        return;
    }
    writer_le16(w, (uint16_t)message->type);
    writer_le16(w, DEVICE_VERSION);
    writer_le32(w, (uint32_t)message->bytes.size);
    for (size_t i = 0; i < shape->numbers; i++)
        writer_le64(w, message->numbers[i]);
    writer_put(w, message->bytes);
}
