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

/* Of an image: none while calls are timed, for then each is made in the general way. */
struct values_forms {
    const cc_values_func_t *list;
    size_t count;
};

static inline struct values_forms values_forms_of(const struct trts_boot *boot)
{
    const cc_enclave_image_t *image = boot->image;
    bool none = image->values == NULL || calls_are_timed(boot);

    return (struct values_forms){image->values, none ? 0 : image->ecall_count};
}

/* The form for values of the function that the request (its head) is for, which it fits exactly; or
 * NULL. Attacker: the host, who may ask for anything. */
static inline const cc_values_func_t *values_find(const struct values_forms *forms,
                                                  const struct window_slot *request)
{
    const cc_values_func_t *f;

    if (request->function >= forms->count || request->kind != SLOT_KIND_FUNCTION ||
        (request->flags & SLOT_FLAG_INDIRECT))
        return NULL;
    f = &forms->list[request->function];
    return f->run != NULL && request->in_size == f->in_size && request->out_size == f->out_size
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

/* Of a worker, not within another ecall: runs the function with the request's payload, of which we
 * have our own copy, and fills in the answer. */
static inline void values_run(struct tcs *tcs, const cc_values_func_t *f,
                              struct window_slot *request)
{
    uint64_t out = 0, result;

    tcs->depth = 1;
    tcs->ocall = OCALL_NONE;
    slot_load_payload(tcs->slot, f->in_size, request);
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
