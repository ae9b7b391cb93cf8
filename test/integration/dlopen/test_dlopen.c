/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Each installed library loads alone, every symbol bound at once, and gives what its map promises.
 *
 *   test program, linked to none of them -- dlopen --> one library --> what it needs
 */
#include "enclave.h"
#include "support.h"
#include <dlfcn.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *library;
    const char *function;
} exports[] = {
#include "exports.h" /* made from the version maps */
};

enum { EXPORT_COUNT = sizeof exports / sizeof exports[0] };

START_TEST(library_loads_alone_and_gives_the_function)
{
    void *library = dlopen(exports[_i].library, RTLD_NOW | RTLD_LOCAL);

    ck_assert_msg(library != NULL, "%s", dlerror());
    ck_assert_msg(dlsym(library, exports[_i].function) != NULL, "%s: %s", exports[_i].library,
                  dlerror());
    dlclose(library);
}
END_TEST

START_TEST(library_hides_what_it_does_not_promise)
{
    static const char *const internal[] = {"buf_free", "device_decode", "random_fill", "call_run"};
    void *library = dlopen(exports[_i].library, RTLD_NOW | RTLD_LOCAL);

    ck_assert_msg(library != NULL, "%s", dlerror());
    for (size_t i = 0; i < sizeof internal / sizeof internal[0]; i++)
        ck_assert_ptr_null(dlsym(library, internal[i]));
    dlclose(library);
}
END_TEST

static void enclave_come_and_go(void *library)
{
    __typeof__(cc_enclave_create) *create = dlsym(library, "cc_enclave_create");
    __typeof__(cc_enclave_destroy) *destroy = dlsym(library, "cc_enclave_destroy");
    char own[PATH_MAX], path[2 * PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    cc_enclave_t enclave = {0};

    ck_assert(create != NULL && destroy != NULL && size > 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    snprintf(path, sizeof path, "%s/images/enclave.signed.so", own);
    ck_assert_int_eq(create(path, AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave), CC_SUCCESS);
    ck_assert_int_eq(destroy(&enclave), CC_SUCCESS);
}

/* A thread of it waits for the end of its device, and finds its code then. */
START_TEST(host_library_is_closed_while_its_device_runs)
{
    pid_t device;
    void *library = dlopen("libsecgear_urts.so.1", RTLD_NOW | RTLD_LOCAL);

    ck_assert_msg(library != NULL, "%s", dlerror());
    enclave_come_and_go(library);
    ck_assert_int_eq(dlclose(library), 0);
    ck_assert_uint_eq(device_pids(&device, 1), 1);
    ck_assert_int_eq(kill(device, SIGKILL), 0);
    while (threads_count() > 1) /* the watchdog ends a test that waits too long */
        sched_yield();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("installed/dlopen");
    TCase *tcase = tcase_of(suite, "dlopen");

    tcase_add_loop_test(tcase, library_loads_alone_and_gives_the_function, 0, EXPORT_COUNT);
    tcase_add_test(tcase, host_library_is_closed_while_its_device_runs);
    for (int i = 0; i < EXPORT_COUNT; i++) /* one of each library */
        if (i == 0 || strcmp(exports[i].library, exports[i - 1].library) != 0)
            tcase_add_loop_test(tcase, library_hides_what_it_does_not_promise, i, i + 1);
    return suite_main(suite);
}
