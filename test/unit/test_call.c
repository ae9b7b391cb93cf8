/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The host's half of a call against an enclave that does not keep the rules. In-process. */
#include "call.h"
#include "base/futex.h"
#include "support.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { HEAP_SIZE = 1 << 20, OCALLS = 60 };

static struct instance *instance;
static unsigned deepest, depth;

static cc_enclave_result_t calls_back(const uint8_t *in, size_t in_size, uint8_t *out,
                                      size_t out_size);
static const struct {
    uint64_t num;
    cc_ocall_func_t ocalls[1];
} table = {1, {calls_back}};

static cc_enclave_result_t call_in(void)
{
    cc_enclave_t enclave = {.used_flag = true, .private_data = instance_handle(instance)};

    return call_enclave(&enclave, 0, NULL, 0, NULL, 0, NULL, &table);
}

static cc_enclave_result_t calls_back(const uint8_t *in, size_t in_size, uint8_t *out,
                                      size_t out_size)
{
    (void)in, (void)in_size, (void)out, (void)out_size;
    if (++depth > deepest)
        deepest = depth;
    call_in();
    depth--;
    return CC_SUCCESS;
}

/* Answers whatever the host says with one more ocall, for a while. */
static void *enclave_main(void *arg)
{
    struct window_slot *slot = window_slot_at(instance->window, &instance->layout, 0);
    unsigned said = 0;

    (void)arg;
    for (;;) {
        uint32_t word = atomic_load(&slot->word);

        if (word != SLOT_ECALL && word != SLOT_OCALL_DONE) {
            futex_wait(&slot->word, word);
            continue;
        }
        slot->flags = slot->in_size = slot->out_size = 0;
        slot->kind = SLOT_KIND_FUNCTION;
        slot->function = 0;
        slot->status = CC_SUCCESS;
        atomic_store(&slot->word, said++ < OCALLS ? SLOT_OCALL : SLOT_ECALL_DONE);
        futex_wake(&slot->word, 1);
    }
    return NULL;
}

static void start(void)
{
    size_t size;

    instance = instance_new();
    ck_assert_ptr_nonnull(instance);
    ck_assert(window_size_compute(1, HEAP_SIZE, &size));
    ck_assert(window_layout_compute(1, size, &instance->layout));
    instance->window = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(instance->window, MAP_FAILED);
    instance->slots = calloc(1, sizeof *instance->slots);
    atomic_store(&instance->free_slots[0], 1);
    instance_open(instance);
}

START_TEST(an_enclave_can_not_make_the_host_recurse_without_end)
{
    pthread_t enclave;

    ck_assert_int_eq(pthread_create(&enclave, NULL, enclave_main, NULL), 0);
    ck_assert_int_eq(call_in(), CC_SUCCESS);
    ck_assert_uint_eq(depth, 0);
    ck_assert_uint_le(deepest, WINDOW_DEPTH_MAX);
}
END_TEST

static void *sleeper_main(void *word)
{
    futex_wait(word, SLOT_ECALL);
    return NULL;
}

/* A device that died took its enclaves along, but not at once: one of them may put back the word of
 * a caller that was about to sleep on it. Who destroys it then must wake that caller. */
START_TEST(an_enclave_can_not_hide_its_end_from_a_caller_for_ever)
{
    struct window_slot *slot = window_slot_at(instance->window, &instance->layout, 0);
    pthread_t sleeper;

    instance_mark_dead(instance);
    atomic_store(&slot->word, SLOT_ECALL);
    ck_assert_int_eq(pthread_create(&sleeper, NULL, sleeper_main, (void *)slot), 0);
    instance_mark_dead(instance);
    ck_assert_int_eq(pthread_join(sleeper, NULL), 0);
}
END_TEST

/* A place is used again by an enclave that may have fewer slots. */
START_TEST(an_enclave_gets_no_slot_of_the_one_that_had_its_place)
{
    cc_enclave_t enclave = {.used_flag = true, .private_data = instance_handle(instance)};
    struct instance *again;
    uint32_t index = 0;

    ck_assert_int_eq(instance_close(&enclave, &again), CC_SUCCESS);
    ck_assert_ptr_eq(again, instance);
    instance_free(instance);
    again = instance_new();
    ck_assert_ptr_eq(again, instance);
    atomic_store(&again->dead, true); /* nobody waits for a slot of a dead one */
    ck_assert_int_eq(slot_take(again, &index), CC_ERROR_ENCLAVE_DEAD);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("urts/call");
    TCase *tcase = tcase_of(suite, "call");

    tcase_add_checked_fixture(tcase, start, NULL);
    tcase_add_test(tcase, an_enclave_can_not_make_the_host_recurse_without_end);
    tcase_add_test(tcase, an_enclave_can_not_hide_its_end_from_a_caller_for_ever);
    tcase_add_test(tcase, an_enclave_gets_no_slot_of_the_one_that_had_its_place);
    return suite_main(suite);
}
