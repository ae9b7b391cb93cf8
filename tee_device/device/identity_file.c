/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "identity_file.h"
#include "base/detail.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ours alone: same owner, no rights for others, a plain file. */
static cc_enclave_result_t file_check(int fd, const char *folder)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return detail_fail(CC_ERROR_READ_DATA, "device: %s/%s is not a plain file", folder,
                           IDENTITY_FILE_NAME);
    if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
        return detail_fail(CC_ERROR_SECURITY,
                           "device: %s/%s must belong to uid %u with mode 0600, it has uid %u and "
                           "mode 0%o",
                           folder, IDENTITY_FILE_NAME, geteuid(), st.st_uid, st.st_mode & 0777);
    return CC_SUCCESS;
}

static cc_enclave_result_t file_read(int fd, const char *folder, struct buf *ret_bytes)
{
    struct buf bytes = BUF_EMPTY;
    ssize_t size;

    if (!buf_alloc(&bytes, STATE_MAX_SIZE + 1))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory to read its state");
    size = pread(fd, bytes.data, bytes.size, 0);
    if (size < 0) {
        buf_free(&bytes);
        return detail_fail(CC_ERROR_READ_DATA, "device: %s/%s: %s", folder, IDENTITY_FILE_NAME,
                           strerror(errno));
    }
    bytes.size = (size_t)size;
    buf_move(ret_bytes, &bytes);
    return CC_SUCCESS;
}

static cc_enclave_result_t file_parse(const char *folder, struct identity_file *file)
{
    uint8_t check[SHA256_SIZE];
    cc_enclave_result_t rc = state_decode(buf_view(&file->bytes), &file->state);

    if (rc == CC_SUCCESS &&
        (!sha256(file->state.checked, check) || !equal_ct(VIEW_OF(check), file->state.check)))
        rc = detail_fail(CC_ERROR_CORRUPT_OBJECT, "device state: its check does not fit");
    if (rc != CC_SUCCESS)
        detail_prefix("%s/%s is damaged (restore it, or move it away to get a new device; data "
                      "sealed by the old one is lost then): ",
                      folder, IDENTITY_FILE_NAME);
    return rc;
}

cc_enclave_result_t identity_file_load(const char *folder, struct identity_file *ret_file)
{
    char path[PATH_MAX];
    cc_enclave_result_t rc;
    int fd;

    snprintf(path, sizeof path, "%s/%s", folder, IDENTITY_FILE_NAME);
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return CC_ERROR_ITEM_NOT_FOUND;
    if (fd < 0)
        return detail_fail(CC_ERROR_READ_DATA, "device: %s: %s", path, strerror(errno));
    rc = file_check(fd, folder);
    if (rc == CC_SUCCESS)
        rc = file_read(fd, folder, &ret_file->bytes);
    if (rc == CC_SUCCESS)
        rc = file_parse(folder, ret_file);
    close(fd);
    return rc;
}

/* Each missing part of the path, private. */
static bool folder_make(const char *folder)
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
    return stat(folder, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
           (st.st_mode & 022) == 0;
}

static bool temporary_write(int fd, const struct device_state *state)
{
    uint8_t bytes[STATE_MAX_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);
    uint8_t check[SHA256_SIZE];
    bool good;

    state_encode(state, &w);
    good = !w.failed && sha256(writer_view(&w), check);
    if (good) {
        writer_put(&w, VIEW_OF(check));
        good = !w.failed && write(fd, bytes, w.size) == (ssize_t)w.size && fsync(fd) == 0;
    }
    wipe(bytes, sizeof bytes);
    return good;
}

static void folder_sync(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

cc_enclave_result_t identity_file_create(const char *folder, const struct device_state *state,
                                         bool *ret_kept)
{
    char path[PATH_MAX], temporary[PATH_MAX];
    cc_enclave_result_t rc = CC_SUCCESS;
    uint64_t unique = 0; /* not the pid: two containers that share a home may have the same */
    int fd, failed = 0;

    *ret_kept = false;
    if (!folder_make(folder) || !random_fill(&unique, sizeof unique) ||
        (size_t)snprintf(path, sizeof path, "%s/%s", folder, IDENTITY_FILE_NAME) >= sizeof path ||
        (size_t)snprintf(temporary, sizeof temporary, "%s/.new-%016" PRIx64, folder, unique) >=
            sizeof temporary)
        return CC_SUCCESS; /* ephemeral */
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return CC_SUCCESS;
    /* link() never replaces: of several devices one wins, and the file is whole or absent. */
    if (temporary_write(fd, state)) {
        failed = link(temporary, path) != 0 ? errno : 0;
        *ret_kept = failed == 0;
        if (failed == EEXIST)
            rc = CC_ERROR_ACCESS_CONFLICT;
    }
    close(fd);
    unlink(temporary);
    folder_sync(folder);
    return rc;
}

void identity_file_done(struct identity_file *file)
{
    buf_free(&file->bytes);
    wipe(&file->state, sizeof file->state);
}
