/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * batch.c - many calls of one task, one after the other. All of them are checked before the first
 * one is run; one that fails leaves the others as they are.
 *
 * Layer: libsecgear_trts. Threads: the worker that has the task.
 */
#include "runtime.h"
#include "secgear_image.h"
#include "wire/batch.h"
#include <string.h>

/* Attacker: the host, who wrote all of this; in is our copy. */
static bool batch_checked(struct batch_walk walk)
{
    struct batch_part part;

    for (uint32_t i = 0; i < walk.count; i++)
        if (!batch_next(&walk, &part))
            return false;
    return walk.count > 0;
}

/* Its answer, or nothing but its code. */
static cc_enclave_result_t call_run(const struct batch_part *part, const uint8_t *in, uint8_t *out)
{
    const cc_enclave_image_t *image = runtime_boot()->image;
    size_t written = 0;
    cc_enclave_result_t rc = worker_may_run(part->call.function);

    if (rc == CC_SUCCESS)
        rc = image->ecalls[part->call.function](
            part->call.in_size > 0 ? in : NULL, part->call.in_size,
            part->call.out_size > 0 ? out : NULL, part->call.out_size,
            (uint8_t *)(uintptr_t)workers_shared(), &written);
    if (rc == CC_SUCCESS && written > part->call.out_size)
        rc = CC_ERROR_OVERFLOW;
    if (rc != CC_SUCCESS)
        memset(out, 0, part->call.out_size);
    return rc;
}

cc_enclave_result_t batch_run(uint32_t count, struct view in, uint8_t *out, size_t out_room,
                              size_t *ret_written)
{
    struct batch_walk walk = {.count = count, .in = in, .out_room = out_room};
    struct batch_part part;

    if (!batch_checked(walk))
        return CC_ERROR_BAD_PARAMETERS;
    for (uint32_t i = 0; batch_next(&walk, &part); i++) {
        uint32_t rc = (uint32_t)call_run(&part, in.data + part.in_at, out + part.out_at);

        memcpy(out + i * sizeof rc, &rc, sizeof rc);
    }
    *ret_written = out_room;
    return CC_SUCCESS;
}
