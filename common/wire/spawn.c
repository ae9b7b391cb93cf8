/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/spawn.h"

cc_enclave_result_t spawn_decode(struct view bytes, struct spawn_bytes *ret_spawn)
{
    struct reader r = reader_over(bytes);
    struct spawn_bytes spawn = {.library_count = 0};

    reader_copy(&r, spawn.uuid.bytes, sizeof spawn.uuid.bytes);
    spawn.library_count = reader_u8(&r);
    if (spawn.library_count > IMAGE_LIBRARIES_MAX_COUNT)
        return CC_ERROR_BAD_FORMAT;
    for (unsigned i = 0; i < spawn.library_count; i++) {
        spawn.libraries[i].offset = reader_le64(&r);
        spawn.libraries[i].size = reader_le64(&r);
        if (spawn.libraries[i].size > IMAGE_ELF_MAX_SIZE)
            return CC_ERROR_BAD_FORMAT;
    }
    if (r.failed || (r.rest.size > 0 && switchless_decode(r.rest, &spawn.switchless) != CC_SUCCESS))
        return CC_ERROR_BAD_FORMAT;
    *ret_spawn = spawn;
    return CC_SUCCESS;
}

void spawn_encode(const struct spawn_bytes *spawn, struct writer *w)
{
    if (spawn->library_count > IMAGE_LIBRARIES_MAX_COUNT) {
        w->failed = true;
        return;
    }
    writer_put(w, VIEW_OF(spawn->uuid.bytes));
    writer_u8(w, (uint8_t)spawn->library_count);
    for (unsigned i = 0; i < spawn->library_count; i++) {
        writer_le64(w, spawn->libraries[i].offset);
        writer_le64(w, spawn->libraries[i].size);
    }
    if (spawn->switchless.tworkers > 0)
        switchless_encode(&spawn->switchless, w);
}
