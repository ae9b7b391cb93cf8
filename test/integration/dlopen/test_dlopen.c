/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Each installed library loads alone, every symbol bound at once, and gives what its map promises.
 *
 *   test program, linked to none of them -- dlopen --> one library --> what it needs
 */
#include "support.h"
#include <dlfcn.h>
#include <string.h>

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

int main(void)
{
    Suite *suite = suite_create("installed/dlopen");
    TCase *tcase = tcase_of(suite, "dlopen");

    tcase_add_loop_test(tcase, library_loads_alone_and_gives_the_function, 0, EXPORT_COUNT);
    for (int i = 0; i < EXPORT_COUNT; i++) /* one of each library */
        if (i == 0 || strcmp(exports[i].library, exports[i - 1].library) != 0)
            tcase_add_loop_test(tcase, library_hides_what_it_does_not_promise, i, i + 1);
    return suite_main(suite);
}
