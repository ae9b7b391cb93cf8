/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "io/file_read.h"
#include "base/detail.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static cc_enclave_result_t read_all(int fd, const char *path, size_t size, struct buf *ret_content)
{
    struct buf content = BUF_EMPTY;
    size_t filled = 0;

    if (!buf_alloc(&content, size))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "%s: out of memory for %zu bytes", path, size);
    while (filled < size) {
        ssize_t got = read(fd, content.data + filled, size - filled);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            int why = errno;

            buf_free(&content);
            return detail_fail(CC_ERROR_READ_DATA, "%s: %s after %zu of %zu bytes", path,
                               got < 0 ? strerror(why) : "ended", filled, size);
        }
        filled += (size_t)got;
    }
    buf_move(ret_content, &content);
    return CC_SUCCESS;
}

/* By the descriptor that was looked at, so that nothing else can have come in its place. */
int file_open(const char *path, int flags, struct stat *ret_stat)
{
    int place = open(path, O_PATH | O_CLOEXEC | flags), fd = -1, why;
    char name[32];

    if (place < 0)
        return -1;
    if (fstat(place, ret_stat) != 0) {
        why = errno;
    } else if (!S_ISREG(ret_stat->st_mode)) {
        why = EMEDIUMTYPE;
    } else {
        snprintf(name, sizeof name, "/proc/self/fd/%d", place);
        fd = open(name, O_RDONLY | O_CLOEXEC);
        why = errno;
    }
    close(place);
    errno = why;
    return fd;
}

static cc_enclave_result_t bounded_open(const char *path, size_t max_size, int *ret_fd,
                                        struct stat *ret_stat)
{
    int fd = file_open(path, 0, ret_stat);

    if (fd < 0 && errno == EMEDIUMTYPE)
        return detail_fail(CC_ERROR_INVALID_PATH, "%s: a regular file expected", path);
    if (fd < 0)
        return detail_fail(CC_ERROR_INVALID_PATH, "%s: %s", path, strerror(errno));
    if (ret_stat->st_size < 0 || (uint64_t)ret_stat->st_size > max_size) {
        close(fd);
        return detail_fail(CC_ERROR_INVALID_PATH, "%s: at most %zu bytes expected, found %lld",
                           path, max_size, (long long)ret_stat->st_size);
    }
    *ret_fd = fd;
    return CC_SUCCESS;
}

cc_enclave_result_t file_read_stat(const char *path, size_t max_size, struct buf *ret_content,
                                   struct stat *ret_stat)
{
    int fd = -1;
    cc_enclave_result_t rc = bounded_open(path, max_size, &fd, ret_stat);

    if (rc != CC_SUCCESS)
        return rc;
    rc = read_all(fd, path, (size_t)ret_stat->st_size, ret_content);
    close(fd);
    return rc;
}

cc_enclave_result_t file_read(const char *path, size_t max_size, struct buf *ret_content)
{
    struct stat st;

    return file_read_stat(path, max_size, ret_content, &st);
}
