/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "arena.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_SIZE = 64 * 1024,
    ALIGNMENT = 16,
    LINES_ROOM = 1024,
    LINE_ROOM = 256,
    NAMES_ROOM = 64
};

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t room;
    size_t unused; /* keeps data at a multiple of 16 */
    unsigned char data[];
};

struct names_slot {
    const char *name;
    void *value;
};

static void *memory_or_exit(void *memory)
{
    if (memory == NULL) {
        fputs("error: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

static size_t size_or_exit(size_t a, size_t b)
{
    size_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        memory_or_exit(NULL);
    return sum;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = size_or_exit(size, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_block *block = arena->blocks;
    void *place;

    if (block == NULL || rounded > block->room - block->used) {
        size_t room = rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE;

        block = memory_or_exit(calloc(1, size_or_exit(sizeof *block, room)));
        block->room = room;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    place = block->data + block->used;
    block->used += rounded;
    return place;
}

char *arena_text(struct arena *arena, const char *data, size_t size)
{
    char *copy = arena_alloc(arena, size_or_exit(size, 1));

    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *arena_formatv(struct arena *arena, const char *format, va_list args)
{
    arena->scratch.size = 0;
    lines_addv(&arena->scratch, format, args);
    return arena_text(arena, arena->scratch.data, arena->scratch.size);
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_formatv(arena, format, args);
    va_end(args);
    return text;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;

        arena->blocks = block->next;
        free(block);
    }
    lines_free(&arena->scratch);
}

static void lines_reserve(struct lines *lines, size_t more)
{
    size_t need = size_or_exit(lines->size, size_or_exit(more, 1));
    size_t room = lines->room > 0 ? lines->room : LINES_ROOM;

    if (need <= lines->room)
        return;
    while (room < need)
        room = size_or_exit(room, room);
    lines->data = memory_or_exit(realloc(lines->data, room));
    lines->room = room;
}

void lines_put(struct lines *lines, const char *data, size_t size)
{
    lines_reserve(lines, size);
    if (size > 0)
        memcpy(lines->data + lines->size, data, size);
    lines->size += size;
    lines->data[lines->size] = '\0';
}

static void number_put(struct lines *lines, unsigned number)
{
    char digits[3 * sizeof number];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    lines_put(lines, digits + at, sizeof digits - at);
}

/* Most of what is printed: %s, %.*s and %u alone, which need no general formatter. False, and no
 * promise what lines has now: there is something else. */
static bool __attribute__((format(printf, 2, 0)))
plain_addv(struct lines *lines, const char *format, va_list args)
{
    for (;;) {
        const char *text, *end = format;

        while (*end != '\0' && *end != '%')
            end++;
        lines_put(lines, format, (size_t)(end - format));
        if (*end == '\0')
            return true;
        if (end[1] == 'u') {
            number_put(lines, va_arg(args, unsigned));
            format = end + 2;
        } else if (end[1] == 's') {
            text = va_arg(args, const char *);
            lines_put(lines, text, strlen(text));
            format = end + 2;
        } else if (strncmp(end, "%.*s", 4) == 0) {
            size_t most = (size_t)va_arg(args, int);

            text = va_arg(args, const char *);
            lines_put(lines, text, strnlen(text, most));
            format = end + 4;
        } else {
            return false;
        }
    }
}

static void __attribute__((format(printf, 2, 0)))
general_addv(struct lines *lines, const char *format, va_list args)
{
    va_list again;
    int size;

    lines_reserve(lines, LINE_ROOM);
    va_copy(again, args);
    size = vsnprintf(lines->data + lines->size, lines->room - lines->size, format, again);
    va_end(again);
    if (size < 0)
        memory_or_exit(NULL);
    if ((size_t)size >= lines->room - lines->size) {
        lines_reserve(lines, (size_t)size);
        vsnprintf(lines->data + lines->size, (size_t)size + 1, format, args);
    }
    lines->size += (size_t)size;
}

void lines_addv(struct lines *lines, const char *format, va_list args)
{
    size_t before = lines->size;
    va_list again;

    va_copy(again, args);
    if (!plain_addv(lines, format, args)) {
        lines->size = before;
        general_addv(lines, format, again);
    }
    va_end(again);
}

void lines_add(struct lines *lines, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    lines_addv(lines, format, args);
    va_end(args);
}

void lines_free(struct lines *lines)
{
    free(lines->data);
    *lines = (struct lines){0};
}

/* FNV-1a. */
static size_t name_hash(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return (size_t)(hash ^ hash >> 32);
}

static struct names_slot *names_slot(const struct names *names, const char *name)
{
    size_t at = name_hash(name) & (names->room - 1);

    while (names->slots[at].name != NULL && strcmp(names->slots[at].name, name) != 0)
        at = (at + 1) & (names->room - 1);
    return &names->slots[at];
}

void *names_find(const struct names *names, const char *name)
{
    return names->room == 0 ? NULL : names_slot(names, name)->value;
}

static void names_grow(struct names *names)
{
    struct names old = *names;

    names->room = old.room > 0 ? size_or_exit(old.room, old.room) : NAMES_ROOM;
    names->slots = memory_or_exit(calloc(names->room, sizeof *names->slots));
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i].name != NULL)
            *names_slot(names, old.slots[i].name) = old.slots[i];
    free(old.slots);
}

bool names_add(struct names *names, const char *name, void *value)
{
    struct names_slot *slot;

    if (names->count >= names->room / 2)
        names_grow(names);
    slot = names_slot(names, name);
    if (slot->name != NULL)
        return false;
    *slot = (struct names_slot){name, value};
    names->count++;
    return true;
}

void names_free(struct names *names)
{
    free(names->slots);
    *names = (struct names){0};
}
