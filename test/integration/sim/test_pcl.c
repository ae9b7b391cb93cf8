/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Encrypted images between real processes: with the key's file, with the key sealed by an enclave
 * of the same signer, and with everything that is neither.
 */
#include "common.h"
#include "enclave_log.h"
#include "secgear_identity.h"
#include "secgear_pcl.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEALED_SIZE = 140 + 11 + CC_PCL_KEY_SIZE, FILE_ROOM = 1 << 20, HEADER_SIZE = 88 };

static cc_enclave_t enclave;
static char made[200]; /* a file of this test */
static uint8_t content[FILE_ROOM];
static uint8_t *blob; /* shared with the programs of this test */

static void begin(void)
{
    state_fresh();
    snprintf(made, sizeof made, "%s/made", getenv("XDG_STATE_HOME"));
    blob = mmap(NULL, SEALED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(blob, MAP_FAILED);
    memset(&enclave, 0, sizeof enclave);
}

static size_t file_take(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, content, sizeof content) : -1;

    ck_assert_msg(size > 0 && size < FILE_ROOM, "%s", path);
    close(fd);
    return (size_t)size;
}

static void file_make(const void *data, size_t size)
{
    int fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
    close(fd);
}

static cc_enclave_result_t create_with_key(const char *image, const char *key, uint32_t flags)
{
    char path[200];
    cesgx_plc_config_t config = {0, path};
    enclave_features_t feature = {ENCLAVE_FEATURE_PROTECTED_CODE_LOADER, &config};
    cc_enclave_result_t rc;

    snprintf(path, sizeof path, "%s", key);
    memset(&enclave, 0, sizeof enclave);
    rc = cc_enclave_create(image, AUTO_ENCLAVE_TYPE, 0, flags, &feature, 1, &enclave);
    ck_assert((rc == CC_SUCCESS) == (cc_enclave_error_detail()[0] == '\0'));
    if (rc == CC_SUCCESS)
        ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    return rc;
}

static char *image_of(const char *name)
{
    return strdup(image_path(name)); /* two of them at once */
}

#define REFUSED(image, key, code, word)                                                            \
    do {                                                                                           \
        char *image_ = image_of(image);                                                            \
        cc_enclave_result_t rc_ = create_with_key(image_, key, 0);                                 \
        ck_assert_msg(rc_ == (code), "%s: %s", cc_enclave_res2_str(rc_),                           \
                      cc_enclave_error_detail());                                                  \
        ck_assert_msg(strstr(cc_enclave_error_detail(), word) != NULL, "%s",                       \
                      cc_enclave_error_detail());                                                  \
        free(image_);                                                                              \
    } while (0)

static cc_enclave_identity_t identity_of(const char *image, const char *key)
{
    cesgx_plc_config_t config = {0, (char *)(uintptr_t)key};
    enclave_features_t feature = {ENCLAVE_FEATURE_PROTECTED_CODE_LOADER, &config};
    cc_enclave_identity_t identity;
    cc_enclave_result_t rc =
        cc_enclave_create(image_path(image), AUTO_ENCLAVE_TYPE, 0, 0, key != NULL ? &feature : NULL,
                          key != NULL ? 1 : 0, &enclave);

    ck_assert_msg(rc == CC_SUCCESS, "%s", cc_enclave_error_detail());
    ck_assert_int_eq(call(&enclave, F_IDENTITY, NULL, 0, &identity, sizeof identity), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    return identity;
}

START_TEST(an_encrypted_image_is_the_same_enclave)
{
    char *key = image_of("image.key");
    cc_enclave_identity_t plain = identity_of("enclave.signed.so", NULL);
    cc_enclave_identity_t encrypted = identity_of("enclave.enc", key);

    ck_assert_mem_eq(&plain, &encrypted, sizeof plain);
    free(key);
}
END_TEST

START_TEST(an_encrypted_image_shows_nothing_of_its_code)
{
    static const char text[] = "a message, ";
    size_t size = file_take(image_path("enclave.signed.so"));

    ck_assert_ptr_nonnull(memmem(content, size, text, sizeof text - 1)); /* the control */
    size = file_take(image_path("enclave.enc"));
    ck_assert_ptr_null(memmem(content, size, text, sizeof text - 1));
}
END_TEST

START_TEST(key_and_image_must_go_together)
{
    char *key = image_of("image.key"), *other = image_of("other.key");
    cc_enclave_result_t rc = create("enclave.enc", &enclave);

    ck_assert_int_eq(rc, CC_ERROR_PCL_ENCRYPTED);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "PROTECTED_CODE_LOADER"));
    REFUSED("enclave.signed.so", key, CC_ERROR_PCL_NOT_ENCRYPTED, "not encrypted");
    REFUSED("enclave.enc", other, CC_ERROR_PCL_GUID_MISMATCH, "key");
    ck_assert_uint_eq(file_take(key), CC_PCL_KEY_SIZE);
    content[CC_PCL_KEY_SIZE - 1] ^= 1;
    file_make(content, CC_PCL_KEY_SIZE);
    REFUSED("enclave.enc", made, CC_ERROR_PCL_SHA_MISMATCH, "another one");
    free(key);
    free(other);
}
END_TEST

START_TEST(a_file_that_is_no_key_is_refused)
{
    memset(content, 7, 2000);
    REFUSED("enclave.enc", "", CC_ERROR_BAD_PARAMETERS, "path");
    REFUSED("enclave.enc", "/nowhere/at/all", CC_ERROR_INVALID_PATH, "/nowhere/at/all");
    REFUSED("enclave.enc", "/dev/zero", CC_ERROR_BAD_PARAMETERS, "/dev/zero");
    file_make(content, 47);
    REFUSED("enclave.enc", made, CC_ERROR_BAD_PARAMETERS, "48");
    file_make(content, 1025);
    REFUSED("enclave.enc", made, CC_ERROR_BAD_PARAMETERS, "1024");
    file_make(content, SEALED_SIZE);
    REFUSED("enclave.enc", made, CC_ERROR_BAD_PARAMETERS, "48");
}
END_TEST

START_TEST(a_changed_image_is_refused)
{
    char *key = image_of("image.key");
    size_t size = file_take(image_path("enclave.enc"));

    for (size_t at = 0; at < size; at += at < HEADER_SIZE ? 1 : size / 16) {
        cc_enclave_result_t rc;

        content[at] ^= 0x10;
        file_make(content, size);
        content[at] ^= 0x10;
        rc = create_with_key(made, key, 0);
        ck_assert_msg(rc == CC_ERROR_PCL_MAC_MISMATCH || rc == CC_ERROR_INVALID_ENCLAVE ||
                          rc == CC_ERROR_PCL_GUID_MISMATCH || rc == CC_ERROR_PCL_SHA_MISMATCH ||
                          rc == CC_ERROR_PCL_NOT_ENCRYPTED,
                      "byte %zu: %s", at, cc_enclave_res2_str(rc));
    }
    file_make(content, size - 1);
    ck_assert_int_eq(create_with_key(made, key, 0), CC_ERROR_INVALID_ENCLAVE);
    free(key);
}
END_TEST

static void key_seal(cc_enclave_t *sealer)
{
    uint8_t key[CC_PCL_KEY_SIZE];
    int fd = open(image_path("image.key"), O_RDONLY | O_CLOEXEC);

    if (read(fd, key, sizeof key) != sizeof key ||
        call(sealer, F_PCL_KEY, key, sizeof key, blob, SEALED_SIZE) != CC_SUCCESS)
        _exit(3);
    close(fd);
}

/* The same bytes as data of the enclave's own: the label says that they are no key. */
static void data_seal(cc_enclave_t *sealer)
{
    uint8_t in[1 + CC_PCL_KEY_SIZE] = {2};
    int fd = open(image_path("image.key"), O_RDONLY | O_CLOEXEC);
    uint8_t out[140 + sizeof SEAL_TEXT + CC_PCL_KEY_SIZE];

    if (read(fd, in + 1, CC_PCL_KEY_SIZE) != CC_PCL_KEY_SIZE ||
        call(sealer, F_SEAL, in, sizeof in, out, sizeof out) != CC_SUCCESS)
        _exit(3);
    file_make(out, sizeof out);
    close(fd);
}

static void sealed_by(const char *image, uint32_t flags)
{
    in_program(image, flags, key_seal);
    file_make(blob, SEALED_SIZE);
}

START_TEST(a_key_that_the_images_signer_sealed_opens_it)
{
    char *encrypted = image_of("enclave.enc");

    sealed_by("enclave.signed.so", 0);
    ck_assert_ptr_null(memmem(blob, SEALED_SIZE, content, 16));
    ck_assert_msg(create_with_key(encrypted, made, 0) == CC_SUCCESS, "%s",
                  cc_enclave_error_detail());
    sealed_by("older.signed.so", 0); /* a lower SVN of the same product */
    ck_assert_int_eq(create_with_key(encrypted, made, 0), CC_SUCCESS);
    free(encrypted);
}
END_TEST

START_TEST(a_key_that_somebody_else_sealed_does_not)
{
    sealed_by("stranger.signed.so", 0);
    REFUSED("enclave.enc", made, CC_ERROR_ACCESS_DENIED, "signer");
    sealed_by("product.signed.so", 0);
    REFUSED("enclave.enc", made, CC_ERROR_ACCESS_DENIED, "product");
    sealed_by("upgrade.signed.so", 0);
    REFUSED("enclave.enc", made, CC_ERROR_ACCESS_DENIED, "release");
    sealed_by("debug.signed.so", SECGEAR_DEBUG_FLAG);
    REFUSED("debug.enc", made, CC_ERROR_ACCESS_DENIED, "debug");
    in_program("enclave.signed.so", 0, data_seal);
    REFUSED("enclave.enc", made, CC_ERROR_ACCESS_DENIED, "for this use");
}
END_TEST

START_TEST(a_sealed_key_serves_on_its_device_only_and_unchanged)
{
    char *encrypted = image_of("enclave.enc");
    uint8_t good[SEALED_SIZE];

    sealed_by("enclave.signed.so", 0);
    memcpy(good, blob, sizeof good);
    for (size_t at = 0; at < sizeof good; at++) {
        cc_enclave_result_t rc;

        good[at] ^= 1;
        file_make(good, sizeof good);
        good[at] ^= 1;
        rc = create_with_key(encrypted, made, 0);
        ck_assert_msg(rc == CC_ERROR_ACCESS_DENIED || rc == CC_ERROR_BAD_PARAMETERS, "byte %zu: %s",
                      at, cc_enclave_res2_str(rc));
    }
    in_program("enclave.signed.so", 0, key_seal); /* still a good device */
    free(encrypted);
}
END_TEST

static void nothing(cc_enclave_t *unused)
{
    (void)unused;
}

START_TEST(a_sealed_key_of_another_device_is_refused)
{
    sealed_by("enclave.signed.so", 0);
    state_fresh();
    snprintf(made, sizeof made, "%s/made", getenv("XDG_STATE_HOME"));
    file_make(blob, SEALED_SIZE);
    in_program("enclave.signed.so", 0, nothing);
    REFUSED("enclave.enc", made, CC_ERROR_ACCESS_DENIED, "this device");
}
END_TEST

static char said[8192];

static void hear(int level, const char *line, void *arg)
{
    size_t have = strlen(said);

    (void)level, (void)arg;
    snprintf(said + have, sizeof said - have, "%s\n", line);
}

/* The file shows no names: places are told as offsets into the image, which its author has. */
START_TEST(crash_of_an_encrypted_debug_enclave_is_told_by_offsets)
{
    char *key = image_of("image.key");
    cesgx_plc_config_t config = {0, key};
    enclave_features_t feature = {ENCLAVE_FEATURE_PROTECTED_CODE_LOADER, &config};
    uint32_t which = FAULT_NULL;
    cc_enclave_result_t rc = cc_enclave_create(image_path("debug.enc"), AUTO_ENCLAVE_TYPE, 0,
                                               SECGEAR_DEBUG_FLAG, &feature, 1, &enclave);

    ck_assert_msg(rc == CC_SUCCESS, "%s", cc_enclave_error_detail());
    cc_enclave_set_log(hear, NULL);
    ck_assert_int_eq(call(&enclave, F_FAULT, &which, sizeof which, NULL, 0), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    ck_assert_msg(strstr(said, "SIGSEGV at address 0x10") != NULL, "%s", said);
    ck_assert_msg(strstr(said, "#1  ?? in sg-image+0x") != NULL, "%s", said);
    ck_assert_ptr_null(strstr(said, "fault_null"));
    free(key);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/pcl");
    TCase *tcase = tcase_create("pcl");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, an_encrypted_image_is_the_same_enclave);
    tcase_add_test(tcase, an_encrypted_image_shows_nothing_of_its_code);
    tcase_add_test(tcase, key_and_image_must_go_together);
    tcase_add_test(tcase, a_file_that_is_no_key_is_refused);
    tcase_add_test(tcase, a_changed_image_is_refused);
    tcase_add_test(tcase, a_key_that_the_images_signer_sealed_opens_it);
    tcase_add_test(tcase, a_key_that_somebody_else_sealed_does_not);
    tcase_add_test(tcase, a_sealed_key_serves_on_its_device_only_and_unchanged);
    tcase_add_test(tcase, a_sealed_key_of_another_device_is_refused);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, crash_of_an_encrypted_debug_enclave_is_told_by_offsets);
    return suite_main(suite);
}
