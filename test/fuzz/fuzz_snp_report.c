/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/snp_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct snp_report report;

    (void)!snp_report_decode(view_of(data, size), &report);
    return 0;
}
