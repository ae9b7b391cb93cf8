/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What a file says is brought into a list of facts, each a name and a text; two lists are compared
 * by name. Of an image's sections that differ, the first place is looked for, and what lies there.
 */
#include "difference.h"
#include "base/detail.h"
#include "config.h"
#include "crypto/hash.h"
#include "crypto/image_check.h"
#include "device_status.h"
#include "file.h"
#include "wire/elf_parts.h"
#include "wire/encrypted_image.h"
#include "wire/report.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FACT_NAME_ROOM = ELF_NAME_ROOM + 32,
    FACT_VALUE_ROOM = 2 * REPORT_USER_DATA_SIZE + 16,
    FACTS_MAX = 512,
    WHERE_ROOM = 2 * ELF_NAME_ROOM + 80,
};

struct fact {
    char name[FACT_NAME_ROOM];
    char value[FACT_VALUE_ROOM];
};

enum kind { KIND_IMAGE, KIND_CONFIG, KIND_REPORT };

struct side {
    const char *path;
    struct buf file;
    struct view elf; /* of an image */
    enum kind kind;
    struct fact *facts;
    size_t count;
    bool full; /* there was more than FACTS_MAX */
};

__attribute__((format(printf, 3, 4))) static void fact_add(struct side *side, const char *name,
                                                           const char *format, ...)
{
    struct fact *fact = &side->facts[side->count];
    va_list args;

    if (side->count == FACTS_MAX) {
        side->full = true;
        return;
    }
    side->count++;
    snprintf(fact->name, sizeof fact->name, "%s", name);
    va_start(args, format);
    vsnprintf(fact->value, sizeof fact->value, format, args);
    va_end(args);
}

static const struct fact *fact_of(const struct side *side, const char *name)
{
    for (size_t i = 0; i < side->count; i++)
        if (strcmp(side->facts[i].name, name) == 0)
            return &side->facts[i];
    return NULL;
}

static void hex_add(struct side *side, const char *name, struct view bytes)
{
    char text[2 * REPORT_USER_DATA_SIZE + 1];

    hex_format(bytes, text);
    fact_add(side, name, "%s", text);
}

static void uuid_add(struct side *side, const struct uuid *uuid)
{
    char text[UUID_TEXT_ROOM];

    uuid_format(uuid, text);
    fact_add(side, "uuid", "%s", text);
}

static void manifest_add(struct side *side, const struct image_manifest *m)
{
    fact_add(side, "prod_id", "%u", m->prod_id);
    fact_add(side, "svn", "%u", m->svn);
    fact_add(side, "debug", "%s", m->debug_allowed ? "allowed" : "not allowed");
    fact_add(side, "heap_size", "%" PRIu64, m->heap_size);
    fact_add(side, "stack_size", "%" PRIu64, m->stack_size);
    fact_add(side, "tcs_count", "%u", m->tcs_count);
    fact_add(side, "shared_size", "%" PRIu64, m->shared_size);
    for (uint32_t i = 0; i < m->library_count; i++) {
        char name[FACT_NAME_ROOM];

        snprintf(name, sizeof name, "library %s", m->libraries[i].name);
        hex_add(side, name, VIEW_OF(m->libraries[i].digest));
    }
}

/* One of its own for each: files may have sections of one name, or of bytes that are no text. */
static void section_name(const struct side *side, const struct elf_section *section,
                         char ret_name[static FACT_NAME_ROOM])
{
    unsigned more = 1;
    int size = snprintf(ret_name, FACT_NAME_ROOM, "section %s", section->name);

    for (char *c = ret_name; *c != '\0'; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    while (fact_of(side, ret_name) != NULL)
        snprintf(ret_name + size, FACT_NAME_ROOM - (size_t)size, " (%u)", ++more);
}

static void section_add(struct side *side, const struct elf_section *section)
{
    uint8_t digest[SHA256_SIZE];
    char name[FACT_NAME_ROOM], text[2 * SHA256_SIZE + 1];

    if (section->name[0] == '\0')
        return;
    section_name(side, section, name);
    if (section->bytes.size == 0 || !sha256(section->bytes, digest))
        fact_add(side, name, "%" PRIu64 " bytes", section->size);
    else {
        hex_format(VIEW_OF(digest), text);
        fact_add(side, name, "%" PRIu64 " bytes, sha256 %.16s", section->size, text);
    }
}

static cc_enclave_result_t image_facts(struct side *side)
{
    struct elf_section section;
    struct image_identity id;
    cc_enclave_result_t rc;

    if (encrypted_image_is(buf_view(&side->file)))
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "it is encrypted: compare the images it was made from");
    rc = image_verify(buf_view(&side->file), &id);
    if (rc != CC_SUCCESS)
        return rc;
    side->elf = view_of(side->file.data, id.elf_size);
    uuid_add(side, &id.uuid);
    hex_add(side, "mrenclave", VIEW_OF(id.mrenclave));
    hex_add(side, "mrsigner", VIEW_OF(id.mrsigner));
    manifest_add(side, &id.manifest);
    fact_add(side, "image_size", "%zu", id.elf_size);
    for (unsigned i = 0; !side->full && elf_section_at(side->elf, i, &section); i++)
        section_add(side, &section);
    return CC_SUCCESS;
}

static cc_enclave_result_t config_facts(struct side *side)
{
    struct image_manifest manifest;
    cc_enclave_result_t rc = config_parse(buf_view(&side->file), side->path, &manifest);

    if (rc != CC_SUCCESS)
        return rc;
    if (manifest.uuid_derived)
        fact_add(side, "uuid", "derived from signer and product");
    else
        uuid_add(side, &manifest.uuid);
    manifest_add(side, &manifest);
    return CC_SUCCESS;
}

static cc_enclave_result_t report_facts(struct side *side)
{
    struct report report;
    cc_enclave_result_t rc = report_decode(buf_view(&side->file), &report);
    const struct report_body *b = &report.body;

    if (rc != CC_SUCCESS)
        return rc;
    uuid_add(side, &b->uuid);
    hex_add(side, "mrenclave", VIEW_OF(b->mrenclave));
    hex_add(side, "mrsigner", VIEW_OF(b->mrsigner));
    hex_add(side, "mrtcb", VIEW_OF(b->mrtcb));
    hex_add(side, "device_id", VIEW_OF(b->device_id));
    fact_add(side, "prod_id", "%u", b->prod_id);
    fact_add(side, "svn", "%u", b->svn);
    fact_add(side, "debug", "%s", b->debug ? "yes" : "no");
    fact_add(side, "level", "%s", level_title(b->level));
    if (b->states[0] != '\0')
        fact_add(side, "pretends", "%s", b->states);
    fact_add(side, "protections", "0x%x", b->protections);
    fact_add(side, "origin", "%s", b->origin == REPORT_ORIGIN_TA ? "enclave" : "host");
    fact_add(side, "purpose", "%d", (int)b->purpose);
    fact_add(side, "issued_at", "%" PRIu64, b->issued_at_s);
    hex_add(side, "user_data", VIEW_OF(b->user_data));
    for (size_t i = 0; b->has_registers && i < REPORT_REGISTER_COUNT; i++) {
        char name[16];

        snprintf(name, sizeof name, "register_%zu", i);
        hex_add(side, name, VIEW_OF(b->registers[i]));
    }
    return CC_SUCCESS;
}

static bool looks_like_text(struct view bytes)
{
    for (size_t i = 0; i < bytes.size && i < 512; i++)
        if (bytes.data[i] == 0 || bytes.data[i] >= 0x80)
            return false;
    return bytes.size > 0;
}

static cc_enclave_result_t side_read(const char *path, struct side *side)
{
    struct view bytes;
    cc_enclave_result_t rc =
        file_read(path, (size_t)IMAGE_ELF_MAX_SIZE + IMAGE_TAIL_MAX_SIZE, &side->file);

    side->path = path;
    if (rc != CC_SUCCESS)
        return rc; /* names the path itself */
    side->facts = calloc(FACTS_MAX, sizeof *side->facts);
    if (side->facts == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "out of memory");
    bytes = buf_view(&side->file);
    if (encrypted_image_is(bytes) || (bytes.size > 4 && memcmp(bytes.data, "\177ELF", 4) == 0)) {
        side->kind = KIND_IMAGE;
        rc = image_facts(side);
    } else if (looks_like_text(bytes)) {
        side->kind = KIND_CONFIG;
        return config_facts(side); /* few, and names path and line itself */
    } else {
        side->kind = KIND_REPORT;
        rc = report_facts(side);
    }
    if (rc == CC_SUCCESS && side->full)
        rc = detail_fail(CC_ERROR_BAD_FORMAT, "more than %d fields and sections to compare",
                         FACTS_MAX);
    if (rc != CC_SUCCESS)
        detail_prefix("%s: ", path);
    return rc;
}

static void place_say(const struct side *side, uint64_t address, char *ret_text, size_t room)
{
    char symbol[ELF_NAME_ROOM];
    uint64_t offset;

    if (elf_symbol_at(side->elf, address, symbol, &offset))
        snprintf(ret_text, room, "%s+0x%" PRIx64, symbol, offset);
    else
        snprintf(ret_text, room, "0x%" PRIx64, address);
}

/* "" where that says nothing. */
static void where_say(const struct side sides[2], const char *name,
                      char ret_where[static WHERE_ROOM])
{
    static const char prefix[] = "section ";
    struct elf_section a, b;
    char in_a[ELF_NAME_ROOM + 24], in_b[ELF_NAME_ROOM + 24];
    size_t at = 0;

    ret_where[0] = '\0';
    if (sides[0].kind != KIND_IMAGE || strncmp(name, prefix, sizeof prefix - 1) != 0 ||
        !elf_section_find(sides[0].elf, name + sizeof prefix - 1, &a) ||
        !elf_section_find(sides[1].elf, name + sizeof prefix - 1, &b) || a.bytes.size == 0 ||
        b.bytes.size == 0)
        return;
    while (at < a.bytes.size && at < b.bytes.size && a.bytes.data[at] == b.bytes.data[at])
        at++;
    if (a.address == 0) {
        snprintf(ret_where, WHERE_ROOM, "from byte %zu on", at);
        return;
    }
    place_say(&sides[0], a.address + at, in_a, sizeof in_a);
    place_say(&sides[1], b.address + at, in_b, sizeof in_b);
    snprintf(ret_where, WHERE_ROOM, "from byte %zu on, in %s%s%s", at, in_a,
             strcmp(in_a, in_b) == 0 ? "" : " and ", strcmp(in_a, in_b) == 0 ? "" : in_b);
}

static void one_print(const char *name, const char *a, const char *b, const char *where)
{
    printf("%s%s%s\n  - %s\n  + %s\n", name, where[0] != '\0' ? ", " : "", where, a, b);
}

/* Both lists, and those of the second that the first does not have. */
static bool each(const struct side sides[2], size_t i, const char **ret_name, const char **ret_a,
                 const char **ret_b)
{
    static const char missing[] = "(not there)";
    const struct fact *other;

    if (i < sides[0].count) {
        other = fact_of(&sides[1], sides[0].facts[i].name);
        *ret_name = sides[0].facts[i].name;
        *ret_a = sides[0].facts[i].value;
        *ret_b = other != NULL ? other->value : missing;
        return strcmp(*ret_a, *ret_b) != 0;
    }
    i -= sides[0].count;
    *ret_name = sides[1].facts[i].name;
    *ret_a = missing;
    *ret_b = sides[1].facts[i].value;
    return fact_of(&sides[0], *ret_name) == NULL;
}

static size_t differences_say(const struct side sides[2], json_t *list)
{
    const char *name, *a, *b;
    char where[WHERE_ROOM];
    size_t count = 0;

    for (size_t i = 0; i < sides[0].count + sides[1].count; i++) {
        if (!each(sides, i, &name, &a, &b))
            continue;
        count++;
        where_say(sides, name, where);
        if (list != NULL)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name", name, "a", a, "b",
                                                  b, "where", where));
        else
            one_print(name, a, b, where);
    }
    if (list == NULL)
        puts(count == 0 ? "no difference" : "");
    return count;
}

static bool same_bytes(const struct side sides[2])
{
    return equal_ct(buf_view(&sides[0].file), buf_view(&sides[1].file));
}

cc_enclave_result_t difference_show(const char *const paths[2], bool json, size_t *ret_count)
{
    struct side sides[2] = {{.file = BUF_EMPTY}, {.file = BUF_EMPTY}};
    json_t *list = json ? json_array() : NULL;
    cc_enclave_result_t rc = side_read(paths[0], &sides[0]);

    if (rc == CC_SUCCESS)
        rc = side_read(paths[1], &sides[1]);
    if (rc == CC_SUCCESS && sides[0].kind != sides[1].kind)
        rc = detail_fail(CC_ERROR_BAD_FORMAT,
                         "an image, a configuration and a report can't be compared with another");
    if (rc == CC_SUCCESS) {
        if (!json)
            printf("- %s\n+ %s\n\n", paths[0], paths[1]);
        *ret_count = differences_say(sides, list);
        if (*ret_count == 0 && !json && !same_bytes(sides))
            puts("(the files differ in bytes that say nothing, such as a signature made anew)");
        if (json && json_finish(json_pack("{s:s, s:s, s:O}", "a", paths[0], "b", paths[1],
                                          "differences", list)) != 0)
            rc = detail_fail(CC_ERROR_WRITE_DATA, "standard output can't be written");
    }
    json_decref(list);
    for (size_t i = 0; i < 2; i++) {
        free(sides[i].facts);
        buf_free(&sides[i].file);
    }
    return rc;
}
