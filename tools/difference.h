/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * difference.h - why two images, two configurations of images, or two reports are not the same.
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_DIFFERENCE_H
#define TOOLS_DIFFERENCE_H

#include "status.h"
#include <stdbool.h>
#include <stddef.h>

/* Prints a page, or JSON. What a file is is seen from its bytes. CC_ERROR_BAD_FORMAT: of no kind
 * that can be compared, or of two kinds. */
cc_enclave_result_t difference_show(const char *const paths[2], bool json, size_t *ret_count)
    __attribute__((warn_unused_result));

#endif
