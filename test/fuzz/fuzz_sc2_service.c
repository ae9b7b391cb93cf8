/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Sequences of requests to the enclave's service: u16 size, then the request. In place of a session
 * id all ones stands the id of the last HELLO_RSP, so that a fuzzer gets behind it. Each request
 * must get one well-formed answer. Only the device is a double.
 */
#include "forge.h"
#include "service.h"
#include "wire/trts_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

cc_enclave_result_t secgear_trts_identity(uint8_t *ret_uuid, bool *ret_debug)
{
    memset(ret_uuid, 0x11, UUID_SIZE);
    *ret_debug = false;
    return CC_SUCCESS;
}

cc_enclave_result_t secgear_trts_report(uint32_t purpose, const uint8_t *user_data, uint8_t *report,
                                        size_t *report_size)
{
    static struct forge *device;
    struct view bytes;

    if (device == NULL)
        device = forge_new(1);
    device->body.purpose = (enum report_purpose)purpose;
    memcpy(device->body.user_data, user_data, REPORT_USER_DATA_SIZE);
    bytes = forge_report(device);
    memcpy(report, bytes.data, bytes.size);
    *report_size = bytes.size;
    return CC_SUCCESS;
}

enum { REQUESTS_MAX_COUNT = 8, ID_OFFSET = 8, ID_SIZE = 8 };

static void request_patch(uint8_t *request, size_t size, const uint8_t id[static ID_SIZE])
{
    static const uint8_t mark[ID_SIZE] = {255, 255, 255, 255, 255, 255, 255, 255};

    if (size >= ID_OFFSET + ID_SIZE && memcmp(request + ID_OFFSET, mark, ID_SIZE) == 0)
        memcpy(request + ID_OFFSET, id, ID_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t answer[SC2_MESSAGE_MAX_SIZE];
    struct reader r = reader_over(view_of(data, size));
    uint8_t id[ID_SIZE] = {0};

    cc_sc_start();
    for (int i = 0; i < REQUESTS_MAX_COUNT && r.rest.size > 0; i++) {
        struct view part = reader_take(&r, reader_le16(&r));
        struct sc2_message message;
        size_t answer_size = 0;
        struct buf request;

        if (r.failed)
            break;
        forge_check(buf_copy(&request, part));
        request_patch(request.data, request.size, id);
        forge_check(
            cc_sc_process(request.data, request.size, answer, sizeof answer, &answer_size) == 0);
        forge_check(sc2_message_decode(view_of(answer, answer_size), &message) == CC_SUCCESS);
        if (message.type == SC2_HELLO_RSP)
            memcpy(id, answer + ID_OFFSET, ID_SIZE);
        else
            forge_check(message.type == SC2_ERROR); /* nobody here knows a key */
        buf_free(&request);
    }
    cc_sc_stop();
    return 0;
}
