/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "pretend.h"
#include "base/detail.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TOOL_TIMEOUT_MS = 150000 }; /* valgrind takes a hundred times longer than the processor */

/* What was made while it pretended is no other device's: neither keys nor what they sealed. */
static const char *folder_of(const char *folder, enum states_certificate certificate)
{
    static const char *const names[] = {"debug", "debug-expired", "debug-other_root"};
    static char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", folder, names[certificate]);

    return size > 0 && size < PATH_MAX ? path : NULL;
}

cc_enclave_result_t pretend_judge(struct start *start, struct states *ret_states)
{
    cc_enclave_result_t rc;

    if (start->serving || start->level != REPORT_LEVEL_EMBEDDED)
        return detail_fail(CC_ERROR_NOT_SUPPORTED,
                           "device: only a device of the debug level pretends states "
                           "(SECGEAR_DEVICE_STATES); one that serves, or is installed, does not "
                           "start with them");
    rc = states_decode(view_text(start->states), ret_states);
    if (rc != CC_SUCCESS) {
        detail_prefix("device: ");
        return CC_ERROR_BAD_PARAMETERS;
    }
    start->level = REPORT_LEVEL_DEBUG;
    start->state_folder = folder_of(start->state_folder, ret_states->certificate);
    return start->state_folder != NULL
               ? CC_SUCCESS
               : detail_fail(CC_ERROR_INVALID_PATH, "device: the state folder's path is too long");
}

uint64_t pretend_time_s(const struct device *device)
{
    int64_t now = (int64_t)time(NULL) + device->states.clock_s;

    return now > 0 ? (uint64_t)now : 0;
}

/* With the codes and texts of what it stands for. */
cc_enclave_result_t pretend_create(const struct device *device)
{
    if (device->states.create == STATES_CREATE_NO_MEMORY)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY,
                           "device: no memory for an enclave (pretended: create=no_memory)");
    if (device->states.create == STATES_CREATE_NO_THREAD)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY,
                           "enclave: the user has too many threads (pretended: create=no_thread)");
    return CC_SUCCESS;
}

cc_enclave_result_t pretend_count(const struct device *device, bool creates)
{
    if (device->states.counters == STATES_COUNTERS_FULL && creates)
        return CC_ERROR_MC_USED_UP;
    if (device->states.counters == STATES_COUNTERS_DISK_FULL)
        return CC_ERROR_STORAGE_NO_SPACE;
    return CC_SUCCESS;
}

bool pretend_step(struct device *device, struct enclave *enclave)
{
    const struct states *states = &device->states;

    if (++device->steps == states->device_dies)
        _exit(1);
    if (enclave == NULL || ++enclave->steps != states->enclave_dies)
        return false;
    enclave_kill(enclave);
    return true;
}

/* The compiler's runtime, beside libc: the newest. */
static bool asan_find(char *ret_preload, size_t room)
{
    const char *slash;
    Dl_info libc;

    if (dladdr((const void *)(uintptr_t)&getpid, &libc) == 0 ||
        (slash = strrchr(libc.dli_fname, '/')) == NULL)
        return false;
    for (int version = 20; version > 3; version--) {
        int size = snprintf(ret_preload, room, "LD_PRELOAD=%.*s/libasan.so.%d",
                            (int)(slash - libc.dli_fname), libc.dli_fname, version);

        if (size > 0 && (size_t)size < room && access(strchr(ret_preload, '=') + 1, R_OK) == 0)
            return true;
    }
    return false;
}

cc_enclave_result_t pretend_tool_find(const struct device *device, struct pretend_tool *ret_tool)
{
    static const char *const names[] = {
        "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=", "VALGRIND_OPTS="};
    size_t count = 0;

    ret_tool->valgrind = device->states.tool == STATES_TOOL_VALGRIND;
    if (ret_tool->valgrind && access("/usr/bin/valgrind", X_OK) != 0)
        return detail_fail(CC_ERROR_NOT_SUPPORTED,
                           "device: unconfined_insecure=valgrind: no /usr/bin/valgrind");
    if (device->states.tool == STATES_TOOL_ASAN) {
        if (!asan_find(ret_tool->preload, sizeof ret_tool->preload))
            return detail_fail(CC_ERROR_NOT_SUPPORTED,
                               "device: unconfined_insecure=asan: no libasan.so beside libc");
        ret_tool->environment[count++] = ret_tool->preload;
    }
    for (char **at = environ; *at != NULL; at++)
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (strncmp(*at, names[i], strlen(names[i])) == 0 && count < 7)
                ret_tool->environment[count++] = *at;
    ret_tool->environment[count] = NULL;
    return CC_SUCCESS;
}

uint64_t pretend_timeout_ms(const struct device *device)
{
    return device->states.tool == STATES_TOOL_NONE ? START_TIMEOUT_MS : TOOL_TIMEOUT_MS;
}

void pretend_slow(const struct device *device)
{
    const struct timespec time = {(time_t)(device->states.slow_ms / 1000),
                                  (long)(device->states.slow_ms % 1000) * 1000000};

    if (device->states.slow_ms > 0)
        nanosleep(&time, NULL);
}
