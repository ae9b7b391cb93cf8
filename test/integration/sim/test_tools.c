/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Debug enclaves under ASan, UBSan and valgrind, outside of the sandbox: asked for by name, said in
 * each report, and for debug enclaves alone. */
#include "common.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char output[262144]; /* all that the program, its device and its enclave wrote to stderr */
static uint32_t mistake;

static void begin(void)
{
    state_fresh();
    unsetenv("SECGEAR_ALLOW_ATTACH");
    unsetenv("SECGEAR_DEVICE_STATES");
    setenv("SECGEAR_DEVICE", "embedded", 1);
}

static void step(cc_enclave_t *enclave)
{
    cc_enclave_result_t rc = call(enclave, F_MISTAKE, &mistake, sizeof mistake, NULL, 0);

    fprintf(stderr, "mistake: %s\n", rc == CC_SUCCESS ? "went on" : cc_enclave_res2_str(rc));
}

/* A program of its own, whose stderr is read until nobody holds it any more. */
static void run(const char *image, const char *states, uint32_t which)
{
    int ends[2], kept = dup(2), status;
    size_t size = 0;
    ssize_t got;
    pid_t child;

    mistake = which;
    setenv("SECGEAR_DEVICE_STATES", states, 1);
    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        cc_enclave_t enclave = {0};

        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        close(kept);
        if (cc_enclave_create(image_path(image), AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0,
                              &enclave) != CC_SUCCESS) {
            fprintf(stderr, "not created: %s\n", cc_enclave_error_detail());
            _exit(1);
        }
        step(&enclave);
        _exit(cc_enclave_destroy(&enclave) == CC_SUCCESS ? 0 : 2);
    }
    close(ends[1]);
    close(kept);
    while (size < sizeof output - 1 &&
           (got = read(ends[0], output + size, sizeof output - 1 - size)) > 0)
        size += (size_t)got;
    output[size] = '\0';
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
}

static void shows(const char *text)
{
    ck_assert_msg(strstr(output, text) != NULL, "no \"%s\" in:\n%s", text, output);
}

static bool is_built_with(const char *library, const char *image)
{
    char command[4500];

    snprintf(command, sizeof command, "grep -q '%s' '%s'", library, image_path(image));
    return system(command) == 0;
}

/* A compiler's runtime, or a machine that forbids what tools do, may be missing. */
static bool tool_works(const char *image, const char *states)
{
    run(image, states, 1000);
    return strstr(output, "not created: ") == NULL;
}

START_TEST(asan_finds_a_heap_overflow_in_an_enclave)
{
    if (!is_built_with("libasan.so", "asan_debug.signed.so") ||
        !tool_works("asan_debug.signed.so", "unconfined_insecure=asan"))
        TEST_SKIP("no ASan runtime for enclaves here");
    run("asan_debug.signed.so", "unconfined_insecure=asan", MISTAKE_HEAP);
    shows("heap-buffer-overflow");
    shows("mistake_heap");
    shows("mistake: Enclave crashed");
}
END_TEST

START_TEST(ubsan_finds_a_signed_overflow_in_an_enclave)
{
    if (!is_built_with("libubsan.so", "ubsan_debug.signed.so") ||
        !tool_works("ubsan_debug.signed.so", "unconfined_insecure=ubsan"))
        TEST_SKIP("no UBSan runtime for enclaves here");
    run("ubsan_debug.signed.so", "unconfined_insecure=ubsan", MISTAKE_SIGNED);
    shows("signed integer overflow");
    shows("mistake: went on");
}
END_TEST

START_TEST(valgrind_finds_an_unset_value_and_a_leak_in_an_enclave)
{
    if (access("/usr/bin/valgrind", X_OK) != 0 ||
        !tool_works("debug.signed.so", "unconfined_insecure=valgrind"))
        TEST_SKIP("no valgrind here: %.3000s", output);
    run("debug.signed.so", "unconfined_insecure=valgrind", MISTAKE_UNSET);
    shows("depends on uninitialised value");
    shows("mistake_unset");
    run("debug.signed.so", "unconfined_insecure=valgrind", MISTAKE_LEAK);
    shows("definitely lost");
    shows("mistake_leak");
}
END_TEST

/* The same mistakes go unnoticed in the sandbox, where no tool looks. */
START_TEST(control_without_a_tool_nobody_finds_it)
{
    run("debug.signed.so", "", MISTAKE_LEAK);
    shows("mistake: went on");
    ck_assert_ptr_null(strstr(output, "lost"));
}
END_TEST

static const struct {
    const char *image;
    uint32_t flags;
} productions[] = {{"debug.signed.so", 0}, {"enclave.signed.so", SECGEAR_DEBUG_FLAG}};

START_TEST(production_enclaves_run_under_no_tool)
{
    cc_enclave_t enclave = {0};

    setenv("SECGEAR_DEVICE_STATES", "unconfined_insecure=ubsan", 1);
    ck_assert_int_eq(cc_enclave_create(image_path(productions[_i].image), AUTO_ENCLAVE_TYPE, 0,
                                       productions[_i].flags, NULL, 0, &enclave),
                     CC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "debug enclaves only"));
}
END_TEST

START_TEST(evidence_says_that_nothing_confines_the_enclave)
{
    uint8_t user_data[64] = {1}, report[2048];
    cc_enclave_t enclave = {0};

    setenv("SECGEAR_DEVICE_STATES", "unconfined_insecure=ubsan", 1);
    ck_assert_int_eq(cc_enclave_create(image_path("debug.signed.so"), AUTO_ENCLAVE_TYPE, 0,
                                       SECGEAR_DEBUG_FLAG, NULL, 0, &enclave),
                     CC_SUCCESS);
    ck_assert_int_eq(call(&enclave, F_REPORT, user_data, sizeof user_data, report, sizeof report),
                     CC_SUCCESS);
    ck_assert_ptr_nonnull(memmem(report, sizeof report, "unconfined_insecure=ubsan",
                                 strlen("unconfined_insecure=ubsan")));
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    setenv("SECGEAR_REQUIRE", "seccomp", 1);
    ck_assert_int_eq(cc_enclave_create(image_path("debug.signed.so"), AUTO_ENCLAVE_TYPE, 0,
                                       SECGEAR_DEBUG_FLAG, NULL, 0, &enclave),
                     CC_ERROR_NO_DEVICE);
}
END_TEST

/* Its number of a descriptor is one that a library of the runtime was loaded by before. */
START_TEST(image_brings_its_library_out_of_the_sandbox_as_well)
{
    cc_enclave_t enclave = {0};
    uint8_t in = 2, out = 0;

    setenv("SECGEAR_DEVICE_STATES", "unconfined_insecure=ubsan", 1);
    ck_assert_msg(cc_enclave_create(image_path("brings_debug.signed.so"), AUTO_ENCLAVE_TYPE, 0,
                                    SECGEAR_DEBUG_FLAG, NULL, 0, &enclave) == CC_SUCCESS,
                  "%s", cc_enclave_error_detail());
    ck_assert_int_eq(call(&enclave, F_TALLY, &in, 1, &out, 1), CC_SUCCESS);
    ck_assert_uint_eq(out, 42);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/tools");
    TCase *tcase = tcase_of(suite, "tools");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, asan_finds_a_heap_overflow_in_an_enclave);
    tcase_add_test(tcase, ubsan_finds_a_signed_overflow_in_an_enclave);
    tcase_add_test(tcase, valgrind_finds_an_unset_value_and_a_leak_in_an_enclave);
    tcase_add_test(tcase, control_without_a_tool_nobody_finds_it);
    tcase_add_loop_test(tcase, production_enclaves_run_under_no_tool, 0,
                        sizeof productions / sizeof productions[0]);
    tcase_add_test(tcase, image_brings_its_library_out_of_the_sandbox_as_well);
    tcase_add_test(tcase, evidence_says_that_nothing_confines_the_enclave);
    return suite_main(suite);
}
