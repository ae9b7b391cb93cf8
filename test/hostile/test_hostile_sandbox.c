/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A hostile host against a real enclave: it finds the window that its own runtime has mapped, and
 * writes frames into it that no runtime would. The same frames as test_hostile_inside.c, without a
 * sanitizer, with the sandbox.
 *
 *   this program ==== window ==== enclave (fork of secgear-zygote)
 */
#include "siege.h"
#include "support.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TCS = 4 }; /* as config.xml says */

static cc_enclave_t enclave;

static void enclave_start(void)
{
    char folder[FOLDER_ROOM], own[PATH_MAX], path[2 * PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);

    ck_assert_int_gt(size, 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    snprintf(path, sizeof path, "%s/images/hostile.signed.so", own);
    folder_fresh(folder);
    setenv("XDG_STATE_HOME", folder, 1);
    ck_assert_msg(cc_enclave_create(path, AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave) == CC_SUCCESS,
                  "%s", cc_enclave_error_detail());
}

/* Any program can read its own list of mappings. */
static void window_find(void **ret_window, size_t *ret_size)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];

    *ret_window = NULL;
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;

        if (strstr(line, "memfd:sg-window") != NULL && sscanf(line, "%lx-%lx", &from, &to) == 2) {
            ck_assert_ptr_null(*ret_window);
            *ret_window = (void *)from;
            *ret_size = to - from;
        }
    }
    ck_assert_ptr_nonnull(*ret_window);
    fclose(maps);
}

static cc_enclave_result_t transport(const struct frame *frame, void *out)
{
    return cc_enclave_call_function(&enclave, frame->function, frame->in, frame->in_size, out,
                                    frame->out_size, NULL, host_ocalls);
}

/* Afterwards a good host is served as before. */
static void besiege(void (*how)(void))
{
    struct window_layout layout;
    void *window;
    size_t size;

    enclave_start();
    window_find(&window, &size);
    ck_assert(window_layout_compute(TCS, size, &layout));
    siege_begin(window, &layout);
    how();
    host_transport_to = transport;
    calls_make();
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

START_TEST(sandboxed_enclave_survives_hostile_ecalls)
{
    besiege(siege_ecalls);
}
END_TEST

START_TEST(sandboxed_enclave_survives_hostile_answers)
{
    besiege(siege_replies);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostile/sandbox");
    TCase *tcase = tcase_of(suite, "sandbox");

    tcase_add_test(tcase, sandboxed_enclave_survives_hostile_ecalls);
    tcase_add_test(tcase, sandboxed_enclave_survives_hostile_answers);
    return suite_main(suite);
}
