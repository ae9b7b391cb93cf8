/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * batch.c - many switchless calls in one task (wire/batch.h). Until it is submitted a batch lives
 * in this process's memory alone, and its results are copied there before they are looked at: so
 * neither a destroyed enclave nor one that writes into its answers matters to it.
 *
 * Generated code takes a batch for an enclave: the context is one, with an engine of its own.
 *
 * Layer: libsecgear_urts. Threads: a batch is one thread's at a time.
 */
#include "secgear_switchless_batch.h"
#include "base/codes.h"
#include "base/detail.h"
#include "tasks.h"
#include "trace.h"
#include "wire/batch.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CC_SL_BATCH_CALLS_MAX == BATCH_CALLS_MAX, "the header says it");

enum batch_state { BATCH_FILLING, BATCH_SENT, BATCH_DONE };

struct batched {
    struct batch_call call;
    size_t out_at; /* of its out frame, behind the head */
    bool fetched;
    bool is_number; /* its result, of at most eight bytes */
    struct task_result result;
};

/* Bytes that grow; never moved without a wipe. */
struct pile {
    uint8_t *bytes;
    size_t size;
    size_t room;
};

struct cc_sl_batch {
    cc_enclave_t context; /* first: what generated code hands back to us */
    cc_enclave_t *enclave;
    const struct instance *instance; /* to tell whether it is still the same one */
    uint64_t use;
    uint32_t params;
    struct task_area area;
    enum batch_state state;
    cc_enclave_result_t failure; /* BATCH_DONE: of all calls */
    const ocall_enclave_table_t *ocalls;
    struct batched *calls;
    uint32_t count;
    struct pile in;  /* in frames, behind the head */
    size_t out_size; /* out frames, behind the head */
    struct pile out; /* BATCH_DONE: the whole answer */
    struct call_frame frame;
    uint32_t task, number;
    uint32_t looks; /* at it in vain */
    uint64_t sent_ns;
};

static cc_sl_batch_t *batch_of(cc_enclave_t *context)
{
    return (cc_sl_batch_t *)(void *)context;
}

static bool pile_grow(struct pile *pile, size_t room)
{
    size_t larger = pile->room < 1024 ? 1024 : 2 * pile->room;
    uint8_t *bytes;

    if (room <= pile->room && pile->bytes != NULL)
        return true;
    if (room > SIZE_MAX / 4)
        return false;
    larger = larger < room ? room : larger;
    bytes = malloc(larger);
    if (bytes == NULL)
        return false;
    if (pile->size > 0)
        memcpy(bytes, pile->bytes, pile->size);
    wipe(pile->bytes, pile->size);
    free(pile->bytes);
    pile->bytes = bytes;
    pile->room = larger;
    return true;
}

static void pile_clear(struct pile *pile)
{
    wipe(pile->bytes, pile->size);
    pile->size = 0;
}

static void pile_free(struct pile *pile)
{
    pile_clear(pile);
    free(pile->bytes);
    *pile = (struct pile){NULL, 0, 0};
}

/* ------------------------------------------------------------------------------------- filling */

static cc_enclave_result_t room_check(const cc_sl_batch_t *batch, uint32_t argc, const void *ocalls)
{
    if (batch->state != BATCH_FILLING)
        return detail_fail(CC_ERROR_BAD_STATE,
                           "host: the batch was submitted; cc_sl_batch_clear() empties it");
    if (batch->count == BATCH_CALLS_MAX)
        return detail_fail(CC_ERROR_SWITCHLESS_TASK_POOL_FULL, "host: a batch takes %d calls",
                           BATCH_CALLS_MAX);
    if (argc > batch->params)
        return detail_fail(CC_ERROR_SWITCHLESS_INVALID_ARG_NUM,
                           "host: a function of %u parameters, num_max_params is %u", argc,
                           batch->params);
    if (batch->count > 0 && ocalls != batch->ocalls)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "host: calls of one batch come from one EDL file");
    return CC_SUCCESS;
}

static cc_enclave_result_t add_check(const cc_sl_batch_t *batch, const sl_ecall_func_info_t *info)
{
    const cc_sl_args_t *args = info != NULL ? info->args : NULL;

    if (args == NULL || (info->argc > 0 && args->list == NULL))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: a switchless call without arguments");
    return room_check(batch, info->argc, args->ocall_table);
}

static bool calls_room(cc_sl_batch_t *batch)
{
    if (batch->calls == NULL)
        batch->calls = calloc(BATCH_CALLS_MAX, sizeof *batch->calls); /* pages come with use */
    return batch->calls != NULL;
}

static __attribute__((cold)) cc_enclave_result_t no_memory(size_t in_size, size_t out_size)
{
    return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no memory for a call of %zu and %zu bytes",
                       in_size, out_size);
}

/* Room for the frames of one call more, which counts once its place in the batch does; NULL: there
 * is no memory, and nothing has changed. */
static inline struct batched *frame_add(cc_sl_batch_t *batch, uint16_t function, uint32_t in_size,
                                        uint32_t out_size, uint8_t **ret_in)
{
    size_t at = frame_align(batch->in.size);
    struct batched *call;

    if (!calls_room(batch) || !pile_grow(&batch->in, at + in_size))
        return NULL;
    memset(batch->in.bytes + batch->in.size, 0, at - batch->in.size);
    batch->in.size = at + in_size;
    call = &batch->calls[batch->count];
    call->call =
        (struct batch_call){.function = function, .in_size = in_size, .out_size = out_size};
    call->out_at = frame_align(batch->out_size);
    batch->out_size = call->out_at + out_size;
    call->fetched = false;
    *ret_in = batch->in.bytes + at;
    return call;
}

static cc_enclave_result_t batch_add(cc_enclave_t *context, int *task_id,
                                     sl_ecall_func_info_t *info)
{
    cc_sl_batch_t *batch = batch_of(context);
    struct task_shape shape;
    struct batched *call;
    uint8_t *in;
    cc_enclave_result_t rc;

    detail_clear();
    rc = task_id != NULL ? add_check(batch, info)
                         : detail_fail(CC_ERROR_BAD_PARAMETERS, "host: task_id is NULL");
    if (rc == CC_SUCCESS)
        rc = task_measure(batch->area, info, &shape);
    if (rc != CC_SUCCESS)
        return rc;
    if (shape.in_size > UINT32_MAX || shape.out_size > UINT32_MAX)
        return no_memory(shape.in_size, shape.out_size);
    call = frame_add(batch, info->func_id, (uint32_t)shape.in_size, (uint32_t)shape.out_size, &in);
    if (call == NULL)
        return no_memory(shape.in_size, shape.out_size);
    task_frame_write(in, info, &shape);
    task_note(info, &shape, &call->result);
    call->is_number = false;
    batch->ocalls = call->result.ocalls;
    *task_id = (int)batch->count++;
    return CC_SUCCESS;
}

/* The same of a function whose parameters and result are numbers: they are its frames. */
static cc_enclave_result_t batch_add_values(cc_enclave_t *context, int *task_id,
                                            cc_sl_values_t *values)
{
    cc_sl_batch_t *batch = batch_of(context);
    struct batched *call;
    uint8_t *in;
    cc_enclave_result_t rc;

    detail_clear();
    rc = task_id != NULL ? room_check(batch, values->argc, values->ocall_table)
                         : detail_fail(CC_ERROR_BAD_PARAMETERS, "host: task_id is NULL");
    if (rc != CC_SUCCESS)
        return rc;
    call = frame_add(batch, values->func_id, values->in_size, values->out_size, &in);
    if (call == NULL)
        return no_memory(values->in_size, values->out_size);
    memcpy(in, values->in, values->in_size);
    call->is_number = true;
    call->result.retval_size = values->out_size;
    batch->ocalls = values->ocall_table;
    *task_id = (int)batch->count++;
    return CC_SUCCESS;
}

/* ---------------------------------------------------------------------------------- on its way */

static void request_write(const cc_sl_batch_t *batch, struct call *call, size_t in_size,
                          size_t out_size)
{
    struct window_slot *slot = call->slot;
    uint8_t *to = batch->frame.indirect ? (uint8_t *)call->instance->window + batch->frame.offset
                                        : slot->payload;

    for (uint32_t i = 0; i < batch->count; i++)
        memcpy(to + i * sizeof(struct batch_call), &batch->calls[i].call,
               sizeof(struct batch_call));
    memcpy(to + batch_in_head(batch->count), batch->in.bytes, batch->in.size);
    if (batch->frame.indirect) {
        struct slot_frame frame = {batch->frame.offset, in_size, out_size};

        frame_encode(slot, &frame);
    } else {
        slot->flags = 0;
        slot->in_size = (uint8_t)in_size;
        slot->out_size = (uint8_t)out_size;
    }
    slot->function = (uint16_t)batch->count;
    slot->kind = SLOT_KIND_BATCH;
    slot->cpu = (uint16_t)cpu_here();
}

static bool is_same_enclave(const cc_sl_batch_t *batch)
{
    uint64_t use;

    return instance_look(batch->enclave, &use) == batch->instance && use == batch->use;
}

/* What follows can't fail: until here nothing has changed. */
static cc_enclave_result_t rooms_take(cc_sl_batch_t *batch, struct call *call, size_t *ret_in,
                                      size_t *ret_out)
{
    *ret_in = batch_in_head(batch->count) + batch->in.size;
    *ret_out = batch_out_head(batch->count) + batch->out_size;
    if (!is_same_enclave(batch))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: the batch is of an earlier enclave");
    if (!pile_grow(&batch->out, *ret_out))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no memory for %zu bytes of results",
                           *ret_out);
    return call_frame_take(call, *ret_in, *ret_out, &batch->frame);
}

cc_enclave_result_t cc_sl_batch_submit(cc_sl_batch_t *batch)
{
    static const cc_sl_args_t none;
    const sl_ecall_func_info_t info = {.args = (void *)(uintptr_t)&none};
    struct call call;
    size_t in_size, out_size;
    cc_enclave_result_t rc;

    detail_clear();
    if (batch == NULL || batch->count == 0)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: no batch, or one without calls");
    if (batch->state != BATCH_FILLING)
        return detail_fail(CC_ERROR_BAD_STATE, "host: the batch was submitted before");
    rc = task_begin(batch->enclave, &info, false, &call);
    if (rc == CC_ERROR_SWITCHLESS_ROLLBACK2COMMON)
        rc = detail_fail(CC_ERROR_SWITCHLESS_TASK_POOL_FULL,
                         "host: every task of the switchless pool is in use");
    if (rc != CC_SUCCESS)
        return rc;
    rc = rooms_take(batch, &call, &in_size, &out_size);
    if (rc != CC_SUCCESS) {
        task_give(&call);
        return rc;
    }
    request_write(batch, &call, in_size, out_size);
    batch->out.size = out_size;
    batch->task = call.index;
    batch->number = call.number;
    batch->looks = 0;
    batch->sent_ns = atomic_load(&call.instance->traced) != NULL ? trace_now_ns() : 0;
    batch->state = BATCH_SENT;
    task_pass_on(&call);
    task_submit(&call, TASK_RETURNS);
    task_put(&call, TASK_BATCH);
    return CC_SUCCESS;
}

static uint32_t code_of(const cc_sl_batch_t *batch, uint32_t i)
{
    uint32_t code;

    memcpy(&code, batch->out.bytes + i * sizeof code, sizeof code);
    return code;
}

/* Each has its share of the time. */
static void batch_trace(const cc_sl_batch_t *batch, struct traced *traced)
{
    uint64_t now = traced != NULL ? trace_now_ns() : 0;
    uint64_t share = (now - batch->sent_ns) / batch->count;

    for (uint32_t i = 0; traced != NULL && i < batch->count; i++)
        trace_batched(traced, &batch->calls[i].call, now - share,
                      batch->failure != CC_SUCCESS ? batch->failure : status_of(code_of(batch, i)));
}

/* Attacker: the enclave, whose answer may be short, and may change until it is copied. */
static void batch_end(cc_sl_batch_t *batch, struct call *call, cc_enclave_result_t rc)
{
    struct window_slot reply;
    const uint8_t *answer;
    size_t size;

    if (rc == CC_SUCCESS)
        rc = call_reply(call, &batch->frame, &reply, &answer, &size);
    if (rc == CC_SUCCESS)
        answer_copy(batch->out.bytes, answer, 0, batch->out.size, size);
    call_frame_give(call, &batch->frame);
    batch->failure = rc;
    batch->state = BATCH_DONE;
    batch_trace(batch, atomic_load(&call->instance->traced));
    task_give(call);
}

/* Until all calls are done, or only up to now. */
static cc_enclave_result_t batch_hear(cc_sl_batch_t *batch, bool waits)
{
    struct call call;
    enum slot_state heard;

    if (!is_same_enclave(batch) ||
        !task_regain(batch->enclave, batch->task, batch->number, TASK_BATCH, &call)) {
        batch->failure = detail_fail(CC_ERROR_BAD_PARAMETERS,
                                     "host: the enclave was destroyed before the batch was done");
        batch->state = BATCH_DONE;
        return batch->failure;
    }
    call.ocalls = batch->ocalls;
    heard = waits ? task_attend(&call) : task_look(&call);
    while (heard == SLOT_OCALL) {
        call_serve(&call);
        task_publish(&call, SLOT_OCALL_DONE);
        heard = waits ? task_attend(&call) : task_look(&call);
    }
    if (heard == SLOT_IDLE) {
        task_look_in_vain(&call, &batch->looks);
        task_put(&call, TASK_BATCH);
        return CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED;
    }
    batch_end(batch, &call, heard == SLOT_DEAD ? call_dead(call.instance) : CC_SUCCESS);
    return batch->failure;
}

cc_enclave_result_t cc_sl_batch_wait(cc_sl_batch_t *batch)
{
    detail_clear();
    if (batch == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: no batch");
    if (batch->state == BATCH_FILLING)
        return detail_fail(CC_ERROR_BAD_STATE, "host: the batch was not submitted");
    return batch->state == BATCH_DONE ? batch->failure : batch_hear(batch, true);
}

static cc_enclave_result_t batch_fetch(cc_enclave_t *context, int task_id, void *retval)
{
    cc_sl_batch_t *batch = batch_of(context);
    cc_enclave_result_t rc = CC_SUCCESS;
    const uint8_t *answer;
    struct batched *call;

    detail_clear();
    if (batch->state == BATCH_FILLING)
        return detail_fail(CC_ERROR_BAD_STATE, "host: the batch was not submitted");
    if (task_id < 0 || (uint32_t)task_id >= batch->count || batch->calls[task_id].fetched)
        return detail_fail(CC_ERROR_SWITCHLESS_INVALID_TASK_ID,
                           "host: the batch has no call %d, or its result was fetched before",
                           task_id);
    if (batch->state == BATCH_SENT)
        rc = batch_hear(batch, false);
    if (rc == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
        return rc;
    call = &batch->calls[task_id];
    call->fetched = true;
    if (batch->failure != CC_SUCCESS)
        return batch->failure;
    if (code_of(batch, (uint32_t)task_id) != CC_SUCCESS)
        return detail_fail(status_of(code_of(batch, (uint32_t)task_id)),
                           "enclave: call %d of the batch ended with code %#x", task_id,
                           code_of(batch, (uint32_t)task_id));
    answer = batch->out.bytes + batch_out_head(batch->count) + call->out_at;
    if (!call->is_number)
        task_results(&call->result, answer, call->call.out_size, retval);
    else if (retval != NULL && !number_copy(retval, answer, call->result.retval_size))
        memcpy(retval, answer, call->result.retval_size);
    return CC_SUCCESS;
}

/* ----------------------------------------------------------------------- the context's engine */

static cc_enclave_result_t not_for_batches(void)
{
    return detail_fail(CC_ERROR_NOT_SUPPORTED,
                       "host: a batch takes <name>_async() and cc_sl_get_async_result() alone");
}

static cc_enclave_result_t batch_create(cc_enclave_t *context, const enclave_features_t *features,
                                        const uint32_t count)
{
    (void)context, (void)features, (void)count;
    return not_for_batches();
}

static cc_enclave_result_t batch_not_destroyed(cc_enclave_t *context)
{
    (void)context;
    return not_for_batches();
}

static cc_enclave_result_t batch_ecall(cc_enclave_t *context, uint32_t function, const void *in,
                                       size_t in_size, void *out, size_t out_size, void *ms,
                                       const void *ocalls)
{
    (void)context, (void)function, (void)in, (void)in_size, (void)out, (void)out_size, (void)ms;
    (void)ocalls;
    return not_for_batches();
}

static cc_enclave_result_t batch_sync(cc_enclave_t *context, void *retval,
                                      sl_ecall_func_info_t *info)
{
    (void)context, (void)retval, (void)info;
    return not_for_batches();
}

static void *batch_shared_take(cc_enclave_t *context, size_t size, bool control, int tries)
{
    (void)context, (void)size, (void)control, (void)tries;
    (void)not_for_batches();
    return NULL;
}

static cc_enclave_result_t batch_shared_give(cc_enclave_t *context, void *ptr)
{
    (void)context, (void)ptr;
    return not_for_batches();
}

static const struct cc_enclave_ops batch_ops = {
    .cc_create_enclave = batch_create,
    .cc_destroy_enclave = batch_not_destroyed,
    .cc_ecall_enclave = batch_ecall,
    .cc_sl_ecall_enclave = batch_sync,
    .cc_sl_async_ecall = batch_add,
    .cc_sl_values_async = batch_add_values,
    .cc_sl_async_ecall_get_result = batch_fetch,
    .cc_malloc_shared_memory = batch_shared_take,
    .cc_free_shared_memory = batch_shared_give,
};
static struct cc_enclave_ops_desc batch_desc = {"batch", NULL, 0, SGX_ENCLAVE_TYPE_0, &batch_ops};
static struct list_ops_desc batch_node = {&batch_desc, NULL};

static cc_enclave_result_t batch_make(cc_enclave_t *enclave, const struct instance *instance,
                                      cc_sl_batch_t **ret_batch)
{
    cc_sl_batch_t *batch;

    if (instance->switchless == NULL)
        return detail_fail(CC_ERROR_SWITCHLESS_DISABLED,
                           "host: the enclave was created without the switchless feature");
    batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no memory for a batch");
    batch->context.used_flag = true;
    batch->context.list_ops_node = &batch_node;
    batch->enclave = enclave;
    batch->instance = instance_look(enclave, &batch->use);
    batch->params = instance->switchless->config.params;
    batch->area = task_area_of(instance);
    *ret_batch = batch;
    return CC_SUCCESS;
}

cc_enclave_result_t cc_sl_batch_create(cc_enclave_t *enclave, cc_sl_batch_t **ret_batch)
{
    struct instance *instance;
    cc_enclave_result_t rc;

    detail_clear();
    if (enclave == NULL || ret_batch == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: a NULL");
    if (!enclave->used_flag || enclave->list_ops_node == &batch_node)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "host: no enclave");
    rc = instance_enter(enclave, &instance);
    if (rc != CC_SUCCESS)
        return rc;
    rc = batch_make(enclave, instance, ret_batch);
    instance_leave(instance);
    return rc;
}

cc_enclave_t *cc_sl_batch_context(cc_sl_batch_t *batch)
{
    return batch != NULL ? &batch->context : NULL;
}

void cc_sl_batch_clear(cc_sl_batch_t *batch)
{
    if (batch == NULL)
        return;
    if (batch->state == BATCH_SENT)
        (void)batch_hear(batch, true);
    pile_clear(&batch->in);
    pile_clear(&batch->out);
    batch->out_size = 0;
    batch->count = 0;
    batch->state = BATCH_FILLING;
}

void cc_sl_batch_destroy(cc_sl_batch_t *batch)
{
    if (batch == NULL)
        return;
    cc_sl_batch_clear(batch);
    pile_free(&batch->in);
    pile_free(&batch->out);
    free(batch->calls);
    free(batch);
}
