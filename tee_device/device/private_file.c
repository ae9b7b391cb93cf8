/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "private_file.h"
#include "base/detail.h"
#include "crypto/random.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEMPORARY ".new-"

enum { TEMPORARY_LIFE_S = 60 };

/* Ours alone: same owner, no rights for others, a plain file. */
static cc_enclave_result_t file_check(int fd, const char *path)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return detail_fail(CC_ERROR_READ_DATA, "device: %s is not a plain file", path);
    if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
        return detail_fail(CC_ERROR_SECURITY,
                           "device: %s must belong to uid %u with mode 0600, it has uid %u and "
                           "mode 0%o",
                           path, geteuid(), st.st_uid, st.st_mode & 0777);
    return CC_SUCCESS;
}

static bool folder_private(const struct stat *st)
{
    return S_ISDIR(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & 022) == 0;
}

/* Who else may write to it may put an older file, or none, in the place of ours. */
static cc_enclave_result_t folder_check(const char *folder, const struct stat *st)
{
    if (folder_private(st))
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_SECURITY,
                       "device: %s must belong to uid %u with mode 0700, it has uid %u and mode "
                       "0%o: look whether its files are yours, then chmod it",
                       folder, geteuid(), st->st_uid, st->st_mode & 0777);
}

static cc_enclave_result_t content_read(int fd, const char *path, size_t max_size,
                                        struct buf *ret_bytes)
{
    struct buf bytes = BUF_EMPTY;
    size_t done = 0;
    ssize_t part;

    if (!buf_alloc(&bytes, max_size + 1))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory to read its state");
    do {
        part = pread(fd, bytes.data + done, bytes.size - done, (off_t)done);
        done += part > 0 ? (size_t)part : 0;
    } while (done < bytes.size && (part > 0 || (part < 0 && errno == EINTR)));
    if (part < 0) {
        detail_fail(CC_ERROR_READ_DATA, "device: %s: %s", path, strerror(errno));
        buf_free(&bytes);
        return CC_ERROR_READ_DATA;
    }
    bytes.size = done;
    buf_move(ret_bytes, &bytes);
    return CC_SUCCESS;
}

cc_enclave_result_t private_file_read(const char *folder, const char *name, size_t max_size,
                                      struct buf *ret_bytes)
{
    char path[PATH_MAX];
    cc_enclave_result_t rc;
    struct stat st;
    int fd;

    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return CC_ERROR_ITEM_NOT_FOUND;
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return CC_ERROR_ITEM_NOT_FOUND;
    if (fd < 0)
        return detail_fail(CC_ERROR_READ_DATA, "device: %s: %s", path, strerror(errno));
    rc = file_check(fd, path);
    if (rc == CC_SUCCESS && stat(folder, &st) != 0)
        rc = detail_fail(CC_ERROR_READ_DATA, "device: %s: %s", folder, strerror(errno));
    if (rc == CC_SUCCESS)
        rc = folder_check(folder, &st);
    if (rc == CC_SUCCESS)
        rc = content_read(fd, path, max_size, ret_bytes);
    close(fd);
    return rc;
}

static cc_enclave_result_t storage_fail(const char *path)
{
    int why = errno;
    cc_enclave_result_t rc = CC_ERROR_STORAGE_EIO;

    if (why == EEXIST)
        rc = CC_ERROR_ACCESS_CONFLICT;
    else if (why == ENOSPC || why == EDQUOT || why == EFBIG)
        rc = CC_ERROR_STORAGE_NO_SPACE;
    else if (why == EROFS || why == EACCES || why == EPERM)
        rc = CC_ERROR_STORAGE_EROFS;
    return detail_fail(rc, "device: %s can not be written: %s", path, strerror(why));
}

static bool content_write(int fd, struct view bytes)
{
    size_t done = 0;

    while (done < bytes.size) {
        ssize_t part = write(fd, bytes.data + done, bytes.size - done);

        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return false;
        done += (size_t)part;
    }
    return fsync(fd) == 0;
}

static bool folder_sync(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return good;
}

/* Under a name that no reader looks for. With a lock it is always the same, so that what a killed
 * writer left is used up by the next; without, not the pid: two containers may share a home. */
static bool temporary_name(const char *folder, const char *name, enum private_put how,
                           char ret_path[static PATH_MAX])
{
    uint64_t unique = 0;
    int size;

    if (how == PRIVATE_PUT_NEW && !random_fill(&unique, sizeof unique))
        return false;
    if (how == PRIVATE_PUT_NEW)
        size = snprintf(ret_path, PATH_MAX, "%s/" TEMPORARY "%016" PRIx64, folder, unique);
    else
        size = snprintf(ret_path, PATH_MAX, "%s/" TEMPORARY "%s", folder, name);
    return size > 0 && size < PATH_MAX;
}

/* The file under its name is whole or absent, the old one or the new one. */
static cc_enclave_result_t named_write(const char *path, const char *temporary, struct view bytes,
                                       enum private_put how)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    int fd;

    if (how == PRIVATE_PUT_REPLACE)
        unlink(temporary);
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return storage_fail(path);
    if (!content_write(fd, bytes) ||
        (how == PRIVATE_PUT_NEW ? link(temporary, path) : rename(temporary, path)) != 0)
        rc = storage_fail(path);
    close(fd);
    if (how == PRIVATE_PUT_NEW || rc != CC_SUCCESS)
        unlink(temporary);
    return rc;
}

/* Without any name until it is whole: a writer that is killed leaves nothing behind. *ret_done is
 * false where the file system has no such files. */
static cc_enclave_result_t nameless_write(const char *folder, const char *path, struct view bytes,
                                          bool *ret_done)
{
    char from[32];
    cc_enclave_result_t rc = CC_SUCCESS;
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

    *ret_done = fd >= 0;
    if (fd < 0)
        return CC_SUCCESS;
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    if (!content_write(fd, bytes))
        rc = storage_fail(path);
    else if (linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) != 0) {
        *ret_done = errno != ENOENT && errno != EOPNOTSUPP; /* no /proc, or no links of these */
        rc = storage_fail(path);
    }
    close(fd);
    return rc;
}

cc_enclave_result_t private_file_write(const char *folder, const char *name, struct view bytes,
                                       enum private_put how)
{
    char path[PATH_MAX], temporary[PATH_MAX];
    cc_enclave_result_t rc = CC_SUCCESS;
    bool done = false;

    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path ||
        !temporary_name(folder, name, how, temporary))
        return detail_fail(CC_ERROR_STORAGE_EIO, "device: no name for a file in %s", folder);
    if (how == PRIVATE_PUT_NEW)
        rc = nameless_write(folder, path, bytes, &done);
    if (!done)
        rc = named_write(path, temporary, bytes, how);
    if (!folder_sync(folder) && rc == CC_SUCCESS && how == PRIVATE_PUT_REPLACE)
        rc = storage_fail(path);
    return rc;
}

static bool is_old(int folder, const char *name)
{
    struct stat st;

    return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           st.st_mtime < time(NULL) - TEMPORARY_LIFE_S;
}

/* One that is written right now is younger; if not, its writer is told that it failed. */
void private_folder_tidy(const char *folder)
{
    DIR *dir = opendir(folder);

    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        if (strncmp(e->d_name, TEMPORARY, strlen(TEMPORARY)) == 0 && is_old(dirfd(dir), e->d_name))
            unlinkat(dirfd(dir), e->d_name, 0);
    if (dir != NULL)
        closedir(dir);
}

bool private_folder_make(const char *folder)
{
    char path[PATH_MAX];
    struct stat st;

    if ((size_t)snprintf(path, sizeof path, "%s", folder) >= sizeof path)
        return false;
    for (char *at = path + 1; (at = strchr(at, '/')) != NULL; *at++ = '/') {
        *at = '\0';
        mkdir(path, 0700);
    }
    mkdir(path, 0700);
    return stat(folder, &st) == 0 && folder_private(&st);
}

cc_enclave_result_t private_folder_lock(const char *folder, int *ret_fd)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st = {.st_mode = 0};
    cc_enclave_result_t rc;
    int why;

    if (fd < 0)
        return storage_fail(folder);
    rc = fstat(fd, &st) == 0 ? folder_check(folder, &st) : storage_fail(folder);
    if (rc != CC_SUCCESS) {
        close(fd);
        return rc;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *ret_fd = fd;
        return CC_SUCCESS;
    }
    why = errno;
    close(fd);
    errno = why;
    return why == EWOULDBLOCK ? CC_ERROR_BUSY : storage_fail(folder);
}
