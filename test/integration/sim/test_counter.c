/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Monotonic counters between real processes: programs of one user, each with a device of its own
 * over one state folder, at the same time, one after the other, and killed.
 */
#include "common.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MRENCLAVE = 1, MRSIGNER = 2, PROGRAMS = 4, EACH = 25, VALUES_MAX = 1 << 20 };

/* What the programs of one test share. */
struct shared {
    cc_enclave_result_t rc;
    uint64_t value;
    bool rollback_protected;
    uint8_t policy;
    uint8_t times[VALUES_MAX]; /* how often each value was handed out */
    volatile uint64_t highest;
};
static struct shared *shared;

static void begin(void)
{
    state_fresh();
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    shared->policy = MRSIGNER;
}

static void count(cc_enclave_t *enclave, uint8_t what)
{
    const uint8_t in[] = {what, shared->policy, 1};
    uint8_t out[9] = {0};

    shared->rc = call(enclave, F_COUNT, in, sizeof in, out, sizeof out);
    memcpy(&shared->value, out, sizeof shared->value);
    shared->rollback_protected = out[8];
}

static void create_counter(cc_enclave_t *enclave)
{
    count(enclave, COUNT_CREATE);
}

static void read_counter(cc_enclave_t *enclave)
{
    count(enclave, COUNT_READ);
}

static void increment_counter(cc_enclave_t *enclave)
{
    count(enclave, COUNT_INCREMENT);
}

static cc_enclave_result_t counted_by(const char *image, void (*step)(cc_enclave_t *enclave))
{
    in_program(image, 0, step);
    return shared->rc;
}

START_TEST(counter_outlives_the_device_and_passes_to_the_next_release)
{
    ck_assert_int_eq(counted_by("enclave.signed.so", create_counter), CC_SUCCESS);
    ck_assert_int_eq(counted_by("enclave.signed.so", increment_counter), CC_SUCCESS);
    ck_assert_int_eq(counted_by("upgrade.signed.so", increment_counter), CC_SUCCESS);
    ck_assert_uint_eq(shared->value, 2);
    ck_assert(!shared->rollback_protected); /* level L1 says so */
    ck_assert_int_eq(counted_by("enclave.signed.so", read_counter), CC_ERROR_MC_NO_ACCESS_RIGHT);
    ck_assert_int_eq(counted_by("stranger.signed.so", read_counter), CC_ERROR_MC_NOT_FOUND);
    ck_assert_int_eq(counted_by("product.signed.so", read_counter), CC_ERROR_MC_NOT_FOUND);
    in_program("debug.signed.so", SECGEAR_DEBUG_FLAG, read_counter);
    ck_assert_int_eq(shared->rc, CC_ERROR_MC_NOT_FOUND);
}
END_TEST

START_TEST(counter_of_an_enclave_is_closed_to_its_next_release)
{
    shared->policy = MRENCLAVE;
    ck_assert_int_eq(counted_by("enclave.signed.so", create_counter), CC_SUCCESS);
    ck_assert_int_eq(counted_by("upgrade.signed.so", read_counter), CC_ERROR_MC_NOT_FOUND);
}
END_TEST

/* Anybody may sign the same code under any SVN: that must not lock its rightful users out. */
START_TEST(counter_of_an_enclave_is_not_taken_by_who_signs_it_with_a_higher_svn)
{
    shared->policy = MRENCLAVE;
    ck_assert_int_eq(counted_by("enclave.signed.so", create_counter), CC_SUCCESS);
    ck_assert_int_eq(counted_by("usurper.signed.so", increment_counter), CC_SUCCESS);
    ck_assert_int_eq(counted_by("enclave.signed.so", increment_counter), CC_SUCCESS);
    ck_assert_uint_eq(shared->value, 2);
}
END_TEST

static void count_in_an_open_folder(cc_enclave_t *enclave)
{
    char path[600];

    create_counter(enclave);
    snprintf(path, sizeof path, "%s/device.counters", state_folder());
    if (shared->rc != CC_SUCCESS || chmod(state_folder(), 0777) != 0 || unlink(path) != 0)
        _exit(3);
    create_counter(enclave); /* a second one of that name, from 0 */
}

/* Whoever may write to the folder may take the file away, and the counters would begin anew. */
START_TEST(counter_in_a_folder_that_others_can_write_to_is_refused)
{
    ck_assert_int_eq(counted_by("enclave.signed.so", count_in_an_open_folder), CC_ERROR_SECURITY);
}
END_TEST

static void value_note(const uint8_t *out)
{
    uint64_t value;

    memcpy(&value, out, sizeof value);
    if (value >= VALUES_MAX)
        _exit(4);
    __atomic_add_fetch(&shared->times[value], 1, __ATOMIC_SEQ_CST);
    if (value > shared->highest)
        shared->highest = value;
}

static void increment_many(cc_enclave_t *enclave)
{
    static const uint8_t in[] = {COUNT_INCREMENT, MRSIGNER, 1};
    uint8_t out[9];

    for (unsigned i = 0; i < EACH; i++) {
        if (call(enclave, F_COUNT, in, sizeof in, out, sizeof out) != CC_SUCCESS)
            _exit(3);
        value_note(out);
    }
}

START_TEST(programs_that_count_at_once_get_each_value_once)
{
    ck_assert_int_eq(counted_by("enclave.signed.so", create_counter), CC_SUCCESS);
    for (unsigned i = 0; i < PROGRAMS; i++)
        if (fork() == 0) {
            in_program("enclave.signed.so", 0, increment_many);
            _exit(0);
        }
    for (unsigned i = 0; i < PROGRAMS; i++) {
        int status = 1;

        wait(&status);
        ck_assert_int_eq(status, 0);
    }
    for (uint64_t value = 1; value <= PROGRAMS * EACH; value++)
        ck_assert_msg(shared->times[value] == 1, "%lu: %u times", (unsigned long)value,
                      shared->times[value]);
    ck_assert_uint_eq(shared->highest, PROGRAMS * EACH);
}
END_TEST

/* Counts until its device is killed under it. */
static pid_t victim_start(void)
{
    pid_t child = fork();

    if (child == 0) {
        static const uint8_t in[] = {COUNT_INCREMENT, MRSIGNER, 1};
        cc_enclave_t enclave;
        uint8_t out[9];

        if (create("enclave.signed.so", &enclave) != CC_SUCCESS)
            _exit(1);
        while (call(&enclave, F_COUNT, in, sizeof in, out, sizeof out) == CC_SUCCESS)
            value_note(out);
        _exit(0);
    }
    return child;
}

START_TEST(counter_never_repeats_a_value_when_devices_are_killed)
{
    pid_t devices[8];

    ck_assert_int_eq(counted_by("enclave.signed.so", create_counter), CC_SUCCESS);
    srand(7);
    for (size_t round = 0; round < count_of(COUNT_KILLED_COUNTERS); round++) {
        uint64_t before = shared->highest, after = before + 1 + (uint64_t)(rand() % 20);
        pid_t victim = victim_start();
        int status = 1;

        while (shared->highest < after && waitpid(victim, NULL, WNOHANG) == 0)
            ; /* it counts */
        for (size_t found = device_pids(devices, 8), i = 0; i < found && i < 8; i++)
            kill(devices[i], SIGKILL);
        ck_assert_int_eq(waitpid(victim, &status, 0), victim);
        ck_assert_int_eq(status, 0);
    }
    for (uint64_t value = 1; value <= shared->highest; value++)
        ck_assert_msg(shared->times[value] <= 1, "%lu: %u times", (unsigned long)value,
                      shared->times[value]);
    ck_assert_int_eq(counted_by("enclave.signed.so", read_counter), CC_SUCCESS);
    ck_assert_uint_ge(shared->value, shared->highest);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/counter");
    TCase *tcase = tcase_of(suite, "counter");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, counter_outlives_the_device_and_passes_to_the_next_release);
    tcase_add_test(tcase, counter_of_an_enclave_is_closed_to_its_next_release);
    tcase_add_test(tcase, counter_of_an_enclave_is_not_taken_by_who_signs_it_with_a_higher_svn);
    tcase_add_test(tcase, counter_in_a_folder_that_others_can_write_to_is_refused);
    tcase_add_test(tcase, programs_that_count_at_once_get_each_value_once);
    tcase_add_test(tcase, counter_never_repeats_a_value_when_devices_are_killed);
    return suite_main(suite);
}
