/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "io/file_read.h"
#include "base/detail.h"
#include <errno.h>
#include <fcntl.h>
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

/* Looked at before, so that nothing but a file is opened, and after: it may have changed between.
 * Not by /proc, which need not be there. */
int file_open(const char *path, int flags, struct stat *ret_stat)
{
    int at_flags = (flags & O_NOFOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW : 0, fd;

    if (fstatat(AT_FDCWD, path, ret_stat, at_flags) != 0)
        return -1;
    fd = S_ISREG(ret_stat->st_mode) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags) : -1;
    if (fd < 0 && S_ISREG(ret_stat->st_mode))
        return -1;
    if (fd >= 0 && fstat(fd, ret_stat) == 0 && S_ISREG(ret_stat->st_mode))
        return fd;
    if (fd >= 0)
        close(fd);
    errno = EMEDIUMTYPE;
    return -1;
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
