/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What a debug enclave leaves when it crashes: whatever is accepted is bounded and printable; and
 * an ELF file, from which names are taken. */
#include "wire/crash.h"
#include "wire/elf_parts.h"
#include "wire/image_names.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void record_look(struct view bytes)
{
    struct crash_record crash;

    if (crash_decode(bytes, &crash) != CC_SUCCESS)
        return;
    if (crash.frame_count > CRASH_FRAMES_MAX || crash.module_count > CRASH_MODULES_MAX ||
        crash.index >= WINDOW_TCS_MAX || crash_signal_name(crash.signal) == NULL)
        abort();
    for (uint32_t i = 0; i < crash.frame_count; i++) {
        const struct crash_module *module = crash_module_of(&crash, crash.frames[i]);

        if (module != NULL && (strnlen(module->name, CRASH_NAME_ROOM) == CRASH_NAME_ROOM ||
                               strchr(module->name, '/') != NULL))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[ELF_NAME_ROOM], function[FUNCTION_NAME_ROOM];
    struct view bytes = view_of(data, size);
    uint64_t offset;

    record_look(bytes);
    if (elf_symbol_at(bytes, 0x1234, name, &offset) && strlen(name) >= sizeof name)
        abort();
    image_name_of(image_names_of(bytes), true, 1, function);
    return 0;
}
