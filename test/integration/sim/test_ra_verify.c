/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Reports that a host program gets about its enclaves, judged: by cc_verify_report() with base
 * values, by the attestation agent's C interface, by secgear verify.
 */
#include "common.h"
#include "rust_attestation_agent.h"
#include "secgear_identity.h"
#include "secgear_verify.h"
#include "sg_ra_report.h"
#include "sg_ra_report_verify.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 400 };

static cc_enclave_t enclave;
static cc_enclave_identity_t self;
static char uuid[37], hash[65], values[PATH_ROOM];
static uint8_t text[CC_RA_REPORT_MIN_ROOM];
static cc_ra_buf_t report = {0, text};
static uint8_t nonce_bytes[33] = "a nonce of 32 bytes, and an end";
static cc_ra_buf_t nonce = {sizeof nonce_bytes, nonce_bytes};

static void run(const char *script)
{
    static char command[4096];
    static char path[PATH_ROOM], image[PATH_ROOM];

    snprintf(path, sizeof path, "%s", image_path("../../stage/bin"));
    snprintf(image, sizeof image, "%s", image_path("enclave.signed.so"));
    snprintf(command, sizeof command, "PATH=%s:$PATH; IMAGE=%s; cd $XDG_STATE_HOME; %s", path,
             image, script);
    ck_assert_msg(system(command) == 0, "%s", command); /* a test may */
}

static void values_write(const char *name, const char *image, const char *memory)
{
    FILE *file;

    snprintf(values, sizeof values, "%s/values", getenv("XDG_STATE_HOME"));
    file = fopen(values, "we");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "\n00000000-0000-4000-8000-000000000001 %s %s\n%s\t%s %s\r\n", image, memory,
            name, image, memory);
    ck_assert_int_eq(fclose(file), 0);
}

static void hex_put(const uint8_t *bytes, size_t size, char *ret_text)
{
    for (size_t i = 0; i < size; i++)
        snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
}

/* An enclave, a policy that accepts it, a report about it. */
static void begin(void)
{
    cc_get_ra_report_input_t in = {.taid = (uint8_t *)uuid, .nonce_len = sizeof nonce_bytes};
    char policy[PATH_ROOM], digits[33];

    state_fresh();
    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_IDENTITY, NULL, 0, &self, sizeof self), CC_SUCCESS);
    hex_put(self.uuid, 16, digits);
    snprintf(uuid, sizeof uuid, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12,
             digits + 16, digits + 20);
    hex_put(self.mrenclave, 32, hash);
    values_write(uuid, hash, hash);
    run("secgear device root >root.pem && secgear policy from-image $IMAGE --root root.pem --mrtcb "
        "$(secgear device mrtcb) --allow-embedded-device-insecure >strict.json 2>notes && sed "
        "'s/\"schema\": *1/\"schema\": 2, \"tees\": {\"sim\": {\"tolerate_insecure\": "
        "[\"origin\"]}}/' strict.json >policy.json");
    snprintf(policy, sizeof policy, "%s/policy.json", getenv("XDG_STATE_HOME"));
    ck_assert_int_eq(setenv("SECGEAR_POLICY", policy, 1), 0);
    memcpy(in.nonce, nonce_bytes, sizeof nonce_bytes);
    report.len = sizeof text;
    ck_assert_int_eq(cc_prepare_ra_env(CC_RA_SCENARIO_NO_AS), CC_SUCCESS);
    ck_assert_msg(cc_get_ra_report(&in, &report) == CC_SUCCESS, "%s", cc_enclave_error_detail());
}

static void end(void)
{
    cc_enclave_destroy(&enclave);
}

static cc_enclave_result_t judge(cc_ra_verify_type_t type)
{
    return cc_verify_report(&report, &nonce, type, values);
}

START_TEST(a_report_is_accepted_by_policy_and_base_values)
{
    ck_assert_msg(judge(CC_RA_VERIFY_TYPE_STRICT) == CC_SUCCESS, "%s", cc_verify_error_detail());
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_SUCCESS);
    nonce.len = 31; /* what follows is zero */
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_STRICT), CC_SUCCESS);
    nonce.len = sizeof nonce_bytes;
}
END_TEST

/* The evidence ends with its signature: 86 digits of base64url. */
static char *signature_digit(void)
{
    char *evidence = strstr((char *)text, "\"evidence\":\"") + 12;

    return strchr(evidence, '"') - 40;
}

START_TEST(what_differs_has_its_code)
{
    char other[65], *digit, was;

    memcpy(other, hash, sizeof other);
    other[63] = other[63] == '0' ? '1' : '0';
    values_write(uuid, other, hash);
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_REPORT_VERIFY_HASH);
    values_write(uuid, hash, other);
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_SUCCESS);
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_STRICT), CC_ERROR_RA_REPORT_VERIFY_HASH);
    values_write("00000000-0000-4000-8000-000000000002", hash, hash);
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_REPORT_VERIFY_HASH);
    ck_assert_ptr_nonnull(strstr(cc_verify_error_detail(), "one line for the report's enclave"));
    values_write(uuid, hash, "00");
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_REPORT_VERIFY_HASH);
    values_write(uuid, "", ""); /* an empty hash matches nothing */
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_REPORT_VERIFY_HASH);
    values_write(uuid, hash, hash);

    nonce_bytes[0] ^= 1;
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_REPORT_VERIFY_NONCE);
    nonce_bytes[0] ^= 1;
    nonce.len = 8; /* only its beginning */
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_REPORT_VERIFY_NONCE);
    nonce.len = sizeof nonce_bytes;
    digit = signature_digit();
    was = *digit;
    *digit = was == 'A' ? 'B' : 'A';
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_REPORT_VERIFY_SIGNATURE);
    *digit = was;
    ck_assert_int_eq(setenv("SECGEAR_POLICY", "/dev/null/none", 1), 0);
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_REPORT_VERIFY_SIGNATURE);
}
END_TEST

START_TEST(a_line_twice_is_refused)
{
    values_write("00000000-0000-4000-8000-000000000001", hash, hash);
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_REPORT_VERIFY_HASH);
    run("sed 's/^0[0-9a-f-]*/'$(sed -n 's/.*\"uuid\": *\"\\([^\"]*\\).*/\\1/p' policy.json)'/' "
        "values "
        ">twice && grep -q . twice && mv twice values");
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_REPORT_VERIFY_HASH);
    ck_assert_ptr_nonnull(strstr(cc_verify_error_detail(), "found 2"));
}
END_TEST

START_TEST(arguments_are_checked)
{
    cc_ra_buf_t none = {10, NULL}, small = {99, text}, large = {20001, text},
                long_nonce = {65, text};

    ck_assert_int_eq(cc_verify_report(NULL, &nonce, 0, values), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_report(&report, NULL, 0, values), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_report(&report, &nonce, 0, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_report(&none, &nonce, 0, values), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_report(&report, &none, 0, values), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_report(&small, &nonce, 0, values), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_report(&large, &nonce, 0, values), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_verify_report(&report, &long_nonce, 0, values), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_MAX), CC_FAIL);
    memset(text, 'x', 200); /* of no TEE */
    ck_assert_int_eq(judge(CC_RA_VERIFY_TYPE_LOOSE), CC_ERROR_RA_VERIFY_AGENT_NOT_INIT);
}
END_TEST

static Vec_uint8_t vec(const char *string)
{
    return (Vec_uint8_t){(uint8_t *)string, strlen(string), strlen(string)};
}

START_TEST(the_agents_interface_gets_and_judges)
{
    const Vec_uint8_t challenge = vec("AAECAwQFBgcICQoLDA0ODw"),
                      other = vec("AQECAwQFBgcICQoLDA0ODw");
    const Vec_uint8_t raw = vec("not base64url!"), who = vec(uuid), nobody = vec("none");
    const Vec_uint8_t off = vec("off");
    const Tuple2_bool_bool_t no_ima = {true, false}, ima = {true, true};
    Vec_uint8_t got, said;

    init_env_logger(&off);
    ck_assert_uint_eq(get_report(&raw, NULL, &who).len, 0);
    ck_assert_uint_eq(get_report(&challenge, NULL, &nobody).len, 0);
    ck_assert_uint_eq(get_report(&challenge, &ima, &who).len, 0);
    ck_assert_uint_eq(get_report(NULL, NULL, NULL).len, 0);
    init_env_logger(NULL);
    got = get_report(&challenge, &no_ima, &who);
    ck_assert_uint_gt(got.len, 0);
    ck_assert(got.ptr[got.len] == 0 && got.cap > got.len);

    said = verify_report(&challenge, &got);
    ck_assert_uint_gt(said.len, 0);
    ck_assert_ptr_nonnull(strstr((const char *)said.ptr, hash));
    free_rust_vec(said);
    ck_assert_uint_eq(verify_report(&other, &got).len, 0);
    ck_assert_uint_eq(verify_report(&challenge, NULL).len, 0);
    got.ptr[1500] ^= 1;
    ck_assert_uint_eq(verify_report(&challenge, &got).len, 0);
    free_rust_vec(got);
    free_rust_vec((Vec_uint8_t){NULL, 0, 0});
}
END_TEST

START_TEST(the_command_judges_the_same_report)
{
    FILE *file;
    char path[PATH_ROOM];

    snprintf(path, sizeof path, "%s/report", getenv("XDG_STATE_HOME"));
    file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, report.len, file), report.len);
    ck_assert_int_eq(fclose(file), 0);
    run("n=$(printf 'a nonce of 32 bytes, and an end' | od -An -tx1 | tr -d ' \n'); secgear verify "
        "report --policy policy.json --nonce $n >said && grep -q 'ACCEPTED' said && grep -q "
        "'origin' said");
    run("n=$(printf 'another' | od -An -tx1 | tr -d ' \n'); secgear verify report --policy "
        "policy.json --nonce $n >said; test $? = 1 && grep -q 'nonce: the evidence is not' said");
    run("secgear verify report --policy strict.json >said; test $? = 1 && grep -q 'origin: the "
        "enclave' said");
    run("secgear verify report >said; test $? = 1 && grep -q 'device_roots: a policy' said");
    run("secgear evidence show report >said && grep -q mrenclave said");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/ra_verify");
    TCase *tcase = tcase_of(suite, "ra_verify");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_report_is_accepted_by_policy_and_base_values);
    tcase_add_test(tcase, what_differs_has_its_code);
    tcase_add_test(tcase, a_line_twice_is_refused);
    tcase_add_test(tcase, arguments_are_checked);
    tcase_add_test(tcase, the_agents_interface_gets_and_judges);
    tcase_add_test(tcase, the_command_judges_the_same_report);
    return suite_main(suite);
}
