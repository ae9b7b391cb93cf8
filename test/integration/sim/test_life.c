/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Life of an enclave: create, call, destroy, and every wrong way to do so. Real processes. */
#include "common.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static cc_enclave_t enclave;

START_TEST(create_call_destroy_works_and_again)
{
    char out[6] = "";

    for (int i = 0; i < 2; i++) {
        create_good(&enclave);
        ck_assert_int_eq(call(&enclave, F_ECHO, "hello", 6, out, 6), CC_SUCCESS);
        ck_assert_str_eq(out, "hello");
        ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
        ck_assert(!enclave.used_flag);
    }
}
END_TEST

START_TEST(each_type_of_this_suite_is_answered)
{
    static const enclave_type_t types[] = {AUTO_ENCLAVE_TYPE, SGX_ENCLAVE_TYPE, GP_ENCLAVE_TYPE,
                                           PENGLAI_ENCLAVE_TYPE};

    cc_enclave_result_t rc = cc_enclave_create(image_path("enclave.signed.so"), types[_i], 0,
                                               SECGEAR_DEBUG_FLAG, NULL, 0, &enclave);

    ck_assert_msg(rc == CC_SUCCESS, "%s: %s", cc_enclave_res2_str(rc), cc_enclave_error_detail());
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(create_checks_in_the_order_of_the_reference)
{
    enclave_features_t feature = {ENCLAVE_FEATURE_SWITCHLESS, NULL};
    enclave_features_t unknown = {77, NULL};
    const char *good = image_path("enclave.signed.so");
    cc_enclave_t used = {.used_flag = true};

    ck_assert_int_eq(cc_enclave_create(NULL, 9, 9, 9, &feature, 0, NULL),
                     CC_ERROR_INVALID_ENCLAVE_ID);
    ck_assert_int_eq(cc_enclave_create(NULL, 9, 9, 9, &feature, 0, &used),
                     CC_ERROR_INVALID_ENCLAVE_ID);
    ck_assert(used.used_flag);
    ck_assert_int_eq(cc_enclave_create(NULL, 9, 9, 9, &feature, 0, &enclave),
                     CC_ERROR_INVALID_PATH);
    ck_assert_int_eq(cc_enclave_create("/nowhere", 9, 9, 8, &feature, 0, &enclave),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_create("/nowhere", 9, 9, 8, NULL, 1, &enclave),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_create("/nowhere", 9, 9, 8, NULL, 0, &enclave),
                     CC_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(cc_enclave_create("/nowhere", 9, 9, 1, NULL, 0, &enclave),
                     CC_ERROR_INVALID_PATH);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "/nowhere"));
    ck_assert_int_eq(cc_enclave_create(good, 9, 0, 1, NULL, 0, &enclave), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_create(good, AUTO_ENCLAVE_TYPE, 1, 1, NULL, 0, &enclave),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_create(good, AUTO_ENCLAVE_TYPE, 0, 1, &unknown, 1, &enclave),
                     CC_ERROR_FEATURE_FUNC_NOT_EXIST);
    ck_assert(!enclave.used_flag);
    ck_assert_ptr_null(enclave.path);
}
END_TEST

/* Files that are no enclave, what create answers, and what the detail must name. */
static const struct {
    const char *name;
    cc_enclave_result_t code;
    const char *says;
} bad_images[] = {
    {"missing.so", CC_ERROR_INVALID_PATH, "missing.so"},
    {"empty.so", CC_ERROR_INVALID_ENCLAVE, "empty.so"},
    {"text.so", CC_ERROR_INVALID_ENCLAVE, "ELF"},
    {"unsigned.so", CC_ERROR_SIGNATURE_INVALID, "sign"},
    {"truncated.so", 0, "truncated.so"},
    {"tampered.so", CC_ERROR_SIGNATURE_INVALID, "tampered.so"},
    {"no_descriptor.signed.so", CC_ERROR_INVALID_ENCLAVE, "cc_enclave_image"},
    {"crash.signed.so", CC_ERROR_ENCLAVE_DEAD, "abort()"},
    {"fork.signed.so", CC_ERROR_ENCLAVE_DEAD, "starting"},
    {"needs_library.signed.so", CC_ERROR_INVALID_ENCLAVE, "libjansson"},
    {"library_tampered.so", CC_ERROR_SIGNATURE_INVALID, "libtally.so.1"},
    {"folder.so", CC_ERROR_INVALID_ENCLAVE, "plain file"},
};

START_TEST(create_refuses_what_is_no_enclave_and_says_why)
{
    cc_enclave_result_t rc = create(bad_images[_i].name, &enclave);

    ck_assert_int_ne(rc, CC_SUCCESS);
    if (bad_images[_i].code != 0)
        ck_assert_msg(rc == bad_images[_i].code, "%s: %s, %s", bad_images[_i].name,
                      cc_enclave_res2_str(rc), cc_enclave_error_detail());
    ck_assert_msg(strstr(cc_enclave_error_detail(), bad_images[_i].says) != NULL, "%s",
                  cc_enclave_error_detail());
    ck_assert(!enclave.used_flag);
    create_good(&enclave); /* the device goes on */
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(an_image_brings_its_library)
{
    uint8_t in = 2, out = 0;

    ck_assert_msg(create("brings_library.signed.so", &enclave) == CC_SUCCESS, "%s",
                  cc_enclave_error_detail());
    ck_assert_int_eq(call(&enclave, F_TALLY, &in, 1, &out, 1), CC_SUCCESS);
    ck_assert_uint_eq(out, 42); /* its constructor ran, and it keeps its data */
    ck_assert_int_eq(call(&enclave, F_TALLY, &in, 1, &out, 1), CC_SUCCESS);
    ck_assert_uint_eq(out, 44);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(destroy_refuses_what_is_no_enclave)
{
    cc_enclave_t copy;

    ck_assert_int_eq(cc_enclave_destroy(NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_ERROR_BAD_PARAMETERS);
    create_good(&enclave);
    copy = enclave;
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_destroy(&copy), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

START_TEST(a_copy_of_the_context_calls_the_same_enclave_until_it_is_destroyed)
{
    cc_enclave_t copy, other;

    create_good(&enclave);
    copy = enclave;
    ck_assert_int_eq(call(&copy, F_ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    ck_assert_int_eq(call(&copy, F_ECHO, NULL, 0, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    create_good(&other); /* takes the place of the first */
    ck_assert_int_eq(call(&copy, F_ECHO, NULL, 0, NULL, 0), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_destroy(&other), CC_SUCCESS);
}
END_TEST

START_TEST(many_enclaves_live_at_once)
{
    uint32_t count = (uint32_t)count_of(COUNT_ENCLAVES_AT_ONCE), out;
    cc_enclave_t *many = calloc(count, sizeof *many);
    struct rlimit files;

    ck_assert_ptr_nonnull(many);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max; /* each takes two descriptors here */
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
    for (uint32_t i = 0; i < count; i++)
        create_good(&many[i]);
    for (uint32_t i = 0; i < count; i++) {
        ck_assert_int_eq(call(&many[i], F_ECHO, &i, sizeof i, &out, sizeof out), CC_SUCCESS);
        ck_assert_uint_eq(out, i);
    }
    for (uint32_t i = 0; i < count; i++)
        ck_assert_int_eq(cc_enclave_destroy(&many[i]), CC_SUCCESS);
    free(many);
}
END_TEST

START_TEST(enclaves_draw_different_random_numbers)
{
    uint8_t a[32], b[32];
    cc_enclave_t other;

    create_good(&enclave);
    create_good(&other);
    ck_assert_int_eq(call(&enclave, F_RANDOM, NULL, 0, a, sizeof a), CC_SUCCESS);
    ck_assert_int_eq(call(&other, F_RANDOM, NULL, 0, b, sizeof b), CC_SUCCESS);
    ck_assert_mem_ne(a, b, sizeof a);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&other), CC_SUCCESS);
}
END_TEST

START_TEST(heap_is_what_the_manifest_grants)
{
    uint64_t within = 8 << 20, beyond = 64 << 20;
    uint8_t got;

    create_good(&enclave); /* 16 MiB */
    ck_assert_int_eq(call(&enclave, F_HEAP, &within, sizeof within, &got, 1), CC_SUCCESS);
    ck_assert_uint_eq(got, 1);
    ck_assert_int_eq(call(&enclave, F_HEAP, &beyond, sizeof beyond, &got, 1), CC_SUCCESS);
    ck_assert_uint_eq(got, 0);
    ck_assert_int_eq(call(&enclave, F_THREADS, NULL, 0, &got, 1), CC_SUCCESS);
    ck_assert_uint_eq(got, 7);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

/* What an enclave tries: refused with an errno, or it dies (0). */
static const struct {
    uint32_t what;
    int refused;
} forbidden[] = {
    {TRY_OPEN, EACCES},     {TRY_OPEN_IMAGE, EACCES}, {TRY_SOCKET, EACCES}, {TRY_WRITE, EACCES},
    {TRY_DUMPABLE, EACCES}, {TRY_EXEC_MEMORY, 0},     {TRY_FORK, 0},        {TRY_EXECVE, 0},
    {TRY_PTRACE, 0},        {TRY_UNMAP_CODE, -1},     {TRY_RELRO, -1},
};

START_TEST(enclave_can_not_leave_its_sandbox)
{
    int got = -1;
    cc_enclave_result_t rc;

    create_good(&enclave);
    rc = call(&enclave, F_TRY, &forbidden[_i].what, sizeof forbidden[_i].what, &got, sizeof got);
    if (forbidden[_i].refused > 0) {
        ck_assert_int_eq(rc, CC_SUCCESS);
        ck_assert_int_eq(got, forbidden[_i].refused);
    } else if (forbidden[_i].refused == 0) {
        ck_assert_int_eq(rc, CC_ERROR_ENCLAVE_DEAD);
    } else if (rc == CC_SUCCESS && got == 0) {
        TEST_SKIP("this kernel has no mseal");
    }
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(constructors_run_confined)
{
    uint32_t what = TRY_CONSTRUCTOR;
    int got = -1;

    ck_assert_int_eq(create("open.signed.so", &enclave), CC_SUCCESS);
    ck_assert_int_eq(call(&enclave, F_TRY, &what, sizeof what, &got, sizeof got), CC_SUCCESS);
    ck_assert_int_eq(got, EACCES);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

static size_t descriptors_open(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    while (dir != NULL && readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

START_TEST(neither_success_nor_failure_leaves_descriptors_behind)
{
    size_t before;

    create_good(&enclave); /* what is opened once for all stays */
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    before = descriptors_open();
    for (int i = 0; i < 10; i++) {
        create_good(&enclave);
        ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
        for (size_t k = 0; k < sizeof bad_images / sizeof bad_images[0]; k++)
            ck_assert_int_ne(create(bad_images[k].name, &enclave), CC_SUCCESS);
    }
    ck_assert_uint_eq(descriptors_open(), before);
}
END_TEST

static atomic_int napping;

static void *nap_main(void *arg)
{
    uint32_t ms = 100000;

    (void)arg;
    atomic_fetch_add(&napping, 1);
    return (void *)(uintptr_t)call(&enclave, F_NAP, &ms, sizeof ms, NULL, 0);
}

START_TEST(destroy_releases_callers_that_do_not_come_back)
{
    pthread_t callers[6]; /* four threads in the enclave: two callers wait for one */
    void *rc;

    setenv("SECGEAR_DESTROY_WAIT_MS", "50", 1);
    create_good(&enclave);
    for (size_t i = 0; i < 6; i++)
        ck_assert_int_eq(pthread_create(&callers[i], NULL, nap_main, NULL), 0);
    while (atomic_load(&napping) < 6)
        sched_yield();
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    for (size_t i = 0; i < 6; i++) {
        cc_enclave_result_t got;

        pthread_join(callers[i], &rc);
        got = (cc_enclave_result_t)(uintptr_t)rc;
        /* dead, or it came after the bar was down */
        ck_assert(got == CC_ERROR_ENCLAVE_DEAD || got == CC_ERROR_BAD_PARAMETERS);
    }
}
END_TEST

static void *short_nap_main(void *arg)
{
    uint32_t ms = 300;

    (void)arg;
    atomic_fetch_add(&napping, 1);
    return (void *)(uintptr_t)call(&enclave, F_NAP, &ms, sizeof ms, NULL, 0);
}

START_TEST(destroy_lets_calls_in_flight_finish)
{
    pthread_t caller;
    void *rc;

    setenv("SECGEAR_DESTROY_WAIT_MS", "50000", 1);
    create_good(&enclave);
    ck_assert_int_eq(pthread_create(&caller, NULL, short_nap_main, NULL), 0);
    while (atomic_load(&napping) < 1)
        sched_yield();
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    pthread_join(caller, &rc);
    /* it finished, or had not yet begun when the bar came down */
    ck_assert((uintptr_t)rc == CC_SUCCESS || (uintptr_t)rc == CC_ERROR_BAD_PARAMETERS);
}
END_TEST

static cc_enclave_result_t destroy_from_inside, nested_from_inside;

static cc_enclave_result_t host_function(const uint8_t *in, size_t in_size, uint8_t *out,
                                         size_t out_size)
{
    (void)in, (void)in_size, (void)out, (void)out_size;
    destroy_from_inside = cc_enclave_destroy(&enclave);
    nested_from_inside = call(&enclave, F_ECHO, NULL, 0, NULL, 0);
    return CC_SUCCESS;
}

START_TEST(destroy_from_within_an_ocall_is_busy)
{
    static const struct {
        uint64_t num;
        cc_ocall_func_t ocalls[1];
    } table = {1, {host_function}};

    create_good(&enclave);
    ck_assert_int_eq(cc_enclave_call_function(&enclave, F_ASK, NULL, 0, NULL, 0, NULL, &table),
                     CC_SUCCESS);
    ck_assert_int_eq(destroy_from_inside, CC_ERROR_BUSY);
    ck_assert_int_eq(nested_from_inside, CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(a_fork_of_the_host_loses_the_enclave_and_the_parent_keeps_it)
{
    int status;
    pid_t child;

    create_good(&enclave);
    child = fork();
    if (child == 0) {
        cc_enclave_t own;
        bool lost = call(&enclave, F_ECHO, NULL, 0, NULL, 0) == CC_ERROR_ENCLAVE_LOST &&
                    cc_enclave_destroy(&enclave) == CC_ERROR_ENCLAVE_LOST;

        /* but it can have its own */
        lost = lost && create("enclave.signed.so", &own) == CC_SUCCESS;
        _exit(lost ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(host_has_no_child_that_it_did_not_make)
{
    create_good(&enclave);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(a_required_protection_that_is_missing_is_no_device)
{
    setenv("SECGEAR_REQUIRE", "seccomp,nodump", 1);
    create_good(&enclave);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    setenv("SECGEAR_REQUIRE", "seccomp,rootkey_private", 1);
    ck_assert_int_eq(create("enclave.signed.so", &enclave), CC_ERROR_NO_DEVICE);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "rootkey_private"));
    setenv("SECGEAR_REQUIRE", "no_such_protection", 1);
    ck_assert_int_eq(create("enclave.signed.so", &enclave), CC_ERROR_NO_DEVICE);
}
END_TEST

START_TEST(a_state_folder_that_can_not_be_written_gives_an_ephemeral_device)
{
    setenv("XDG_STATE_HOME", "/proc/no-such-place", 1);
    create_good(&enclave);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    setenv("SECGEAR_REQUIRE", "persistent", 1);
    ck_assert_int_eq(create("enclave.signed.so", &enclave), CC_ERROR_NO_DEVICE);
}
END_TEST

static void state_write(const char *bytes, size_t size, mode_t mode)
{
    char path[4096], command[4200];
    int fd;

    snprintf(command, sizeof command, "mkdir -p -m 700 %s", state_folder());
    ck_assert_int_eq(system(command), 0);
    snprintf(path, sizeof path, "%s/device.state", state_folder());
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    fchmod(fd, mode);
    close(fd);
}

START_TEST(a_damaged_state_file_is_an_error_and_is_left_alone)
{
    char path[4096], bytes[100];
    FILE *file;

    state_write("SGSIM-DS and then nonsense", 26, 0600);
    ck_assert_int_eq(create("enclave.signed.so", &enclave), CC_ERROR_NO_DEVICE);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "device.state"));
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "damaged"));
    snprintf(path, sizeof path, "%s/device.state", state_folder());
    file = fopen(path, "r");
    ck_assert_uint_eq(fread(bytes, 1, sizeof bytes, file), 26);
    fclose(file);
}
END_TEST

START_TEST(a_state_file_that_others_can_read_is_refused)
{
    state_write("x", 1, 0644);
    ck_assert_int_eq(create("enclave.signed.so", &enclave), CC_ERROR_NO_DEVICE);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "0600"));
}
END_TEST

static void echo_nothing(cc_enclave_t *other)
{
    if (call(other, F_ECHO, NULL, 0, NULL, 0) != CC_SUCCESS)
        _exit(3);
}

/* Whoever may write to the folder may put an older file, or none, in the place of ours. */
START_TEST(a_state_folder_that_others_can_write_to_is_refused)
{
    in_program("enclave.signed.so", 0, echo_nothing);
    ck_assert_int_eq(chmod(state_folder(), 0777), 0);
    ck_assert_int_eq(create("enclave.signed.so", &enclave), CC_ERROR_NO_DEVICE);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "0700"));
}
END_TEST

/* Up to its end, as text. */
static void read_all(int fd, char *ret_text, size_t room)
{
    size_t used = 0;
    ssize_t part;

    while ((part = read(fd, ret_text + used, room - 1 - used)) > 0)
        used += (size_t)part;
    ret_text[used] = '\0';
}

START_TEST(output_of_the_enclave_is_the_hosts)
{
    char text[600] = "";
    int out[2], err[2], old_out = dup(1), old_err = dup(2);

    ck_assert_int_eq(pipe(out), 0);
    ck_assert_int_eq(pipe(err), 0);
    create_good(&enclave);
    fflush(stdout);
    dup2(out[1], 1);
    dup2(err[1], 2);
    call(&enclave, F_PRINT, NULL, 0, NULL, 0);
    dup2(old_out, 1);
    dup2(old_err, 2);
    close(out[1]);
    close(err[1]);
    read_all(out[0], text, sizeof text);
    ck_assert_str_eq(text, "printed without an end, then with one\nno end at all");
    read_all(err[0], text, sizeof text);
    ck_assert_str_eq(text, "to stderr\n[secGear][ERROR] a message, 42\n");
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/life");
    TCase *tcase = tcase_of(suite, "life");

    tcase_add_checked_fixture(tcase, state_fresh, NULL);
    tcase_add_test(tcase, create_call_destroy_works_and_again);
    tcase_add_loop_test(tcase, each_type_of_this_suite_is_answered, 0, 4);
    tcase_add_test(tcase, create_checks_in_the_order_of_the_reference);
    tcase_add_loop_test(tcase, create_refuses_what_is_no_enclave_and_says_why, 0,
                        sizeof bad_images / sizeof bad_images[0]);
    tcase_add_test(tcase, an_image_brings_its_library);
    tcase_add_test(tcase, destroy_refuses_what_is_no_enclave);
    tcase_add_test(tcase, a_copy_of_the_context_calls_the_same_enclave_until_it_is_destroyed);
    tcase_add_test(tcase, many_enclaves_live_at_once);
    tcase_add_test(tcase, enclaves_draw_different_random_numbers);
    tcase_add_test(tcase, heap_is_what_the_manifest_grants);
    tcase_add_loop_test(tcase, enclave_can_not_leave_its_sandbox, 0,
                        sizeof forbidden / sizeof forbidden[0]);
    tcase_add_test(tcase, constructors_run_confined);
    tcase_add_test(tcase, neither_success_nor_failure_leaves_descriptors_behind);
    tcase_add_test(tcase, destroy_releases_callers_that_do_not_come_back);
    tcase_add_test(tcase, destroy_lets_calls_in_flight_finish);
    tcase_add_test(tcase, destroy_from_within_an_ocall_is_busy);
    tcase_add_test(tcase, a_fork_of_the_host_loses_the_enclave_and_the_parent_keeps_it);
    tcase_add_test(tcase, host_has_no_child_that_it_did_not_make);
    tcase_add_test(tcase, a_required_protection_that_is_missing_is_no_device);
    tcase_add_test(tcase, a_state_folder_that_can_not_be_written_gives_an_ephemeral_device);
    tcase_add_test(tcase, a_damaged_state_file_is_an_error_and_is_left_alone);
    tcase_add_test(tcase, a_state_file_that_others_can_read_is_refused);
    tcase_add_test(tcase, a_state_folder_that_others_can_write_to_is_refused);
    tcase_add_test(tcase, output_of_the_enclave_is_the_hosts);
    return suite_main(suite);
}
