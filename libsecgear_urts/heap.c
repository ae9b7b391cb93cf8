/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "heap.h"
#include <stdlib.h>

enum { HEAP_ALIGN = 64 };

struct heap_block {
    struct heap_block *next;
    size_t offset;
    size_t size;
};

void heap_init(struct heap *heap, size_t start, size_t end)
{
    pthread_mutex_init(&heap->lock, NULL);
    heap->start = start;
    heap->end = end;
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

bool heap_take(struct heap *heap, size_t size, size_t *ret_offset)
{
    struct heap_block *fresh;
    bool good;

    if (size == 0 || size > heap->end - heap->start)
        return false;
    fresh = malloc(sizeof *fresh);
    if (fresh == NULL)
        return false;
    fresh->size = (size + HEAP_ALIGN - 1) & ~(size_t)(HEAP_ALIGN - 1);
    pthread_mutex_lock(&heap->lock);
    good = block_place(heap, fresh);
    if (good)
        *ret_offset = fresh->offset;
    pthread_mutex_unlock(&heap->lock);
    if (!good)
        free(fresh);
    return good;
}

bool heap_give(struct heap *heap, size_t offset)
{
    struct heap_block **at, *found;

    pthread_mutex_lock(&heap->lock);
    for (at = &heap->blocks; *at != NULL && (*at)->offset < offset; at = &(*at)->next)
        ;
    found = *at;
    if (found != NULL && found->offset == offset)
        *at = found->next;
    else
        found = NULL;
    pthread_mutex_unlock(&heap->lock);
    free(found);
    return found != NULL;
}

size_t heap_used(struct heap *heap)
{
    size_t used = 0;

    pthread_mutex_lock(&heap->lock);
    for (const struct heap_block *block = heap->blocks; block != NULL; block = block->next)
        used += block->size;
    pthread_mutex_unlock(&heap->lock);
    return used;
}
