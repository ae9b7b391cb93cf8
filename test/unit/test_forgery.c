/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What an embedded device (L1) can not do, shown: any program of the same user reads its root
 * secret and forges a report of an enclave that never ran. A policy that does not allow embedded
 * devices by name refuses the forgery; the control, which does, accepts it.
 */
#include "forge.h"
#include "identity_file.h"
#include "keys.h"
#include "support.h"
#include "verify/verify.h"
#include "wire/pem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char state_home[FOLDER_ROOM];
static char root_pem[2048];
static uint8_t user_data[REPORT_USER_DATA_SIZE] = "whatever a verifier asked for";

/* Has the real device make its identity, as any user would. */
static void device_make(void)
{
    char self[1024], command[2400];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    FILE *root;

    ck_assert_int_gt(size, 0);
    self[size] = '\0';
    *strrchr(self, '/') = '\0';
    folder_fresh(state_home);
    snprintf(command, sizeof command, "XDG_STATE_HOME=%s %s/../bin/secgear device root", state_home,
             self);
    root = popen(command, "r");
    ck_assert_ptr_nonnull(root);
    ck_assert_uint_gt(fread(root_pem, 1, sizeof root_pem - 1, root), 100);
    ck_assert_int_eq(pclose(root), 0);
}

static void body_invent(struct report_body *body, const struct device_state *state)
{
    *body = (struct report_body){
        .origin = REPORT_ORIGIN_TA,
        .purpose = REPORT_PURPOSE_CHANNEL,
        .level = REPORT_LEVEL_EMBEDDED,
        .protections = PROTECTION_ALL,
        .prod_id = 1,
        .svn = 1,
        .issued_at_s = (uint64_t)time(NULL),
    };
    memset(body->uuid.bytes, 0x22, UUID_SIZE);
    memset(body->mrenclave, 0x33, sizeof body->mrenclave);
    memset(body->mrtcb, 0x44, sizeof body->mrtcb);
    memcpy(body->device_id, state->device_id, sizeof body->device_id);
    memcpy(body->user_data, user_data, sizeof user_data);
}

/* The thief: reads the file, derives the attestation key, signs what never was. */
static void report_forge(struct writer *w, enum report_level level)
{
    struct identity_file file = {.bytes = BUF_EMPTY};
    char folder[256];
    struct report_body body;
    struct ecdsa_key ak;
    struct secret root;
    struct view chain[2];

    snprintf(folder, sizeof folder, "%s/secgear/device", state_home);
    ck_assert_int_eq(identity_file_load(folder, &file), CC_SUCCESS);
    memcpy(root.bytes, file.state.root, sizeof root.bytes);
    ck_assert(keys_attestation_key(&root, &ak));
    chain[0] = file.state.certs[STATE_CERT_AK];
    chain[1] = file.state.certs[STATE_CERT_DEVICE];
    body_invent(&body, &file.state);
    body.level = level;
    ck_assert_int_eq(keys_report(&ak, chain, &body, w), CC_SUCCESS);
    ecdsa_done(&ak);
    identity_file_done(&file);
}

static struct policy *policy_make(const char *switches)
{
    char escaped[4096], json[8192], hash[65];
    struct policy *policy = NULL;
    size_t used = 0;

    for (const char *c = root_pem; *c != '\0'; c++) {
        if (*c == '\n')
            escaped[used++] = '\\';
        escaped[used++] = *c == '\n' ? 'n' : *c;
    }
    escaped[used] = '\0';
    memset(hash, '3', 64);
    hash[64] = '\0';
    snprintf(json, sizeof json,
             "{\"schema\": 1, \"device_roots\": [\"%s\"]%s, \"enclaves\": [{\"uuid\": "
             "\"22222222-2222-2222-2222-222222222222\", \"mrenclave\": \"%s\", "
             "\"any_tcb_insecure\": true, \"min_level\": \"embedded\"}]}",
             escaped, switches, hash);
    ck_assert_msg(policy_parse(view_text(json), &policy) == CC_SUCCESS, "%s", detail_get());
    return policy;
}

static cc_enclave_result_t forgery_judge(const char *switches, enum report_level level)
{
    uint8_t room[REPORT_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);
    struct uuid uuid;
    struct report_body body;
    struct policy *policy = policy_make(switches);
    struct verify_request request = {
        .purpose = REPORT_PURPOSE_CHANNEL,
        .uuid = &uuid,
        .user_data = VIEW_OF(user_data),
        .now_s = (uint64_t)time(NULL),
    };
    cc_enclave_result_t rc;

    memset(uuid.bytes, 0x22, sizeof uuid.bytes);
    report_forge(&w, level);
    rc = verify_evidence(policy, NULL, writer_view(&w), &request, &body);
    policy_free(policy);
    return rc;
}

START_TEST(forged_report_is_refused_unless_embedded_devices_are_allowed_by_name)
{
    ck_assert_int_eq(forgery_judge("", REPORT_LEVEL_EMBEDDED), CC_ERROR_RA_REPORT_VERIFY_HASH);
    ck_assert_ptr_nonnull(strstr(detail_get(), "allow_embedded_device_insecure"));
}
END_TEST

/* The stolen secret signs any level; the root's name still says what kind of device it is. */
START_TEST(forged_report_can_not_claim_a_higher_level_than_its_root)
{
    static const enum report_level higher[] = {REPORT_LEVEL_INSTALLED, REPORT_LEVEL_SYSTEM};

    ck_assert_int_eq(forgery_judge("", higher[_i]), CC_ERROR_RA_REPORT_VERIFY_HASH);
    ck_assert_ptr_nonnull(strstr(detail_get(), "root"));
    ck_assert_int_eq(forgery_judge(", \"allow_embedded_device_insecure\": true", higher[_i]),
                     CC_ERROR_RA_REPORT_VERIFY_HASH);
}
END_TEST

/* A device whose root secret the thief can not read; its root becomes the policy's. */
static struct forge *installed_device_make(void)
{
    struct forge *f = forge_new(9);
    struct writer w = writer_over(root_pem, sizeof root_pem - 1);

    f->fields[FORGE_ROOT].subject = f->fields[FORGE_ROOT].issuer = f->fields[FORGE_DEVICE].issuer =
        view_text("vendor" CERT_ROOT_INSTALLED_SUFFIX);
    f->fields[FORGE_ROOT].not_before_s = f->fields[FORGE_DEVICE].not_before_s =
        f->fields[FORGE_AK].not_before_s = 0;
    forge_issue(f);
    memset(root_pem, 0, sizeof root_pem);
    pem_encode(f->der[FORGE_ROOT], "CERTIFICATE", &w);
    ck_assert(!w.failed);
    return f;
}

/* The thief is the same user, and all that it can read is the secret of that user's own device. */
START_TEST(forged_report_is_nothing_under_the_root_of_an_installed_device)
{
    struct forge *honest = installed_device_make();

    for (int level = REPORT_LEVEL_EMBEDDED; level <= REPORT_LEVEL_SYSTEM; level++) {
        ck_assert_int_eq(forgery_judge("", (enum report_level)level),
                         CC_ERROR_RA_REPORT_VERIFY_SIGNATURE);
        ck_assert_ptr_nonnull(strstr(detail_get(), "device_roots"));
    }
    forge_free(honest);
}
END_TEST

static cc_enclave_result_t genuine_judge(struct forge *f, enum report_level level)
{
    struct policy *policy = policy_make("");
    struct report_body body;
    struct uuid uuid;
    struct verify_request request = {
        .purpose = REPORT_PURPOSE_CHANNEL,
        .uuid = &uuid,
        .user_data = VIEW_OF(user_data),
        .now_s = (uint64_t)time(NULL),
    };
    cc_enclave_result_t rc;

    memset(uuid.bytes, 0x22, sizeof uuid.bytes);
    f->body.purpose = REPORT_PURPOSE_CHANNEL;
    f->body.level = level;
    f->body.issued_at_s = request.now_s;
    f->body.uuid = uuid;
    memset(f->body.mrenclave, 0x33, sizeof f->body.mrenclave);
    memcpy(f->body.user_data, user_data, sizeof user_data);
    rc = verify_evidence(policy, NULL, forge_report(f), &request, &body);
    policy_free(policy);
    return rc;
}

START_TEST(report_under_the_root_of_an_installed_device_claims_no_higher_level)
{
    struct forge *honest = installed_device_make();

    ck_assert_msg(genuine_judge(honest, REPORT_LEVEL_INSTALLED) == CC_SUCCESS, "%s", detail_get());
    ck_assert_int_eq(genuine_judge(honest, REPORT_LEVEL_SYSTEM), CC_ERROR_RA_REPORT_VERIFY_HASH);
    ck_assert_ptr_nonnull(strstr(detail_get(), "installed"));
    forge_free(honest);
}
END_TEST

START_TEST(control_the_forgery_is_good_enough_for_a_policy_that_allows_them)
{
    ck_assert_int_eq(
        forgery_judge(", \"allow_embedded_device_insecure\": true", REPORT_LEVEL_EMBEDDED),
        CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("device/forgery");
    TCase *tcase = tcase_of(suite, "forgery");

    tcase_add_checked_fixture(tcase, device_make, NULL);
    tcase_add_test(tcase, forged_report_is_refused_unless_embedded_devices_are_allowed_by_name);
    tcase_add_loop_test(tcase, forged_report_can_not_claim_a_higher_level_than_its_root, 0, 2);
    tcase_add_test(tcase, forged_report_is_nothing_under_the_root_of_an_installed_device);
    tcase_add_test(tcase, report_under_the_root_of_an_installed_device_claims_no_higher_level);
    tcase_add_test(tcase, control_the_forgery_is_good_enough_for_a_policy_that_allows_them);
    return suite_main(suite);
}
