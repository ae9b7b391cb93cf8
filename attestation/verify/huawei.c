/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huawei.c - what stands above virtCCA and iTrustee devices. Layer: attestation/verify. */
#include "verify/huawei.h"
#include "base/detail.h"

/* CN=Huawei IT Product CA, and CN=Huawei Equipment CA above it, as the vendor's documents hand
 * them out for virtCCA and iTrustee. SHA-256 of the SubjectPublicKeyInfo. */
static const uint8_t HUAWEI_KEYS[][SHA256_SIZE] = {
    {0xe6, 0x0f, 0x01, 0xa5, 0xa2, 0x63, 0xe4, 0x2f, 0xae, 0x3c, 0x63,
     0xaf, 0x54, 0x34, 0x99, 0x87, 0x17, 0xb2, 0x7d, 0xd6, 0xf7, 0x4e,
     0xe8, 0x91, 0x67, 0x0b, 0xdb, 0x19, 0x44, 0x8d, 0xb3, 0xf9},
    {0x90, 0x4a, 0x25, 0xa3, 0xd7, 0x05, 0x50, 0x52, 0x2e, 0xb9, 0x5d,
     0x52, 0x80, 0x93, 0x57, 0xe9, 0x05, 0xc8, 0xf3, 0xdf, 0x3b, 0x2e,
     0x44, 0xdc, 0x67, 0x76, 0xd7, 0xa2, 0xb8, 0x33, 0x5d, 0x9e},
};
/* Their certificates': to 2041-10-12 and 2041-11-28. */
static const uint64_t HUAWEI_DATES[][2] = {{1476773453, 2265173453}, {1323156863, 2269236863}};
const struct pins huawei_pins = {HUAWEI_KEYS, 2, true, HUAWEI_DATES};

bool huawei_issuers_read(const struct judge *j, struct certs *issuers)
{
    struct view given = collateral_part(j->request, "issuer_chain.pem");

    if (given.size == 0)
        return FAIL(j->sink, "chain",
                    "chain: issuer_chain.pem expected among the collateral, found none: the "
                    "certificates above the device's, as Huawei hands them out");
    return certs_read(given, issuers) == CC_SUCCESS ||
           FAIL(j->sink, "collateral_format", "collateral_format: issuer_chain.pem: %s",
                detail_get());
}
