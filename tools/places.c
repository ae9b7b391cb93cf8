/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "places.h"
#include "base/detail.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The Makefile knows the installed layout. */
#ifndef SECGEAR_LIBEXEC_FROM_BIN
#define SECGEAR_LIBEXEC_FROM_BIN "../libexec/secgear"
#endif
#ifndef SECGEAR_LIB_FROM_LIBEXEC
#define SECGEAR_LIB_FROM_LIBEXEC "../../lib"
#endif
#ifndef SECGEAR_DATA_FROM_BIN
#define SECGEAR_DATA_FROM_BIN "../share/secgear"
#endif

cc_enclave_result_t place_of_self(char ret_path[static PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", ret_path, PATH_MAX - 1);
    char *slash;

    if (size <= 0)
        return detail_fail(CC_ERROR_GENERIC, "it can not find its own files");
    ret_path[size] = '\0';
    slash = strrchr(ret_path, '/');
    if (slash == NULL)
        return detail_fail(CC_ERROR_GENERIC, "it can not find its own files");
    *slash = '\0';
    return CC_SUCCESS;
}

static cc_enclave_result_t find(const char *installed, const char *built, const char *name,
                                char ret_path[static PATH_MAX])
{
    char own[PATH_MAX];
    const char *const folders[] = {installed, built};
    cc_enclave_result_t rc = place_of_self(own);

    for (size_t i = 0; rc == CC_SUCCESS && i < 2; i++) {
        int size = snprintf(ret_path, PATH_MAX, "%s/%s/%s", own, folders[i], name);

        if (size > 0 && size < PATH_MAX && access(ret_path, R_OK) == 0)
            return CC_SUCCESS;
    }
    return rc == CC_SUCCESS
               ? detail_fail(CC_ERROR_INVALID_PATH, "%s is missing (installation?)", ret_path)
               : rc;
}

cc_enclave_result_t place_of_script(const char *name, char ret_path[static PATH_MAX])
{
    return find(SECGEAR_LIBEXEC_FROM_BIN, "../libexec", name, ret_path);
}

cc_enclave_result_t place_of_data(const char *name, char ret_path[static PATH_MAX])
{
    return find(SECGEAR_DATA_FROM_BIN, "../share/secgear", name, ret_path);
}

cc_enclave_result_t place_of_libraries(char ret_paths[static 3 * PATH_MAX])
{
    char own[PATH_MAX];
    cc_enclave_result_t rc = place_of_self(own);
    int size;

    if (rc != CC_SUCCESS)
        return rc;
    size = snprintf(ret_paths, 3 * PATH_MAX,
                    "%s/" SECGEAR_LIBEXEC_FROM_BIN "/" SECGEAR_LIB_FROM_LIBEXEC ":%s/../lib", own,
                    own);
    return size > 0 && size < 3 * PATH_MAX
               ? CC_SUCCESS
               : detail_fail(CC_ERROR_INVALID_PATH, "%.64s...: the path is too long", own);
}
