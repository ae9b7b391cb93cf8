/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * image_cache.h - images that were found good, with their sealed bytes: the next enclave of a file
 * that has the very same bytes needs no copy and no signature checked, and shares the pages of the
 * first. Large ones are not kept: they would stay in memory.
 *
 * Layer: tee_device/device. Threads: one.
 */
#ifndef DEVICE_IMAGE_CACHE_H
#define DEVICE_IMAGE_CACHE_H

#include "crypto/image_check.h"

enum { IMAGE_CACHE_COUNT = 8, IMAGE_CACHE_IMAGE_MAX = 8 * 1024 * 1024 };

struct image_cache {
    struct cached_image {
        bool used;
        uint64_t last;     /* when, counted in looks */
        int fd;            /* sealed; ours */
        struct view bytes; /* mapped */
        struct image_identity identity;
    } images[IMAGE_CACHE_COUNT];
    uint64_t looks;
};

/*
 * Finds that the file's bytes, all read now, were good before; else copies and seals the file and
 * checks it whole.
 * *ret_fd is the caller's. Codes of sealed_copy() and image_verify().
 */
cc_enclave_result_t image_cache_take(struct image_cache *cache, int file, int *ret_fd,
                                     struct image_identity *ret_identity)
    __attribute__((warn_unused_result));
void image_cache_done(struct image_cache *cache);

#endif
