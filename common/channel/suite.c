/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel/suite.h"
#include "crypto/aead.h"

static const struct {
    uint16_t suite;
    enum ecdh_group group;
} suites[] = {
    {SC2_SUITE_X25519, ECDH_X25519},
    {SC2_SUITE_P256, ECDH_P256},
    {SC2_SUITE_X25519MLKEM768, ECDH_X25519MLKEM768},
    {SC2_SUITE_SM, ECDH_SM2},
};

/* Of those that the protocol names and this build does not speak. */
static const struct {
    uint16_t suite;
    const char *why;
} missing[] = {
    {SC2_SUITE_X25519MLKEM768, "X25519MLKEM768 needs ML-KEM, which OpenSSL has from 3.5 on"},
    {SC2_SUITE_SM, "SM2, SM3, SM4 need SM4-GCM, which OpenSSL has from 3.1 on"},
};

const char *suite_missing(uint16_t suite)
{
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
        if (missing[i].suite == suite)
            return missing[i].why;
    return "no such suite";
}

bool suite_group(uint16_t suite, enum ecdh_group *ret_group)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        if (suites[i].suite == suite && ecdh_available(suites[i].group) &&
            (suite != SC2_SUITE_SM || aead_sm4_there())) {
            *ret_group = suites[i].group;
            return true;
        }
    }
    return false;
}
