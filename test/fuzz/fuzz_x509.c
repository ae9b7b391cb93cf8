/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct x509 cert;
    struct x509_crl crl;
    struct view value;

    if (x509_decode(view_of(data, size), &cert) == CC_SUCCESS) {
        x509_common_name(cert.subject);
        (void)!x509_extension(&cert, view_of("\x55\x1d\x0f", 3), &value);
    }
    if (x509_crl_decode(view_of(data, size), &crl) == CC_SUCCESS)
        x509_crl_has(&crl, view_of("\x01", 1));
    return 0;
}
