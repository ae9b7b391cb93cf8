/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * One vendor root for many devices: provision, request, issue, renew, revoke, by the command as an
 * operator uses it, and a device that is given what is not its own.
 */
#include "common.h"
#include "secgear_identity.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char SEALED[] = "\2what is sealed before"; /* policy, then the data */
enum { SEALED_SIZE = 140 + sizeof SEAL_TEXT + sizeof SEALED - 1 };

static char work[FOLDER_ROOM];
static char said[8192];
static struct {
    uint8_t sealed[SEALED_SIZE];
    uint8_t device_id[16];
    cc_enclave_result_t rc;
} * shared;

static void begin(void)
{
    state_fresh();
    folder_fresh(work);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
}

/* A line for the shell in the work folder, where "secgear" is the command; its exit status. */
static int run(const char *format, ...)
{
    char line[2048], command[4096], own[1024];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    size_t used;
    va_list args;
    FILE *out;

    ck_assert_int_gt(size, 0);
    own[size] = '\0';
    *strrchr(own, '/') = '\0';
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    snprintf(command, sizeof command,
             "cd %s && secgear() { %s/../stage/bin/secgear \"$@\"; }; { %s; } 2>&1", work, own,
             line);
    out = popen(command, "r");
    ck_assert_ptr_nonnull(out);
    used = fread(said, 1, sizeof said - 1, out);
    said[used] = '\0';
    return WEXITSTATUS(pclose(out));
}

static void run_good(const char *line)
{
    int status = run("%s", line);

    ck_assert_msg(status == 0, "%s: %d: %s", line, status, said);
}

static void run_refused(const char *line, const char *why)
{
    int status = run("%s", line);

    ck_assert_msg((status == 1 || status == 2) && strstr(said, why) != NULL, "%s: %d: %s", line,
                  status, said);
}

static void seal_it(cc_enclave_t *enclave)
{
    cc_enclave_identity_t identity;

    shared->rc = call(enclave, F_SEAL, SEALED, sizeof SEALED, shared->sealed, SEALED_SIZE);
    if (call(enclave, F_IDENTITY, NULL, 0, &identity, sizeof identity) != CC_SUCCESS)
        _exit(3);
    memcpy(shared->device_id, identity.device_id, sizeof shared->device_id);
}

static void unseal_it(cc_enclave_t *enclave)
{
    char data[sizeof SEALED] = "";
    cc_enclave_identity_t identity;

    shared->rc = call(enclave, F_UNSEAL, shared->sealed, SEALED_SIZE, data, sizeof SEALED - 1);
    if (call(enclave, F_IDENTITY, NULL, 0, &identity, sizeof identity) != CC_SUCCESS ||
        memcmp(data, SEALED + 1, sizeof SEALED - 1) != 0 ||
        memcmp(identity.device_id, shared->device_id, sizeof shared->device_id) != 0)
        _exit(3);
}

START_TEST(device_under_a_fleets_root_opens_what_it_sealed_before)
{
    in_program("enclave.signed.so", 0, seal_it);
    ck_assert_int_eq(shared->rc, CC_SUCCESS);
    run_good("secgear device provision --ca fleet --level embedded");
    run_good("secgear device request >request && secgear device issue --ca fleet request >chain");
    run_good("secgear device renew chain");
    run_good("secgear device root | cmp - fleet/root.pem");
    in_program("enclave.signed.so", 0, unseal_it);
    ck_assert_int_eq(shared->rc, CC_SUCCESS);
    /* Again from the authority that is there, and under a new root of its own. */
    run_good("secgear device issue --ca fleet request >chain2 && secgear device renew chain2");
    run_good("secgear device root | cmp - fleet/root.pem && test $(wc -l <fleet/issued) = 2");
    run_good("secgear device renew && ! secgear device root | cmp -s - fleet/root.pem");
    in_program("enclave.signed.so", 0, unseal_it);
    ck_assert_int_eq(shared->rc, CC_SUCCESS);
}
END_TEST

START_TEST(device_takes_no_certificate_but_its_own)
{
    run_good("secgear device provision --ca fleet --level embedded");
    run_good("secgear device provision --ca other --level embedded");
    run_good("secgear device request >request && secgear device issue --ca fleet request >chain");
    run_good("secgear device root >before");
    run_good("head -n $(grep -n END chain | head -n 1 | cut -d: -f1) chain >mixed; "
             "cat other/root.pem >>mixed");
    run_refused("secgear device renew mixed", "did not sign");
    run_refused("secgear device renew fleet/root.pem", "expected");
    run_good("tr A-Y B-Z <chain | sed '/-----/d' >letters; "
             "{ grep -m1 BEGIN chain; head -n 5 letters; grep -m1 END chain; cat fleet/root.pem; } "
             ">other_letters");
    ck_assert_int_eq(run("secgear device renew other_letters"), 2);
    state_fresh(); /* another device */
    run_refused("secgear device renew chain", "another device's");
    run_good("secgear device root | cmp -s - fleet/root.pem && exit 1 || exit 0");
}
END_TEST

START_TEST(authority_issues_for_good_requests_of_its_level_only)
{
    struct stat st;
    char key[FOLDER_ROOM + 32];

    run_good("secgear device provision --ca fleet --level embedded");
    run_refused("secgear device provision --ca fleet --level embedded", "made once");
    snprintf(key, sizeof key, "%s/fleet/root.key", work);
    ck_assert_int_eq(stat(key, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    run_good("secgear device provision --ca system");
    run_good("secgear device request >request");
    run_refused("secgear device issue --ca system request", "one level");
    run_refused("secgear device issue --ca fleet fleet/root.pem", "REQUEST");
    /* Signed by another key than it asks for: a certificate of the fleet's, called a request. */
    run_good("secgear device issue --ca fleet request >chain && "
             "sed -n '1,/END/p' chain | sed 's/CERTIFICATE/SECGEAR DEVICE REQUEST/' >forged");
    run_refused("secgear device issue --ca fleet forged", "its own key");
    run_good("secgear device revoke --ca fleet $(cut -d' ' -f1 fleet/issued)");
    run_refused("secgear device issue --ca fleet request", "revoked");
    run_refused("secgear device revoke --ca fleet 12", "32 hexadecimal");
    ck_assert_int_eq(run("secgear device issue --ca fleet"), 2);
}
END_TEST

START_TEST(policy_takes_over_the_list_of_revoked_devices)
{
    run_good("secgear device provision --ca fleet --level embedded && "
             "secgear device revoke --ca fleet 00112233445566778899aabbccddeeff");
    ck_assert_int_eq(run("secgear policy from-image %s --root fleet/root.pem --any-tcb-insecure "
                         "--revoked fleet/revoked -o policy.json",
                         image_path("enclave.signed.so")),
                     0);
    run_good("grep -q '00112233445566778899aabbccddeeff' policy.json && "
             "secgear policy check policy.json");
    run_good("echo nonsense >fleet/revoked");
    ck_assert_int_eq(run("secgear policy from-image %s --root fleet/root.pem --any-tcb-insecure "
                         "--revoked fleet/revoked -o policy.json",
                         image_path("enclave.signed.so")),
                     2);
}
END_TEST

START_TEST(device_that_keeps_nothing_is_not_renewed)
{
    char folder[FOLDER_ROOM];

    if (geteuid() == 0)
        TEST_SKIP("root writes everywhere");
    folder_fresh(folder);
    ck_assert_int_eq(chmod(folder, 0500), 0);
    setenv("XDG_STATE_HOME", folder, 1);
    run_refused("secgear device renew", "keeps no identity");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/fleet");
    TCase *tcase = tcase_of(suite, "fleet");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, device_under_a_fleets_root_opens_what_it_sealed_before);
    tcase_add_test(tcase, device_takes_no_certificate_but_its_own);
    tcase_add_test(tcase, authority_issues_for_good_requests_of_its_level_only);
    tcase_add_test(tcase, policy_takes_over_the_list_of_revoked_devices);
    tcase_add_test(tcase, device_that_keeps_nothing_is_not_renewed);
    return suite_main(suite);
}
