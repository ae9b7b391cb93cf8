/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/elf_parts.h"
#include <elf.h>
#include <stdio.h>
#include <string.h>

static bool header_of(struct view elf, Elf64_Ehdr *ret_header)
{
    if (elf.size < sizeof *ret_header)
        return false;
    memcpy(ret_header, elf.data, sizeof *ret_header);
    return memcmp(ret_header->e_ident, ELFMAG, SELFMAG) == 0 &&
           ret_header->e_ident[EI_CLASS] == ELFCLASS64 &&
           ret_header->e_shentsize == sizeof(Elf64_Shdr);
}

static bool raw_at(struct view elf, unsigned index, Elf64_Shdr *ret_section)
{
    Elf64_Ehdr header;

    if (!header_of(elf, &header) || index >= header.e_shnum || header.e_shoff > elf.size ||
        !range_within((size_t)header.e_shoff, (index + 1) * sizeof *ret_section, elf.size))
        return false;
    memcpy(ret_section, elf.data + header.e_shoff + index * sizeof *ret_section,
           sizeof *ret_section);
    return true;
}

static struct view bytes_of(struct view elf, const Elf64_Shdr *section)
{
    if (section->sh_type == SHT_NOBITS || section->sh_offset > elf.size ||
        !range_within((size_t)section->sh_offset, (size_t)section->sh_size, elf.size))
        return VIEW_EMPTY;
    return view_of(elf.data + section->sh_offset, (size_t)section->sh_size);
}

/* Text at an offset of a table; "?" when it does not end there. */
static void name_copy(struct view table, uint64_t offset, char ret_name[static ELF_NAME_ROOM])
{
    const char *text = "?";
    size_t size = 1;

    if (offset < table.size) {
        size_t most = table.size - (size_t)offset;

        size = strnlen((const char *)table.data + offset, most);
        if (size < most)
            text = (const char *)table.data + offset;
        else
            size = 1;
    }
    snprintf(ret_name, ELF_NAME_ROOM, "%.*s%s",
             (int)(size < ELF_NAME_ROOM ? size : ELF_NAME_ROOM - 4), text,
             size < ELF_NAME_ROOM ? "" : "...");
    for (char *c = ret_name; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

bool elf_section_at(struct view elf, unsigned index, struct elf_section *ret_section)
{
    Elf64_Ehdr header;
    Elf64_Shdr section, strings;

    if (!raw_at(elf, index, &section) || !header_of(elf, &header) ||
        !raw_at(elf, header.e_shstrndx, &strings))
        return false;
    name_copy(bytes_of(elf, &strings), section.sh_name, ret_section->name);
    ret_section->bytes = bytes_of(elf, &section);
    ret_section->address = section.sh_addr;
    ret_section->size = section.sh_size;
    return true;
}

bool elf_section_find(struct view elf, const char *name, struct elf_section *ret_section)
{
    for (unsigned i = 0; elf_section_at(elf, i, ret_section); i++)
        if (strcmp(ret_section->name, name) == 0)
            return true;
    return false;
}

static bool symbol_in(const struct elf_section *table, struct view strings, uint64_t address,
                      char ret_name[static ELF_NAME_ROOM], uint64_t *ret_offset)
{
    Elf64_Sym symbol;

    for (size_t at = 0; table->bytes.size - at >= sizeof symbol; at += sizeof symbol) {
        memcpy(&symbol, table->bytes.data + at, sizeof symbol);
        if (address < symbol.st_value || address - symbol.st_value >= symbol.st_size ||
            symbol.st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol.st_info) == STT_TLS)
            continue;
        name_copy(strings, symbol.st_name, ret_name);
        *ret_offset = address - symbol.st_value;
        return true;
    }
    return false;
}

bool elf_symbol_at(struct view elf, uint64_t address, char ret_name[static ELF_NAME_ROOM],
                   uint64_t *ret_offset)
{
    static const char *const tables[][2] = {{".symtab", ".strtab"}, {".dynsym", ".dynstr"}};
    struct elf_section table, strings;

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (elf_section_find(elf, tables[i][0], &table) &&
            elf_section_find(elf, tables[i][1], &strings) &&
            symbol_in(&table, strings.bytes, address, ret_name, ret_offset))
            return true;
    return false;
}
