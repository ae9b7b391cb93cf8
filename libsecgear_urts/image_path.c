/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "image_path.h"
#include "base/detail.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_FOLDER "/usr/lib/secgear/enclaves"
#define FILE_END ".sec"

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

bool image_path_uuid(const char *path, struct uuid *ret_uuid)
{
    const char *name = file_name(path);
    size_t size = strlen(name);

    return size >= UUID_TEXT_SIZE &&
           (name[UUID_TEXT_SIZE] == '\0' || strcmp(name + UUID_TEXT_SIZE, FILE_END) == 0) &&
           uuid_parse(view_of(name, UUID_TEXT_SIZE), ret_uuid);
}

/* FOLDER/UUID.sec, with links resolved; NULL: not there. */
static char *folder_look(const char *folder, size_t folder_size, const char *name)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%.*s/%.*s" FILE_END, (int)folder_size, folder,
                        (int)UUID_TEXT_SIZE, name);

    if (folder_size == 0 || folder_size >= PATH_MAX || folder[0] != '/' || size < 0 ||
        (size_t)size >= sizeof path)
        return NULL;
    return realpath(path, NULL);
}

static char *folders_look(const char *folders, const char *name)
{
    while (folders != NULL && *folders != '\0') {
        size_t size = strcspn(folders, ":");
        char *found = folder_look(folders, size, name);

        if (found != NULL)
            return found;
        folders += size + (folders[size] == ':');
    }
    return NULL;
}

static char *data_home_look(const char *name)
{
    const char *home = secure_getenv("XDG_DATA_HOME");
    const char *below = "";
    char folder[PATH_MAX];
    int size;

    if (home == NULL || home[0] != '/') {
        home = secure_getenv("HOME");
        below = "/.local/share";
    }
    size =
        snprintf(folder, sizeof folder, "%s%s/secgear/enclaves", home != NULL ? home : "", below);
    return home != NULL && size > 0 && (size_t)size < sizeof folder
               ? folder_look(folder, (size_t)size, name)
               : NULL;
}

static char *uuid_look(const char *name)
{
    char *found = folders_look(secure_getenv("SECGEAR_ENCLAVE_PATH"), name);

    if (found == NULL)
        found = data_home_look(name);
    return found != NULL ? found : folder_look(SYSTEM_FOLDER, strlen(SYSTEM_FOLDER), name);
}

cc_enclave_result_t image_path_resolve(const char *path, char **ret_path)
{
    char *real = realpath(path, NULL);
    bool searched = real == NULL && errno == ENOENT;
    struct uuid uuid;

    searched = searched && image_path_uuid(path, &uuid);
    if (searched)
        real = uuid_look(file_name(path));
    if (real == NULL && searched)
        return detail_fail(CC_ERROR_INVALID_PATH,
                           "host: %s: no such file, and no folder of SECGEAR_ENCLAVE_PATH, "
                           "$XDG_DATA_HOME/secgear/enclaves or " SYSTEM_FOLDER " has %.*s" FILE_END,
                           path, (int)UUID_TEXT_SIZE, file_name(path));
    if (real == NULL)
        return detail_fail(errno == ENOMEM ? CC_ERROR_OUT_OF_MEMORY : CC_ERROR_INVALID_PATH,
                           "host: %s: %s", path, strerror(errno));
    if (access(real, R_OK) != 0) {
        detail_fail(CC_ERROR_ACCESS_DENIED, "host: %s can not be read: %s", real, strerror(errno));
        free(real);
        return CC_ERROR_ACCESS_DENIED;
    }
    *ret_path = real;
    return CC_SUCCESS;
}
