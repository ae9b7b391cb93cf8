/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "device_status.h"
#include "base/detail.h"
#include "base/text.h"
#include "device_ask.h"
#include <stdio.h>
#include <string.h>

cc_enclave_result_t device_status_ask(struct device_status *status)
{
    const struct device_message *m = &status->packet.message;
    cc_enclave_result_t rc = device_ask(DEVICE_STATUS, DEVICE_STATUS_IS, &status->packet);
    struct reader r;

    if (rc != CC_SUCCESS)
        return rc;
    r = reader_over(m->bytes);
    status->level = m->numbers[0] <= REPORT_LEVEL_SYSTEM ? (enum report_level)m->numbers[0]
                                                         : REPORT_LEVEL_DEBUG;
    status->protections = (uint32_t)m->numbers[1];
    status->enclaves = m->numbers[2];
    status->created = m->numbers[3];
    status->reports = m->numbers[4];
    status->memory_size = m->numbers[5];
    status->calls = m->numbers[6];
    status->is_whole = m->numbers[7] == 1;
    status->device_id = reader_take(&r, REPORT_DEVICE_ID_SIZE);
    status->mrtcb = reader_take(&r, REPORT_HASH_SIZE);
    status->folder = reader_take(&r, reader_le16(&r));
    if (r.failed)
        return detail_fail(CC_ERROR_COMMUNICATION, "the device's answer is too short");
    status->missing = r.rest;
    return CC_SUCCESS;
}

const char *level_name(enum report_level level)
{
    static const char *const names[] = {"debug", "embedded", "installed", "system"};

    return names[level];
}

const char *level_title(enum report_level level)
{
    static const char *const titles[] = {"debug (L0)", "embedded (L1)", "installed (L2)",
                                         "system (L3)"};

    return titles[level];
}

uint32_t device_status_lacks(const struct device_status *status)
{
    uint32_t expected = report_level_protections(status->level);

    if (status->is_whole) /* root asks, who reads everything anyway */
        expected &= ~(uint32_t)PROTECTION_ROOTKEY_PRIVATE;
    return expected & ~status->protections;
}

void protections_print(uint32_t bits)
{
    for (size_t i = 0; i < PROTECTION_COUNT; i++)
        if (bits & 1u << i)
            printf(" %s", protection_names[i]);
}

json_t *json_of_hex(struct view bytes)
{
    char text[2 * REPORT_USER_DATA_SIZE + 1];

    hex_format(bytes, text);
    return json_string(text);
}

json_t *json_of_text(struct view text)
{
    json_t *string = json_stringn((const char *)text.data, text.size);

    return string != NULL ? string : json_null(); /* a path may be anything but UTF-8 */
}

int json_finish(json_t *document)
{
    int failed = document == NULL || json_dumpf(document, stdout, JSON_INDENT(2)) != 0;

    putchar('\n');
    json_decref(document);
    return failed;
}
