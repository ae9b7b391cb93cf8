/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_snp.c - what is wrong with a SEV-SNP report or what stands under it, one thing at a
 * time, and the rule that says so. All of it is made from own keys.
 */
#include "broken.h"
#include "support.h"
#include "wire/snp_report.h"

enum { SPL_ROOM = 8 };

struct forge {
    struct made ark, ask, vek, stranger;
    uint8_t report[SNP_REPORT_SIZE];
    const char *product; /* of the certificate */
    uint8_t spl[10];     /* by their arcs */
    uint8_t hwid[64];
    size_t hwid_size;
    EVP_PKEY *signer; /* of the report */
    long revoked;
    bool no_crl;
    struct made *crl_issuer;
    bool turin;
};

static EVP_PKEY *ark_key, *ask_key, *vek_key, *other_key;

static void keys_make(void)
{
    ark_key = EVP_RSA_gen(2048);
    ask_key = EVP_RSA_gen(2048);
    vek_key = made_key("P-384");
    other_key = made_key("P-384");
}

static void forge_start(struct forge *f)
{
    memset(f, 0, sizeof *f);
    f->ark = (struct made){.name = "ARK-Milan",
                           .key = ark_key,
                           .ca = true,
                           .serial = 1,
                           .usage = "critical,keyCertSign,cRLSign",
                           .pss = true,
                           .md = EVP_sha384()};
    f->ask = (struct made){.name = "SEV-Milan",
                           .key = ask_key,
                           .issuer = &f->ark,
                           .ca = true,
                           .path_len = "0",
                           .serial = 2,
                           .usage = "critical,keyCertSign",
                           .pss = true,
                           .md = EVP_sha384()};
    f->vek = (struct made){.name = "SEV-VCEK",
                           .key = vek_key,
                           .issuer = &f->ask,
                           .serial = 3,
                           .no_constraints = true,
                           .pss = true,
                           .md = EVP_sha384()};
    made_valid(&f->ark);
    made_valid(&f->ask);
    made_valid(&f->vek);
    f->product = "Milan-B0";
    f->spl[1] = 3;
    f->spl[3] = 8;
    f->spl[8] = 0x73;
    memset(f->hwid, 0x77, sizeof f->hwid);
    f->hwid_size = 64;
    f->signer = vek_key;
    f->crl_issuer = &f->ark;
    f->report[0] = 2;
    f->report[0x0a] = 3; /* policy 0x30000 */
    f->report[0x34] = 1;
    memset(f->report + 0x50, 0x44, 64);
    memset(f->report + 0x90, 0x4d, 48);
    f->report[0x180] = 3;
    f->report[0x186] = 8;
    f->report[0x187] = 0x73;
    memset(f->report + 0x1a0, 0x77, 64);
}

static void turin_make(struct forge *f)
{
    static const uint8_t TCB[8] = {1, 2, 3, 4, 0, 0, 0, 5};

    f->turin = true;
    f->ark.name = "ARK-Turin";
    f->ask.name = "SEV-Turin";
    f->product = "Turin";
    f->hwid_size = 8;
    f->report[0] = 5;
    memcpy(f->report + 0x180, TCB, sizeof TCB);
    f->report[0x188] = 0x1a;
    f->report[0x189] = 2;
    memset(f->report + 0x1a8, 0, 56);
    f->spl[9] = 1;
    f->spl[1] = 2;
    f->spl[2] = 3;
    f->spl[3] = 4;
    f->spl[8] = 5;
}

/* Version 3 under a VLEK of Genoa. */
static void genoa_vlek_make(struct forge *f)
{
    f->ark.name = "ARK-Genoa";
    f->ask.name = "SEV-VLEK-Genoa";
    f->vek.name = "SEV-VLEK";
    f->product = "Genoa";
    f->hwid_size = 0;
    f->report[0] = 3;
    f->report[0x48] = 1 << 2;
    f->report[0x188] = 0x19;
    f->report[0x189] = 0x11;
    memset(f->report + 0x1a0, 0, 64);
}

static void extension_add(struct made *m, const char *oid, struct view value)
{
    m->extra[m->extra_count].oid = oid;
    m->extra[m->extra_count++].value = value;
}

static struct buf vek_issue(struct forge *f)
{
    static const char *const OIDS[] = {NULL,
                                       "1.3.6.1.4.1.3704.1.3.1",
                                       "1.3.6.1.4.1.3704.1.3.2",
                                       "1.3.6.1.4.1.3704.1.3.3",
                                       NULL,
                                       NULL,
                                       NULL,
                                       NULL,
                                       "1.3.6.1.4.1.3704.1.3.8",
                                       "1.3.6.1.4.1.3704.1.3.9"};
    uint8_t name[40], numbers[10][SPL_ROOM];
    struct writer n = writer_over(name, sizeof name);

    f->vek.extra_count = 0;
    der_put(&n, 0x16, view_text(f->product));
    if (f->product[0] != '\0')
        extension_add(&f->vek, "1.3.6.1.4.1.3704.1.2", writer_view(&n));
    for (size_t arc = 1; arc < 10; arc++) {
        struct writer w = writer_over(numbers[arc], SPL_ROOM);
        uint8_t wide[2] = {0, f->spl[arc]};

        if (OIDS[arc] == NULL || (arc == 9 && !f->turin))
            continue;
        der_put(&w, DER_INTEGER, f->spl[arc] > 127 ? VIEW_OF(wide) : view_of(wide + 1, 1));
        extension_add(&f->vek, OIDS[arc], writer_view(&w));
    }
    if (f->hwid_size > 0)
        extension_add(&f->vek, "1.3.6.1.4.1.3704.1.4", view_of(f->hwid, f->hwid_size));
    return made_issue(&f->vek);
}

static void report_sign(struct forge *f)
{
    uint8_t rs[96];

    made_sign_raw(f->signer, EVP_sha384(), view_of(f->report, SNP_SIGNED_SIZE), rs, 48);
    for (size_t i = 0; i < 48; i++) {
        f->report[SNP_SIGNED_SIZE + i] = rs[47 - i];
        f->report[SNP_SIGNED_SIZE + 72 + i] = rs[95 - i];
    }
}

static json_t *forge_build(struct forge *f, struct rig *rig)
{
    report_sign(f);
    rig_bytes(rig, true, "report", VIEW_OF(f->report));
    rig_put(rig, false, "vek.der", vek_issue(f));
    rig_put(rig, false, "ask.der", made_issue(&f->ask));
    rig_put(rig, false, "ark.der", made_issue(&f->ark));
    if (!f->no_crl)
        rig_put(rig, false, "crl.der",
                made_crl(f->crl_issuer, f->revoked, BROKEN_NOW_S - 1, BROKEN_NOW_S + 3600 * 2400));
    rig->now_s = BROKEN_NOW_S;
    rig->nonce = view_of(f->report + 0x50, 64);
    return pinning_policy(
        "snp", ark_key, "measurement",
        "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d"
        "4d4d4d4d4d4d4d4d4d4d");
}

CHANGE(nothing, (void)f)
CHANGE(by_other, f->signer = other_key)
CHANGE(vek_by_root, f->vek.issuer = &f->ark)
/* The issuer's name, but another's key. */
CHANGE(vek_by_stranger, f->stranger = f->ask; f->stranger.key = ark_key;
       f->vek.issuer = &f->stranger)
CHANGE(ask_by_stranger, f->stranger = f->ark; f->stranger.key = ask_key;
       f->ask.issuer = &f->stranger)
CHANGE(ark_by_stranger, f->stranger = f->ark; f->stranger.key = ask_key;
       f->ark.issuer = &f->stranger)
CHANGE(vek_expired, f->vek.until_s = BROKEN_NOW_S - 1)
CHANGE(vek_early, f->vek.from_s = BROKEN_NOW_S + 1)
CHANGE(ask_expired, f->ask.until_s = BROKEN_NOW_S - 1)
CHANGE(ark_expired, f->ark.until_s = BROKEN_NOW_S - 1)
CHANGE(ask_no_ca, f->ask.ca = false; f->ask.path_len = NULL)
CHANGE(ask_usage, f->ask.usage = "critical,cRLSign")
CHANGE(ark_path, f->ark.path_len = "0")
CHANGE(ark_name, f->ark.name = "ARK-Rome")
CHANGE(ark_of_genoa, f->ark.name = "ARK-Genoa")
CHANGE(asvk_instead, f->ask.name = "SEV-VLEK-Milan")
CHANGE(vlek_named, f->vek.name = "SEV-VLEK")
CHANGE(vlek_said, f->report[0x48] = 1 << 2)
CHANGE(nobody_said, f->report[0x48] = 7 << 2)
CHANGE(product_other, f->product = "Genoa")
CHANGE(product_longer, f->product = "Milano")
CHANGE(product_none, f->product = "")
CHANGE(bootloader, f->spl[1] = 4)
CHANGE(tee, f->spl[2] = 1)
CHANGE(snp, f->spl[3] = 200)
CHANGE(microcode, f->spl[8] = 0x72)
CHANGE(chip, f->hwid[63] = 0)
CHANGE(chip_short, f->hwid_size = 8)
CHANGE(chip_none, f->hwid_size = 0)
CHANGE(masked, f->report[0x48] = 2)
CHANGE(debug, f->report[0x0a] |= 8)
CHANGE(vmpl, f->report[0x30] = 1)
CHANGE(version_1, f->report[0] = 1)
CHANGE(version_6, f->report[0] = 6)
CHANGE(algorithm, f->report[0x34] = 2)
CHANGE(reserved, f->report[SNP_REPORT_SIZE - 1] = 1)
CHANGE(long_r, f->report[SNP_SIGNED_SIZE + 60] = 1)
CHANGE(measurement, f->report[0x90] = 0)
CHANGE(ask_revoked, f->revoked = 2)
CHANGE(list_of_ask, f->crl_issuer = &f->ask)
CHANGE(turin, turin_make(f))
CHANGE(turin_as_milan, turin_make(f); f->ark.name = "ARK-Milan"; f->ask.name = "SEV-Milan";
       f->product = "Milan")
CHANGE(turin_fmc, turin_make(f); f->spl[9] = 9)
CHANGE(turin_chip, turin_make(f); f->report[0x1a8] = 1)
CHANGE(turin_cpu, turin_make(f); f->report[0x188] = 0x19)
CHANGE(genoa_vlek, genoa_vlek_make(f))
CHANGE(genoa_vlek_under_ask, genoa_vlek_make(f); f->ask.name = "SEV-Genoa")

static const struct {
    void (*change)(struct forge *f);
    const char *rule;
} ROWS[] = {
    {nothing, NULL},
    {turin, NULL},
    {genoa_vlek, NULL},
    {by_other, "signature"},
    {vek_by_root, "chain"},
    {vek_by_stranger, "signature"},
    {ask_by_stranger, "signature"},
    {ark_by_stranger, "signature"},
    {vek_expired, "dates"},
    {vek_early, "dates"},
    {ask_expired, "dates"},
    {ark_expired, "dates"},
    {ask_no_ca, "ca"},
    {ask_usage, "key_usage"},
    {ark_path, "path_length"},
    {ark_name, "product"},
    {ark_of_genoa, "signer"},
    {asvk_instead, "signer"},
    {vlek_named, "signer"},
    {vlek_said, "signer"},
    {nobody_said, "signer"},
    {product_other, "product"},
    {product_longer, "product"},
    {product_none, "product"},
    {bootloader, "reported_tcb"},
    {tee, "reported_tcb"},
    {snp, "reported_tcb"},
    {microcode, "reported_tcb"},
    {chip, "chip_id"},
    {chip_short, "chip_id"},
    {chip_none, "chip_id"},
    {masked, "chip_id"},
    {debug, "debug"},
    {vmpl, "vmpl"},
    {version_1, "format"},
    {version_6, "format"},
    {algorithm, "format"},
    {reserved, "format"},
    {long_r, "format"},
    {measurement, "measurement"},
    {ask_revoked, "revoked"},
    {list_of_ask, "crl"},
    {turin_as_milan, "product"},
    {turin_fmc, "reported_tcb"},
    {turin_chip, "chip_id"},
    {turin_cpu, "product"},
    {genoa_vlek_under_ask, "signer"},
};

START_TEST(each_broken_thing_is_refused_by_its_rule)
{
    struct rig rig = {0};
    struct forge f;
    json_t *policy;

    forge_start(&f);
    ROWS[_i].change(&f);
    policy = forge_build(&f, &rig);
    judged_as(&rig, "snp", policy, ROWS[_i].rule, _i);
}
END_TEST

START_TEST(a_missing_list_is_a_note_that_the_policy_may_make_a_refusal)
{
    struct rig rig = {0};
    struct cc_verify_result *v;
    struct forge f;
    json_t *policy;

    forge_start(&f);
    f.no_crl = true;
    policy = forge_build(&f, &rig);
    v = rig_judge(&rig, "snp", policy);
    ck_assert_int_eq(v->verdict, CC_VERIFY_WARNED);
    ck_assert(v->reason_count == 1 && has_reason(v, "crl"));
    free(v);

    json_object_set_new(json_object_get(json_object_get(policy, "tees"), "snp"), "require",
                        json_pack("[s]", "crl"));
    judged_as(&rig, "snp", policy, "crl", 0);
}
END_TEST

START_TEST(under_amds_own_roots_it_is_refused)
{
    struct rig rig = {0};
    struct forge f;

    forge_start(&f);
    json_decref(forge_build(&f, &rig));
    judged_as(&rig, "snp", NULL, "root", 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/snp");
    TCase *tcase = tcase_of(suite, "forged");

    tcase_add_unchecked_fixture(tcase, keys_make, NULL);
    tcase_add_loop_test(tcase, each_broken_thing_is_refused_by_its_rule, 0,
                        sizeof ROWS / sizeof ROWS[0]);
    tcase_add_test(tcase, a_missing_list_is_a_note_that_the_policy_may_make_a_refusal);
    tcase_add_test(tcase, under_amds_own_roots_it_is_refused);
    return suite_main(suite);
}
