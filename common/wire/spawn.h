/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * spawn.h - the bytes of SPAWN (wire/device.h): what a new enclave is, beyond the numbers.
 *
 *   offset  size  field                  integers little-endian
 *        0    16  uuid
 *       16     1  count       0 .. 8 libraries
 *       17    16  each: offset u64 and size u64 of its bytes in the image's file
 *      ...   ...  nothing, or the configuration of switchless calls (wire/switchless.h)
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_SPAWN_H
#define CC_WIRE_SPAWN_H

#include "wire/image.h"
#include "wire/switchless.h"

enum {
    SPAWN_BYTES_MAX = UUID_SIZE + 1 + IMAGE_LIBRARIES_MAX_COUNT * 16 + SWITCHLESS_CONFIG_SIZE,
};

struct spawn_library {
    uint64_t offset;
    uint64_t size;
};

struct spawn_bytes {
    struct uuid uuid;
    unsigned library_count;
    struct spawn_library libraries[IMAGE_LIBRARIES_MAX_COUNT];
    struct switchless_config switchless; /* tworkers 0: none */
};

cc_enclave_result_t spawn_decode(struct view bytes, struct spawn_bytes *ret_spawn)
    __attribute__((warn_unused_result)); /* CC_ERROR_BAD_FORMAT, output untouched */
void spawn_encode(const struct spawn_bytes *spawn, struct writer *w); /* fails by w->failed */

#endif
