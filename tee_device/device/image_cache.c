/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "image_cache.h"
#include "base/detail.h"
#include "io/sealed.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct cached_image *cache_find(struct image_cache *cache,
                                       const uint8_t hash[static SHA256_SIZE])
{
    for (size_t i = 0; i < IMAGE_CACHE_COUNT; i++)
        if (cache->images[i].used &&
            view_equal(VIEW_OF(cache->images[i].hash), view_of(hash, SHA256_SIZE)))
            return &cache->images[i];
    return NULL;
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
    place->used = false;
    return place;
}

/* Not being able to keep it costs time, nothing else. */
static void cache_keep(struct image_cache *cache, int fd, const uint8_t hash[static SHA256_SIZE],
                       const struct image_identity *identity)
{
    struct cached_image *place = cache_place(cache);

    place->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (place->fd < 0)
        return;
    memcpy(place->hash, hash, SHA256_SIZE);
    place->identity = *identity;
    place->last = cache->looks;
    place->used = true;
}

/*
 * The same pages, but a position of its own: an enclave could move that of another one which is
 * being loaded. Where there is no /proc, *fd stays the copy that it is.
 */
static void fd_share(int known, int *fd)
{
    char path[32];
    int shared;

    snprintf(path, sizeof path, "/proc/self/fd/%d", known);
    shared = open(path, O_RDONLY | O_CLOEXEC);
    if (shared < 0)
        return;
    close(*fd);
    *fd = shared;
}

static cc_enclave_result_t bytes_check(struct image_cache *cache, struct view bytes, int *fd,
                                       struct image_identity *ret_identity)
{
    struct cached_image *known;
    uint8_t hash[SHA256_SIZE];
    cc_enclave_result_t rc;

    if (!sha256(bytes, hash))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: SHA-256 is not available");
    cache->looks++;
    known = cache_find(cache, hash);
    if (known == NULL) {
        rc = image_verify(bytes, ret_identity);
        if (rc == CC_SUCCESS && bytes.size <= IMAGE_CACHE_IMAGE_MAX)
            cache_keep(cache, *fd, hash, ret_identity);
        return rc;
    }
    known->last = cache->looks;
    *ret_identity = known->identity;
    fd_share(known->fd, fd);
    return CC_SUCCESS;
}

cc_enclave_result_t image_cache_take(struct image_cache *cache, int file, int *ret_fd,
                                     struct image_identity *ret_identity)
{
    cc_enclave_result_t rc;
    struct stat st;
    void *bytes;
    int fd;

    rc = sealed_copy(file, "sg-image", &fd);
    if (rc != CC_SUCCESS)
        return rc;
    if (fstat(fd, &st) != 0 ||
        (bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED) {
        close(fd);
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory to measure the image");
    }
    rc = bytes_check(cache, view_of(bytes, (size_t)st.st_size), &fd, ret_identity);
    munmap(bytes, (size_t)st.st_size);
    if (rc != CC_SUCCESS) {
        close(fd);
        return rc;
    }
    *ret_fd = fd;
    return CC_SUCCESS;
}

void image_cache_done(struct image_cache *cache)
{
    for (size_t i = 0; i < IMAGE_CACHE_COUNT; i++)
        if (cache->images[i].used)
            close(cache->images[i].fd);
    memset(cache, 0, sizeof *cache);
}
