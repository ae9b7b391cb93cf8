/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What the manifest limits and names: threads, memory, the application's UUID. Real processes. */
#include "common.h"
#include "secgear_identity.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cc_enclave_t enclave;

/* As many as TCSNum says, and as many again when those have ended. */
START_TEST(own_threads_of_an_enclave_are_bounded_by_its_manifest)
{
    uint32_t count = 0;

    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_MANY_THREADS, NULL, 0, &count, sizeof count), CC_SUCCESS);
    ck_assert_uint_eq(count, 4);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(call_that_is_too_large_names_the_limit_and_its_key)
{
    size_t large = 24 << 20, larger = 256 << 20;
    char *bytes = calloc(1, larger);

    ck_assert_ptr_nonnull(bytes);
    create_good(&enclave); /* a heap of 16 MiB, 64 MiB shared */
    ck_assert_int_eq(call(&enclave, F_ECHO, bytes, large, bytes, large), CC_ERROR_OUT_OF_MEMORY);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "its heap has 16777216 bytes, HeapMaxSize"));
    ck_assert_int_eq(call(&enclave, F_ECHO, bytes, larger, bytes, 1), CC_ERROR_OUT_OF_MEMORY);
    ck_assert_ptr_nonnull(
        strstr(cc_enclave_error_detail(), "of which 0 are in use; raise sharedSize"));
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    free(bytes);
}
END_TEST

static void file_copy(const char *image, const char *to)
{
    char command[2 * PATH_MAX + 16];

    snprintf(command, sizeof command, "cp '%s' '%s'", image_path(image), to);
    ck_assert_int_eq(system(command), 0);
}

enum { UUID_ROOM = 37 };

static void uuid_write(const uint8_t uuid[static 16], char ret_text[static UUID_ROOM])
{
    size_t at = 0;

    for (int i = 0; i < 16; i++)
        at += (size_t)sprintf(ret_text + at, "%s%02x",
                              i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
}

#define UUID_OF_NONE "0b5a2f3c-9a41-4b0e-8d0e-1f2e3d4c5b6a"

START_TEST(file_that_is_named_by_a_uuid_is_that_application_or_none)
{
    char folder[FOLDER_ROOM], path[PATH_MAX], text[UUID_ROOM];
    cc_enclave_identity_t self;

    folder_fresh(folder);
    snprintf(path, sizeof path, "%s/" UUID_OF_NONE ".sec", folder);
    file_copy("enclave.signed.so", path);
    ck_assert_int_eq(cc_enclave_create(path, AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave),
                     CC_ERROR_ITEM_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), UUID_OF_NONE));
    ck_assert(!enclave.used_flag);

    setenv("SECGEAR_ENCLAVE_PATH", folder, 1);
    ck_assert_int_eq(
        cc_enclave_create("/data/" UUID_OF_NONE ".sec", GP_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave),
        CC_ERROR_ITEM_NOT_FOUND);

    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_IDENTITY, NULL, 0, &self, sizeof self), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    uuid_write(self.uuid, text);
    snprintf(path, sizeof path, "%s/%s.sec", folder, text);
    file_copy("enclave.signed.so", path);
    snprintf(path, sizeof path, "/data/%s.sec", text);
    ck_assert_int_eq(cc_enclave_create(path, GP_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);

    setenv("SECGEAR_ENCLAVE_PATH", "/nowhere", 1);
    ck_assert_int_eq(
        cc_enclave_create("/data/" UUID_OF_NONE ".sec", GP_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave),
        CC_ERROR_INVALID_PATH);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "SECGEAR_ENCLAVE_PATH"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/limits");
    TCase *tcase = tcase_of(suite, "limits");

    tcase_add_checked_fixture(tcase, state_fresh, NULL);
    tcase_add_test(tcase, own_threads_of_an_enclave_are_bounded_by_its_manifest);
    tcase_add_test(tcase, call_that_is_too_large_names_the_limit_and_its_key);
    tcase_add_test(tcase, file_that_is_named_by_a_uuid_is_that_application_or_none);
    return suite_main(suite);
}
