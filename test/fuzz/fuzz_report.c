/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A report that decodes must encode to the same bytes: one message, one encoding. */
#include "wire/report.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[REPORT_MAX_SIZE], payload[REPORT_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);
    struct writer p = writer_over(payload, sizeof payload);
    struct report report;

    if (report_decode(view_of(data, size), &report) != CC_SUCCESS)
        return 0;
    report_body_encode(&report.body, &p);
    report_encode(&report, &w);
    if (!view_equal(writer_view(&p), report.payload) ||
        !view_equal(writer_view(&w), view_of(data, size)))
        abort();
    return 0;
}
