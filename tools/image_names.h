/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * image_names.h - names of an image's functions, from the section that codegen fills
 * (CC_ENCLAVE_NAMES_SECTION).
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_IMAGE_NAMES_H
#define TOOLS_IMAGE_NAMES_H

#include "base/bytes.h"

enum { FUNCTION_NAME_ROOM = 64 };

struct image_names {
    struct buf text; /* of the section; empty: no file, or none in it */
};

void image_names_read(const char *path, struct image_names *ret_names);
void image_names_done(struct image_names *names);
/* "name", or "ecall 3" where it is not known; longer names end in "...". */
void image_name_of(const struct image_names *names, bool ecall, uint32_t id,
                   char ret_name[static FUNCTION_NAME_ROOM]);

#endif
