/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Sealed data between real processes: each step is a host program of its own, with a device process
 * of its own over one state folder, as after a restart.
 */
#include "common.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MRENCLAVE = 1, MRSIGNER = 2, BLOB_ROOM = 8192 };

static const char secret[] = "what the enclave must not forget";

/* What the processes of one test share. */
struct shared {
    cc_enclave_result_t rc;
    size_t size;
    uint8_t blob[BLOB_ROOM];
    size_t opened; /* of the flipped bits */
};
static struct shared *shared;

static void begin(void)
{
    state_fresh();
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
}

static void seal(cc_enclave_t *enclave, uint8_t policy)
{
    uint8_t in[1 + sizeof secret] = {policy};

    memcpy(in + 1, secret, sizeof secret);
    shared->size = 140 + sizeof SEAL_TEXT + sizeof secret;
    shared->rc = call(enclave, F_SEAL, in, sizeof in, shared->blob, shared->size);
}

static void seal_for_enclave(cc_enclave_t *enclave)
{
    seal(enclave, MRENCLAVE);
}

static void seal_for_signer(cc_enclave_t *enclave)
{
    seal(enclave, MRSIGNER);
}

static cc_enclave_result_t open_blob(cc_enclave_t *enclave)
{
    char plain[sizeof secret] = "";
    cc_enclave_result_t rc =
        call(enclave, F_UNSEAL, shared->blob, shared->size, plain, sizeof plain);

    if ((rc == CC_SUCCESS) != (memcmp(plain, secret, sizeof secret) == 0))
        _exit(3);
    return rc;
}

static void unseal(cc_enclave_t *enclave)
{
    shared->rc = open_blob(enclave);
}

static void sealed_by(const char *image, void (*step)(cc_enclave_t *enclave))
{
    in_program(image, 0, step);
    ck_assert_int_eq(shared->rc, CC_SUCCESS);
    ck_assert_ptr_null(memmem(shared->blob, shared->size, secret, sizeof secret - 1));
}

static cc_enclave_result_t opened_by(const char *image, uint32_t flags)
{
    in_program(image, flags, unseal);
    return shared->rc;
}

START_TEST(sealed_data_opens_after_a_restart)
{
    sealed_by("enclave.signed.so", seal_for_enclave);
    ck_assert_int_eq(opened_by("enclave.signed.so", 0), CC_SUCCESS);
    ck_assert_int_eq(opened_by("older.signed.so", 0), CC_ERROR_INVALID_ISVSVN);
    sealed_by("enclave.signed.so", seal_for_signer);
    ck_assert_int_eq(opened_by("enclave.signed.so", 0), CC_SUCCESS);
}
END_TEST

START_TEST(sealed_data_opens_after_an_upgrade_and_not_after_a_downgrade)
{
    sealed_by("enclave.signed.so", seal_for_signer);
    ck_assert_int_eq(opened_by("upgrade.signed.so", 0), CC_SUCCESS);
    ck_assert_int_eq(opened_by("older.signed.so", 0), CC_ERROR_INVALID_ISVSVN);
    sealed_by("upgrade.signed.so", seal_for_signer);
    ck_assert_int_eq(opened_by("enclave.signed.so", 0), CC_ERROR_INVALID_ISVSVN);
}
END_TEST

START_TEST(sealed_data_for_an_enclave_is_closed_to_its_next_release)
{
    sealed_by("enclave.signed.so", seal_for_enclave);
    ck_assert_int_eq(opened_by("upgrade.signed.so", 0), CC_ERROR_ACCESS_DENIED);
}
END_TEST

START_TEST(sealed_data_is_closed_to_other_signers_products_and_the_debug_twin)
{
    sealed_by("enclave.signed.so", seal_for_signer);
    ck_assert_int_eq(opened_by("stranger.signed.so", 0), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(opened_by("product.signed.so", 0), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(opened_by("debug.signed.so", SECGEAR_DEBUG_FLAG), CC_ERROR_ACCESS_DENIED);
    ck_assert_int_eq(opened_by("debug.signed.so", 0), CC_SUCCESS); /* debug allowed, not used */
    sealed_by("enclave.signed.so", seal_for_enclave);
    ck_assert_int_eq(opened_by("debug.signed.so", SECGEAR_DEBUG_FLAG), CC_ERROR_ACCESS_DENIED);
    in_program("debug.signed.so", SECGEAR_DEBUG_FLAG, seal_for_signer);
    ck_assert_int_eq(opened_by("debug.signed.so", SECGEAR_DEBUG_FLAG), CC_SUCCESS);
    ck_assert_int_eq(opened_by("enclave.signed.so", 0), CC_ERROR_ACCESS_DENIED);
}
END_TEST

/* MRENCLAVE is the code, whoever signed it: the same code opens its data, and no SVN stops it. */
START_TEST(sealed_data_for_an_enclave_opens_in_the_same_code_of_any_signer)
{
    sealed_by("enclave.signed.so", seal_for_enclave);
    ck_assert_int_eq(opened_by("stranger.signed.so", 0), CC_SUCCESS);
    ck_assert_int_eq(opened_by("usurper.signed.so", 0), CC_SUCCESS);
}
END_TEST

START_TEST(sealed_data_is_closed_to_other_devices)
{
    sealed_by("enclave.signed.so", seal_for_signer);
    state_fresh();
    ck_assert_int_eq(opened_by("enclave.signed.so", 0), CC_ERROR_ACCESS_DENIED);
}
END_TEST

/* Who lies about device, signer, product, SVN or debug gets a key that does not fit. */
START_TEST(sealed_data_with_a_forged_header_stays_closed)
{
    uint8_t own[BLOB_ROOM];
    char *home;

    sealed_by("enclave.signed.so", seal_for_signer);
    memcpy(own, shared->blob, sizeof own);
    sealed_by("stranger.signed.so", seal_for_signer);
    memcpy(shared->blob + 48, own + 48, 32); /* measurement */
    ck_assert_int_eq(opened_by("enclave.signed.so", 0), CC_ERROR_MAC_INVALID);
    sealed_by("upgrade.signed.so", seal_for_signer);
    memcpy(shared->blob + 18, own + 18, 2); /* svn */
    ck_assert_int_eq(opened_by("enclave.signed.so", 0), CC_ERROR_MAC_INVALID);
    in_program("debug.signed.so", SECGEAR_DEBUG_FLAG, seal_for_signer);
    shared->blob[15] = 0;
    ck_assert_int_eq(opened_by("enclave.signed.so", 0), CC_ERROR_MAC_INVALID);
    sealed_by("product.signed.so", seal_for_signer);
    memcpy(shared->blob + 16, own + 16, 2); /* product */
    ck_assert_int_eq(opened_by("enclave.signed.so", 0), CC_ERROR_MAC_INVALID);
    home = strdup(getenv("XDG_STATE_HOME"));
    state_fresh();
    sealed_by("enclave.signed.so", seal_for_signer);
    memcpy(shared->blob + 32, own + 32, 16); /* device */
    setenv("XDG_STATE_HOME", home, 1);
    ck_assert_int_eq(opened_by("enclave.signed.so", 0), CC_ERROR_MAC_INVALID);
    free(home);
}
END_TEST

static void unseal_each_flipped_bit(cc_enclave_t *enclave)
{
    shared->opened = 0;
    for (size_t bit = 0; bit < 8 * shared->size; bit++) {
        shared->blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
        shared->opened += open_blob(enclave) == CC_SUCCESS;
        shared->blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    shared->rc = open_blob(enclave);
}

START_TEST(sealed_data_with_any_bit_changed_stays_closed)
{
    sealed_by("enclave.signed.so", seal_for_signer);
    in_program("enclave.signed.so", 0, unseal_each_flipped_bit);
    ck_assert_uint_eq(shared->opened, 0);
    ck_assert_int_eq(shared->rc, CC_SUCCESS);
}
END_TEST

static void unseal_each_truncation(cc_enclave_t *enclave)
{
    size_t whole = shared->size;

    shared->opened = 0;
    for (shared->size = 1; shared->size < whole; shared->size++)
        shared->opened += open_blob(enclave) != CC_ERROR_BAD_FORMAT;
    shared->size = whole;
    shared->rc = open_blob(enclave);
}

START_TEST(sealed_data_that_is_cut_off_stays_closed)
{
    sealed_by("enclave.signed.so", seal_for_enclave);
    in_program("enclave.signed.so", 0, unseal_each_truncation);
    ck_assert_uint_eq(shared->opened, 0);
    ck_assert_int_eq(shared->rc, CC_SUCCESS);
}
END_TEST

START_TEST(seal_inspect_shows_the_header_and_never_the_data)
{
    char path[FOLDER_ROOM + 8], command[600], line[256], all[4096] = "";
    FILE *out;
    int fd;

    folder_fresh(path);
    strcat(path, "/sealed");
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    sealed_by("enclave.signed.so", seal_for_signer);
    ck_assert_int_eq(write(fd, shared->blob, shared->size), (ssize_t)shared->size);
    close(fd);
    snprintf(command, sizeof command, "%s seal inspect %s", image_path("../../stage/bin/secgear"),
             path);
    out = popen(command, "r");
    while (fgets(line, sizeof line, out) != NULL)
        strncat(all, line, sizeof all - strlen(all) - 1);
    ck_assert_msg(pclose(out) == 0, "%s", command);
    ck_assert_ptr_nonnull(strstr(all, "policy       mrsigner"));
    ck_assert_ptr_nonnull(strstr(all, "prod_id      7"));
    ck_assert_ptr_nonnull(strstr(all, "svn          3"));
    ck_assert_ptr_nonnull(strstr(all, "debug        no"));
    ck_assert_ptr_null(strstr(all, SEAL_TEXT));
    ck_assert_ptr_null(strstr(all, secret));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/seal");
    TCase *tcase = tcase_of(suite, "seal");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, sealed_data_opens_after_a_restart);
    tcase_add_test(tcase, sealed_data_opens_after_an_upgrade_and_not_after_a_downgrade);
    tcase_add_test(tcase, sealed_data_for_an_enclave_is_closed_to_its_next_release);
    tcase_add_test(tcase, sealed_data_is_closed_to_other_signers_products_and_the_debug_twin);
    tcase_add_test(tcase, sealed_data_for_an_enclave_opens_in_the_same_code_of_any_signer);
    tcase_add_test(tcase, sealed_data_is_closed_to_other_devices);
    tcase_add_test(tcase, sealed_data_with_a_forged_header_stays_closed);
    tcase_add_test(tcase, sealed_data_with_any_bit_changed_stays_closed);
    tcase_add_test(tcase, sealed_data_that_is_cut_off_stays_closed);
    tcase_add_test(tcase, seal_inspect_shows_the_header_and_never_the_data);
    return suite_main(suite);
}
