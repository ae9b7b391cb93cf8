/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * suite.h - which cipher suites are spoken here, which the OpenSSL in use decides as well, and
 * their key agreement.
 * Layer: common/channel. Threads: constant data.
 */
#ifndef CC_CHANNEL_SUITE_H
#define CC_CHANNEL_SUITE_H

#include "crypto/ecdh.h"
#include "wire/sc2.h"

/* False: a suite that is reserved or unknown, or that needs more than this OpenSSL has. */
bool suite_group(uint16_t suite, enum ecdh_group *ret_group) __attribute__((warn_unused_result));
/* Why not, for one that is not spoken. */
const char *suite_missing(uint16_t suite);

#endif
