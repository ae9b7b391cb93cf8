/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include "forge.h"
#include "support.h"
#include "verify/verify.h"
#include "wire/pem.h"
#include <pthread.h>
#include <stdio.h>

static struct forge *device;
static char root_pem[2048]; /* with \n as JSON wants it */

static void setup(void)
{
    device = forge_new(1);
}

static void teardown(void)
{
    forge_free(device);
}

static const char *root_text(const struct forge *f)
{
    char pem[1024];
    struct writer w = writer_over(pem, sizeof pem);
    char *to = root_pem;

    pem_encode(f->der[FORGE_ROOT], "CERTIFICATE", &w);
    ck_assert(!w.failed);
    for (size_t i = 0; i < w.size; i++) {
        if (pem[i] == '\n')
            *to++ = '\\';
        *to++ = pem[i] == '\n' ? 'n' : pem[i];
    }
    *to = '\0';
    return root_pem;
}

#define UUID_11 "11111111-1111-1111-1111-111111111111"
#define HEX_22 "2222222222222222222222222222222222222222222222222222222222222222"
#define HEX_33 "3333333333333333333333333333333333333333333333333333333333333333"
#define HEX_44 "4444444444444444444444444444444444444444444444444444444444444444"
#define GOOD_ENCLAVE                                                                               \
    "\"uuid\":\"" UUID_11 "\",\"mrenclave\":\"" HEX_22 "\",\"mrtcb\":[\"" HEX_44 "\"],"            \
    "\"min_level\":\"installed\",\"require_protections\":[\"namespaces\"]"

/* top and enclave are the members of the document and of its one entry. */
static struct policy *policy_make(const struct forge *root, const char *top, const char *enclave)
{
    char json[4096];
    struct policy *policy = NULL;
    int size = snprintf(json, sizeof json,
                        "{\"schema\":1,\"device_roots\":[\"%s\"],%s\"enclaves\":[{%s}]}",
                        root_text(root), top, enclave);

    ck_assert_int_lt(size, (int)sizeof json);
    ck_assert_msg(policy_parse(view_of(json, (size_t)size), &policy) == CC_SUCCESS, "%s",
                  detail_get());
    return policy;
}

static struct verify_request request_make(void)
{
    static struct uuid uuid;
    static uint8_t user_data[REPORT_USER_DATA_SIZE];

    memset(uuid.bytes, 0x11, sizeof uuid.bytes);
    memset(user_data, 0x55, sizeof user_data);
    return (struct verify_request){
        .purpose = REPORT_PURPOSE_APP,
        .uuid = &uuid,
        .user_data = VIEW_OF(user_data),
        .now_s = FORGE_NOW_S,
    };
}

static cc_enclave_result_t judge(const struct policy *policy, struct view evidence)
{
    const struct verify_request request = request_make();
    struct report_body body = {.svn = 0xbeef};
    cc_enclave_result_t rc;

    detail_clear();
    rc = verify_evidence(policy, NULL, evidence, &request, &body);
    ck_assert(rc == CC_SUCCESS ? body.svn == 3 : body.svn == 0xbeef);
    return rc;
}

START_TEST(verify_evidence_accepts_what_meets_every_rule)
{
    static const char *const ENCLAVES[] = {
        GOOD_ENCLAVE,
        "\"uuid\":\"" UUID_11 "\",\"mrsigner\":\"" HEX_33 "\",\"prod_id\":7,\"min_svn\":3,"
        "\"any_tcb_insecure\":true,\"min_level\":\"installed\"",
        GOOD_ENCLAVE ",\"mrsigner\":[\"" HEX_22 "\",\"" HEX_33 "\"],\"prod_id\":7,\"min_svn\":0",
        GOOD_ENCLAVE ",\"register_1\":[\"" HEX_33 "\"]",
        GOOD_ENCLAVE ",\"device_ids\":[\"d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1\"],\"max_age_s\":5",
    };

    device->body.has_registers = true;
    memset(device->body.registers[1], 0x33, sizeof device->body.registers[1]);
    for (size_t i = 0; i < sizeof ENCLAVES / sizeof ENCLAVES[0]; i++) {
        struct policy *policy = policy_make(device, "", ENCLAVES[i]);

        ck_assert_msg(judge(policy, forge_report(device)) == CC_SUCCESS, "row %zu: %s", i,
                      detail_get());
        policy_free(policy);
    }
}
END_TEST

/* Breaks one thing each: in the report's body, in the certificates, or in the policy. */
struct row {
    void (*change)(struct forge *f); /* may be NULL */
    const char *top;
    const char *enclave;
    cc_enclave_result_t code;
    const char *rule; /* must stand in the detail */
};

static void origin_ree(struct forge *f)
{
    f->body.origin = REPORT_ORIGIN_REE;
}

static void purpose_channel(struct forge *f)
{
    f->body.purpose = REPORT_PURPOSE_CHANNEL;
}

static void uuid_other(struct forge *f)
{
    f->body.uuid.bytes[15] ^= 1;
}

static void user_data_other(struct forge *f)
{
    f->body.user_data[63] ^= 1;
}

static void mrenclave_other(struct forge *f)
{
    f->body.mrenclave[31] ^= 1;
}

static void mrsigner_other(struct forge *f)
{
    f->body.mrsigner[0] ^= 1;
}

static void prod_id_other(struct forge *f)
{
    f->body.prod_id++;
}

static void svn_lower(struct forge *f)
{
    f->body.svn--;
}

static void mrtcb_other(struct forge *f)
{
    f->body.mrtcb[5] ^= 1;
}

static void level_embedded(struct forge *f)
{
    f->body.level = REPORT_LEVEL_EMBEDDED;
}

static void level_debug(struct forge *f)
{
    f->body.level = REPORT_LEVEL_DEBUG;
}

static void nodump_missing(struct forge *f)
{
    f->body.protections &= ~(uint32_t)PROTECTION_NODUMP;
}

static void seccomp_missing(struct forge *f)
{
    f->body.protections &= ~(uint32_t)PROTECTION_SECCOMP;
}

static void namespaces_missing(struct forge *f)
{
    f->body.protections &= ~(uint32_t)PROTECTION_NAMESPACES;
}

static void debug_enclave(struct forge *f)
{
    f->body.debug = true;
}

static void device_other(struct forge *f)
{
    f->body.device_id[0] ^= 1;
}

static void future(struct forge *f)
{
    f->body.issued_at_s = FORGE_NOW_S + 301;
}

static void ak_expired(struct forge *f)
{
    f->fields[FORGE_AK].not_after_s = FORGE_NOW_S - 1;
    forge_issue(f);
}

static void device_not_yet(struct forge *f)
{
    f->fields[FORGE_DEVICE].not_before_s = FORGE_NOW_S + 1;
    forge_issue(f);
}

static void device_no_ca(struct forge *f)
{
    f->fields[FORGE_DEVICE].is_ca = false;
    forge_issue(f);
}

static void device_path_len(struct forge *f)
{
    f->fields[FORGE_DEVICE].path_len = 1;
    forge_issue(f);
}

static void device_usage(struct forge *f)
{
    f->fields[FORGE_DEVICE].key_usage = CERT_USAGE_CRL_SIGN;
    forge_issue(f);
}

static void ak_is_ca(struct forge *f)
{
    f->fields[FORGE_AK].is_ca = true;
    forge_issue(f);
}

static void ak_usage(struct forge *f)
{
    f->fields[FORGE_AK].key_usage = CERT_USAGE_DIGITAL_SIGNATURE | CERT_USAGE_CERT_SIGN;
    forge_issue(f);
}

static void ak_issuer(struct forge *f)
{
    f->fields[FORGE_AK].issuer = view_text("somebody");
    forge_issue(f);
}

static void ak_device_id(struct forge *f)
{
    static const uint8_t OTHER[CERT_DEVICE_ID_SIZE] = {7};

    f->fields[FORGE_AK].device_id = VIEW_OF(OTHER);
    forge_issue(f);
}

static void no_device_ids(struct forge *f)
{
    f->fields[FORGE_AK].device_id = VIEW_EMPTY;
    f->fields[FORGE_DEVICE].device_id = VIEW_EMPTY;
    forge_issue(f);
}

/* The device's certificate bears another key than the one that signed the attestation key's. */
static void ak_signed_by_another(struct forge *f)
{
    f->fields[FORGE_DEVICE].point = VIEW_OF(f->points[FORGE_ROOT]);
    forge_issue_one(f, FORGE_DEVICE);
}

static void device_signed_by_itself(struct forge *f)
{
    f->keys[FORGE_ROOT].key = NULL; /* the pinned root was issued before */
    f->keys[FORGE_ROOT] = f->keys[FORGE_DEVICE];
    forge_issue_one(f, FORGE_DEVICE);
}

static void report_signed_by_device(struct forge *f)
{
    f->keys[FORGE_AK] = f->keys[FORGE_DEVICE];
}

static void registers_other(struct forge *f)
{
    f->body.has_registers = true;
    memset(f->body.registers[1], 0x44, sizeof f->body.registers[1]);
}

static void chain_longer(struct forge *f)
{
    f->with_root = true;
}

static const struct row ROWS[] = {
    {chain_longer, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE,
     "attestation key and device certificate expected, found another number"},
    {NULL, "", GOOD_ENCLAVE ",\"register_1\":\"" HEX_33 "\"", CC_ERROR_RA_REPORT_VERIFY_HASH,
     "register_1: a report with registers expected"}, /* of profile 1 */
    {registers_other, "", GOOD_ENCLAVE ",\"register_1\":\"" HEX_33 "\"",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "register_1"},
    {registers_other, "", GOOD_ENCLAVE ",\"register_3\":[]", CC_ERROR_RA_REPORT_VERIFY_HASH,
     "register_3"},
    {origin_ree, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_HASH, "origin"},
    {purpose_channel, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_HASH, "purpose"},
    {uuid_other, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_HASH, "uuid"},
    {user_data_other, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_NONCE, "user_data"},
    {NULL, "", "\"uuid\":\"21111111-1111-1111-1111-111111111111\"", CC_ERROR_RA_REPORT_VERIFY_HASH,
     "enclaves"},
    {NULL, "", "\"uuid\":\"" UUID_11 "\"", CC_ERROR_RA_REPORT_VERIFY_HASH, "mrenclave"},
    {mrenclave_other, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_HASH, "mrenclave"},
    {mrenclave_other, "", GOOD_ENCLAVE ",\"mrsigner\":\"" HEX_33 "\",\"prod_id\":7,\"min_svn\":3",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "mrenclave"},
    {mrsigner_other, "", GOOD_ENCLAVE ",\"mrsigner\":\"" HEX_33 "\",\"prod_id\":7,\"min_svn\":3",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "mrsigner"},
    {prod_id_other, "", GOOD_ENCLAVE ",\"mrsigner\":\"" HEX_33 "\",\"prod_id\":7,\"min_svn\":3",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "prod_id"},
    {svn_lower, "", GOOD_ENCLAVE ",\"mrsigner\":\"" HEX_33 "\",\"prod_id\":7,\"min_svn\":3",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "min_svn"},
    {mrtcb_other, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_HASH, "mrtcb"},
    {NULL, "", "\"uuid\":\"" UUID_11 "\",\"mrenclave\":\"" HEX_22 "\",\"min_level\":\"system\"",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "mrtcb"},
    {NULL, "", "\"uuid\":\"" UUID_11 "\",\"mrenclave\":\"" HEX_22 "\",\"any_tcb_insecure\":true",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "min_level"},
    {NULL, "",
     "\"uuid\":\"" UUID_11 "\",\"mrenclave\":\"" HEX_22 "\",\"any_tcb_insecure\":true,"
     "\"min_level\":\"system\"",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "min_level: \"system\""},
    {level_embedded, "",
     "\"uuid\":\"" UUID_11 "\",\"mrenclave\":\"" HEX_22 "\",\"any_tcb_insecure\":true,"
     "\"min_level\":\"embedded\"",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "allow_embedded_device_insecure"},
    {level_embedded, "\"allow_embedded_device_insecure\":true,", GOOD_ENCLAVE,
     CC_ERROR_RA_REPORT_VERIFY_HASH, "min_level: \"installed\""},
    {level_debug, "\"allow_embedded_device_insecure\":true,",
     "\"uuid\":\"" UUID_11 "\",\"mrenclave\":\"" HEX_22 "\",\"any_tcb_insecure\":true,"
     "\"min_level\":\"embedded\"",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "allow_debug_enclave_insecure"},
    {level_debug, "",
     "\"uuid\":\"" UUID_11 "\",\"mrenclave\":\"" HEX_22 "\",\"any_tcb_insecure\":true,"
     "\"min_level\":\"embedded\",\"allow_debug_enclave_insecure\":true",
     CC_ERROR_RA_REPORT_VERIFY_HASH, "allow_embedded_device_insecure"},
    {nodump_missing, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_HASH, "\"nodump\""},
    {seccomp_missing, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_HASH, "\"seccomp\""},
    {namespaces_missing, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_HASH, "\"namespaces\""},
    {debug_enclave, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_HASH, "debug"},
    {NULL, "\"revoked_device_ids\":[\"d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1\"],", GOOD_ENCLAVE,
     CC_ERROR_RA_REPORT_VERIFY_HASH, "revoked_device_ids"},
    {NULL, "", GOOD_ENCLAVE ",\"device_ids\":[]", CC_ERROR_RA_REPORT_VERIFY_HASH, "device_ids"},
    {NULL, "", GOOD_ENCLAVE ",\"max_age_s\":4", CC_ERROR_RA_REPORT_VERIFY_HASH, "max_age_s"},
    {future, "", GOOD_ENCLAVE ",\"max_age_s\":600", CC_ERROR_RA_REPORT_VERIFY_HASH, "max_age_s"},
    {device_other, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "device_id"},
    {ak_expired, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "dates"},
    {device_not_yet, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "dates"},
    {device_no_ca, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "ca"},
    {device_path_len, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "path_length"},
    {device_usage, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "key_usage"},
    {ak_is_ca, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "ca"},
    {ak_usage, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "key_usage"},
    {ak_issuer, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "chain"},
    {ak_device_id, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "device_id"},
    {no_device_ids, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "device_id"},
    {ak_signed_by_another, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "chain"},
    {device_signed_by_itself, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE,
     "device_roots"},
    {report_signed_by_device, "", GOOD_ENCLAVE, CC_ERROR_RA_REPORT_VERIFY_SIGNATURE, "signature"},
};

START_TEST(verify_evidence_refuses_each_broken_rule_and_names_it)
{
    const struct row *row = &ROWS[_i];
    struct ecdsa_key keys[FORGE_COUNT];
    struct policy *policy = policy_make(device, row->top, row->enclave);
    cc_enclave_result_t rc;

    memcpy(keys, device->keys, sizeof keys);
    if (row->change != NULL)
        row->change(device);
    rc = judge(policy, forge_report(device));
    ck_assert_msg(rc == row->code, "row %d (%s): 0x%x: %s", _i, row->rule, (unsigned)rc,
                  detail_get());
    ck_assert_msg(strstr(detail_get(), row->rule) != NULL, "row %d (%s): %s", _i, row->rule,
                  detail_get());
    memcpy(device->keys, keys, sizeof keys);
    policy_free(policy);
}
END_TEST

START_TEST(verify_evidence_accepts_weak_devices_only_by_their_switches)
{
    static const char WEAK[] = "\"uuid\":\"" UUID_11 "\",\"mrenclave\":\"" HEX_22
                               "\",\"any_tcb_insecure\":true,\"min_level\":\"embedded\","
                               "\"allow_debug_enclave_insecure\":true";
    struct policy *policy = policy_make(device, "\"allow_embedded_device_insecure\":true,", WEAK);

    level_embedded(device);
    ck_assert_int_eq(judge(policy, forge_report(device)), CC_SUCCESS);
    level_debug(device);
    debug_enclave(device);
    ck_assert_int_eq(judge(policy, forge_report(device)), CC_SUCCESS);
    policy_free(policy);
}
END_TEST

START_TEST(verify_evidence_refuses_each_flipped_bit)
{
    struct policy *policy = policy_make(device, "", GOOD_ENCLAVE);
    struct view good = forge_report(device);
    uint8_t copy[REPORT_MAX_SIZE];

    memcpy(copy, good.data, good.size);
    for (size_t bit = 0; bit < good.size * 8; bit += 7) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_msg(judge(policy, view_of(copy, good.size)) != CC_SUCCESS, "bit %zu", bit);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < good.size; size += 13)
        ck_assert_int_eq(judge(policy, view_of(copy, size)), CC_ERROR_SEC_CHL_INVALID_REPORT);
    policy_free(policy);
}
END_TEST

START_TEST(verify_evidence_refuses_another_device_and_an_empty_policy)
{
    struct forge *other = forge_new(2);
    struct policy *policy = policy_make(device, "", GOOD_ENCLAVE);
    struct policy *empty = NULL;

    ck_assert_int_eq(judge(policy, forge_report(other)), CC_ERROR_RA_REPORT_VERIFY_SIGNATURE);
    ck_assert_int_eq(policy_parse(view_text("{\"schema\":1}"), &empty), CC_SUCCESS);
    ck_assert_int_eq(judge(empty, forge_report(device)), CC_ERROR_RA_REPORT_VERIFY_SIGNATURE);
    policy_free(policy);
    policy_free(empty);
    forge_free(other);
}
END_TEST

START_TEST(verify_evidence_checks_its_request)
{
    struct policy *policy = policy_make(device, "", GOOD_ENCLAVE);
    struct view good = forge_report(device);
    struct verify_request request = request_make();
    struct report_body body;

    request.user_data.size--;
    ck_assert_int_eq(verify_evidence(policy, NULL, good, &request, &body), CC_ERROR_BAD_PARAMETERS);
    request = request_make();
    request.uuid = NULL;
    ck_assert_int_eq(verify_evidence(policy, NULL, good, &request, &body), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(verify_evidence(NULL, NULL, good, &request, &body), CC_ERROR_BAD_PARAMETERS);
    policy_free(policy);
}
END_TEST

START_TEST(cache_hits_check_dates_roots_and_device_again)
{
    struct verify_cache *cache = verify_cache_new(4);
    struct forge *other = forge_new(2);
    struct policy *policy = policy_make(device, "", GOOD_ENCLAVE);
    struct policy *foreign = policy_make(other, "", GOOD_ENCLAVE);
    struct verify_request request = request_make();
    struct view good = forge_report(device);
    struct report_body body;

    ck_assert_ptr_nonnull(cache);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(verify_evidence(policy, cache, good, &request, &body), CC_SUCCESS);
    ck_assert_int_eq(verify_evidence(foreign, cache, good, &request, &body),
                     CC_ERROR_RA_REPORT_VERIFY_SIGNATURE);
    request.now_s = device->fields[FORGE_AK].not_after_s + 1;
    ck_assert_int_eq(verify_evidence(policy, cache, good, &request, &body),
                     CC_ERROR_RA_REPORT_VERIFY_SIGNATURE);
    ck_assert_ptr_nonnull(strstr(detail_get(), "dates"));
    request.now_s = FORGE_NOW_S;
    device_other(device);
    ck_assert_int_eq(verify_evidence(policy, cache, forge_report(device), &request, &body),
                     CC_ERROR_RA_REPORT_VERIFY_SIGNATURE);
    policy_free(policy);
    policy_free(foreign);
    verify_cache_free(cache);
    forge_free(other);
}
END_TEST

/* More devices than the cache has room for: it forgets, and never confuses them. */
START_TEST(cache_forgets_the_oldest_and_keeps_judging_right)
{
    struct verify_cache *cache = verify_cache_new(1);
    struct verify_request request = request_make();
    struct report_body body;

    for (int round = 0; round < 2; round++)
        for (uint8_t seed = 10; seed < 30; seed++) {
            struct forge *f = forge_new(seed);
            struct policy *policy = policy_make(f, "", GOOD_ENCLAVE);

            for (int i = 0; i < 2; i++)
                ck_assert_int_eq(verify_evidence(policy, cache, forge_report(f), &request, &body),
                                 CC_SUCCESS);
            ck_assert_mem_eq(body.device_id, f->device_id, sizeof body.device_id);
            policy_free(policy);
            forge_free(f);
        }
    verify_cache_free(cache);
}
END_TEST

struct worker {
    const struct policy *policy;
    struct verify_cache *cache;
    struct view evidence;
    struct verify_request request;
    bool good;
};

static void *worker_run(void *arg)
{
    struct worker *w = arg;
    struct report_body body;

    w->good = true;
    for (int i = 0; i < 20; i++)
        w->good &=
            verify_evidence(w->policy, w->cache, w->evidence, &w->request, &body) == CC_SUCCESS;
    return NULL;
}

START_TEST(cache_serves_threads_at_once)
{
    struct policy *policy = policy_make(device, "", GOOD_ENCLAVE);
    struct verify_cache *cache = verify_cache_new(8);
    struct verify_request request = request_make();
    struct view good = forge_report(device);
    struct worker workers[4];
    pthread_t threads[4];

    for (int i = 0; i < 4; i++) {
        workers[i] = (struct worker){policy, cache, good, request, false};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, worker_run, &workers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        ck_assert(workers[i].good);
    }
    policy_free(policy);
    verify_cache_free(cache);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attestation/verify");
    TCase *tcase = tcase_of(suite, "verify");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, verify_evidence_accepts_what_meets_every_rule);
    tcase_add_loop_test(tcase, verify_evidence_refuses_each_broken_rule_and_names_it, 0,
                        (int)(sizeof ROWS / sizeof ROWS[0]));
    tcase_add_test(tcase, verify_evidence_accepts_weak_devices_only_by_their_switches);
    tcase_add_test(tcase, verify_evidence_refuses_each_flipped_bit);
    tcase_add_test(tcase, verify_evidence_refuses_another_device_and_an_empty_policy);
    tcase_add_test(tcase, verify_evidence_checks_its_request);
    tcase_add_test(tcase, cache_hits_check_dates_roots_and_device_again);
    tcase_add_test(tcase, cache_forgets_the_oldest_and_keeps_judging_right);
    tcase_add_test(tcase, cache_serves_threads_at_once);
    return suite_main(suite);
}
