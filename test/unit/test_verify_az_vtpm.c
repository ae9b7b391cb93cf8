/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_az_vtpm.c - what is wrong with a quote of Azure's vTPM, the HCL report that vouches
 * for its key, or the SNP report or TD quote under that, one thing at a time, and the rule that
 * says so. All of it is made from own keys.
 */
#include "forge_intel.h"
#include "forge_snp.h"
#include "forge_tpm.h"
#include "support.h"
#include "wire/pem.h"

enum { HCL_SIZE = 2600, HCL_DATA_AT = 1236, HCL_HARDWARE_AT = 32, DATA_ROOM = 4096 };
enum { HCL_SNP = 2, HCL_TDX = 4, RSA_SIZE = 256 };

struct forge {
    bool td;
    struct snp_made snp;
    struct intel tdx;
    struct tpm_made tpm;
    EVP_PKEY *ak, *trusted;
    const char *magic, *kid, *kty, *extra; /* extra: a member of the key, as it is */
    uint32_t type, hash, bound_hash;
    uint32_t more_size;                /* than there is */
    uint8_t data_flip, rest, pcr_flip; /* rest: the last byte of the report data */
    bool other_data, sgx_quote, no_quote, no_pcrs, no_tcb, pcrs_only;
    char data[DATA_ROOM];
    uint8_t bytes[HCL_SIZE];
};

static struct snp_keys snp_keys;
static EVP_PKEY *ak_key, *other_key, *small_key;

static void keys_make(void)
{
    snp_keys_make(&snp_keys);
    ak_key = EVP_RSA_gen(2048);
    other_key = EVP_RSA_gen(2048);
    small_key = EVP_RSA_gen(1024);
}

static void forge_start(struct forge *f, bool td)
{
    memset(f, 0, sizeof *f);
    f->td = td;
    snp_start(&f->snp, &snp_keys);
    intel_make(&f->tdx, true, 4);
    tpm_start(&f->tpm, ak_key);
    f->tpm.bare_rsa = true;
    for (size_t i = 0; i < TPM_PCRS; i++)
        memset(f->tpm.registers[i], (int)i + 1, sizeof f->tpm.registers[i]);
    f->ak = ak_key;
    f->trusted = td ? f->tdx.root.key : snp_keys.ark;
    f->magic = "HCLA";
    f->kid = "HCLAkPub";
    f->kty = "RSA";
    f->extra = "";
    f->type = td ? HCL_TDX : HCL_SNP;
    f->hash = f->bound_hash = 1;
}

static void number_put(struct writer *w, EVP_PKEY *key)
{
    uint8_t bytes[RSA_SIZE];
    BIGNUM *n = NULL;
    int size;

    ck_assert_int_eq(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
    size = BN_bn2bin(n, bytes);
    base64url_encode(view_of(bytes, (size_t)size), w);
    BN_free(n);
}

/* The runtime data: keys of the vTPM. */
static void data_make(struct forge *f, EVP_PKEY *ak)
{
    uint8_t n[512];
    struct writer w = writer_over(n, sizeof n - 1);

    number_put(&w, ak);
    n[w.size] = '\0';
    snprintf(f->data, sizeof f->data,
             "{\"keys\":[{\"kid\":\"HCLEkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AQ\"},"
             "{\"kid\":\"%s\",\"key_ops\":[\"sign\"],\"kty\":\"%s\",%s\"e\":\"AQAB\","
             "\"n\":\"%s\"}],\"vm-configuration\":{\"secure-boot\":true},\"user-data\":\"00\"}",
             f->kid, f->kty, f->extra, (const char *)n);
}

/* What the hardware vouches for. */
static void bind(const struct forge *f, uint8_t *ret_report_data)
{
    static const enum hash_alg HASHES[] = {HASH_SHA256, HASH_SHA256, HASH_SHA384, HASH_SHA512};

    memset(ret_report_data, 0, 64);
    ck_assert(hash_digest(HASHES[f->bound_hash], view_text(f->data), ret_report_data));
    ret_report_data[63] ^= f->rest;
}

static void hcl_make(struct forge *f)
{
    struct writer w = writer_over(f->bytes, sizeof f->bytes);
    size_t size = strlen(f->data);

    memset(f->bytes, 0, sizeof f->bytes);
    writer_put(&w, view_of(f->magic, 4));
    writer_le32(&w, 2);
    w.size = HCL_HARDWARE_AT;
    writer_put(&w, VIEW_OF(f->snp.report));
    writer_le32(&w, (uint32_t)size + 20);
    writer_le32(&w, 1);
    writer_le32(&w, f->type);
    writer_le32(&w, f->hash);
    writer_le32(&w, (uint32_t)size + f->more_size);
    ck_assert_uint_eq(w.size, HCL_DATA_AT);
    writer_put(&w, view_text(f->data));
    ck_assert(!w.failed);
    f->bytes[HCL_DATA_AT + 20] ^= f->data_flip;
}

static void tdx_put(struct forge *f, struct rig *rig)
{
    struct buf quote;

    intel_build(&f->tdx, rig);
    ck_assert(buf_copy(&quote, buf_view(&rig_part(rig, true, "quote")->bytes)));
    rig_put(rig, true, "td_quote", quote);
    if (f->sgx_quote) {
        struct intel sgx;

        intel_make(&sgx, false, 3);
        rig_put(rig, true, "td_quote", intel_quote(&sgx));
        intel_free(&sgx);
    }
    if (f->no_quote)
        rig_drop(rig, true, "td_quote");
    if (f->no_tcb)
        rig_drop(rig, false, "tcb_info.json");
}

static json_t *forge_policy(const struct forge *f)
{
    if (f->pcrs_only)
        return pinning_policy("az-vtpm", f->trusted, "pcr4",
                              "0505050505050505050505050505050505050505050505050505050505050505");
    return pinning_policy("az-vtpm", f->trusted, f->td ? "mrtd" : "measurement", SNP_MEASUREMENT);
}

static json_t *forge_build(struct forge *f, struct rig *rig)
{
    uint8_t pcrs[TPM_PCRS * 32];

    data_make(f, f->ak);
    bind(f, f->snp.report + 0x50);
    bind(f, f->tdx.body + 520);
    snp_sign(&f->snp);
    if (f->other_data) /* the hardware's word about one vTPM beside the key of another */
        data_make(f, f->tpm.signer = other_key);
    hcl_make(f);
    rig_bytes(rig, true, "hcl_report", VIEW_OF(f->bytes));
    if (f->td)
        tdx_put(f, rig);
    else
        snp_collateral(&f->snp, rig);
    memcpy(pcrs, f->tpm.registers, sizeof pcrs);
    pcrs[5] ^= f->pcr_flip;
    tpm_evidence(&f->tpm, rig);
    if (!f->no_pcrs)
        rig_bytes(rig, true, "pcrs", VIEW_OF(pcrs));
    rig->now_s = BROKEN_NOW_S;
    rig->nonce = view_text("DDDD");
    return forge_policy(f);
}

CHANGE(nothing, (void)f)
CHANGE(with_sha384, f->hash = f->bound_hash = 2)
CHANGE(with_sha512, f->hash = f->bound_hash = 3)
/* The quote and the registers. */
CHANGE(quote_by_other, f->tpm.signer = other_key)
CHANGE(quote_magic, f->tpm.magic = 0xfe)
CHANGE(quote_certify, f->tpm.type = 0x17)
CHANGE(quote_longer, f->tpm.trailing = 1)
CHANGE(bank_sha1, f->tpm.bank = TCG_SHA1)
CHANGE(digest_other, f->tpm.digest_flip = 1)
CHANGE(pcr_other, f->pcr_flip = 1)
CHANGE(pcrs_missing, f->no_pcrs = true)
/* The key in the runtime data, and what binds it. */
CHANGE(key_unnamed, f->kid = "HCLXkPub")
CHANGE(key_twice, f->extra = "\"kid\":\"HCLAkPub\",")
CHANGE(key_kind, f->kty = "oct")
CHANGE(key_small, f->ak = f->tpm.signer = small_key)
CHANGE(data_changed, f->data_flip = 1)
CHANGE(data_of_other, f->other_data = true)
CHANGE(bound_by_other_hash, f->bound_hash = 2)
CHANGE(bound_and_more, f->rest = 1)
CHANGE(type_unknown, f->type = 3)
CHANGE(type_other, f->type = f->td ? HCL_SNP : HCL_TDX)
CHANGE(hash_none, f->hash = 0)
CHANGE(hash_unknown, f->hash = 4)
CHANGE(data_longer, f->more_size = HCL_SIZE)
CHANGE(data_huge, f->more_size = UINT32_MAX - 4096)
CHANGE(magic_other, f->magic = "HCLB")
CHANGE(registers_alone, f->pcrs_only = true)
CHANGE(untrusted, f->trusted = other_key)
/* SNP under it. */
CHANGE(snp_by_other, f->snp.signer = snp_keys.other)
CHANGE(snp_vek_by_root, f->snp.vek.issuer = &f->snp.ark)
CHANGE(snp_vek_by_stranger, f->snp.stranger = f->snp.ask; f->snp.stranger.key = snp_keys.ark;
       f->snp.vek.issuer = &f->snp.stranger)
CHANGE(snp_ask_by_stranger, f->snp.stranger = f->snp.ark; f->snp.stranger.key = snp_keys.ask;
       f->snp.ask.issuer = &f->snp.stranger)
CHANGE(snp_vek_expired, f->snp.vek.until_s = BROKEN_NOW_S - 1)
CHANGE(snp_vek_early, f->snp.vek.from_s = BROKEN_NOW_S + 1)
CHANGE(snp_ask_expired, f->snp.ask.until_s = BROKEN_NOW_S - 1)
CHANGE(snp_ask_revoked, f->snp.revoked = 2)
CHANGE(snp_ask_no_ca, f->snp.ask.ca = false; f->snp.ask.path_len = NULL)
CHANGE(snp_tcb, f->snp.spl[8] = 0x72)
CHANGE(snp_chip, f->snp.hwid[0] = 0)
CHANGE(snp_product, f->snp.product = "Genoa")
CHANGE(snp_debug, f->snp.report[0x0a] |= 8)
CHANGE(snp_vmpl, f->snp.report[0x30] = 1)
CHANGE(snp_version, f->snp.report[0] = 1)
CHANGE(snp_measurement, f->snp.report[0x90] = 0)
/* TDX under it. */
CHANGE(td_by_other, f->tdx.quote_key = f->tdx.other)
CHANGE(td_qe_by_other, f->tdx.qe_key = f->tdx.other)
CHANGE(td_qe_about_other, f->tdx.keep_qe_data = true)
CHANGE(td_pck_by_other, f->tdx.pck.issuer = &f->tdx.signer)
CHANGE(td_pck_expired, f->tdx.pck.until_s = INTEL_NOW_S - 1)
CHANGE(td_ca_expired, f->tdx.ca.until_s = INTEL_NOW_S - 1)
CHANGE(td_pck_revoked, f->tdx.ca_revokes = PCK_SERIAL)
CHANGE(td_info_by_other, f->tdx.tcb_key = f->tdx.other)
CHANGE(td_info_old, f->tdx.next = "2025-10-09T08:53:19Z")
CHANGE(td_identity_by_other, f->tdx.identity_key = f->tdx.other)
CHANGE(td_level_lower, f->tdx.pck_svn = 4)
CHANGE(td_below_all, f->tdx.pck_svn = 1)
CHANGE(td_module, f->tdx.module_id = "TDX_02")
CHANGE(td_debug, f->tdx.body[120] |= 1)
CHANGE(td_measurement, f->tdx.body[136] ^= 1)
CHANGE(td_quote_of_enclave, f->sgx_quote = true)
CHANGE(td_quote_missing, f->no_quote = true)
CHANGE(td_collateral, f->no_tcb = true)

enum { SNP = 1, TDX = 2, BOTH = 3 };
static const struct row {
    void (*change)(struct forge *f);
    const char *rule;
    int which;
} ROWS[] = {
    {nothing, NULL, BOTH},
    {with_sha384, NULL, BOTH},
    {with_sha512, NULL, BOTH},
    {quote_by_other, "signature", BOTH},
    {quote_magic, "format", BOTH},
    {quote_certify, "format", BOTH},
    {quote_longer, "format", BOTH},
    {bank_sha1, "pcr_bank", BOTH},
    {digest_other, "pcr_digest", BOTH},
    {pcr_other, "pcr_digest", BOTH},
    {pcrs_missing, "format", BOTH},
    {key_unnamed, "key", BOTH},
    {key_twice, "key", BOTH},
    {key_kind, "key", BOTH},
    {key_small, "key", BOTH},
    {data_changed, "binding", BOTH},
    {data_of_other, "binding", BOTH},
    {bound_by_other_hash, "binding", BOTH},
    {bound_and_more, "binding", BOTH},
    {type_unknown, "format", BOTH},
    {type_other, "format", SNP},
    {type_other, "collateral_format", TDX}, /* AMD's is not there */
    {hash_none, "format", BOTH},
    {hash_unknown, "format", BOTH},
    {data_longer, "format", BOTH},
    {data_huge, "format", BOTH},
    {registers_alone, "identity", BOTH},
    {untrusted, "root", BOTH},
    {snp_by_other, "signature", SNP},
    {snp_vek_by_root, "chain", SNP},
    {snp_vek_by_stranger, "signature", SNP},
    {snp_ask_by_stranger, "signature", SNP},
    {snp_vek_expired, "dates", SNP},
    {snp_vek_early, "dates", SNP},
    {snp_ask_expired, "dates", SNP},
    {snp_ask_revoked, "revoked", SNP},
    {snp_ask_no_ca, "ca", SNP},
    {snp_tcb, "reported_tcb", SNP},
    {snp_chip, "chip_id", SNP},
    {snp_product, "product", SNP},
    {snp_debug, "debug", SNP},
    {snp_vmpl, "vmpl", SNP},
    {snp_version, "format", SNP},
    {snp_measurement, "measurement", SNP},
    {td_by_other, "signature", TDX},
    {td_qe_by_other, "signature", TDX},
    {td_qe_about_other, "binding", TDX},
    {td_pck_by_other, "chain", TDX},
    {td_pck_expired, "dates", TDX},
    {td_ca_expired, "dates", TDX},
    {td_pck_revoked, "revoked", TDX},
    {td_info_by_other, "signature", TDX},
    {td_info_old, "dates", TDX},
    {td_identity_by_other, "signature", TDX},
    {td_level_lower, "tcb_status", TDX},
    {td_below_all, "tcb_level", TDX},
    {td_module, "tdx_module", TDX},
    {td_debug, "debug", TDX},
    {td_measurement, "mrtd", TDX},
    {td_quote_of_enclave, "format", TDX},
    {td_quote_missing, "format", TDX},
    {td_collateral, "collateral", TDX},
};

static void row_judge(const struct row *row, int index, bool td)
{
    static struct forge f;
    struct rig rig = {0};
    json_t *policy;

    forge_start(&f, td);
    row->change(&f);
    policy = forge_build(&f, &rig);
    judged_as(&rig, "az-vtpm", policy, row->rule, index);
    intel_free(&f.tdx);
}

START_TEST(each_broken_thing_is_refused_by_its_rule)
{
    if ((ROWS[_i].which & SNP) != 0)
        row_judge(&ROWS[_i], _i, false);
    if ((ROWS[_i].which & TDX) != 0)
        row_judge(&ROWS[_i], _i, true);
}
END_TEST

START_TEST(what_is_no_hcl_report_is_refused)
{
    static struct forge f;
    struct rig rig = {0};
    struct cc_verify_result *v;
    json_t *policy;

    forge_start(&f, false);
    magic_other(&f);
    policy = forge_build(&f, &rig);
    v = rig_judge(&rig, "az-vtpm", policy);
    ck_assert(v->verdict == CC_VERIFY_REFUSED && has_reason(v, "format"));
    free(v);
    json_decref(policy);
    rig_free(&rig);
    intel_free(&f.tdx);
}
END_TEST

/* The nonce is the quote's; what the hardware says is about the key. */
START_TEST(the_hardware_reports_own_data_is_no_nonce)
{
    static struct forge f;
    struct rig rig = {0};
    struct cc_verify_result *v;
    json_t *policy;

    forge_start(&f, _i == 1);
    policy = forge_build(&f, &rig);
    rig.nonce = f.td ? view_of(f.tdx.body + 520, 64) : view_of(f.snp.report + 0x50, 64);
    v = rig_judge(&rig, NULL, policy);
    ck_assert(v->verdict == CC_VERIFY_REFUSED && has_reason(v, "nonce"));
    free(v);
    json_decref(policy);
    rig_free(&rig);
    intel_free(&f.tdx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/az_vtpm");
    TCase *tcase = tcase_of(suite, "forged");

    tcase_add_unchecked_fixture(tcase, keys_make, NULL);
    tcase_add_loop_test(tcase, each_broken_thing_is_refused_by_its_rule, 0,
                        sizeof ROWS / sizeof ROWS[0]);
    tcase_add_test(tcase, what_is_no_hcl_report_is_refused);
    tcase_add_loop_test(tcase, the_hardware_reports_own_data_is_no_nonce, 0, 2);
    return suite_main(suite);
}
