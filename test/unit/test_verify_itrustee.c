/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_itrustee.c - what is wrong with a report of iTrustee or the certificates under it,
 * one thing at a time, and the rule that says so. All of it is made from own keys; the payloads are
 * written here as cJSON prints them, without the verifier's own printer.
 */
#include "broken.h"
#include "counts.h"
#include "sg_ra_report_verify.h"
#include "support.h"
#include "wire/pem.h"
#include <stdarg.h>

enum { CA, DEVICE, AK, STRANGER, OWNERS };
enum { TEXT_ROOM = 16 << 10, RSA_SIZE = 256, NONCE_ROOM = 80 };

struct scheme {
    const char *version, *scenario, *sign_alg, *hash_alg;
};

struct forge {
    struct made ca, device, stranger;
    EVP_PKEY *trusted, *endorser, *signer, *endorsed;
    struct scheme report, endorsement;
    bool pkcs1_endorsement, pkcs1_report;
    bool no_chain, broken_chain, with_log, other_log, envelope_zero;
    size_t nonce_size, img_size, mem_size, qta_size;
    const char *handler, *kty, *exponent, *extra; /* extra: a member of the payload, as it is */
    /* A change after all was signed: the first place of a text, and what stands there then. */
    const char *find, *put;
};

static EVP_PKEY *keys[OWNERS], *small_key;
static const char LOG[] = "10 aaaa ima-ng sha256:00 /bin/sh\n";

static void keys_make(void)
{
    for (size_t i = 0; i < OWNERS; i++)
        keys[i] = EVP_RSA_gen(2048);
    small_key = EVP_RSA_gen(1024);
}

static void forge_start(struct forge *f)
{
    static const struct scheme SCHEME = {"TEE.RA.1.0", "sce_no_as", "PS256", "HS256"};

    memset(f, 0, sizeof *f);
    f->ca = (struct made){.name = "Product CA",
                          .key = keys[CA],
                          .ca = true,
                          .serial = 1,
                          .usage = "critical,keyCertSign,cRLSign"};
    f->device = (struct made){.name = "device",
                              .key = keys[DEVICE],
                              .issuer = &f->ca,
                              .serial = 2,
                              .no_constraints = true,
                              .usage = "critical,digitalSignature"};
    made_valid(&f->ca);
    made_valid(&f->device);
    f->trusted = keys[CA];
    f->endorser = keys[DEVICE];
    f->signer = f->endorsed = keys[AK];
    f->report = f->endorsement = SCHEME;
    f->nonce_size = 16;
    f->img_size = f->mem_size = f->qta_size = 32;
    f->handler = "report-output";
    f->kty = "RSA";
}

static void url_put(FILE *out, struct view bytes)
{
    static uint8_t room[TEXT_ROOM];
    struct writer w = writer_over(room, sizeof room);

    base64url_encode(bytes, &w);
    ck_assert(!w.failed);
    fwrite(room, 1, w.size, out);
}

static void bytes_member(FILE *out, const char *name, uint8_t byte, size_t size)
{
    uint8_t bytes[NONCE_ROOM];

    memset(bytes, byte, sizeof bytes);
    fprintf(out, "\t\"%s\":\t\"", name);
    url_put(out, view_of(bytes, size));
    fputs("\",\n", out);
}

static void number_member(FILE *out, const char *name, EVP_PKEY *key, const char *param)
{
    BIGNUM *number = NULL;
    uint8_t bytes[RSA_SIZE];
    int size;

    ck_assert_int_eq(EVP_PKEY_get_bn_param(key, param, &number), 1);
    size = BN_bn2bin(number, bytes);
    fprintf(out, "\t\t\"%s\":\t\"", name);
    url_put(out, view_of(bytes, (size_t)size));
    fputc('"', out);
    BN_free(number);
}

static void scheme_members(FILE *out, const struct scheme *s)
{
    fprintf(out,
            "\t\"version\":\t\"%s\",\n\t\"timestamp\":\t\"95581178870534\",\n"
            "\t\"scenario\":\t\"%s\",\n\t\"sign_alg\":\t\"%s\",\n\t\"hash_alg\":\t\"%s\",\n",
            s->version, s->scenario, s->sign_alg, s->hash_alg);
}

/* With a log, the second half of the nonce is its digest. */
static void nonce_member(FILE *out, const struct forge *f)
{
    uint8_t nonce[NONCE_ROOM];

    memset(nonce, 0x44, sizeof nonce);
    if (f->with_log)
        ck_assert(sha256(view_text(LOG), nonce + 32));
    fputs("\t\"nonce\":\t\"", out);
    url_put(out, view_of(nonce, f->nonce_size));
    fputs("\",\n", out);
}

static char *payload_make(const struct forge *f)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fputs("{\n", out);
    scheme_members(out, &f->report);
    nonce_member(out, f);
    if (f->extra != NULL)
        fputs(f->extra, out);
    fputs("\t\"key\":\t{\n\t\t\"enc_key\":\t\"\"\n\t},\n"
          "\t\"uuid\":\t\"11111111-1111-1111-1111-111111111111\",\n",
          out);
    bytes_member(out, "ta_img", 0x4d, f->img_size);
    bytes_member(out, "ta_mem", 0x55, f->mem_size);
    fputs("\t\"tcb\":\t\"\"\n}", out);
    fclose(out);
    return text;
}

static char *endorsement_make(const struct forge *f)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fputs("{\n", out);
    scheme_members(out, &f->endorsement);
    bytes_member(out, "qta_img", 0x11, f->qta_size);
    bytes_member(out, "qta_mem", 0x22, 32);
    fprintf(out, "\t\"tcb\":\t\"\",\n\t\"ak_pub\":\t{\n\t\t\"kty\":\t\"%s\",\n", f->kty);
    number_member(out, "n", f->endorsed, OSSL_PKEY_PARAM_RSA_N);
    fputs(",\n", out);
    if (f->exponent != NULL)
        fprintf(out, "\t\t\"e\":\t\"%s\"", f->exponent);
    else
        number_member(out, "e", f->endorsed, OSSL_PKEY_PARAM_RSA_E);
    fputs("\n\t}\n}", out);
    fclose(out);
    return text;
}

/* Over base64url of the text. */
static void signature_put(FILE *out, const char *text, EVP_PKEY *key, bool pkcs1)
{
    static uint8_t room[TEXT_ROOM];
    struct writer w = writer_over(room, sizeof room);
    struct made signer = {.key = key};
    EVP_MD_CTX *ctx = made_signer(&signer, !pkcs1, EVP_sha256());
    uint8_t signature[RSA_SIZE];
    size_t size = sizeof signature;

    base64url_encode(view_text(text), &w);
    ck_assert(!w.failed);
    ck_assert_int_eq(EVP_DigestSign(ctx, signature, &size, room, w.size), 1);
    EVP_MD_CTX_free(ctx);
    url_put(out, view_of(signature, size));
}

/* base64url of base64 of the certificate, as devices have it. */
static void device_put(FILE *out, const struct forge *f)
{
    static uint8_t room[TEXT_ROOM];
    struct writer w = writer_over(room, sizeof room);
    struct buf der = made_issue(&f->device);

    base64_encode(buf_view(&der), &w);
    ck_assert(!w.failed);
    url_put(out, writer_view(&w));
    buf_free(&der);
}

static char *report_make(const struct forge *f, size_t *ret_size)
{
    char *payload = payload_make(f), *endorsement = endorsement_make(f), *text = NULL, *at;
    FILE *out = open_memstream(&text, ret_size);

    fputs("{\"report_sign\":{\"sce_no_as\":\"", out);
    signature_put(out, payload, f->signer, f->pkcs1_report);
    fputs("\"},\"akcert\":{\"sce_no_as\":{\"signature\":{\"drk_cert\":\"", out);
    device_put(out, f);
    fputs("\",\"drk_sign\":\"", out);
    signature_put(out, endorsement, f->endorser, f->pkcs1_endorsement);
    fprintf(out, "\"},\"payload\":%s}},\"payload\":%s,\"handler\":\"%s\"}", endorsement, payload,
            f->handler);
    if (f->envelope_zero)
        fputc('\0', out);
    fclose(out);
    if (f->find != NULL) {
        at = strstr(text, f->find);
        ck_assert_msg(at != NULL && strlen(f->find) == strlen(f->put), "%s", f->find);
        memcpy(at, f->put, strlen(f->put));
    }
    free(payload);
    free(endorsement);
    return text;
}

static json_t *forge_build(struct forge *f, struct rig *rig)
{
    static const uint8_t NONCE[32] = {[0 ... 31] = 0x44};
    size_t size;
    char *report = report_make(f, &size);

    rig_bytes(rig, true, "report", view_of(report, size));
    free(report);
    if (!f->no_chain)
        rig_put(rig, false, "issuer_chain.pem", made_issue(&f->ca));
    if (f->broken_chain)
        rig_bytes(rig, false, "issuer_chain.pem", view_text("no certificate"));
    if (f->with_log || f->other_log)
        rig_bytes(rig, true, "ima", view_text(f->other_log ? "another log\n" : LOG));
    rig->now_s = BROKEN_NOW_S;
    rig->nonce = view_of(NONCE, f->with_log ? 32 : 16);
    return pinning_policy("itrustee", f->trusted, "ta_img",
                          "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d");
}

CHANGE(nothing, (void)f)
CHANGE(zero_behind, f->envelope_zero = true)
CHANGE(with_log, f->with_log = true; f->nonce_size = 64)
CHANGE(untrusted, f->trusted = keys[STRANGER])
CHANGE(chain_missing, f->no_chain = true)
CHANGE(device_signs_itself, f->ca.key = keys[DEVICE])
CHANGE(chain_broken, f->broken_chain = true)
CHANGE(device_unlinked, f->device.issuer = NULL)
CHANGE(device_by_other, f->stranger = f->ca; f->stranger.key = keys[STRANGER];
       f->device.issuer = &f->stranger)
CHANGE(ca_by_other, f->stranger = f->ca; f->stranger.key = keys[STRANGER];
       f->ca.issuer = &f->stranger)
CHANGE(device_expired, f->device.until_s = BROKEN_NOW_S - 1)
CHANGE(device_early, f->device.from_s = BROKEN_NOW_S + 1)
CHANGE(ca_expired, f->ca.until_s = BROKEN_NOW_S - 1)
CHANGE(ca_early, f->ca.from_s = BROKEN_NOW_S + 1)
CHANGE(ca_is_none, f->ca.ca = false)
CHANGE(ca_says_nothing, f->ca.no_constraints = true)
CHANGE(ca_usage, f->ca.usage = "critical,cRLSign")
CHANGE(device_usage, f->device.usage = "critical,keyAgreement")
CHANGE(device_is_ca, f->device.no_constraints = false; f->device.ca = true)
CHANGE(device_critical, f->device.critical = true)
CHANGE(endorsed_by_other, f->endorser = keys[STRANGER])
CHANGE(endorsed_by_itself, f->endorser = keys[AK])
CHANGE(endorsed_by_ca, f->endorser = keys[CA])
CHANGE(endorsed_pkcs1, f->pkcs1_endorsement = true)
CHANGE(signed_by_other, f->signer = keys[STRANGER])
CHANGE(signed_by_device, f->signer = keys[DEVICE])
CHANGE(signed_pkcs1, f->pkcs1_report = true)
CHANGE(key_replaced, f->endorsed = keys[STRANGER])
CHANGE(key_small, f->endorsed = f->signer = small_key)
CHANGE(key_of_curve, f->kty = "EC")
CHANGE(exponent_one, f->exponent = "AQ")
CHANGE(report_version, f->report.version = "TEE.RA.2.0")
CHANGE(report_scenario, f->report.scenario = "sce_as_no_daa")
CHANGE(report_algorithm, f->report.sign_alg = "RS256")
CHANGE(report_hash, f->report.hash_alg = "HS512")
CHANGE(endorsement_version, f->endorsement.version = "TEE.RA.2.0")
CHANGE(endorsement_scenario, f->endorsement.scenario = "sce_as_no_daa")
CHANGE(endorsement_algorithm, f->endorsement.sign_alg = "RS256")
CHANGE(endorsement_hash, f->endorsement.hash_alg = "HS512")
CHANGE(img_short, f->img_size = 31)
CHANGE(mem_long, f->mem_size = 33)
CHANGE(qta_short, f->qta_size = 16)
CHANGE(nonce_none, f->nonce_size = 0)
CHANGE(nonce_long, f->nonce_size = 65)
CHANGE(nonce_other, f->nonce_size = 17)
CHANGE(handler_other, f->handler = "provisioning-output")
CHANGE(member_twice, f->extra = "\t\"uuid\":\t\"x\",\n")
CHANGE(member_null, f->extra = "\t\"x\":\tnull,\n")
CHANGE(member_fraction, f->extra = "\t\"x\":\t1.5,\n")
CHANGE(uuid_changed, f->find = "11111111-1111"; f->put = "21111111-1111")
CHANGE(quoter_changed, f->find = "\"qta_img\":\t\"ERER"; f->put = "\"qta_img\":\t\"IRER")
CHANGE(tcb_changed, f->find = "\"timestamp\":\t\"955"; f->put = "\"timestamp\":\t\"956")
CHANGE(name_changed, f->find = "\"enc_key\""; f->put = "\"enc_kez\"")
CHANGE(trailing, f->find = "-output\"}"; f->put = "-output}\"")
CHANGE(cert_broken, f->find = "\"drk_cert\":\"T"; f->put = "\"drk_cert\":\"A")
CHANGE(log_other, f->with_log = f->other_log = true; f->nonce_size = 64)
CHANGE(log_unbound, f->other_log = true)
CHANGE(log_short_nonce, f->with_log = true; f->nonce_size = 63)

static const struct {
    void (*change)(struct forge *f);
    const char *rule;
} ROWS[] = {
    {nothing, NULL},
    {zero_behind, NULL},
    {with_log, NULL},
    {untrusted, "root"},
    {chain_missing, "chain"},
    {device_signs_itself, "root"},
    {chain_broken, "collateral_format"},
    {device_unlinked, "chain"},
    {device_by_other, "signature"},
    {ca_by_other, "signature"},
    {device_expired, "dates"},
    {device_early, "dates"},
    {ca_expired, "dates"},
    {ca_early, "dates"},
    {ca_is_none, "ca"},
    {ca_says_nothing, "ca"},
    {ca_usage, "key_usage"},
    {device_usage, "key_usage"},
    {device_is_ca, "ca"},
    {device_critical, "critical"},
    {endorsed_by_other, "signature"},
    {endorsed_by_itself, "signature"},
    {endorsed_by_ca, "signature"},
    {endorsed_pkcs1, "signature"},
    {signed_by_other, "signature"},
    {signed_by_device, "signature"},
    {signed_pkcs1, "signature"},
    {key_replaced, "signature"},
    {key_small, "key"},
    {key_of_curve, "key"},
    {exponent_one, "key"},
    {report_version, "format"},
    {report_scenario, "format"},
    {report_algorithm, "format"},
    {report_hash, "format"},
    {endorsement_version, "format"},
    {endorsement_scenario, "format"},
    {endorsement_algorithm, "format"},
    {endorsement_hash, "format"},
    {img_short, "format"},
    {mem_long, "format"},
    {qta_short, "format"},
    {nonce_none, "format"},
    {nonce_long, "format"},
    {nonce_other, "nonce"},
    {handler_other, "format"},
    {member_null, "signature"},
    {member_fraction, "signature"},
    {uuid_changed, "signature"},
    {quoter_changed, "signature"},
    {tcb_changed, "signature"},
    {name_changed, "signature"},
    {cert_broken, "format"},
    {log_other, "log.ima"},
    {log_unbound, "log.ima"},
    {log_short_nonce, "log.ima"},
};

START_TEST(each_broken_thing_is_refused_by_its_rule)
{
    static struct forge f;
    struct rig rig = {0};
    json_t *policy;

    forge_start(&f);
    ROWS[_i].change(&f);
    policy = forge_build(&f, &rig);
    judged_as(&rig, "itrustee", policy, ROWS[_i].rule, _i);
}
END_TEST

/* What is no JSON of one meaning is not even taken for such a report. */
START_TEST(text_of_two_meanings_is_refused)
{
    static void (*const CHANGES[])(struct forge * f) = {member_twice, trailing};

    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
        static struct forge f;
        struct rig rig = {0};
        struct cc_verify_result *v;
        json_t *policy;

        forge_start(&f);
        CHANGES[i](&f);
        policy = forge_build(&f, &rig);
        v = rig_judge(&rig, "itrustee", policy);
        ck_assert(v->verdict == CC_VERIFY_REFUSED && has_reason(v, "format"));
        free(v);
        json_decref(policy);
        rig_free(&rig);
    }
}
END_TEST

START_TEST(under_huaweis_own_keys_it_is_refused)
{
    static struct forge f;
    struct rig rig = {0};

    forge_start(&f);
    json_decref(forge_build(&f, &rig));
    judged_as(&rig, "itrustee", NULL, "root", 0);
}
END_TEST

__attribute__((format(printf, 1, 2))) static int system_format(const char *format, ...)
{
    char command[4 * FOLDER_ROOM];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    return system(command); /* a test may */
}

/* One line of base values, the policy and the collateral of a user, in folders of their own. */
static void user_make(const char *home, const json_t *policy, struct rig *rig)
{
    const struct buf *chain = &rig_part(rig, false, "issuer_chain.pem")->bytes;
    char path[2 * FOLDER_ROOM];
    FILE *file;

    snprintf(path, sizeof path, "%s/config/secgear/collateral", home);
    ck_assert_int_eq(system_format("mkdir -p %s %s/given", path, home), 0);
    snprintf(path, sizeof path, "%s/given/issuer_chain.pem", home);
    file = fopen(path, "w");
    ck_assert(file != NULL && fwrite(chain->data, 1, chain->size, file) == chain->size);
    fclose(file);
    snprintf(path, sizeof path, "%s/policy.json", home);
    ck_assert_int_eq(json_dump_file(policy, path, 0), 0);
    setenv("SECGEAR_POLICY", path, 1);
    snprintf(path, sizeof path, "%s/base", home);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("11111111-1111-1111-1111-111111111111 ", file);
    for (size_t i = 0; i < 64; i++)
        fprintf(file, "%s%s", i < 32 ? "4d" : "55", i == 31 ? " " : "");
    fputc('\n', file);
    fclose(file);
    snprintf(path, sizeof path, "%s/config", home);
    setenv("XDG_CONFIG_HOME", path, 1);
}

/* The function of the SDK takes no collateral: the user has some, in a folder. */
START_TEST(the_sdk_finds_the_chain_where_its_user_keeps_collateral)
{
    static struct forge f;
    static uint8_t nonce[16] = {[0 ... 15] = 0x44};
    cc_ra_buf_t asked = {sizeof nonce, nonce}, report;
    char home[FOLDER_ROOM], path[2 * FOLDER_ROOM], base[2 * FOLDER_ROOM];
    struct rig rig = {0};
    struct buf *text;

    forge_start(&f);
    f.ca.until_s = f.device.until_s = BROKEN_NOW_S + 100 * BROKEN_YEAR_S; /* by the real clock */
    folder_fresh(home);
    json_t *policy = forge_build(&f, &rig);
    user_make(home, policy, &rig);
    snprintf(base, sizeof base, "%s/base", home);
    text = &rig_part(&rig, true, "report")->bytes;
    report = (cc_ra_buf_t){(uint32_t)text->size, text->data};

    snprintf(path, sizeof path, "%s/given", home);
    setenv("SECGEAR_COLLATERAL", path, 1);
    ck_assert_msg(cc_verify_report(&report, &asked, CC_RA_VERIFY_TYPE_STRICT, base) == CC_SUCCESS,
                  "%s", detail_get());
    setenv("SECGEAR_COLLATERAL", "/nowhere", 1);
    ck_assert_int_eq(cc_verify_report(&report, &asked, CC_RA_VERIFY_TYPE_STRICT, base),
                     CC_ERROR_RA_REPORT_VERIFY_SIGNATURE);
    ck_assert_ptr_nonnull(strstr(detail_get(), "/nowhere: there is no such file or folder"));

    unsetenv("SECGEAR_COLLATERAL");
    ck_assert_int_eq(system_format("mv %s/given/* %s/config/secgear/collateral/", home, home), 0);
    ck_assert_msg(cc_verify_report(&report, &asked, CC_RA_VERIFY_TYPE_STRICT, base) == CC_SUCCESS,
                  "%s", detail_get());
    ck_assert_int_eq(system_format("rm -r %s/config/secgear", home), 0);
    ck_assert_int_eq(cc_verify_report(&report, &asked, CC_RA_VERIFY_TYPE_STRICT, base),
                     CC_ERROR_RA_REPORT_VERIFY_SIGNATURE);
    if (access("/etc/secgear/collateral", F_OK) != 0) {
        ck_assert_ptr_nonnull(strstr(detail_get(), "issuer_chain.pem expected"));
        ck_assert_ptr_nonnull(strstr(detail_get(), "SECGEAR_COLLATERAL"));
    }
    json_decref(policy);
    rig_free(&rig);
}
END_TEST

/* White space between the members is the one thing that nobody signs. */
START_TEST(no_flipped_bit_of_a_report_passes)
{
    static struct forge f;
    struct rig rig = {0};
    struct view text;
    json_t *policy;
    uint8_t *data;

    forge_start(&f);
    policy = forge_build(&f, &rig);
    text = buf_view(&rig_part(&rig, true, "report")->bytes);
    data = rig_part(&rig, true, "report")->bytes.data;
    for (size_t bit = 0; bit < 8 * text.size; bit += count_of(COUNT_BITS_APART)) {
        struct cc_verify_result *v;

        if (strchr("\t\n", data[bit / 8]) != NULL)
            continue;
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        v = rig_judge(&rig, "itrustee", policy);
        ck_assert_msg(v->verdict == CC_VERIFY_REFUSED, "bit %zu of byte %zu: accepted", bit % 8,
                      bit / 8);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        free(v);
    }
    json_decref(policy);
    rig_free(&rig);
}
END_TEST

START_TEST(no_truncated_report_passes)
{
    static struct forge f;
    struct rig rig = {0};
    json_t *policy;
    struct buf *bytes;

    forge_start(&f);
    policy = forge_build(&f, &rig);
    bytes = &rig_part(&rig, true, "report")->bytes;
    while (bytes->size-- > 1) {
        struct cc_verify_result *v = rig_judge(&rig, "itrustee", policy);

        ck_assert_msg(v->verdict == CC_VERIFY_REFUSED, "%zu bytes: accepted", bytes->size);
        free(v);
    }
    json_decref(policy);
    rig_free(&rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/itrustee");
    TCase *tcase = tcase_of(suite, "forged");

    tcase_add_unchecked_fixture(tcase, keys_make, NULL);
    tcase_add_loop_test(tcase, each_broken_thing_is_refused_by_its_rule, 0,
                        sizeof ROWS / sizeof ROWS[0]);
    tcase_add_test(tcase, text_of_two_meanings_is_refused);
    tcase_add_test(tcase, under_huaweis_own_keys_it_is_refused);
    tcase_add_test(tcase, the_sdk_finds_the_chain_where_its_user_keeps_collateral);
    tcase_add_test(tcase, no_flipped_bit_of_a_report_passes);
    tcase_add_test(tcase, no_truncated_report_passes);
    return suite_main(suite);
}
