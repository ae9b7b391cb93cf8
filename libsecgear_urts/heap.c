/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "heap.h"
#include <stdlib.h>

enum { HEAP_ALIGN = 64 };

struct heap_block {
    struct heap_block *next;
    size_t offset;
    size_t size;
    enum heap_kind kind;
};

void heap_init(struct heap *heap, size_t start, size_t end)
{
    pthread_mutex_init(&heap->lock, NULL);
    heap->start = start;
    heap->end = end;
    heap->used = heap->peak = 0;
    heap->blocks = NULL;
}

void heap_done(struct heap *heap)
{
    while (heap->blocks != NULL) {
        struct heap_block *block = heap->blocks;

        heap->blocks = block->next;
        free(block);
    }
    pthread_mutex_destroy(&heap->lock);
}

/* First gap that is large enough. */
static bool block_place(struct heap *heap, struct heap_block *fresh)
{
    struct heap_block **at = &heap->blocks;
    size_t offset = heap->start;

    while (*at != NULL && (*at)->offset - offset < fresh->size) {
        offset = (*at)->offset + (*at)->size;
        at = &(*at)->next;
    }
    if (*at == NULL && heap->end - offset < fresh->size)
        return false;
    fresh->offset = offset;
    fresh->next = *at;
    *at = fresh;
    return true;
}

bool heap_take(struct heap *heap, size_t size, enum heap_kind kind, size_t *ret_offset)
{
    struct heap_block *fresh;
    bool good;

    if (size == 0 || size > heap->end - heap->start)
        return false;
    fresh = malloc(sizeof *fresh);
    if (fresh == NULL)
        return false;
    fresh->kind = kind;
    fresh->size = (size + HEAP_ALIGN - 1) & ~(size_t)(HEAP_ALIGN - 1);
    pthread_mutex_lock(&heap->lock);
    good = block_place(heap, fresh);
    if (good) {
        *ret_offset = fresh->offset;
        heap->used += fresh->size;
        if (heap->peak < heap->used)
            heap->peak = heap->used;
    }
    pthread_mutex_unlock(&heap->lock);
    if (!good)
        free(fresh);
    return good;
}

enum heap_given heap_give(struct heap *heap, size_t offset, enum heap_kind kind)
{
    enum heap_given given = HEAP_NOT_THERE;
    struct heap_block **at, *found;

    pthread_mutex_lock(&heap->lock);
    for (at = &heap->blocks; *at != NULL && (*at)->offset + (*at)->size <= offset;
         at = &(*at)->next)
        ;
    found = *at;
    if (found != NULL && found->kind == kind && offset >= found->offset)
        given = found->offset == offset ? HEAP_GIVEN : HEAP_INSIDE;
    if (given == HEAP_GIVEN) {
        *at = found->next;
        heap->used -= found->size;
    }
    pthread_mutex_unlock(&heap->lock);
    if (given == HEAP_GIVEN)
        free(found);
    return given;
}

static size_t heap_read(struct heap *heap, const size_t *field)
{
    size_t value;

    pthread_mutex_lock(&heap->lock);
    value = *field;
    pthread_mutex_unlock(&heap->lock);
    return value;
}

size_t heap_used(struct heap *heap)
{
    return heap_read(heap, &heap->used);
}

size_t heap_peak(struct heap *heap)
{
    return heap_read(heap, &heap->peak);
}
