/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verifiers.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef SECGEAR_LIB_FROM_BIN
#define SECGEAR_LIB_FROM_BIN "../lib"
#endif

/* What lies beside this program, as it was installed. */
static bool installed_path(char ret_path[static PATH_MAX])
{
    char own[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    char *slash;
    int made;

    if (size <= 0)
        return false;
    own[size] = '\0';
    slash = strrchr(own, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    made = snprintf(ret_path, PATH_MAX, "%s/" SECGEAR_LIB_FROM_BIN "/" PLUGINS_FOLDER, own);
    return made > 0 && made < PATH_MAX;
}

cc_enclave_result_t verifiers_open(const char *folder, struct verifiers_all *ret_all)
{
    char own[PATH_MAX];

    verifiers_builtin(&ret_all->set);
    ret_all->plugins.count = 0;
    if (folder != NULL)
        return plugins_load(&ret_all->plugins, &ret_all->set, folder, false);
    return installed_path(own) ? plugins_load(&ret_all->plugins, &ret_all->set, own, true)
                               : CC_SUCCESS;
}

void verifiers_close(struct verifiers_all *all)
{
    plugins_free(&all->plugins);
}
