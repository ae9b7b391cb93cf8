/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "files/plugin.h"
#include "base/detail.h"
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SPELLINGS_BITS = 32, PATH_ROOM = 64 + 4 * SPELLINGS_BITS };

typedef const cc_verifier_t *(*entry_point)(void);

/* What is loaded runs as we do, so only root or we ourselves may have put it there. */
static bool is_ours(const struct stat *info)
{
    return (info->st_uid == 0 || info->st_uid == geteuid()) &&
           (info->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static cc_enclave_result_t verifier_take(struct plugins *plugins, struct verifiers *set,
                                         void *handle, const char *name)
{
    entry_point entry = (entry_point)dlsym(handle, CC_VERIFIER_PLUGIN_SYMBOL);
    cc_enclave_result_t rc;

    if (entry == NULL)
        return detail_fail(
            CC_ERROR_BAD_FORMAT,
            "plugin: %.80s: function " CC_VERIFIER_PLUGIN_SYMBOL " expected, found none", name);
    if (plugins->count == PLUGINS_MAX_COUNT)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "plugin: %.80s: at most %d", name,
                           PLUGINS_MAX_COUNT);
    rc = verifiers_add(set, entry());
    if (rc != CC_SUCCESS) {
        detail_prefix("plugin: %.80s: ", name);
        return rc;
    }
    plugins->handles[plugins->count++] = handle;
    return CC_SUCCESS;
}

/* The loader takes a path that it has heard before for the library it loaded then, and numbers of
 * descriptors come again: so each path of this process is spelled in another way. */
static void path_spell(int file, char ret_path[static PATH_ROOM])
{
    static _Atomic uint32_t spellings;
    uint32_t spelling = atomic_fetch_add(&spellings, 1);
    size_t size = (size_t)snprintf(ret_path, PATH_ROOM, "/proc/self/fd");

    for (unsigned bit = 0; bit < SPELLINGS_BITS; bit++)
        size += (size_t)snprintf(ret_path + size, PATH_ROOM - size, "%s",
                                 spelling >> bit & 1 ? "/./" : "//");
    snprintf(ret_path + size, PATH_ROOM - size, "%d", file);
}

/* Opened once, checked, and loaded by its descriptor: what was checked is what runs. */
static cc_enclave_result_t file_load(struct plugins *plugins, struct verifiers *set, int folder,
                                     const char *name)
{
    char path[PATH_ROOM];
    struct stat info;
    void *handle;
    cc_enclave_result_t rc;
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (file < 0)
        return detail_fail(CC_ERROR_INVALID_PATH, "plugin: %.80s: can not be opened: %s", name,
                           strerror(errno));
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode) || !is_ours(&info)) {
        close(file);
        return detail_fail(CC_ERROR_ACCESS_DENIED,
                           "plugin: %.80s: a file of root or of this user expected that nobody "
                           "else may write",
                           name);
    }
    path_spell(file, path);
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    close(file);
    if (handle == NULL)
        return detail_fail(CC_ERROR_BAD_FORMAT, "plugin: %.80s: %.200s", name, dlerror());
    rc = verifier_take(plugins, set, handle, name);
    if (rc != CC_SUCCESS)
        dlclose(handle);
    return rc;
}

static bool is_library(const char *name)
{
    size_t size = strlen(name);

    return name[0] != '.' && size > 3 && strcmp(name + size - 3, ".so") == 0;
}

static cc_enclave_result_t entries_load(struct plugins *plugins, struct verifiers *set, DIR *folder)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    struct dirent *entry;

    while (rc == CC_SUCCESS && (entry = readdir(folder)) != NULL)
        if (is_library(entry->d_name))
            rc = file_load(plugins, set, dirfd(folder), entry->d_name);
    return rc;
}

cc_enclave_result_t plugins_load(struct plugins *plugins, struct verifiers *set, const char *path,
                                 bool may_lack)
{
    struct stat info;
    DIR *folder;
    cc_enclave_result_t rc;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

    if (fd < 0 && may_lack && errno == ENOENT)
        return CC_SUCCESS;
    if (fd < 0)
        return detail_fail(CC_ERROR_INVALID_PATH, "plugin: %.200s: %s", path, strerror(errno));
    if (fstat(fd, &info) != 0 || !is_ours(&info)) {
        close(fd);
        return detail_fail(CC_ERROR_ACCESS_DENIED,
                           "plugin: %.200s: a folder of root or of this user expected that nobody "
                           "else may write",
                           path);
    }
    folder = fdopendir(fd);
    if (folder == NULL) {
        close(fd);
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "plugin: out of memory");
    }
    rc = entries_load(plugins, set, folder);
    closedir(folder);
    return rc;
}

void plugins_free(struct plugins *plugins)
{
    while (plugins->count > 0)
        dlclose(plugins->handles[--plugins->count]);
}
