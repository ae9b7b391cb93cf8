/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * values.h - switchless calls of functions of few numbers, that need neither frames nor room: the
 * image has a form of them that takes the line as it is, and gives one number. Inline, in the
 * worker's code: whatever stands between a call that was seen and its answer, every caller waits
 * for.
 *
 * Layer: libsecgear_trts, of worker.c alone. Threads: as struct tcs.
 */
#ifndef TRTS_VALUES_H
#define TRTS_VALUES_H

#include "runtime.h"
#include "secgear_image.h"

/* The form for values of the function that the request is for, which it fits exactly; or NULL.
 * Attacker: the host, who may ask for anything. */
static inline const cc_values_func_t *values_find(const struct trts_boot *boot,
                                                  const struct window_slot *request)
{
    const cc_enclave_image_t *image = boot->image;
    const cc_values_func_t *f;

    if (image->values == NULL || request->function >= image->ecall_count ||
        request->kind != SLOT_KIND_FUNCTION || (request->flags & SLOT_FLAG_INDIRECT))
        return NULL;
    f = &image->values[request->function];
    return f->run != NULL && request->in_size == f->in_size && request->out_size == f->out_size &&
                   !__builtin_expect(calls_are_timed(boot), 0)
               ? f
               : NULL;
}

/* As it was written: a larger read would have to wait until the write is in the cache. */
static inline uint64_t values_result(const uint8_t out[static sizeof(uint64_t)], size_t size)
{
    uint64_t number = 0;

    if (size == sizeof(uint32_t))
        memcpy(&number, out, sizeof(uint32_t));
    else
        memcpy(&number, out, sizeof number);
    return number;
}

/* Of a worker, not within another ecall: runs the function with the request, which is ours, and
 * fills in the answer. */
static inline void values_run(struct tcs *tcs, const cc_values_func_t *f,
                              const struct window_slot *request)
{
    uint64_t out = 0, result;

    tcs->depth = 1;
    tcs->ocall = OCALL_NONE;
    f->run(request->payload, (uint8_t *)&out);
    print_flush();
    tcs->depth = 0;
    result = values_result((uint8_t *)&out, f->out_size);
    memcpy(tcs->slot->payload, &result, sizeof result);
    tcs->slot->flags = 0; /* an ocall may have changed them */
    tcs->slot->out_size = f->out_size;
    tcs->slot->status = CC_SUCCESS;
    wipe_few(&out, sizeof out);
    wipe_few(&result, sizeof result);
}

#endif
