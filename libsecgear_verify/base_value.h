/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * base_value.h - the file of base values: one line for each enclave, "UUID image memory".
 * Layer: libsecgear_verify. Threads: any.
 */
#ifndef VERIFY_BASE_VALUE_H
#define VERIFY_BASE_VALUE_H

#include "base/text.h"
#include "status.h"

enum { BASE_VALUE_HASH_SIZE = 32, BASE_VALUES_MAX_SIZE = 1 << 20 };

struct base_value {
    struct uuid uuid;
    uint8_t image[BASE_VALUE_HASH_SIZE];
    uint8_t memory[BASE_VALUE_HASH_SIZE];
};

/* The line of that enclave. CC_ERROR_BAD_FORMAT: a line that is none, two lines of one enclave, or
 * none of this one. */
cc_enclave_result_t base_value_find(struct view text, const struct uuid *uuid,
                                    struct base_value *ret_value)
    __attribute__((warn_unused_result));
/* The same of a file; CC_ERROR_INVALID_PATH. */
cc_enclave_result_t base_value_read(const char *path, const struct uuid *uuid,
                                    struct base_value *ret_value)
    __attribute__((warn_unused_result));

#endif
