/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/csv_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv_report report;
    struct csv_cert cert;

    (void)!csv_report_decode(view_of(data, size), &report);
    (void)!csv_ca_decode(view_of(data, size), &cert);
    (void)!csv_cert_decode(view_of(data, size), &cert);
    return 0;
}
