/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/image_names.h"
#include "wire/elf_parts.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char SECTION[] = ".secgear_names";

struct view image_names_of(struct view elf)
{
    struct elf_section found;

    return elf_section_find(elf, SECTION, &found) ? found.bytes : VIEW_EMPTY;
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

void image_name_of(struct view names, bool ecall, uint32_t id,
                   char ret_name[static FUNCTION_NAME_ROOM])
{
    struct view text = names, name;
    size_t begin = 0;

    for (size_t at = 0; text.size > 0 && at <= text.size; at++) {
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
