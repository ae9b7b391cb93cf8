/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * local_report.h - the device's statement about one enclave for another enclave on the same device:
 * a COSE_Mac0 (RFC 9052, 6.2) over the claims of a report, under a key that only the one it is
 * meant for can ask for. The claims table stands in docs/protocol.md.
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_LOCAL_REPORT_H
#define CC_WIRE_LOCAL_REPORT_H

#include "wire/report.h"

enum { LOCAL_REPORT_MAX_SIZE = 1024, LOCAL_REPORT_MAC_SIZE = 32 };

struct local_report {
    struct report_body body;
    struct view payload; /* for the MAC */
    struct view mac;
};

/* The MAC_structure (RFC 9052, 6.3); false when room is too small. */
bool local_report_to_be_authenticated(struct view payload, struct writer *w)
    __attribute__((warn_unused_result));
void local_report_encode(struct view payload, struct view mac, struct writer *w); /* w->failed */

/* CC_ERROR_BAD_FORMAT, output untouched; also for what has not the purpose `local`. */
cc_enclave_result_t local_report_decode(struct view message, struct local_report *ret_report)
    __attribute__((warn_unused_result));

#endif
