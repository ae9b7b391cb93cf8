/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "file.h"
#include "base/detail.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_MAX_SIZE = 64 << 10, FIRST_SIZE = 64 };

cc_enclave_result_t file_read_key(const char *path, struct buf *ret_content)
{
    struct stat st;
    cc_enclave_result_t rc = file_read_stat(path, KEY_MAX_SIZE, ret_content, &st);

    if (rc == CC_SUCCESS && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        fprintf(stderr,
                "secgear: warning: %s: others may use this private key (mode %04o): chmod 600\n",
                path, (unsigned)st.st_mode & 07777);
    return rc;
}

bool file_is_elf(struct view first)
{
    return first.size >= 4 && memcmp(first.data, "\177ELF", 4) == 0;
}

cc_enclave_result_t file_replaceable(const char *path, bool (*is_kind)(struct view first),
                                     const char *kind)
{
    uint8_t first[FIRST_SIZE];
    struct stat st;
    ssize_t got;
    int fd;

    if (stat(path, &st) != 0)
        return CC_SUCCESS; /* whether it can be made is seen when it is */
    fd = S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    got = fd >= 0 ? read(fd, first, sizeof first) : -1;
    if (fd >= 0)
        close(fd);
    if (got == 0 || (got > 0 && is_kind(view_of(first, (size_t)got))))
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s is there and %s; --force overwrites it", path,
                       kind);
}

static bool write_all(int fd, struct view bytes)
{
    while (bytes.size > 0) {
        ssize_t put = write(fd, bytes.data, bytes.size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        bytes = view_of(bytes.data + put, bytes.size - (size_t)put);
    }
    return true;
}

static mode_t mode_usual(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

static bool fill(int fd, const struct view *parts, size_t count, mode_t mode)
{
    for (size_t i = 0; i < count; i++)
        if (!write_all(fd, parts[i]))
            return false;
    return fchmod(fd, mode) == 0 && fsync(fd) == 0;
}

/* The name appears once the content is there. */
cc_enclave_result_t file_place(const char *temporary, const char *path, bool replace)
{
    if (replace ? rename(temporary, path) == 0
                : link(temporary, path) == 0 && unlink(temporary) == 0)
        return CC_SUCCESS;
    if (errno == EEXIST)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s is there already", path);
    return detail_fail(CC_ERROR_WRITE_DATA, "%s: can't be written: %s", path, strerror(errno));
}

/* A device or a pipe would be lost to all other programs. */
static bool is_no_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static cc_enclave_result_t put(const char *path, const struct view *parts, size_t count,
                               mode_t mode, bool replace)
{
    char temporary[PATH_MAX];
    int size = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    cc_enclave_result_t rc = CC_SUCCESS;
    int fd;

    if (size < 0 || (size_t)size >= sizeof temporary)
        return detail_fail(CC_ERROR_WRITE_DATA, "%.64s...: the path is too long", path);
    if (is_no_file(path))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "%s: a plain file expected, or none", path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return detail_fail(CC_ERROR_WRITE_DATA, "%s: can't be created: %s", path, strerror(errno));

    if (!fill(fd, parts, count, mode))
        rc = detail_fail(CC_ERROR_WRITE_DATA, "%s: can't be written: %s", path, strerror(errno));
    if (close(fd) != 0 && rc == CC_SUCCESS)
        rc = detail_fail(CC_ERROR_WRITE_DATA, "%s: can't be written: %s", path, strerror(errno));
    if (rc == CC_SUCCESS)
        rc = file_place(temporary, path, replace);
    if (rc != CC_SUCCESS)
        unlink(temporary);
    return rc;
}

cc_enclave_result_t file_write(const char *path, const struct view *parts, size_t count)
{
    return put(path, parts, count, mode_usual(), true);
}

cc_enclave_result_t file_write_new(const char *path, struct view content)
{
    return put(path, &content, 1, mode_usual(), false);
}

cc_enclave_result_t file_write_secret(const char *path, struct view content)
{
    return put(path, &content, 1, S_IRUSR | S_IWUSR, false);
}
