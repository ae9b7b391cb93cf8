/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "soname.h"
#include "base/detail.h"
#include <elf.h>
#include <string.h>

/* The program headers, which image_elf_check() found inside the file. */
struct segments {
    struct view elf;
    Elf64_Off offset;
    unsigned count;
};

static struct segments segments_of(struct view elf)
{
    Elf64_Ehdr header;

    memcpy(&header, elf.data, sizeof header);
    return (struct segments){elf, header.e_phoff, header.e_phnum};
}

static Elf64_Phdr segment_at(const struct segments *segments, unsigned index)
{
    Elf64_Phdr segment;

    memcpy(&segment, segments->elf.data + segments->offset + index * sizeof segment,
           sizeof segment);
    return segment;
}

/* Bytes of the file from where an address comes from to the end of its segment. */
static struct view bytes_at(const struct segments *segments, Elf64_Addr address)
{
    for (unsigned i = 0; i < segments->count; i++) {
        Elf64_Phdr s = segment_at(segments, i);

        if (s.p_type == PT_LOAD && address >= s.p_vaddr && address - s.p_vaddr < s.p_filesz &&
            s.p_offset <= segments->elf.size &&
            range_within((size_t)s.p_offset, (size_t)s.p_filesz, segments->elf.size))
            return view_of(segments->elf.data + s.p_offset + (address - s.p_vaddr),
                           s.p_filesz - (address - s.p_vaddr));
    }
    return VIEW_EMPTY;
}

static struct view dynamic_of(const struct segments *segments)
{
    for (unsigned i = 0; i < segments->count; i++) {
        Elf64_Phdr s = segment_at(segments, i);

        if (s.p_type == PT_DYNAMIC && s.p_offset <= segments->elf.size &&
            range_within((size_t)s.p_offset, (size_t)s.p_filesz, segments->elf.size))
            return view_of(segments->elf.data + s.p_offset, s.p_filesz);
    }
    return VIEW_EMPTY;
}

/* The value of the first entry with that tag. */
static bool dynamic_find(struct view dynamic, Elf64_Sxword tag, Elf64_Xword *ret_value)
{
    Elf64_Dyn entry;

    for (size_t at = 0; dynamic.size - at >= sizeof entry; at += sizeof entry) {
        memcpy(&entry, dynamic.data + at, sizeof entry);
        if (entry.d_tag == DT_NULL)
            return false;
        if (entry.d_tag == tag) {
            *ret_value = entry.d_un.d_val;
            return true;
        }
    }
    return false;
}

cc_enclave_result_t soname_find(struct view elf, char *ret_name, size_t room)
{
    struct segments segments = segments_of(elf);
    struct view dynamic = dynamic_of(&segments), strings;
    Elf64_Xword table, name;
    size_t size;

    if (!dynamic_find(dynamic, DT_SONAME, &name) || !dynamic_find(dynamic, DT_STRTAB, &table))
        return detail_fail(CC_ERROR_INVALID_ENCLAVE,
                           "library: it has no DT_SONAME: link it with -Wl,-soname,NAME");
    strings = bytes_at(&segments, table);
    size = name < strings.size ? strnlen((const char *)strings.data + name, strings.size - name)
                               : strings.size;
    if (name >= strings.size || size == strings.size - name || size >= room)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE,
                           "library: its DT_SONAME lies outside the file or is too long");
    memcpy(ret_name, strings.data + name, size + 1);
    return CC_SUCCESS;
}
