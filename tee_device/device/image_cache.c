/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "image_cache.h"
#include "base/detail.h"
#include "io/sealed.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PART_SIZE = 256 << 10 };

/* What the file says while we read; if it changes meanwhile, what runs is still what was read. */
static bool file_equals(int file, struct view bytes)
{
    static uint8_t part[PART_SIZE];
    size_t at = 0;

    while (at < bytes.size) {
        size_t most = bytes.size - at < sizeof part ? bytes.size - at : sizeof part;
        ssize_t got = pread(file, part, most, (off_t)at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || memcmp(part, bytes.data + at, (size_t)got) != 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

static struct cached_image *cache_find(struct image_cache *cache, int file)
{
    struct stat st;

    if (fstat(file, &st) != 0 || !S_ISREG(st.st_mode))
        return NULL;
    for (size_t i = 0; i < IMAGE_CACHE_COUNT; i++) {
        struct cached_image *image = &cache->images[i];

        if (image->used && image->bytes.size == (uint64_t)st.st_size &&
            file_equals(file, image->bytes))
            return image;
    }
    return NULL;
}

static void image_unmap(struct view bytes)
{
    munmap((void *)(uintptr_t)bytes.data, bytes.size);
}

/* A free place, or that of the image which nobody has asked for the longest. */
static struct cached_image *cache_place(struct image_cache *cache)
{
    struct cached_image *place = &cache->images[0];

    for (size_t i = 0; i < IMAGE_CACHE_COUNT; i++) {
        struct cached_image *image = &cache->images[i];

        if (!image->used)
            return image;
        if (image->last < place->last)
            place = image;
    }
    close(place->fd);
    image_unmap(place->bytes);
    place->used = false;
    return place;
}

/* Takes the mapping, or undoes it. Not being able to keep it costs time, nothing else. */
static void cache_keep(struct image_cache *cache, int fd, struct view bytes,
                       const struct image_identity *identity)
{
    struct cached_image *place;

    if (bytes.size > IMAGE_CACHE_IMAGE_MAX) {
        image_unmap(bytes);
        return;
    }
    place = cache_place(cache);
    place->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (place->fd < 0) {
        image_unmap(bytes);
        return;
    }
    place->bytes = bytes;
    place->identity = *identity;
    place->last = cache->looks;
    place->used = true;
}

/*
 * The same pages, but a position of its own: an enclave could move that of another one which is
 * being loaded. -1 where there is no /proc.
 */
static int fd_share(int known)
{
    char path[32];

    snprintf(path, sizeof path, "/proc/self/fd/%d", known);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static cc_enclave_result_t file_check(struct image_cache *cache, int file, int *ret_fd,
                                      struct image_identity *ret_identity)
{
    cc_enclave_result_t rc;
    struct view bytes;
    struct stat st;
    void *mapped;
    int fd;

    rc = sealed_copy(file, "sg-image", &fd);
    if (rc != CC_SUCCESS)
        return rc;
    if (fstat(fd, &st) != 0 ||
        (mapped = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED) {
        close(fd);
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory to measure the image");
    }
    bytes = view_of(mapped, (size_t)st.st_size);
    rc = image_verify(bytes, ret_identity);
    if (rc != CC_SUCCESS) {
        image_unmap(bytes);
        close(fd);
        return rc;
    }
    cache_keep(cache, fd, bytes, ret_identity);
    *ret_fd = fd;
    return CC_SUCCESS;
}

cc_enclave_result_t image_cache_take(struct image_cache *cache, int file, int *ret_fd,
                                     struct image_identity *ret_identity)
{
    struct cached_image *known = cache_find(cache, file);
    int shared = known != NULL ? fd_share(known->fd) : -1;

    cache->looks++;
    if (shared < 0)
        return file_check(cache, file, ret_fd, ret_identity);
    known->last = cache->looks;
    *ret_identity = known->identity;
    *ret_fd = shared;
    return CC_SUCCESS;
}

void image_cache_done(struct image_cache *cache)
{
    for (size_t i = 0; i < IMAGE_CACHE_COUNT; i++)
        if (cache->images[i].used) {
            close(cache->images[i].fd);
            image_unmap(cache->images[i].bytes);
        }
    memset(cache, 0, sizeof *cache);
}
