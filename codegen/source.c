/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "source.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SHOWN_MAX = 160, SHOWN_BEFORE = 60, CARET_ROOM = 20, FILE_MAX_SIZE = 64 * 1024 * 1024 };

struct source *session_source(struct session *session, const char *path)
{
    struct source *source;

    for (source = session->sources; source != NULL; source = source->next)
        if (strcmp(source->path, path) == 0)
            return source;
    source = arena_alloc(&session->arena, sizeof *source);
    source->path = arena_text(&session->arena, path, strlen(path));
    source->next = session->sources;
    session->sources = source;
    return source;
}

void session_free(struct session *session)
{
    lines_free(&session->messages);
    lines_free(&session->notices);
    arena_free(&session->arena);
    *session = (struct session){0};
}

bool word_is_near(const char *a, const char *b)
{
    size_t size_a = strlen(a), size_b = strlen(b);

    if (strcasecmp(a, b) == 0 || size_a < 2 || size_b < 2)
        return strcasecmp(a, b) == 0;
    for (; *a != '\0' && *a == *b; a++, b++, size_a--, size_b--)
        ;
    for (; size_a > 0 && size_b > 0 && a[size_a - 1] == b[size_b - 1]; size_a--, size_b--)
        ;
    return (size_a <= 1 && size_b <= 1) ||
           (size_a == 2 && size_b == 2 && a[0] == b[1] && a[1] == b[0]);
}

const char *hint_text(struct session *session, const char *near)
{
    return near == NULL ? "" : arena_format(&session->arena, " - did you mean `%s'?", near);
}

static void source_load(struct session *session, struct source *source)
{
    struct lines text = {0};
    char part[4096];
    size_t size;
    FILE *file;

    if (source->loaded)
        return;
    source->loaded = true;
    file = fopen(source->path, "rb");
    if (file == NULL)
        return;
    while ((size = fread(part, 1, sizeof part, file)) > 0 && text.size < FILE_MAX_SIZE)
        lines_put(&text, part, size);
    fclose(file);
    source->data = arena_text(&session->arena, text.data, text.size);
    source->size = text.size;
    lines_free(&text);
}

struct span {
    const char *data;
    size_t size;
};

static struct span line_at(const char *data, size_t size)
{
    const char *end = memchr(data, '\n', size);

    if (end != NULL)
        size = (size_t)(end - data);
    if (size > 0 && data[size - 1] == '\r')
        size--;
    return (struct span){data, size};
}

static bool source_line(const struct source *source, unsigned number, struct span *ret_line)
{
    const char *at = source->data;
    size_t rest = source->size;

    while (at != NULL && number > 1) {
        const char *end = memchr(at, '\n', rest);

        if (end == NULL)
            return false;
        rest -= (size_t)(end + 1 - at);
        at = end + 1;
        number--;
    }
    if (at == NULL || number == 0)
        return false;
    *ret_line = line_at(at, rest);
    return true;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Whether the token stands at that offset as a whole, not as a part of a longer word. */
static bool word_at(struct span line, size_t at, struct span token)
{
    if (token.size > line.size - at || memcmp(line.data + at, token.data, token.size) != 0)
        return false;
    if (!is_word(token.data[0]))
        return true;
    return (at == 0 || !is_word(line.data[at - 1])) &&
           (at + token.size == line.size || !is_word(line.data[at + token.size]));
}

/* Offset behind a comment that begins here, else the same offset. */
static size_t comment_skip(struct span line, size_t at)
{
    if (at + 1 >= line.size || line.data[at] != '/')
        return at;
    if (line.data[at + 1] == '/')
        return line.size;
    if (line.data[at + 1] != '*')
        return at;
    for (at += 2; at + 1 < line.size; at++)
        if (line.data[at] == '*' && line.data[at + 1] == '/')
            return at + 2;
    return line.size;
}

/* The occurrence of the token before `end` (how many), or the offset of occurrence `nth`. */
static size_t occurrences(struct span line, struct span token, size_t end, size_t nth,
                          bool *ret_found)
{
    size_t seen = 0;

    *ret_found = false;
    for (size_t at = 0; at < line.size && at < end;) {
        size_t behind = comment_skip(line, at);

        if (behind != at) {
            at = behind;
        } else if (word_at(line, at, token)) {
            if (seen++ == nth) {
                *ret_found = true;
                return at;
            }
            at += token.size;
        } else {
            at++;
        }
    }
    return seen;
}

/* Offset of the place in the user's line; false when a macro made the token. */
static bool column_find(struct place place, struct span line, size_t *ret_offset)
{
    const char *begin = place.at;
    struct span token = {place.at, place.size};
    struct span made;
    size_t nth, offset;
    bool found;

    while (begin[-1] != '\n')
        begin--;
    made = line_at(begin, (size_t)(place.at - begin) + place.size);
    offset = (size_t)(place.at - begin);
    if (offset + place.size <= line.size && made.size <= line.size &&
        memcmp(begin, line.data, made.size) == 0) {
        *ret_offset = offset;
        return true;
    }
    if (token.size == 0)
        return false;
    nth = occurrences(made, token, offset, (size_t)-1, &found);
    *ret_offset = occurrences(line, token, line.size, nth, &found);
    return found;
}

/* The part of a long line that has the place in it, so that the caret stands on the screen. */
static struct span line_part(struct span line, size_t *offset)
{
    size_t begin = *offset > SHOWN_MAX - CARET_ROOM ? *offset - SHOWN_BEFORE : 0;

    while (begin > 0 && begin < line.size && ((unsigned char)line.data[begin] & 0xc0) == 0x80)
        begin++; /* not within a UTF-8 character */
    *offset -= begin;
    line.data += begin;
    line.size -= begin;
    if (line.size > SHOWN_MAX)
        line.size = SHOWN_MAX;
    return line;
}

static void caret_add(struct lines *to, struct span line, size_t offset, size_t size)
{
    struct span shown = line_part(line, &offset);

    lines_add(to, "    ");
    for (size_t i = 0; i < shown.size; i++) /* a control character could hide the message */
        lines_put(to,
                  iscntrl((unsigned char)shown.data[i]) && shown.data[i] != '\t' ? "?"
                                                                                 : shown.data + i,
                  1);
    lines_add(to, "\n    ");
    for (size_t i = 0; i < offset && i < shown.size; i++) {
        if (((unsigned char)shown.data[i] & 0xc0) == 0x80)
            continue; /* the rest of a UTF-8 character takes no column */
        lines_add(to, shown.data[i] == '\t' ? "\t" : " ");
    }
    lines_add(to, "^");
    for (size_t i = 1; i < size && offset + i < shown.size; i++)
        lines_add(to, "~");
    lines_add(to, "\n");
}

static void __attribute__((format(printf, 4, 0)))
message_add(struct session *session, struct place place, const char *kind, const char *format,
            va_list args)
{
    struct lines *to = &session->messages;
    struct span line = {NULL, 0};
    size_t offset = 0;
    bool known;

    if (place.source == NULL) {
        lines_add(to, "%s: ", kind);
        lines_addv(to, format, args);
        lines_add(to, "\n");
        return;
    }
    source_load(session, place.source);
    known = source_line(place.source, place.line, &line);
    if (known && !column_find(place, line, &offset)) {
        place.size = 1;
        for (offset = 0; offset < line.size && isspace((unsigned char)line.data[offset]);)
            offset++;
    }
    lines_add(to, "%s:%u:%zu: %s: ", place.source->path, place.line, offset + 1, kind);
    lines_addv(to, format, args);
    lines_add(to, "\n");
    if (known)
        caret_add(to, line, offset, place.size);
}

void message_error(struct session *session, struct place place, const char *format, ...)
{
    va_list args;

    if (session->errors++ >= ERRORS_MAX) {
        if (session->errors == ERRORS_MAX + 1)
            lines_add(&session->messages, "error: too many errors, the rest is not shown\n");
        return;
    }
    va_start(args, format);
    message_add(session, place, "error", format, args);
    va_end(args);
}

void message_warning(struct session *session, struct place place, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    message_add(session, place, "warning", format, args);
    va_end(args);
}

void message_note(struct session *session, struct place place, const char *format, ...)
{
    va_list args;

    if (session->errors > ERRORS_MAX)
        return;
    va_start(args, format);
    message_add(session, place, "note", format, args);
    va_end(args);
}
