/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * image_names.h - names of an image's functions, from the section that codegen fills
 * (CC_ENCLAVE_NAMES_SECTION). Nobody vouches for them: what is no name is shown as a number.
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_IMAGE_NAMES_H
#define CC_WIRE_IMAGE_NAMES_H

#include "base/bytes.h"

enum { FUNCTION_NAME_ROOM = 64 };

struct view image_names_of(struct view elf); /* borrows; empty: the file has none */
/* "name", or "ecall 3" where it is not known; longer names end in "...". */
void image_name_of(struct view names, bool ecall, uint32_t id,
                   char ret_name[static FUNCTION_NAME_ROOM]);

#endif
