/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "image_names.h"
#include "base/detail.h"
#include "elf_parts.h"
#include "file.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char SECTION[] = ".secgear_names";
enum { IMAGE_MAX_SIZE = 256 << 20 };

void image_names_read(const char *path, struct image_names *ret_names)
{
    struct buf file = BUF_EMPTY;
    struct elf_section found;

    ret_names->text = (struct buf)BUF_EMPTY;
    if (file_read(path, IMAGE_MAX_SIZE, &file) != CC_SUCCESS) {
        detail_clear();
        return;
    }
    if (elf_section_find(buf_view(&file), SECTION, &found) && found.bytes.size > 0 &&
        buf_alloc(&ret_names->text, found.bytes.size))
        memcpy(ret_names->text.data, found.bytes.data, found.bytes.size);
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
