/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/tcg_log.h"
#include "base/detail.h"
#include "base/text.h"

static const char SPEC_ID[16] = "Spec ID Event03";

static bool first_take(struct reader *r, struct tcg_log *log)
{
    struct reader spec;
    uint32_t count;

    reader_le32(r);
    if (reader_le32(r) != TCG_NO_ACTION)
        r->failed = true;
    reader_take(r, 20);
    spec = reader_over(reader_take(r, reader_le32(r)));
    if (!view_equal(reader_take(&spec, sizeof SPEC_ID), VIEW_OF(SPEC_ID)))
        spec.failed = true;
    reader_take(&spec, 8);
    count = reader_le32(&spec);
    if (spec.failed || r->failed || count < 1 || count > TCG_HASHES_MAX_COUNT)
        return false;
    for (log->hash_count = 0; log->hash_count < count; log->hash_count++) {
        log->ids[log->hash_count] = reader_le16(&spec);
        log->sizes[log->hash_count] = reader_le16(&spec);
    }
    reader_take(&spec, reader_u8(&spec));
    return reader_done(&spec);
}

static size_t digest_size(const struct tcg_log *log, uint16_t id)
{
    for (size_t i = 0; i < log->hash_count; i++)
        if (log->ids[i] == id)
            return log->sizes[i];
    return SIZE_MAX;
}

/* Each digest of a hash that the first event announced; none twice as many. */
static struct view digests_take(struct reader *r, const struct tcg_log *log, uint32_t count)
{
    struct view all = r->rest;

    if (count > log->hash_count)
        r->failed = true;
    for (; !r->failed && count > 0; count--)
        reader_take(r, digest_size(log, reader_le16(r)));
    all.size = r->failed ? 0 : all.size - r->rest.size;
    return all;
}

static struct tcg_event event_read(struct reader *r, const struct tcg_log *log)
{
    struct tcg_event e;

    e.reg = reader_le32(r);
    e.type = reader_le32(r);
    e.digest_count = reader_le32(r);
    e.digests = digests_take(r, log, e.digest_count);
    e.data = reader_take(r, reader_le32(r));
    if (e.reg >= TCG_REGISTERS && e.type != TCG_NO_ACTION)
        r->failed = true;
    return e;
}

/* How many bytes at the end are room that was never written: all zeros, or all ones. Counted once,
 * from the end: events may look like room, and to look on at each would take n * n steps. */
static size_t room_size(struct view bytes)
{
    size_t size = 0;
    uint8_t last = bytes.size > 0 ? bytes.data[bytes.size - 1] : 1;

    if (last != 0 && last != 0xff)
        return 0;
    while (size < bytes.size && bytes.data[bytes.size - 1 - size] == last)
        size++;
    return size;
}

cc_enclave_result_t tcg_log_decode(struct view bytes, struct tcg_log *ret_log)
{
    struct reader r = reader_over(bytes);
    struct tcg_log log = {.hash_count = 0};
    struct view events;
    size_t room;

    if (bytes.size > TCG_LOG_MAX_SIZE || !first_take(&r, &log))
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "event log: at most %d bytes that begin with a Spec ID event expected",
                           TCG_LOG_MAX_SIZE);
    events = r.rest;
    room = room_size(r.rest);
    for (log.count = 0; r.rest.size > room; log.count++) {
        event_read(&r, &log);
        if (r.failed || log.count == TCG_EVENTS_MAX_COUNT)
            return detail_fail(CC_ERROR_BAD_FORMAT, "event log: event %zu can not be read",
                               log.count + 1);
    }
    events.size -= r.rest.size;
    log.events = reader_over(events);
    *ret_log = log;
    return CC_SUCCESS;
}

struct tcg_event tcg_event_take(struct tcg_log *log)
{
    return event_read(&log->events, log);
}

struct view tcg_event_digest(const struct tcg_log *log, const struct tcg_event *event,
                             enum tcg_hash hash)
{
    struct reader r = reader_over(event->digests);

    while (!r.failed && r.rest.size > 0) {
        uint16_t id = reader_le16(&r);
        struct view digest = reader_take(&r, digest_size(log, id));

        if (id == hash)
            return digest;
    }
    return VIEW_EMPTY;
}

static bool all_zero(struct view v)
{
    for (size_t i = 0; i < v.size; i++)
        if (v.data[i] != 0)
            return false;
    return true;
}

struct ima_entry ima_entry_take(struct reader *r)
{
    struct ima_entry e;

    e.reg = reader_le32(r);
    e.template_hash = reader_take(r, IMA_SHA1_SIZE);
    e.name = reader_take(r, reader_le32(r));
    e.data = reader_take(r, reader_le32(r));
    if (e.reg >= TCG_REGISTERS || e.name.size > IMA_NAME_MAX_SIZE || e.name.size == 0 ||
        e.data.size > IMA_DATA_MAX_SIZE)
        r->failed = true;
    e.violation = all_zero(e.template_hash);
    return e;
}

/* Up to the next blank, or to the end of the line. */
static struct view word_take(struct reader *r, char end)
{
    struct view word = r->rest;

    while (!r->failed && (r->rest.size == 0 || r->rest.data[0] != (uint8_t)end)) {
        if (r->rest.size == 0 || r->rest.data[0] == '\n')
            r->failed = true;
        reader_u8(r);
    }
    word.size = r->failed ? 0 : word.size - r->rest.size;
    reader_u8(r);
    return word;
}

static bool hex_put(struct writer *w, struct view digits)
{
    for (size_t i = 0; i + 1 < digits.size; i += 2) {
        char pair[3] = {(char)digits.data[i], (char)digits.data[i + 1], '\0'};
        uint8_t byte;

        if (!hex_parse(pair, &byte, 1))
            return false;
        writer_u8(w, byte);
    }
    return digits.size % 2 == 0;
}

/* "sha256:" HEX to the field of the template: size, name with colon and zero byte, digest. */
static bool digest_put(struct writer *w, struct view word)
{
    const uint8_t *colon = word.size > 0 ? memchr(word.data, ':', word.size) : NULL;
    size_t name = colon != NULL ? (size_t)(colon - word.data) + 1 : 0;

    if (name == 0 || word.size - name > 128)
        return false;
    writer_le32(w, (uint32_t)(name + 1 + (word.size - name) / 2));
    writer_put(w, view_of(word.data, name));
    writer_u8(w, 0);
    return hex_put(w, view_of(word.data + name, word.size - name));
}

struct ima_entry ima_line_take(struct reader *r, struct writer *room)
{
    struct ima_entry e = {0};
    struct view reg = word_take(r, ' '), hash = word_take(r, ' '), digest, path;
    size_t at = room->size;
    char number[4] = "";
    uint64_t value = TCG_REGISTERS;

    e.name = word_take(r, ' ');
    digest = word_take(r, ' ');
    path = word_take(r, '\n');
    if (r->failed || hash.size != 2 * IMA_SHA1_SIZE || reg.size > 2 || !hex_put(room, hash) ||
        !digest_put(room, digest)) {
        r->failed = true;
        return e;
    }
    memcpy(number, reg.data, reg.size);
    if (!number_parse(number, TCG_REGISTERS - 1, &value))
        r->failed = true;
    writer_le32(room, (uint32_t)path.size + 1);
    writer_put(room, path);
    writer_u8(room, 0);
    if (room->failed)
        r->failed = true;
    e.reg = (uint32_t)value;
    e.template_hash = view_of(room->data + at, IMA_SHA1_SIZE);
    e.data = view_of(room->data + at + IMA_SHA1_SIZE,
                     room->failed ? 0 : room->size - at - IMA_SHA1_SIZE);
    e.violation = all_zero(e.template_hash);
    return e;
}

bool ima_entry_decode(const struct ima_entry *entry, struct view *ret_digest, struct view *ret_path)
{
    struct reader r = reader_over(entry->data);
    struct view digest = reader_take(&r, reader_le32(&r));
    struct view path = reader_take(&r, reader_le32(&r));
    const uint8_t *end = digest.size > 0 ? memchr(digest.data, 0, digest.size) : NULL;
    size_t skip = end != NULL ? (size_t)(end - digest.data) + 1 : 0;

    if (entry->name.size < 4 || !view_equal(view_of(entry->name.data, 4), view_text("ima-")) ||
        r.failed || skip == 0 || path.size == 0 || path.data[path.size - 1] != 0)
        return false;
    *ret_digest = view_of(digest.data + skip, digest.size - skip);
    *ret_path = view_of(path.data, path.size - 1);
    return true;
}
