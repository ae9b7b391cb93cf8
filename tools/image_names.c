/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "image_names.h"
#include "base/detail.h"
#include "file.h"
#include <ctype.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char SECTION[] = ".secgear_names";
enum { IMAGE_MAX_SIZE = 256 << 20 };

static bool section_at(struct view elf, const Elf64_Ehdr *header, unsigned index, Elf64_Shdr *ret)
{
    uint64_t at = header->e_shoff;

    if (index >= header->e_shnum || header->e_shentsize != sizeof *ret || at > elf.size ||
        !range_within((size_t)at, (index + 1) * sizeof *ret, elf.size))
        return false;
    memcpy(ret, elf.data + at + index * sizeof *ret, sizeof *ret);
    return true;
}

/* Of the file, or nothing when the section says something else. */
static struct view bytes_of(struct view elf, const Elf64_Shdr *section)
{
    if (section->sh_type == SHT_NOBITS || section->sh_offset > elf.size ||
        !range_within((size_t)section->sh_offset, (size_t)section->sh_size, elf.size))
        return VIEW_EMPTY;
    return view_of(elf.data + section->sh_offset, (size_t)section->sh_size);
}

static struct view names_find(struct view elf)
{
    Elf64_Ehdr header;
    Elf64_Shdr strings, section;
    struct view text;

    if (elf.size < sizeof header)
        return VIEW_EMPTY;
    memcpy(&header, elf.data, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        !section_at(elf, &header, header.e_shstrndx, &strings))
        return VIEW_EMPTY;
    text = bytes_of(elf, &strings);
    for (unsigned i = 0; section_at(elf, &header, i, &section); i++)
        if (section.sh_name < text.size && text.size - section.sh_name >= sizeof SECTION &&
            memcmp(text.data + section.sh_name, SECTION, sizeof SECTION) == 0)
            return bytes_of(elf, &section);
    return VIEW_EMPTY;
}

void image_names_read(const char *path, struct image_names *ret_names)
{
    struct buf file = BUF_EMPTY;
    struct view found;

    ret_names->text = (struct buf)BUF_EMPTY;
    if (file_read(path, IMAGE_MAX_SIZE, &file) != CC_SUCCESS) {
        detail_clear();
        return;
    }
    found = names_find(buf_view(&file));
    if (found.size > 0 && buf_alloc(&ret_names->text, found.size))
        memcpy(ret_names->text.data, found.data, found.size);
    buf_free(&file);
}

void image_names_done(struct image_names *names)
{
    buf_free(&names->text);
}

/* "e3 name" as a line. */
static bool line_matches(struct view line, bool ecall, uint32_t id, struct view *ret_name)
{
    char wanted[16];
    size_t size = (size_t)snprintf(wanted, sizeof wanted, "%c%u ", ecall ? 'e' : 'o', id);

    if (line.size <= size || memcmp(line.data, wanted, size) != 0)
        return false;
    *ret_name = view_of(line.data + size, line.size - size);
    return true;
}

static bool is_name(struct view name)
{
    for (size_t i = 0; i < name.size; i++)
        if (!isalnum(name.data[i]) && name.data[i] != '_')
            return false;
    return true;
}

void image_name_of(const struct image_names *names, bool ecall, uint32_t id,
                   char ret_name[static FUNCTION_NAME_ROOM])
{
    struct view text = buf_view(&names->text), name;
    size_t begin = 0;

    for (size_t at = 0; at <= text.size; at++) {
        if (at < text.size && text.data[at] != '\n' && text.data[at] != '\0')
            continue;
        if (line_matches(view_of(text.data + begin, at - begin), ecall, id, &name) &&
            is_name(name)) {
            bool whole = name.size < FUNCTION_NAME_ROOM;

            snprintf(ret_name, FUNCTION_NAME_ROOM, "%.*s%s",
                     (int)(whole ? name.size : FUNCTION_NAME_ROOM - 4), (const char *)name.data,
                     whole ? "" : "...");
            return;
        }
        begin = at + 1;
    }
    snprintf(ret_name, FUNCTION_NAME_ROOM, "%s %u", ecall ? "ecall" : "ocall", id);
}
