/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_vectors.c - genuine evidence of every TEE, with verdict, status and measurements that its
 * index names, from the folder in SECGEAR_VECTORS (no part of this tree). Everything is read from
 * index.json and each vector.json: what a file is called says which part it is.
 */
#include "sg_ra_report_verify.h"
#include "support.h"
#include "vector_cases.h"
#include "verify/event_replay.h"
#include <stdlib.h>

static bool value_is(const json_t *want, const cc_verify_claim_t *claim)
{
    char hex[2 * 512 + 1];

    if (json_is_integer(want))
        return claim->kind == CC_VERIFY_CLAIM_NUMBER &&
               (json_int_t)claim->number == json_integer_value(want);
    if (json_is_boolean(want))
        return claim->kind == CC_VERIFY_CLAIM_FLAG && (claim->number != 0) == json_is_true(want);
    if (!json_is_string(want) || (claim->kind != CC_VERIFY_CLAIM_NUMBER && claim->data == NULL))
        return false;
    if (claim->kind == CC_VERIFY_CLAIM_TEXT)
        return strcmp((const char *)claim->data, json_string_value(want)) == 0;
    if (claim->kind == CC_VERIFY_CLAIM_NUMBER) {
        snprintf(hex, sizeof hex, "0x%llx", (unsigned long long)claim->number);
        return strcmp(hex, json_string_value(want)) == 0;
    }
    if (claim->size > 512)
        return false;
    hex_format(view_of(claim->data, claim->size), hex);
    return strcasecmp(hex, json_string_value(want)) == 0;
}

static void claim_expect(const struct cc_verify_result *v, const char *name, size_t index,
                         const json_t *want, const char *where)
{
    const cc_verify_claim_t *claim = verdict_claim(v, name, index);
    char *text = json_dumps(want, JSON_ENCODE_ANY);

    ck_assert_msg(claim != NULL && value_is(want, claim), "%s: %s[%zu]: %s expected", where, name,
                  index, text);
    free(text);
}

/* What a vector calls otherwise than we do; NULL: not compared (another form of a claim). */
static const char *claim_name(const char *tee, const char *name)
{
    static const char *const NAMES[][3] = {{"psa", "10", "nonce"},
                                           {"psa", "2397", "boot_seed"},
                                           {"psa", "256", "instance_id"},
                                           {"psa", "2396", "implementation_id"},
                                           {"psa", "2394", "client_id"},
                                           {"psa", "2395", "lifecycle"},
                                           {"psa", "2400", "verification_service"},
                                           {"psa", "265", "profile"},
                                           {"psa", "2398", "certification_reference"},
                                           {"psa", "-75008", "nonce"},
                                           {"psa", "-75004", "boot_seed"},
                                           {"psa", "-75009", "instance_id"},
                                           {"psa", "-75003", "implementation_id"},
                                           {"psa", "-75001", "client_id"},
                                           {"psa", "-75002", "lifecycle"},
                                           {"psa", "-75010", "verification_service"},
                                           {"psa", "-75000", "profile"},
                                           {"psa", "-75005", "certification_reference"},
                                           {"nitro", "timestamp", NULL}};

    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (strcmp(NAMES[i][0], tee) == 0 && strcmp(NAMES[i][1], name) == 0)
            return NAMES[i][2];
    return name;
}

/* Registers stand below one name, by their numbers. */
static void registers_expect(const struct cc_verify_result *v, json_t *registers, const char *where)
{
    const char *number;
    json_t *want;
    char name[16];

    json_object_foreach(registers, number, want)
    {
        snprintf(name, sizeof name, "pcr%.3s", number);
        claim_expect(v, name, 0, want, where);
    }
}

/* Every measurement that the vector names is claimed, with that value. */
static void measurements_expect(const struct cc_verify_result *v, json_t *measurements,
                                const char *where)
{
    const char *member, *name;
    json_t *want;

    json_object_foreach(measurements, member, want)
    {
        name = claim_name(v->tee, member);
        if (name == NULL)
            continue;
        if (strcmp(name, "pcrs") == 0) {
            registers_expect(v, want, where);
        } else if (json_is_array(want)) {
            for (size_t i = 0; i < json_array_size(want); i++)
                if (!json_is_object(json_array_get(want, i)))
                    claim_expect(v, name, i, json_array_get(want, i), where);
        } else if (!json_is_null(want) && !json_is_object(want)) {
            claim_expect(v, name, 0, want, where);
        }
    }
}

static bool text_has(const struct cc_verify_result *v, const char *name, const char *text)
{
    const cc_verify_claim_t *claim;

    for (size_t i = 0; (claim = verdict_claim(v, name, i)) != NULL; i++)
        if (strcmp((const char *)claim->data, text) == 0)
            return true;
    return false;
}

static void statuses_expect(const struct cc_verify_result *v, const json_t *expect,
                            const char *where)
{
    const json_t *platform = json_object_get(expect, "platform_tcb");
    const json_t *module = json_object_get(expect, "tdx_module");
    const json_t *advisories = json_object_get(platform, "advisories");
    const char *merged = text_of(expect, "merged_status");

    if (json_is_boolean(json_object_get(expect, "debug")))
        claim_expect(v, "debug", 0, json_object_get(expect, "debug"), where);
    if (merged[0] == '\0')
        return;
    if (strncmp(merged, "NO MATCHING", 11) == 0) {
        ck_assert_msg(verdict_claim(v, "tcb_status", 0) == NULL, "%s: no status expected", where);
        return;
    }
    claim_expect(v, "tcb_status", 0, json_object_get(expect, "merged_status"), where);
    claim_expect(v, "platform.tcb_status", 0, json_object_get(platform, "status"), where);
    claim_expect(v, "platform.tcb_date", 0, json_object_get(platform, "date"), where);
    claim_expect(v, "qe.tcb_status", 0, json_object_get(expect, "qe_tcb"), where);
    if (json_is_object(module))
        claim_expect(v, "tdx_module.tcb_status", 0, json_object_get(module, "status"), where);
    for (size_t i = 0; i < json_array_size(advisories); i++)
        ck_assert_msg(text_has(v, "advisory", json_string_value(json_array_get(advisories, i))),
                      "%s: advisory %s", where, json_string_value(json_array_get(advisories, i)));
}

/* The same to the letter, whether nothing, something or everything is known from before. */
static void cached_expect(struct rig *rig, const char *tee, const json_t *policy,
                          const struct cc_verify_result *cold)
{
    char *want = verdict_json(cold);

    rig->cache = verify_cache_new(64);
    for (size_t i = 0; i < 3; i++) {
        struct cc_verify_result *v = rig_judge(rig, tee, policy);
        char *found = verdict_json(v);

        ck_assert_str_eq(found, want);
        free(found);
        free(v);
    }
    verify_cache_free(rig->cache);
    rig->cache = NULL;
    free(want);
}

static void judged_expect(struct rig *rig, const json_t *vector, const json_t *one, bool permissive)
{
    const json_t *expect = json_object_get(one, "expect");
    const char *want = text_of(expect, permissive ? "verdict_permissive" : "verdict_strict");
    const char *now = json_string_value(json_object_get(one, "now"));
    json_t *policy = policy_make(rig, vector, one, permissive);
    struct cc_verify_result *v;
    char where[300];

    rig->now_s = 1767225600;
    if (now != NULL)
        ck_assert(time_parse(view_text(now), &rig->now_s));
    snprintf(where, sizeof where, "%s %s %s", text_of(vector, "id"), text_of(one, "name"),
             permissive ? "permissive" : "strict");
    v = rig_judge(rig, text_of(vector, "tee"), policy);
    if (getenv("SECGEAR_SHOW") != NULL) {
        char *shown = verdict_json(v);

        printf("%s: %s\n", where, shown);
        free(shown);
    }
    cached_expect(rig, text_of(vector, "tee"), policy, v);
    ck_assert_str_eq(v->tee, text_of(vector, "tee"));
    ck_assert_msg((v->verdict != CC_VERIFY_REFUSED) ==
                      (strncmp(want, "accept", 6) == 0 || strncmp(want, "policy", 6) == 0),
                  "%s: %s expected, found verdict %d: %s", where, want, v->verdict,
                  v->reason_count > 0 ? v->reasons[0].sentence : "no reason");
    if (v->verdict != CC_VERIFY_REFUSED || permissive) {
        measurements_expect(v, json_object_get(vector, "measurements"), where);
        statuses_expect(v, expect, where);
    }
    json_decref(policy);
    free(v);
}

START_TEST(each_case_of_the_index_has_its_verdict_statuses_and_measurements)
{
    char path[512];
    json_t *index;
    size_t judged = 0;

    if (folder == NULL)
        TEST_SKIP("SECGEAR_VECTORS is not set: genuine evidence is not judged");
    snprintf(path, sizeof path, "%s/index.json", folder);
    index = json_load_file(path, 0, NULL);
    ck_assert_msg(index != NULL, "%s: not JSON", path);
    for (size_t i = 0; i < json_array_size(index); i++) {
        json_t *vector = vector_load(text_of(json_array_get(index, i), "dir"));
        const json_t *cases = json_object_get(vector, "cases");

        for (size_t c = 0; c < json_array_size(cases); c++) {
            const json_t *one = json_array_get(cases, c);
            const json_t *expect = json_object_get(one, "expect");
            struct rig rig = {0};

            if (strncmp(text_of(expect, "verdict_strict"), "n/a", 3) == 0)
                continue; /* logs without a quote: below */
            case_load(&rig, vector, one);
            case_extras(&rig, vector, one);
            judged_expect(&rig, vector, one, false);
            if (json_object_get(expect, "verdict_permissive") != NULL)
                judged_expect(&rig, vector, one, true);
            rig_free(&rig);
            judged++;
        }
        json_decref(vector);
    }
    json_decref(index);
    ck_assert_uint_gt(judged, 0);
}
END_TEST

/* The one with a report of iTrustee stands beside the index. */
START_TEST(a_report_of_kunpeng_hardware_is_accepted)
{
    struct rig rig = {.now_s = 1767225600};
    struct cc_verify_result *v;
    char path[512];

    if (folder == NULL)
        TEST_SKIP("SECGEAR_VECTORS is not set");
    snprintf(path, sizeof path, "%s/itrustee/secgear-hardware-report/report.json", folder);
    if (access(path, R_OK) != 0)
        TEST_SKIP("there is no iTrustee report");
    rig_file(&rig, true, "report", path);
    snprintf(path, sizeof path, "%s/itrustee/secgear-hardware-report/huawei-it-product-ca.pem",
             folder);
    v = rig_judge(&rig, NULL, NULL); /* nobody's word for the device's key */
    ck_assert_int_eq(v->verdict, CC_VERIFY_REFUSED);
    ck_assert_ptr_nonnull(strstr(v->reasons[0].sentence, "issuer_chain.pem expected"));
    free(v);
    rig_file(&rig, false, "issuer_chain.pem", path);
    v = rig_judge(&rig, NULL, NULL);
    ck_assert_str_eq(v->tee, "itrustee");
    ck_assert_msg(v->verdict != CC_VERIFY_REFUSED, "%s", v->reasons[0].sentence);
    ck_assert_str_eq((const char *)verdict_claim(v, "uuid", 0)->data,
                     "f68fd704-6eb1-4d14-b218-722850eb3ef0");
    ck_assert_uint_eq(verdict_claim(v, "ta_img", 0)->data[0], 0x02);
    ck_assert_uint_eq(verdict_claim(v, "ta_mem", 0)->data[0], 0x41);
    ck_assert_uint_eq(verdict_claim(v, "nonce", 0)->size, 16);
    free(v);
    rig_free(&rig);
}
END_TEST

/* The same through the function of the SDK, with a policy and base values from files. */
START_TEST(a_genuine_report_of_itrustee_is_verified_by_its_base_values)
{
    static const char POLICY[] = "{\"schema\":2,\"tees\":{\"itrustee\":{\"tolerate_insecure\":"
                                 "[\"identity\"]}}}";
    uint8_t nonce[MAX_NONCE_BUF_LEN];
    cc_ra_buf_t asked = {0, nonce}, report;
    char home[FOLDER_ROOM], path[800], img[65], mem[65];
    struct cc_verify_result *v;
    struct rig rig = {.now_s = 1767225600};
    struct buf text;

    if (folder == NULL)
        TEST_SKIP("SECGEAR_VECTORS is not set");
    snprintf(path, sizeof path, "%s/itrustee/secgear-hardware-report/report.json", folder);
    rig_file(&rig, true, "report", path);
    v = rig_judge(&rig, NULL, NULL);
    hex_format(view_of(verdict_claim(v, "ta_img", 0)->data, 32), img);
    hex_format(view_of(verdict_claim(v, "ta_mem", 0)->data, 32), mem);
    asked.len = (uint32_t)verdict_claim(v, "nonce", 0)->size;
    memcpy(nonce, verdict_claim(v, "nonce", 0)->data, asked.len);
    free(v);
    folder_fresh(home);
    snprintf(path, sizeof path,
             "umask 077; cd %s && echo '%s' >policy.json && mkdir chain && cp "
             "$SECGEAR_VECTORS/itrustee/secgear-hardware-report/huawei-it-product-ca.pem "
             "chain/issuer_chain.pem && echo 'f68fd704-6eb1-4d14-b218-722850eb3ef0 %s %s' >base",
             home, POLICY, img, mem);
    ck_assert_int_eq(system(path), 0); /* a test may */
    snprintf(path, sizeof path, "%s/policy.json", home);
    setenv("SECGEAR_POLICY", path, 1);
    snprintf(path, sizeof path, "%s/chain", home);
    setenv("SECGEAR_COLLATERAL", path, 1);
    snprintf(path, sizeof path, "%s/base", home);
    text = rig_part(&rig, true, "report")->bytes;
    report = (cc_ra_buf_t){(uint32_t)text.size, text.data};
    ck_assert_msg(cc_verify_report(&report, &asked, CC_RA_VERIFY_TYPE_STRICT, path) == CC_SUCCESS,
                  "%s", detail_get());
    nonce[0] ^= 1;
    ck_assert_int_eq(cc_verify_report(&report, &asked, CC_RA_VERIFY_TYPE_STRICT, path),
                     CC_ERROR_RA_REPORT_VERIFY_NONCE);
    nonce[0] ^= 1;
    text.data[text.size / 2] ^= 1;
    ck_assert_int_ne(cc_verify_report(&report, &asked, CC_RA_VERIFY_TYPE_STRICT, path), CC_SUCCESS);
    rig_free(&rig);
}
END_TEST

/* expected: number of a register to its value. */
static void registers_replayed(const struct replayed *r, json_t *expected, const char *where)
{
    const char *number;
    json_t *want;
    char hex[2 * HASH_MAX_SIZE + 1];

    json_object_foreach(expected, number, want)
    {
        hex_format(view_of(r->value[atoi(number)], hash_alg_size(r->hash)), hex);
        ck_assert_msg(strcmp(hex, json_string_value(want)) == 0,
                      "%s: register %s: %s expected, "
                      "found %s",
                      where, number, json_string_value(want), hex);
    }
}

START_TEST(event_logs_replay_to_the_registers_their_sources_name)
{
    static const char *const LOGS[] = {"google-rhel8-uefi", "google-glinux-alex"};
    char dir[100], path[512];

    if (folder == NULL)
        TEST_SKIP("SECGEAR_VECTORS is not set");
    for (size_t i = 0; i < 2; i++) {
        json_t *vector, *pcrs;
        struct replayed *r = malloc(sizeof *r);
        struct buf log;

        snprintf(dir, sizeof dir, "eventlog/%s", LOGS[i]);
        vector = vector_load(dir);
        pcrs = json_object_get(json_object_get(vector, "measurements"), "expected_pcrs");
        snprintf(path, sizeof path, "%s/%s/eventlog.bin", folder, dir);
        log = rig_read(path);
        ck_assert_msg(tcg_log_replay(buf_view(&log), HASH_SHA1, r) == CC_SUCCESS, "%s",
                      detail_get());
        registers_replayed(r, json_object_get(pcrs, "sha1"), dir);
        ck_assert(tcg_log_replay(buf_view(&log), HASH_SHA256, r) == CC_SUCCESS);
        registers_replayed(r, json_object_get(pcrs, "sha256"), dir);
        buf_free(&log);
        json_decref(vector);
        free(r);
    }
}
END_TEST

START_TEST(a_log_of_the_kernel_replays_with_its_violations)
{
    struct replayed *r = calloc(1, sizeof *r);
    char path[512], hex[2 * HASH_MAX_SIZE + 1];
    json_t *vector, *measured;
    struct buf log;

    if (folder == NULL)
        TEST_SKIP("SECGEAR_VECTORS is not set");
    vector = vector_load("ima/kunpengsecl-sha256");
    measured = json_object_get(vector, "measurements");
    snprintf(path, sizeof path, "%s/ima/kunpengsecl-sha256/ima_ascii.log", folder);
    log = rig_read(path);
    ck_assert_msg(ima_log_replay(buf_view(&log), HASH_SHA256, r) == CC_SUCCESS, "%s", detail_get());
    hex_format(view_of(r->value[10], 32), hex);
    ck_assert_str_eq(hex, text_of(measured, "pcr10_sha256"));
    ck_assert_uint_eq(r->events[10],
                      (size_t)json_integer_value(json_object_get(measured, "entries")));
    ck_assert_uint_eq(r->odd, 0);
    buf_free(&log);
    json_decref(vector);
    free(r);
}
END_TEST

int main(void)
{
    TCase *tcase;

    Suite *suite = suite_create("verify/vectors");

    folder = getenv("SECGEAR_VECTORS");
    tcase = tcase_of(suite, "genuine");
    tcase_add_test(tcase, each_case_of_the_index_has_its_verdict_statuses_and_measurements);
    tcase_add_test(tcase, a_genuine_report_of_itrustee_is_verified_by_its_base_values);
    tcase_add_test(tcase, a_report_of_kunpeng_hardware_is_accepted);
    tcase_add_test(tcase, event_logs_replay_to_the_registers_their_sources_name);
    tcase_add_test(tcase, a_log_of_the_kernel_replays_with_its_violations);
    return suite_main(suite);
}
