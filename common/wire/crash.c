/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/crash.h"
#include <signal.h>

static void name_clean(char name[static CRASH_NAME_ROOM])
{
    size_t size = strnlen(name, CRASH_NAME_ROOM - 1);

    for (size_t i = 0; i < size; i++)
        if (name[i] <= ' ' || name[i] > '~' || name[i] == '/')
            name[i] = '?';
    memset(name + size, 0, CRASH_NAME_ROOM - size);
}

static bool numbers_good(const struct crash_record *crash)
{
    uint32_t state = atomic_load_explicit(&crash->state, memory_order_relaxed);

    return (state == CRASH_BEGUN || state == CRASH_WHOLE || state == CRASH_TAKEN) &&
           crash->signal > 0 && crash->signal < 65 && crash->thread >= CRASH_THREAD_CALL &&
           crash->thread <= CRASH_THREAD_START && crash->index < WINDOW_TCS_MAX &&
           crash->frame_count <= CRASH_FRAMES_MAX && crash->module_count <= CRASH_MODULES_MAX;
}

void crash_copy(void *window, uint8_t ret_bytes[static CRASH_SIZE])
{
    const _Atomic uint32_t *from = (const void *)crash_at(window);

    _Static_assert(CRASH_SIZE % sizeof(uint32_t) == 0, "a record is whole words");
    for (size_t i = 0; i < CRASH_SIZE / sizeof(uint32_t); i++) {
        uint32_t word = atomic_load_explicit(&from[i], memory_order_relaxed);

        memcpy(ret_bytes + i * sizeof word, &word, sizeof word);
    }
}

cc_enclave_result_t crash_decode(struct view bytes, struct crash_record *ret_crash)
{
    struct crash_record crash;

    if (bytes.size != CRASH_SIZE)
        return CC_ERROR_BAD_FORMAT;
    memcpy(&crash, bytes.data, CRASH_SIZE);
    if (!numbers_good(&crash))
        return CC_ERROR_BAD_FORMAT;
    for (uint32_t i = 0; i < crash.module_count; i++) {
        if (crash.modules[i].begin >= crash.modules[i].end)
            return CC_ERROR_BAD_FORMAT;
        name_clean(crash.modules[i].name);
    }
    memcpy(ret_crash, &crash, CRASH_SIZE);
    return CC_SUCCESS;
}

const struct crash_module *crash_module_of(const struct crash_record *crash, uint64_t address)
{
    for (uint32_t i = 0; i < crash->module_count; i++)
        if (address >= crash->modules[i].begin && address < crash->modules[i].end)
            return &crash->modules[i];
    return NULL;
}

const char *crash_signal_name(uint32_t signal)
{
    switch (signal) {
    case SIGSEGV:
        return "SIGSEGV";
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    case SIGILL:
        return "SIGILL";
    case SIGABRT:
        return "SIGABRT";
    case SIGSYS:
        return "SIGSYS";
    default:
        return "?";
    }
}
