/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel/suite.h"

static const struct {
    uint16_t suite;
    enum ecdh_group group;
} suites[] = {
    {SC2_SUITE_X25519, ECDH_X25519},
    {SC2_SUITE_P256, ECDH_P256},
};

bool suite_group(uint16_t suite, enum ecdh_group *ret_group)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        if (suites[i].suite == suite) {
            *ret_group = suites[i].group;
            return true;
        }
    }
    return false;
}
