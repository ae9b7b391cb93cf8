/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_snp.c - what is wrong with a SEV-SNP report or what stands under it, one thing at a
 * time, and the rule that says so. All of it is made from own keys.
 */
#define FORGED snp_made
#include "forge_snp.h"
#include "support.h"

static struct snp_keys keys;

static void keys_make(void)
{
    snp_keys_make(&keys);
}

static json_t *forge_build(struct snp_made *f, struct rig *rig)
{
    snp_sign(f);
    rig_bytes(rig, true, "report", VIEW_OF(f->report));
    snp_collateral(f, rig);
    rig->now_s = BROKEN_NOW_S;
    rig->nonce = view_of(f->report + 0x50, 64);
    return pinning_policy("snp", keys.ark, "measurement", SNP_MEASUREMENT);
}

CHANGE(nothing, (void)f)
CHANGE(by_other, f->signer = keys.other)
CHANGE(vek_by_root, f->vek.issuer = &f->ark)
/* The issuer's name, but another's key. */
CHANGE(vek_by_stranger, f->stranger = f->ask; f->stranger.key = keys.ark;
       f->vek.issuer = &f->stranger)
CHANGE(ask_by_stranger, f->stranger = f->ark; f->stranger.key = keys.ask;
       f->ask.issuer = &f->stranger)
CHANGE(ark_by_stranger, f->stranger = f->ark; f->stranger.key = keys.ask;
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
CHANGE(turin, snp_turin(f))
CHANGE(turin_as_milan, snp_turin(f); f->ark.name = "ARK-Milan"; f->ask.name = "SEV-Milan";
       f->product = "Milan")
CHANGE(turin_fmc, snp_turin(f); f->spl[9] = 9)
CHANGE(turin_chip, snp_turin(f); f->report[0x1a8] = 1)
CHANGE(turin_cpu, snp_turin(f); f->report[0x188] = 0x19)
CHANGE(genoa_vlek, snp_genoa_vlek(f))
CHANGE(genoa_vlek_under_ask, snp_genoa_vlek(f); f->ask.name = "SEV-Genoa")

CHANGE(milan_v3, snp_other(f, "Milan", 3, false))
CHANGE(milan_v5, snp_other(f, "Milan", 5, false))
CHANGE(milan_vlek_v2, snp_other(f, "Milan", 2, true))
CHANGE(genoa_v2, snp_other(f, "Genoa", 2, false))
CHANGE(genoa_v3, snp_other(f, "Genoa", 3, false))
CHANGE(genoa_v5, snp_other(f, "Genoa", 5, false))
CHANGE(genoa_vlek_v5, snp_other(f, "Genoa", 5, true))
CHANGE(turin_v3, snp_other(f, "Turin", 3, false))
CHANGE(turin_vlek, snp_other(f, "Turin", 5, true))
CHANGE(genoa_as_milan, snp_other(f, "Milan", 3, false); f->report[0x189] = 0x11)
CHANGE(cpu_unknown, snp_other(f, "Milan", 3, false); f->report[0x188] = 0x1b)
CHANGE(vlek_by_other, genoa_vlek(f); f->signer = keys.other)
CHANGE(vlek_expired, genoa_vlek(f); f->vek.until_s = BROKEN_NOW_S - 1)
CHANGE(vlek_early, genoa_vlek(f); f->vek.from_s = BROKEN_NOW_S + 1)
CHANGE(vlek_by_stranger, genoa_vlek(f); f->stranger = f->ask; f->stranger.key = keys.ark;
       f->vek.issuer = &f->stranger)
CHANGE(asvk_expired, genoa_vlek(f); f->ask.until_s = BROKEN_NOW_S - 1)
CHANGE(asvk_revoked, genoa_vlek(f); f->revoked = 2)
CHANGE(vlek_tcb, genoa_vlek(f); f->spl[8] = 0x72)
CHANGE(vlek_product, genoa_vlek(f); f->product = "Milan")
CHANGE(ask_early, f->ask.from_s = BROKEN_NOW_S + 1)
CHANGE(ark_early, f->ark.from_s = BROKEN_NOW_S + 1)
CHANGE(list_old, f->list_until_s = BROKEN_NOW_S - 1)
CHANGE(list_early, f->list_from_s = BROKEN_NOW_S + 1)
CHANGE(list_by_stranger, f->stranger = f->ark; f->stranger.key = keys.ask;
       f->crl_issuer = &f->stranger)
CHANGE(ark_no_crl_usage, f->ark.usage = "critical,keyCertSign")
CHANGE(vek_is_ca, f->vek.no_constraints = false; f->vek.ca = true)
CHANGE(vek_usage, f->vek.usage = "critical,keyAgreement")
CHANGE(vek_critical, f->vek.critical = true)

static const struct {
    void (*change)(struct snp_made *f);
    const char *rule;
} ROWS[] = {
    {nothing, NULL},
    {turin, NULL},
    {genoa_vlek, NULL},
    {milan_v3, NULL},
    {milan_v5, NULL},
    {milan_vlek_v2, NULL},
    {genoa_v2, NULL},
    {genoa_v3, NULL},
    {genoa_v5, NULL},
    {genoa_vlek_v5, NULL},
    {turin_v3, NULL},
    {turin_vlek, NULL},
    {genoa_as_milan, "product"},
    {cpu_unknown, "product"},
    {vlek_by_other, "signature"},
    {vlek_expired, "dates"},
    {vlek_early, "dates"},
    {vlek_by_stranger, "signature"},
    {asvk_expired, "dates"},
    {asvk_revoked, "revoked"},
    {vlek_tcb, "reported_tcb"},
    {vlek_product, "product"},
    {ask_early, "dates"},
    {ark_early, "dates"},
    {list_old, "dates"},
    {list_early, "crl"},
    {list_by_stranger, "crl"},
    {ark_no_crl_usage, "key_usage"},
    {vek_is_ca, "ca"},
    {vek_usage, "key_usage"},
    {vek_critical, "critical"},
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
    struct snp_made f;
    json_t *policy;

    snp_start(&f, &keys);
    ROWS[_i].change(&f);
    policy = forge_build(&f, &rig);
    judged_as(&rig, "snp", policy, ROWS[_i].rule, _i);
}
END_TEST

START_TEST(a_missing_list_is_a_note_that_the_policy_may_make_a_refusal)
{
    struct rig rig = {0};
    struct cc_verify_result *v;
    struct snp_made f;
    json_t *policy;

    snp_start(&f, &keys);
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
    struct snp_made f;

    snp_start(&f, &keys);
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
