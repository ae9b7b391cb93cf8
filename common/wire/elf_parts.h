/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * elf_parts.h - sections and symbols of a 64-bit ELF file that nobody vouches for.
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_ELF_PARTS_H
#define CC_WIRE_ELF_PARTS_H

#include "base/bytes.h"

enum { ELF_NAME_ROOM = 64 };

struct elf_section {
    char name[ELF_NAME_ROOM]; /* what does not fit ends in "..." */
    struct view bytes;        /* borrows; empty: it has none in the file */
    uint64_t address;
    uint64_t size; /* in memory */
};

/* False: there is no such section, or none at all. */
bool elf_section_at(struct view elf, unsigned index, struct elf_section *ret_section);
bool elf_section_find(struct view elf, const char *name, struct elf_section *ret_section);
/* The function or object at an address, of the symbol table or of what is exported; false: none is
 * known. */
bool elf_symbol_at(struct view elf, uint64_t address, char ret_name[static ELF_NAME_ROOM],
                   uint64_t *ret_offset);

#endif
