/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "image_key.h"
#include "base/detail.h"
#include "secgear_pcl.h"
#include "wire/encrypted_image.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static cc_enclave_result_t file_open(const char *path, int *ret_fd, size_t *ret_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0)
        return detail_fail(errno == EACCES ? CC_ERROR_ACCESS_DENIED : CC_ERROR_INVALID_PATH,
                           "host: the image's key %s: %s", path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < IMAGE_KEY_SIZE ||
        st.st_size > IMAGE_KEY_MAX_SIZE) {
        close(fd);
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "host: the image's key %s: a file of %d to %d bytes expected", path,
                           IMAGE_KEY_SIZE, IMAGE_KEY_MAX_SIZE);
    }
    *ret_fd = fd;
    *ret_size = (size_t)st.st_size;
    return CC_SUCCESS;
}

static cc_enclave_result_t file_take(const char *path, struct buf *ret_key)
{
    struct buf key = BUF_EMPTY;
    cc_enclave_result_t rc;
    size_t size = 0;
    int fd = -1;

    rc = file_open(path, &fd, &size);
    if (rc != CC_SUCCESS)
        return rc;
    if (!buf_alloc(&key, size))
        rc = detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no memory for the image's key");
    else if (pread(fd, key.data, size, 0) != (ssize_t)size)
        rc = detail_fail(CC_ERROR_READ_DATA, "host: the image's key %s can not be read", path);
    close(fd);
    if (rc == CC_SUCCESS)
        buf_move(ret_key, &key);
    else
        buf_free(&key);
    return rc;
}

cc_enclave_result_t image_key_read(const void *desc, struct buf *ret_key)
{
    cesgx_plc_config_t config = {0, NULL};
    char path[PATH_MAX];
    size_t size;

    if (desc != NULL)
        memcpy(&config, desc, sizeof config);
    if (config.path == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "host: ENCLAVE_FEATURE_PROTECTED_CODE_LOADER: feature_desc is a "
                           "cesgx_plc_config_t with the path of the image's key");
    size = strnlen(config.path, config.len != 0 && config.len < PATH_MAX ? config.len : PATH_MAX);
    if (size == 0 || size >= PATH_MAX)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "host: the path of the image's key is empty or too long");
    memcpy(path, config.path, size);
    path[size] = '\0';
    return file_take(path, ret_key);
}
