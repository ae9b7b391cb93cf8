/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * soname.h - under which name a shared object satisfies others' DT_NEEDED.
 *
 * Layer: tools. Threads: no state.
 */
#ifndef TOOLS_SONAME_H
#define TOOLS_SONAME_H

#include "base/bytes.h"
#include "status.h"

/*
 * elf: passed image_elf_check(). CC_ERROR_INVALID_ENCLAVE: it has no DT_SONAME, or one that does
 * not fit or lies outside the file.
 */
cc_enclave_result_t soname_find(struct view elf, char *ret_name, size_t room)
    __attribute__((warn_unused_result));

#endif
