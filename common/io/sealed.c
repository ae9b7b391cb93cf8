/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "io/sealed.h"
#include "base/detail.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

enum { SEALED_BUSY_TURNS = 100, SEALED_BUSY_PAUSE_MS = 20 };

/* Libraries and images are mapped, never executed as programs; old kernels do not know the flag. */
static int memory_file(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

static bool bytes_copy(int from, int to, off_t at, size_t size)
{
    const off_t end = at + (off_t)size;

    while (at < end) {
        ssize_t part = sendfile(to, from, &at, (size_t)(end - at));

        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0) /* 0: the file shrank meanwhile */
            return false;
    }
    return true;
}

/* A loaded kernel may still hold pages that were just written (queues of other processors, write
 * back): to it they look pinned, and it answers EBUSY although nobody can write any more. */
static bool seals_add(int fd, int seals)
{
    const struct timespec pause = {.tv_nsec = SEALED_BUSY_PAUSE_MS * 1000000L};

    for (unsigned turn = 0; turn < SEALED_BUSY_TURNS; turn++) {
        if (fcntl(fd, F_ADD_SEALS, seals) == 0)
            return true;
        if (errno != EBUSY)
            return false;
        nanosleep(&pause, NULL);
    }
    errno = EBUSY;
    return false;
}

cc_enclave_result_t sealed_finish(int fd, const char *name)
{
    if (seals_add(fd, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_READ_DATA, "%s can not be sealed: %s", name, strerror(errno));
}

cc_enclave_result_t sealed_blank(size_t size, const char *name, int *ret_fd)
{
    int fd = memory_file(name);

    if (fd < 0 || ftruncate(fd, (off_t)size) != 0) {
        detail_fail(CC_ERROR_OUT_OF_MEMORY, "no memory file for %s: %s", name, strerror(errno));
        if (fd >= 0)
            close(fd);
        return CC_ERROR_OUT_OF_MEMORY;
    }
    *ret_fd = fd;
    return CC_SUCCESS;
}

cc_enclave_result_t sealed_part(int file, uint64_t offset, uint64_t size, const char *name,
                                int *ret_fd)
{
    cc_enclave_result_t rc;
    int copy;

    if (offset > SEALED_COPY_MAX_SIZE || size > SEALED_COPY_MAX_SIZE)
        return detail_fail(CC_ERROR_READ_DATA, "%s lies outside its file", name);
    rc = sealed_blank(0, name, &copy);
    if (rc != CC_SUCCESS)
        return rc;
    if (bytes_copy(file, copy, (off_t)offset, (size_t)size))
        rc = sealed_finish(copy, name);
    else
        rc = detail_fail(CC_ERROR_READ_DATA, "%s can not be copied: %s", name, strerror(errno));
    if (rc == CC_SUCCESS)
        *ret_fd = copy;
    else
        close(copy);
    return rc;
}

cc_enclave_result_t sealed_copy(int file, const char *name, int *ret_fd)
{
    struct stat st;

    if (fstat(file, &st) != 0 || !S_ISREG(st.st_mode))
        return detail_fail(CC_ERROR_INVALID_ENCLAVE, "%s is not a plain file", name);
    if (st.st_size == 0 || st.st_size > SEALED_COPY_MAX_SIZE)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE, "%s has %lld bytes, expected 1 to %d", name,
                           (long long)st.st_size, SEALED_COPY_MAX_SIZE);
    return sealed_part(file, 0, (uint64_t)st.st_size, name, ret_fd);
}

/* Of huge pages there may be none left, and touching them would end us: only those of tmpfs. */
bool sealed_already(int file)
{
    int wanted = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    int seals = fcntl(file, F_GET_SEALS);
    struct statfs fs;

    return seals >= 0 && (seals & wanted) == wanted && fstatfs(file, &fs) == 0 &&
           fs.f_type == TMPFS_MAGIC;
}

cc_enclave_result_t sealed_window(size_t size, int *ret_fd)
{
    int fd = memory_file("sg-window");

    if (fd < 0 || ftruncate(fd, (off_t)size) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no window of %zu bytes: %s", size,
                    strerror(errno));
        if (fd >= 0)
            close(fd);
        return CC_ERROR_OUT_OF_MEMORY;
    }
    *ret_fd = fd;
    return CC_SUCCESS;
}
