/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A report for another enclave, which its host carries. */
#include "wire/local_report.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[LOCAL_REPORT_MAX_SIZE], body[LOCAL_REPORT_MAX_SIZE];
    struct writer w = writer_over(again, sizeof again);
    struct writer body_w = writer_over(body, sizeof body);
    struct local_report report;
    struct report_body decoded;

    (void)!report_body_decode(view_of(data, size), &decoded);
    if (local_report_decode(view_of(data, size), &report) != CC_SUCCESS)
        return 0;
    report_body_encode(&report.body, &body_w);
    local_report_encode(writer_view(&body_w), report.mac, &w);
    if (w.failed || w.size != size || memcmp(again, data, size) != 0)
        abort();
    return 0;
}
