/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/detail.h"
#include "fault.h"
#include "forge.h"
#include "support.h"
#include "verify/policy.h"
#include "verify/policy_write.h"
#include "wire/pem.h"
#include <stdio.h>

#define UUID_TEXT "11111111-1111-1111-1111-111111111111"
#define HEX "2222222222222222222222222222222222222222222222222222222222222222"
#define ENTRY(members) "{\"schema\":1,\"enclaves\":[{\"uuid\":\"" UUID_TEXT "\"" members "}]}"

START_TEST(policy_parse_reads_every_key)
{
    static const char TEXT[] = ENTRY(
        ",\"mrenclave\":[\"" HEX "\",\"" HEX "\"],\"mrsigner\":\"" HEX "\",\"prod_id\":65535,"
        "\"min_svn\":3,\"mrtcb\":\"" HEX "\",\"min_level\":\"system\","
        "\"require_protections\":[\"nodump\",\"rollback\"],\"allow_debug_enclave_insecure\":true,"
        "\"device_ids\":[\"00112233445566778899aabbccddeeff\"],\"max_age_s\":60");
    struct policy *policy = NULL;
    const struct policy_enclave *e;

    ck_assert_msg(policy_parse(view_text(TEXT), &policy) == CC_SUCCESS, "%s", detail_get());
    ck_assert_uint_eq(policy->enclave_count, 1);
    e = policy->enclaves;
    ck_assert_uint_eq(e->uuid.bytes[7], 0x11);
    ck_assert_uint_eq(e->mrenclave.count, 2);
    ck_assert_uint_eq(e->mrenclave.items[63], 0x22);
    ck_assert_uint_eq(e->mrsigner.count, 1);
    ck_assert_uint_eq(e->prod_id, 65535);
    ck_assert_uint_eq(e->min_svn, 3);
    ck_assert_uint_eq(e->mrtcb.count, 1);
    ck_assert_int_eq(e->min_level, REPORT_LEVEL_SYSTEM);
    ck_assert_uint_eq(e->protections, PROTECTION_NODUMP | PROTECTION_ROLLBACK);
    ck_assert(e->allow_debug_enclave_insecure);
    ck_assert(e->pins_devices);
    ck_assert_uint_eq(e->device_ids.items[15], 0xff);
    ck_assert_uint_eq(e->max_age_s, 60);
    ck_assert(!e->any_tcb_insecure);
    ck_assert(!policy->allow_embedded_device_insecure);
    policy_free(policy);
}
END_TEST

static const struct {
    const char *text;
    const char *detail;
} BAD[] = {
    {"", "line"},
    {"{", "line 1"},
    {"[]", "document"},
    {"{}", "schema"},
    {"{\"schema\":3}", "schema: 1 expected, found 3"},
    {"{\"schema\":1,\"tees\":{}}", "schema: 2 expected, found 1"},
    {"{\"schema\":true}", "schema: a whole number"},
    {"{\"schema\":1,\"schema\":1}", "duplicate"},
    {"{\"schema\":1,\"device_root\":[]}", "device_root: unknown key"},
    {"{\"schema\":1,\"device_roots\":{}}", "device_roots"},
    {"{\"schema\":1,\"device_roots\":[7]}", "device_roots[0]"},
    {"{\"schema\":1,\"device_roots\":[\"MAA=\"]}", "device_roots[0]"},
    {"{\"schema\":1,\"enclaves\":{}}", "enclaves"},
    {"{\"schema\":1,\"enclaves\":[7]}", "enclaves[0]"},
    {"{\"schema\":1,\"enclaves\":[{}]}", "enclaves[0].uuid"},
    {"{\"schema\":1,\"enclaves\":[{\"uuid\":\"1\"}]}", "enclaves[0].uuid"},
    {"{\"schema\":1,\"allow_embedded_device_insecure\":1}", "allow_embedded_device_insecure"},
    {"{\"schema\":1,\"allow_device_states_insecure\":1}", "allow_device_states_insecure"},
    {"{\"schema\":1.5}", "schema"},
    {"{\"schema\":1,\"revoked_device_ids\":[\"00\"]}", "revoked_device_ids[0]"},
    {"{\"schema\":2,\"tees\":7}", "tees"},
    {"{\"schema\":2,\"tees\":{\"tdx\":{\"min\":7}}}", "tees.tdx.min"},
    {ENTRY("},{\"uuid\":\"" UUID_TEXT "\""), "enclaves[1]: each uuid once"},
    {ENTRY(",\"mrEnclave\":\"" HEX "\""), "enclaves[0].mrEnclave: unknown key"},
    {ENTRY(",\"mrenclave\":\"22\""), "enclaves[0].mrenclave: 64 hexadecimal"},
    {ENTRY(",\"mrenclave\":[\"" HEX "\",7]"), "enclaves[0].mrenclave[1]"},
    {ENTRY(",\"mrsigner\":\"22\""), "enclaves[0].mrsigner: 64 hexadecimal"},
    {ENTRY(",\"mrtcb\":\"22\""), "enclaves[0].mrtcb: 64 hexadecimal"},
    {ENTRY(",\"mrsigner\":\"" HEX "\""), "prod_id and min_svn"},
    {ENTRY(",\"mrsigner\":\"" HEX "\",\"prod_id\":1"), "prod_id and min_svn"},
    {ENTRY(",\"prod_id\":1"), "mrsigner"},
    {ENTRY(",\"min_svn\":1"), "mrsigner"},
    {ENTRY(",\"mrsigner\":\"" HEX "\",\"prod_id\":65536,\"min_svn\":1"), "enclaves[0].prod_id"},
    {ENTRY(",\"mrsigner\":\"" HEX "\",\"prod_id\":1,\"min_svn\":-1"), "enclaves[0].min_svn"},
    {ENTRY(",\"mrtcb\":\"" HEX "\",\"any_tcb_insecure\":true"), "any_tcb_insecure"},
    {ENTRY(",\"min_level\":\"debug\""), "enclaves[0].min_level"},
    {ENTRY(",\"min_level\":3"), "enclaves[0].min_level"},
    {ENTRY(",\"any_tcb_insecure\":1"), "enclaves[0].any_tcb_insecure"},
    {ENTRY(",\"register_0\":\"22\""), "enclaves[0].register_0: 64 hexadecimal"},
    {ENTRY(",\"register_3\":7"), "enclaves[0].register_3"},
    {ENTRY(",\"require_protections\":\"nodump\""), "enclaves[0].require_protections"},
    {ENTRY(",\"require_protections\":[\"magic\"]"), "enclaves[0].require_protections[0]"},
    {ENTRY(",\"allow_debug_enclave_insecure\":\"yes\""), "allow_debug_enclave_insecure"},
    {ENTRY(",\"device_ids\":[\"00\"]"), "enclaves[0].device_ids[0]: 32 hexadecimal"},
    {ENTRY(",\"max_age_s\":1.5"), "enclaves[0].max_age_s"},
};

START_TEST(policy_parse_refuses_each_mistake_and_says_where)
{
    struct policy *policy = NULL;

    ck_assert_int_eq(policy_parse(view_text(BAD[_i].text), &policy), CC_ERROR_BAD_FORMAT);
    ck_assert_ptr_null(policy);
    ck_assert_msg(strstr(detail_get(), BAD[_i].detail) != NULL, "row %d: %s", _i, detail_get());
}
END_TEST

START_TEST(policy_of_more_than_its_maximum_is_not_read)
{
    struct policy *policy = NULL;
    struct buf text;

    ck_assert(buf_alloc(&text, POLICY_MAX_SIZE + 1));
    memset(text.data, ' ', text.size);
    memcpy(text.data, "{\"schema\":1}", 12);
    ck_assert_int_eq(policy_parse(view_of(text.data, POLICY_MAX_SIZE + 1), &policy),
                     CC_ERROR_BAD_FORMAT);
    ck_assert_ptr_null(policy);
    ck_assert_int_eq(policy_parse(view_of(text.data, POLICY_MAX_SIZE), &policy), CC_SUCCESS);
    policy_free(policy);
    buf_free(&text);
}
END_TEST

static cc_enclave_result_t parse_with_root(struct view der, bool pem)
{
    char text[2048], escaped[2048], json[4096];
    struct writer w = writer_over(text, sizeof text);
    struct policy *policy = NULL;
    cc_enclave_result_t rc;
    size_t to = 0;

    if (pem)
        pem_encode(der, "CERTIFICATE", &w);
    else
        base64_encode(der, &w);
    ck_assert(!w.failed);
    for (size_t i = 0; i < w.size; i++) {
        if (text[i] == '\n')
            escaped[to++] = '\\';
        escaped[to++] = text[i] == '\n' ? 'n' : text[i];
    }
    escaped[to] = '\0';
    snprintf(json, sizeof json, "{\"schema\":1,\"device_roots\":[\"%s\"]}", escaped);
    rc = policy_parse(view_text(json), &policy);
    if (rc == CC_SUCCESS)
        ck_assert(view_equal(buf_view(&policy->roots[0].der), der));
    policy_free(policy);
    return rc;
}

START_TEST(policy_parse_takes_roots_in_pem_and_base64_and_no_other_certificate)
{
    struct forge *f = forge_new(1);

    ck_assert_int_eq(parse_with_root(f->der[FORGE_ROOT], true), CC_SUCCESS);
    ck_assert_int_eq(parse_with_root(f->der[FORGE_ROOT], false), CC_SUCCESS);
    ck_assert_int_eq(parse_with_root(f->der[FORGE_DEVICE], true), CC_ERROR_BAD_FORMAT);
    ck_assert_int_eq(parse_with_root(f->der[FORGE_AK], true), CC_ERROR_BAD_FORMAT);
    f->der_room[FORGE_ROOT][f->der[FORGE_ROOT].size - 1] ^= 1; /* its own signature */
    ck_assert_int_eq(parse_with_root(f->der[FORGE_ROOT], true), CC_ERROR_BAD_FORMAT);
    forge_free(f);
}
END_TEST

static void line_count(void *arg, const char *line)
{
    ck_assert_ptr_nonnull(line);
    ++*(size_t *)arg;
}

static size_t remarks(const char *text)
{
    struct policy *policy = NULL;
    size_t said = 0, counted;

    ck_assert_int_eq(policy_parse(view_text(text), &policy), CC_SUCCESS);
    counted = policy_review(policy, line_count, &said);
    ck_assert_uint_eq(said, counted);
    policy_free(policy);
    return counted;
}

START_TEST(policy_review_remarks_on_what_refuses_all_or_weakens)
{
    ck_assert_uint_eq(remarks("{\"schema\":1}"), 2);
    ck_assert_uint_eq(remarks(ENTRY("")), 4);
    ck_assert_uint_eq(remarks(ENTRY(",\"mrenclave\":\"" HEX "\",\"any_tcb_insecure\":true,"
                                    "\"min_level\":\"system\"")),
                      2);
    ck_assert_uint_eq(remarks(ENTRY(",\"mrenclave\":\"" HEX "\",\"any_tcb_insecure\":true,"
                                    "\"min_level\":\"system\",\"register_2\":[]")),
                      3);
}
END_TEST

static struct image_identity identity_make(uint8_t uuid, uint8_t mrenclave, uint16_t svn)
{
    struct image_identity id = {0};

    memset(id.uuid.bytes, uuid, sizeof id.uuid.bytes);
    memset(id.mrenclave, mrenclave, sizeof id.mrenclave);
    memset(id.mrsigner, 0x33, sizeof id.mrsigner);
    id.manifest.prod_id = 9;
    id.manifest.svn = svn;
    return id;
}

START_TEST(policy_from_images_writes_what_policy_parse_reads)
{
    static const uint8_t MRTCB[1][IMAGE_HASH_SIZE] = {{0x44}};
    struct image_identity images[] = {identity_make(1, 1, 5), identity_make(1, 2, 4),
                                      identity_make(2, 3, 7)};
    struct forge *f = forge_new(1);
    char pem[1024];
    struct writer w = writer_over(pem, sizeof pem);
    struct view root;
    struct policy_draft draft = {.images = images, .image_count = 3, .mrtcb = MRTCB};
    struct buf json = BUF_EMPTY;
    struct policy *policy = NULL;

    pem_encode(f->der[FORGE_ROOT], "CERTIFICATE", &w);
    root = writer_view(&w);
    draft.roots = &root;
    draft.root_count = 1;
    draft.mrtcb_count = 1;
    for (int by_signer = 0; by_signer < 2; by_signer++) {
        draft.by_signer = by_signer == 1;
        ck_assert_msg(policy_from_images(&draft, &json) == CC_SUCCESS, "%s", detail_get());
        ck_assert_int_eq(policy_parse(buf_view(&json), &policy), CC_SUCCESS);
        ck_assert_uint_eq(policy->root_count, 1);
        ck_assert_uint_eq(policy->enclave_count, 2);
        ck_assert_uint_eq(policy->enclaves[0].mrenclave.count, by_signer ? 0 : 2);
        ck_assert_uint_eq(policy->enclaves[0].mrsigner.count, by_signer ? 1 : 0);
        ck_assert_uint_eq(policy->enclaves[0].min_svn, by_signer ? 4 : 0);
        ck_assert_uint_eq(policy->enclaves[0].mrtcb.count, 1);
        ck_assert_int_eq(policy->enclaves[1].min_level, REPORT_LEVEL_INSTALLED);
        ck_assert(!policy->allow_embedded_device_insecure);
        policy_free(policy);
        buf_free(&json);
    }
    images[1].manifest.prod_id++;
    ck_assert_int_eq(policy_from_images(&draft, &json), CC_ERROR_BAD_PARAMETERS);
    ck_assert_ptr_null(json.data);
    forge_free(f);
}
END_TEST

/* The n-th allocation of ours fails, for each n: an error, nothing handed out. */
START_TEST(policy_parse_survives_each_failed_allocation)
{
    struct forge *f;
    char base64[1024] = "", json[4096];
    struct writer w = writer_over(base64, sizeof base64 - 1);
    struct policy *policy = NULL;
    unsigned nth;

    if (!fault_available())
        TEST_SKIP("malloc is not wrapped under a sanitizer");
    f = forge_new(1);
    base64_encode(f->der[FORGE_ROOT], &w);
    snprintf(json, sizeof json,
             "{\"schema\":1,\"device_roots\":[\"%s\"],\"enclaves\":[{\"uuid\":\"" UUID_TEXT
             "\",\"mrenclave\":\"" HEX "\",\"mrtcb\":[\"" HEX "\"],\"device_ids\":"
             "[\"00112233445566778899aabbccddeeff\"]}]}",
             base64);
    for (nth = 1; nth < 100; nth++) {
        cc_enclave_result_t rc;
        bool fired;

        fault_arm(nth);
        rc = policy_parse(view_text(json), &policy);
        fired = fault_disarm();
        if (!fired) {
            ck_assert_int_eq(rc, CC_SUCCESS);
            break;
        }
        ck_assert_int_eq(rc, CC_ERROR_OUT_OF_MEMORY);
        ck_assert_ptr_null(policy);
    }
    ck_assert_uint_ge(nth, 6);
    policy_free(policy);
    forge_free(f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attestation/policy");
    TCase *tcase = tcase_of(suite, "policy");

    tcase_add_test(tcase, policy_parse_reads_every_key);
    tcase_add_test(tcase, policy_of_more_than_its_maximum_is_not_read);
    tcase_add_loop_test(tcase, policy_parse_refuses_each_mistake_and_says_where, 0,
                        (int)(sizeof BAD / sizeof BAD[0]));
    tcase_add_test(tcase, policy_parse_takes_roots_in_pem_and_base64_and_no_other_certificate);
    tcase_add_test(tcase, policy_review_remarks_on_what_refuses_all_or_weakens);
    tcase_add_test(tcase, policy_from_images_writes_what_policy_parse_reads);
    tcase_add_test(tcase, policy_parse_survives_each_failed_allocation);
    return suite_main(suite);
}
