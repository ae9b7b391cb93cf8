/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * arena.h - what one run of codegen keeps: memory that is released all at once, a growing text, and
 * a table of names.
 *
 * Running out of memory ends the program (nothing has been written by then); so no caller checks.
 * Layer: codegen. Threads: one.
 */
#ifndef CODEGEN_ARENA_H
#define CODEGEN_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* A growing text, always NUL-terminated once something was added. */
struct lines {
    char *data;
    size_t size;
    size_t room;
};

struct arena_block;

struct arena {
    struct arena_block *blocks;
    struct lines scratch; /* of arena_format() */
};

void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for anything */
char *arena_text(struct arena *arena, const char *data, size_t size);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_formatv(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void arena_free(struct arena *arena);

/* Adds to a growing text. */
void lines_put(struct lines *lines, const char *data, size_t size);
void lines_add(struct lines *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lines_addv(struct lines *lines, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void lines_free(struct lines *lines);

/* Names to what they stand for; open addressing. */
struct names {
    struct names_slot *slots;
    size_t count;
    size_t room; /* a power of two */
};

void *names_find(const struct names *names, const char *name);
bool names_add(struct names *names, const char *name, void *value); /* false: there already */
void names_free(struct names *names);

#endif
