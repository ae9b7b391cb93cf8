/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Hostile peers in one process, where sanitizers see both sides: generated code of both sides over
 * both runtimes over one window.
 *
 *   hostile host  ──▸ slot ──▸ libsecgear_trts ──▸ hostile_t.c ──▸ enclave.c
 *   hostile enclave ─▸ slot ─▸ libsecgear_urts ──▸ hostile_u.c ──▸ host.c
 */
#include "base/codes.h"
#include "base/futex.h"
#include "harness.h"
#include "siege.h"
#include "support.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const cc_enclave_image_t cc_enclave_image;

static struct frames ocalls; /* what a good enclave asks */

static cc_enclave_result_t transport(const struct frame *frame, void *out)
{
    struct call_buffers buffers = {frame->in, frame->in_size, out, frame->out_size};

    return harness_call(frame->function, &buffers, host_ocalls);
}

/* The calls of a good host, which must all succeed. */
static cc_enclave_result_t transport_good(const struct frame *frame, void *out)
{
    cc_enclave_result_t rc = transport(frame, out);

    ck_assert_msg(rc == CC_SUCCESS, "function %u: %#x", frame->function, rc);
    return rc;
}

/* The engine's ways in, so that large buffers take the way that they have in applications. */
static const struct cc_enclave_ops engine = {.cc_ecall_lent = call_enclave_lent};
static struct cc_enclave_ops_desc engine_desc = {.ops = &engine};
static struct list_ops_desc engine_node = {.ops_desc = &engine_desc};

static void engine_use(void)
{
    host_enclave.private_data = instance_handle(harness_instance());
    host_enclave.list_ops_node = &engine_node;
}

static void start(void)
{
    harness_start(&cc_enclave_image);
    siege_begin(harness_instance()->window, harness_layout());
}

START_TEST(good_calls_succeed)
{
    host_transport_to = transport_good;
    calls_make();
    engine_use();
    calls_make();
}
END_TEST

START_TEST(enclave_survives_hostile_ecalls)
{
    siege_ecalls();
    host_transport_to = transport_good;
    atomic_fetch_and(&harness_instance()->free_slots[0], ~UINT64_C(1)); /* the attacker's */
    calls_make();
}
END_TEST

START_TEST(enclave_survives_hostile_answers)
{
    siege_replies();
}
END_TEST

/* ----------------------------------------------------------- a hostile enclave's own ocalls */

/* What the host must say to it: worked out from the line alone, or CC_SUCCESS for "may be". */
static uint32_t host_answer(const struct attack *a, const struct target *target)
{
    struct frame_place place;

    if (a->slot.flags & SLOT_FLAG_INDIRECT) {
        if (!frame_decode(&a->slot, &target->layout, &place))
            return CC_ERROR_BAD_PARAMETERS;
    } else if (a->slot.in_size > WINDOW_INLINE_SIZE || a->slot.out_size > WINDOW_INLINE_SIZE)
        return CC_ERROR_BAD_PARAMETERS;
    if (a->slot.kind == SLOT_KIND_SERVICE)
        return a->slot.function == SERVICE_ALLOC || a->slot.function == SERVICE_FREE
                   ? CC_SUCCESS
                   : CC_ERROR_OCALL_NOT_ALLOWED;
    return a->slot.function < CALLS_OCALLS ? CC_SUCCESS : CC_ERROR_OCALL_NOT_ALLOWED;
}

static bool host_answer_fits(const struct attack *a, const struct target *target, uint32_t status)
{
    uint32_t expected = host_answer(a, target);

    if (expected != CC_SUCCESS)
        return status == expected;
    return status == CC_SUCCESS || status == CC_ERROR_BAD_PARAMETERS ||
           status == CC_ERROR_OUT_OF_MEMORY;
}

static void heap_reset(struct instance *instance)
{
    heap_done(&instance->heap);
    heap_init(&instance->heap, instance->layout.heap, instance->layout.size);
}

START_TEST(host_survives_hostile_ocalls)
{
    static struct attack attack;
    size_t count = count_of(COUNT_HOSTILE_FRAMES), refused = 0;
    struct slot_host host = {.arena_used = 0};
    struct call call;

    siege_record_ocalls(&ocalls);
    call = (struct call){.instance = harness_instance(),
                         .slot = siege_target()->slot,
                         .host = &host,
                         .ocalls = host_ocalls};
    for (size_t n = 0; n < count; n++) {
        attack_make(&ocalls, siege_target(), n, count, &attack);
        if (attack.slot.kind == SLOT_KIND_SERVICE && attack.slot.function == SERVICE_WRITE)
            continue; /* prints what it is given: that is its purpose */
        attack_place(&attack, siege_target());
        ocall_serve(&call);
        ck_assert_msg(host_answer_fits(&attack, siege_target(), call.slot->status),
                      "attack %zu on ocall %u: %#x", n, attack.slot.function, call.slot->status);
        refused += call.slot->status != CC_SUCCESS;
        heap_reset(call.instance);
    }
    printf("a hostile enclave's ocalls: %zu, %zu refused\n", count, refused);
    ck_assert_uint_gt(refused, 0);
    ck_assert_uint_lt(refused, count);
}
END_TEST

/* ---------------------------------------------------------- a hostile enclave's own answers */

static size_t replies;

static void slot_say(struct window_slot *slot, enum slot_state state)
{
    atomic_exchange(&slot->word, (uint32_t)state);
    futex_wake(&slot->word, 1);
}

static enum slot_state slot_hear(struct window_slot *slot)
{
    for (;;) {
        uint32_t word = atomic_load(&slot->word);

        if (word == SLOT_ECALL || word == SLOT_OCALL_DONE)
            return (enum slot_state)word;
        futex_wait(&slot->word, word);
    }
}

/* Before some answers, an attack on the host that waits. */
static void puppet_ask(struct window_slot *slot, size_t n)
{
    static struct attack attack;
    struct target target = *siege_target();

    target.slot = slot;
    target.arena = harness_layout()->arenas + HARNESS_TCS * WINDOW_ARENA_SIZE + WINDOW_ARENA_HALF;
    if (n % 3 != 0)
        return;
    attack_make(&ocalls, &target, n, SIZE_MAX / 2, &attack);
    if (attack.slot.kind == SLOT_KIND_SERVICE)
        return;
    attack_place(&attack, &target);
    slot_say(slot, SLOT_OCALL);
    (void)slot_hear(slot);
}

/* An enclave that answers every call with something. */
static void *puppet_main(void *arg)
{
    static uint8_t out[FRAME_BYTES_MAX];
    struct window_slot *slot = arg, line;
    struct frame_place place;

    for (;;) {
        bool indirect;

        (void)slot_hear(slot);
        slot_load(slot, &line);
        puppet_ask(slot, replies);
        indirect = line.flags & SLOT_FLAG_INDIRECT;
        place = (struct frame_place){.out_size = line.out_size};
        if (indirect && !frame_decode(&line, harness_layout(), &place))
            abort();
        memset(out, 0, sizeof out);
        line.status = CC_SUCCESS;
        answer_change(++replies, out, place.out_size, &line);
        if (indirect)
            memcpy((uint8_t *)harness_instance()->window + place.offset, out, place.out_size);
        else
            memcpy(line.payload, out, place.out_size);
        memcpy((uint8_t *)slot + sizeof line.word, (uint8_t *)&line + sizeof line.word,
               sizeof line - sizeof line.word);
        slot_say(slot, SLOT_ECALL_DONE);
    }
    return NULL;
}

static cc_enclave_result_t transport_puppet(const struct frame *frame, void *out)
{
    cc_enclave_result_t rc = transport(frame, out);

    ck_assert_msg(status_find(rc) != NULL, "a result that has no name: %#x", rc);
    return rc;
}

START_TEST(host_survives_hostile_results)
{
    size_t count = count_of(COUNT_HOSTILE_FRAMES);
    pthread_t puppet;

    siege_record_ocalls(&ocalls);
    harness_puppet();
    ck_assert_int_eq(pthread_create(&puppet, NULL, puppet_main, harness_slot(HARNESS_TCS)), 0);
    host_transport_to = transport_puppet;
    while (replies < count) {
        calls_make();
        if (replies > count / 2)
            engine_use();
    }
    printf("a hostile enclave's results: %zu\n", replies);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostile/inside");
    TCase *tcase = tcase_of(suite, "hostile host"), *puppet = tcase_of(suite, "hostile enclave");

    tcase_add_checked_fixture(tcase, start, NULL);
    tcase_add_test(tcase, good_calls_succeed);
    tcase_add_test(tcase, enclave_survives_hostile_ecalls);
    tcase_add_test(tcase, enclave_survives_hostile_answers);
    tcase_add_test(tcase, host_survives_hostile_ocalls);
    tcase_add_checked_fixture(puppet, start, NULL);
    tcase_add_test(puppet, host_survives_hostile_results);
    return suite_main(suite);
}
