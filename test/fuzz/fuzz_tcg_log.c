/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/event_replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct replayed after = {.hash = HASH_SHA256};
    struct tcg_log log;

    if (tcg_log_decode(view_of(data, size), &log) == CC_SUCCESS)
        (void)!tcg_log_replay(view_of(data, size), HASH_SHA256, &after);
    (void)!ima_log_replay(view_of(data, size), HASH_SHA256, &after);
    for (struct reader r = reader_over(view_of(data, size)); !r.failed && r.rest.size > 0;) {
        struct ima_entry e = ima_entry_take(&r);
        struct view digest, path;

        if (!r.failed)
            (void)!ima_entry_decode(&e, &digest, &path);
    }
    return 0;
}
