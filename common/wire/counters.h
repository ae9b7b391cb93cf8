/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * counters.h - the file that holds the monotonic counters of a device's enclaves, replaced as a
 * whole by each change.
 *
 *   offset  size  field                  integers little-endian
 *        0     8  magic       "SGSIM-MC"
 *        8     4  version     2; 1, whose counters have no creator, is read, too
 *       12    16  device id
 *       28     8  generation  one more with each change of the file
 *       36     4  count       at most 1024
 *       40  60*n  counters, each: u8 policy (1 MRENCLAVE, 2 MRSIGNER), u8 debug, u16 prod_id,
 *                 u16 svn (the highest that changed it; 0 for policy 1), u16 reserved 0, u64 id,
 *                 measurement (32), u64 value, u32 creator (the user whose program's enclave made
 *                 it; only counted, against what one user may have of a device of several)
 *              32  mac        HMAC-SHA-256 of all before it
 *
 * Layer: common/wire (pure; the MAC is the caller's). Threads: no state.
 */
#ifndef CC_WIRE_COUNTERS_H
#define CC_WIRE_COUNTERS_H

#include "base/bytes.h"
#include "status.h"

enum {
    COUNTERS_MAX_COUNT = 1024,
    COUNTERS_DEVICE_ID_SIZE = 16,
    COUNTERS_MEASUREMENT_SIZE = 32,
    COUNTERS_MAC_SIZE = 32,
    COUNTERS_HEADER_SIZE = 40,
    COUNTERS_ENTRY_SIZE = 60,
    COUNTERS_MAX_SIZE =
        COUNTERS_HEADER_SIZE + COUNTERS_MAX_COUNT * COUNTERS_ENTRY_SIZE + COUNTERS_MAC_SIZE,
};

/* Also in the device protocol. */
enum counter_op { COUNTER_CREATE = 1, COUNTER_READ = 2, COUNTER_INCREMENT = 3 };

/* Whose counter it is, and which of theirs. */
struct counter_name {
    uint8_t policy; /* enum seal_policy */
    bool debug;
    uint16_t prod_id;
    uint8_t measurement[COUNTERS_MEASUREMENT_SIZE];
    uint64_t id;
};

struct counter {
    struct counter_name name;
    uint16_t svn;
    uint64_t value;
    uint32_t creator;
};

struct counters {
    uint8_t device_id[COUNTERS_DEVICE_ID_SIZE];
    uint64_t generation;
    uint32_t count;
    struct counter all[COUNTERS_MAX_COUNT];
};

/* CC_ERROR_CORRUPT_OBJECT with the reason; output undefined then. ret_checked: what mac covers. */
cc_enclave_result_t counters_decode(struct view file, struct counters *ret_counters,
                                    struct view *ret_checked, struct view *ret_mac)
    __attribute__((warn_unused_result));
void counters_encode(const struct counters *counters, struct writer *w); /* up to the mac */

#endif
