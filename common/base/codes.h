/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * codes.h - the table behind cc_enclave_res2_str() and `secgear err`; rows in status.def.
 * Layer: common/base. Threads: constant data.
 */
#ifndef CC_BASE_CODES_H
#define CC_BASE_CODES_H

#include "status.h"
#include <stddef.h>
#include <stdint.h>

struct status_row {
    cc_enclave_result_t code;
    const char *name;
    const char *text;
};

size_t status_count(void);
const struct status_row *status_at(size_t index); /* NULL past the end */
const struct status_row *status_find(cc_enclave_result_t code);
const struct status_row *status_find_name(const char *name);
const char *status_text(cc_enclave_result_t code); /* never NULL */
/* A number from the other side as a code that this release has; CC_ERROR_UNEXPECTED for others. */
cc_enclave_result_t status_of(uint32_t number);

#endif
