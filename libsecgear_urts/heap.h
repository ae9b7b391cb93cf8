/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * heap.h - gives out parts of a window's heap. All bookkeeping is in this process's own memory: the
 * enclave can write every byte of the window, so nothing in there is believed.
 *
 * Layer: libsecgear_urts. Threads: any; has its own lock.
 */
#ifndef URTS_HEAP_H
#define URTS_HEAP_H

#include "base/bytes.h"
#include <pthread.h>

struct heap_block; /* in use, sorted by offset */

struct heap {
    pthread_mutex_t lock;
    size_t start; /* offsets in the window */
    size_t end;
    size_t used; /* bytes given out */
    size_t peak; /* the most that ever was */
    struct heap_block *blocks;
};

void heap_init(struct heap *heap, size_t start, size_t end);
void heap_done(struct heap *heap);   /* forgets all blocks */
size_t heap_used(struct heap *heap); /* bytes given out */
size_t heap_peak(struct heap *heap); /* the most that ever was given out */

/* Whose a block is: nobody can give back what another kind took. */
enum heap_kind {
    HEAP_FRAME,   /* of a call */
    HEAP_ENCLAVE, /* asked for by the enclave's runtime */
    HEAP_SHARED,  /* the application's */
};
enum heap_given { HEAP_GIVEN, HEAP_INSIDE, HEAP_NOT_THERE };

bool heap_take(struct heap *heap, size_t size, enum heap_kind kind, size_t *ret_offset)
    __attribute__((warn_unused_result)); /* aligned to 64; false: full, or size 0 */
/* HEAP_INSIDE: a block of that kind lies there, but does not start there. */
enum heap_given heap_give(struct heap *heap, size_t offset, enum heap_kind kind);

#endif
