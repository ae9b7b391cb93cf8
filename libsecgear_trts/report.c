/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "secgear_report.h"
#include "control.h"
#include "wire/report.h"
#include "wire/trts_internal.h"
#include <string.h>

cc_enclave_result_t secgear_trts_report(uint32_t purpose, const uint8_t *user_data, uint8_t *report,
                                        size_t *report_size)
{
    struct device_message request = {.type = DEVICE_REPORT,
                                     .numbers = {purpose},
                                     .bytes = view_of(user_data, REPORT_USER_DATA_SIZE)};
    struct control_answer answer;
    struct view bytes;

    if (user_data == NULL || report_size == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    if (report == NULL || *report_size < REPORT_MAX_SIZE) {
        *report_size = REPORT_MAX_SIZE;
        return CC_ERROR_SHORT_BUFFER;
    }
    if (control_ask(&request, DEVICE_REPORT_IS, &answer) != CC_SUCCESS ||
        answer.message.numbers[0] != CC_SUCCESS)
        return CC_ERROR_RA_GET_REPORT;
    bytes = answer.message.bytes;
    if (bytes.size == 0 || bytes.size > *report_size)
        return CC_ERROR_RA_GET_REPORT;
    memcpy(report, bytes.data, bytes.size);
    *report_size = bytes.size;
    return CC_SUCCESS;
}

cc_enclave_result_t cc_enclave_get_report(const uint8_t *user_data, uint8_t *report,
                                          size_t *report_size)
{
    return secgear_trts_report(REPORT_PURPOSE_APP, user_data, report, report_size);
}
