/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_intel.c - what is wrong with evidence of SGX and TDX, one thing at a time, and the
 * rule that says so. All of it is made from own keys (forge_intel.h).
 */
#include "forge_intel.h"
#include "support.h"

static struct cc_verify_result *judged(struct intel *f, struct rig *rig, json_t *policy)
{
    struct cc_verify_result *v = rig_judge(rig, NULL, policy);

    ck_assert_str_eq(v->tee, f->td ? "tdx" : "sgx");
    return v;
}

static bool has_reason(const struct cc_verify_result *v, const char *rule)
{
    for (size_t i = 0; i < v->reason_count; i++)
        if (strcmp(v->reasons[i].rule, rule) == 0)
            return true;
    return false;
}

static void all_said(const struct cc_verify_result *v)
{
    for (size_t i = 0; i < v->reason_count; i++)
        printf("  %s: %s\n", v->reasons[i].rule, v->reasons[i].sentence);
}

/* SGX; TD 1.0 and 1.5, in each version that has them. */
static const struct kind {
    bool td;
    uint16_t version;
    bool td10;
} KINDS[] = {{false, 3, false}, {false, 4, false}, {false, 5, false},
             {true, 4, false},  {true, 5, true},   {true, 5, false}};
enum { KIND_COUNT = sizeof KINDS / sizeof KINDS[0] };

static void kind_make(struct intel *f, const struct kind *kind)
{
    intel_make(f, kind->td, kind->version);
    f->td10 = kind->td10;
    intel_bodies(f);
}

START_TEST(made_up_evidence_is_accepted_under_its_own_root)
{
    struct rig rig = {0};
    struct intel f;
    json_t *policy;
    struct cc_verify_result *v;

    kind_make(&f, &KINDS[_i]);
    intel_build(&f, &rig);
    policy = intel_policy(&f);
    v = judged(&f, &rig, policy);
    all_said(v);
    ck_assert_int_eq(v->verdict, CC_VERIFY_ACCEPTED);
    ck_assert_int_eq(v->vector.hardware, 2);
    ck_assert_int_eq(v->vector.executables, 2);
    ck_assert_uint_eq(v->expiry_s, f.crl_until_s);
    free(v);
    v = rig_judge(&rig, NULL, NULL); /* under Intel's own root */
    ck_assert(v->verdict == CC_VERIFY_REFUSED && has_reason(v, "root"));
    ck_assert_int_eq(v->vector.instance_identity, 99);
    free(v);
    json_decref(policy);
    rig_free(&rig);
    intel_free(&f);
}
END_TEST

/* One change each, before everything is built and signed. */
#define CHANGE(name, statement)                                                                    \
    static void name(struct intel *f)                                                              \
    {                                                                                              \
        statement;                                                                                 \
    }
CHANGE(quote_by_other, f->quote_key = f->other)
CHANGE(qe_by_other, f->qe_key = f->other)
CHANGE(qe_about_other, f->keep_qe_data = true)
CHANGE(qe_debug, f->qe[48] |= 2)
CHANGE(vendor_other, f->header[12] ^= 1)
CHANGE(info_by_other, f->tcb_key = f->other)
CHANGE(identity_by_other, f->identity_key = f->other)
CHANGE(pck_by_other, f->pck.issuer = &f->signer)
CHANGE(pck_expired, f->pck.until_s = INTEL_NOW_S - 1)
CHANGE(pck_early, f->pck.from_s = INTEL_NOW_S + 1)
CHANGE(ca_expired, f->ca.until_s = INTEL_NOW_S - 1)
CHANGE(root_expired, f->root.until_s = INTEL_NOW_S - 1)
CHANGE(signer_expired, f->signer.until_s = INTEL_NOW_S - 1)
CHANGE(ca_is_none, f->ca.ca = false; f->ca.path_len = NULL)
CHANGE(ca_says_nothing, f->ca.no_constraints = true)
CHANGE(root_too_short, f->root.path_len = "0")
CHANGE(ca_usage, f->ca.usage = "critical,cRLSign")
CHANGE(ca_no_crl_usage, f->ca.usage = "critical,keyCertSign")
CHANGE(pck_usage, f->pck.usage = "critical,keyAgreement")
CHANGE(pck_is_ca, f->pck.ca = true)
CHANGE(pck_critical, f->pck.critical = true)
CHANGE(pck_name, f->pck.name = "Intel SGX TCB Signing")
CHANGE(ca_name, f->ca.name = "Intel SGX PCK Other CA")
CHANGE(signer_name, f->signer.name = "Intel SGX PCK Certificate")
CHANGE(pck_revoked, f->ca_revokes = PCK_SERIAL)
CHANGE(ca_revoked, f->root_revokes = CA_SERIAL)
CHANGE(signer_revoked, f->root_revokes = SIGNER_SERIAL)
CHANGE(lists_old, f->crl_until_s = INTEL_NOW_S - 1)
CHANGE(lists_endless, f->crl_until_s = 0)
CHANGE(list_of_root, f->pck_crl_issuer = &f->root)
CHANGE(list_by_other, f->crl_key = f->other)
CHANGE(list_of_authorities, f->ca.list.nid = NID_issuing_distribution_point;
       f->ca.list.value = "critical,onlyCA:TRUE")
CHANGE(list_of_some_reasons, f->ca.list.nid = NID_issuing_distribution_point;
       f->ca.list.value = "critical,onlysomereasons:keyCompromise")
CHANGE(list_of_changes, f->ca.list.nid = NID_delta_crl; f->ca.list.value = "critical,DER:02:01:01")
CHANGE(info_old, f->next = "2025-10-09T08:53:19Z")
CHANGE(info_early, f->issued = "2025-10-09T08:53:21Z")
CHANGE(identity_old, f->qe_next = "2025-10-09T08:53:19Z")
CHANGE(identity_early, f->qe_issued = "2025-10-09T08:53:21Z")
CHANGE(info_dateless, f->next = "soon")
CHANGE(fmspc_other, f->fmspc_info = "00906ed50001")
CHANGE(info_kind, f->id = f->td ? "SGX" : "TDX")
CHANGE(info_version, f->info_version = 4)
CHANGE(qe_kind, f->qe_id = f->td ? "QE" : "TD_QE")
CHANGE(qe_signer, f->qe[128] ^= 1)
CHANGE(qe_product, f->qe_prod = 7)
CHANGE(qe_misc, f->qe[16] = 1)
CHANGE(qe_attribute, f->qe_attributes = "13000000000000000000000000000000")
CHANGE(qe_below_all, f->qe_svn = 9)
CHANGE(below_all, f->pck_svn = 1)
CHANGE(pce_below_all, f->pck_pcesvn = 4)
CHANGE(status_unknown, f->statuses[0] = "Fine")
CHANGE(level_lower, f->pck_svn = 4)
CHANGE(pce_lower, f->pck_pcesvn = 10)
CHANGE(revoked, f->statuses[0] = "Revoked")
CHANGE(qe_out_of_date, f->qe_status = "OutOfDate")
CHANGE(qe_revoked, f->qe_status = "Revoked")
CHANGE(config_needed, f->statuses[0] = "ConfigurationNeeded")
CHANGE(debug_body, f->body[f->td ? 120 : 48] |= f->td ? 1 : 2)
CHANGE(td_reserved, f->body[120] |= 2)
CHANGE(td_below_all, f->body[2] = 0)
CHANGE(td_lower, f->body[2] = 2)
CHANGE(module_unknown, f->module_id = "TDX_02")
CHANGE(module_below_all, f->module_svn = 7)
CHANGE(module_out_of_date, f->module_status = "OutOfDate")
CHANGE(module_signer, f->body[64] = 1)
CHANGE(module_attributes, f->body[112] = 1)
CHANGE(tcb_type, f->tcb_type = 1)
CHANGE(old_module, f->body[1] = 0; f->body[0] = 0; f->module_id = "TDX_02")
CHANGE(old_module_below, f->body[1] = 0; f->body[0] = 0; f->level_first = 7)
CHANGE(old_module_signer, f->body[1] = 0; f->body[64] = 1)
CHANGE(old_module_attributes, f->body[1] = 0; f->body[112] = 1)
CHANGE(old_module_other_signer, f->body[1] = 0; f->module_signer = INTEL_OTHER_SIGNER)
CHANGE(new_module_under_old_signer, f->module_signer = INTEL_OTHER_SIGNER)
CHANGE(pcs3, f->info_version = 2)
CHANGE(pcs3_level_lower, f->info_version = 2; f->pck_svn = 4)
CHANGE(pcs3_below_all, f->info_version = 2; f->pck_svn = 1)
CHANGE(pcs3_pce_below_all, f->info_version = 2; f->pck_pcesvn = 4)
CHANGE(pcs3_fmspc, f->info_version = 2; f->fmspc_info = "00906ed50001")
CHANGE(pcs3_by_other, f->info_version = 2; f->tcb_key = f->other)
CHANGE(pcs3_old, f->info_version = 2; f->next = "2025-10-09T08:53:19Z")
CHANGE(signer_by_other, f->signer.issuer = &f->ca)
CHANGE(signer_early, f->signer.from_s = INTEL_NOW_S + 1)
CHANGE(ca_early, f->ca.from_s = INTEL_NOW_S + 1)
CHANGE(root_early, f->root.from_s = INTEL_NOW_S + 1)
CHANGE(signer_usage, f->signer.usage = "critical,keyAgreement")
CHANGE(signer_is_ca, f->signer.ca = true)
CHANGE(measurement_other, f->body[f->td ? 136 : 64] ^= 1)

enum { SGX = 1, TDX = 2, BOTH = 3 };
static const struct broken {
    void (*change)(struct intel *f);
    const char *rule;
    int which;
} BROKEN_ROWS[] = {
    {quote_by_other, "signature", BOTH},
    {qe_by_other, "signature", BOTH},
    {qe_about_other, "binding", BOTH},
    {qe_debug, "qe_identity", BOTH},
    {vendor_other, "qe_vendor", BOTH},
    {info_by_other, "signature", BOTH},
    {identity_by_other, "signature", BOTH},
    {pck_by_other, "chain", BOTH},
    {pck_expired, "dates", BOTH},
    {pck_early, "dates", BOTH},
    {ca_expired, "dates", BOTH},
    {root_expired, "dates", BOTH},
    {signer_expired, "dates", BOTH},
    {ca_is_none, "ca", BOTH},
    {ca_says_nothing, "ca", BOTH},
    {root_too_short, "path_length", BOTH},
    {ca_usage, "key_usage", BOTH},
    {ca_no_crl_usage, "key_usage", BOTH},
    {pck_usage, "key_usage", BOTH},
    {pck_is_ca, "ca", BOTH},
    {pck_critical, "critical", BOTH},
    {pck_name, "pck_chain", BOTH},
    {ca_name, "pck_chain", BOTH},
    {signer_name, "collateral_format", BOTH},
    {pck_revoked, "revoked", BOTH},
    {ca_revoked, "revoked", BOTH},
    {signer_revoked, "revoked", BOTH},
    {lists_old, "dates", BOTH},
    {lists_endless, "crl", BOTH},
    {list_of_root, "crl", BOTH},
    {list_by_other, "crl", BOTH},
    {list_of_authorities, "crl", BOTH},
    {list_of_some_reasons, "crl", BOTH},
    {list_of_changes, "crl", BOTH},
    {info_old, "dates", BOTH},
    {info_early, "dates", BOTH},
    {identity_old, "dates", BOTH},
    {identity_early, "dates", BOTH},
    {info_dateless, "collateral_format", BOTH},
    {fmspc_other, "fmspc", BOTH},
    {info_kind, "tcb_info", BOTH},
    {info_version, "collateral_format", BOTH},
    {qe_kind, "qe_identity", BOTH},
    {qe_signer, "qe_identity", BOTH},
    {qe_product, "qe_identity", BOTH},
    {qe_misc, "qe_identity", BOTH},
    {qe_attribute, "qe_identity", BOTH},
    {qe_below_all, "tcb_level", BOTH},
    {below_all, "tcb_level", BOTH},
    {pce_below_all, "tcb_level", BOTH},
    {status_unknown, "tcb_level", BOTH},
    {level_lower, "tcb_status", BOTH},
    {pce_lower, "tcb_status", BOTH},
    {revoked, "tcb_status", BOTH},
    {qe_out_of_date, "tcb_status", BOTH},
    {qe_revoked, "tcb_status", BOTH},
    {config_needed, "tcb_status", BOTH},
    {debug_body, "debug", BOTH},
    {td_reserved, "td_attributes", TDX},
    {td_below_all, "tcb_level", TDX},
    {td_lower, "tcb_status", TDX},
    {module_unknown, "tdx_module", TDX},
    {module_below_all, "tcb_level", TDX},
    {module_out_of_date, "tcb_status", TDX},
    {module_signer, "tdx_module", TDX},
    {module_attributes, "tdx_module", TDX},
    {tcb_type, "collateral_format", BOTH},
    {old_module, NULL, TDX},
    {old_module_below, "tcb_level", TDX},
    {old_module_signer, "tdx_module", TDX},
    {old_module_attributes, "tdx_module", TDX},
    {old_module_other_signer, "tdx_module", TDX},
    {new_module_under_old_signer, NULL, TDX}, /* a later version has an identity of its own */
    {pcs3, NULL, SGX},
    {pcs3, "tcb_info", TDX}, /* that API knows no TDX */
    {pcs3_level_lower, "tcb_status", SGX},
    {pcs3_below_all, "tcb_level", SGX},
    {pcs3_pce_below_all, "tcb_level", SGX},
    {pcs3_fmspc, "fmspc", SGX},
    {pcs3_by_other, "signature", SGX},
    {pcs3_old, "dates", SGX},
    {signer_by_other, "chain", BOTH},
    {signer_early, "dates", BOTH},
    {ca_early, "dates", BOTH},
    {root_early, "dates", BOTH},
    {signer_usage, "key_usage", BOTH},
    {signer_is_ca, "ca", BOTH},
    {measurement_other, "mrenclave", SGX},
    {measurement_other, "mrtd", TDX},
};

static void row_judge(const struct broken *row, size_t index, const struct kind *kind)
{
    struct rig rig = {0};
    struct intel f;
    json_t *policy;
    struct cc_verify_result *v;
    cc_verify_verdict_t want = row->rule != NULL ? CC_VERIFY_REFUSED : CC_VERIFY_ACCEPTED;

    kind_make(&f, kind);
    row->change(&f);
    intel_build(&f, &rig);
    policy = intel_policy(&f);
    v = judged(&f, &rig, policy);
    if (v->verdict != want || (row->rule != NULL && !has_reason(v, row->rule)))
        all_said(v);
    ck_assert_msg(v->verdict == want, "row %zu (%s): another verdict", index, row->rule);
    ck_assert_msg(row->rule == NULL || has_reason(v, row->rule), "row %zu: %s expected", index,
                  row->rule);
    free(v);
    json_decref(policy);
    rig_free(&rig);
    intel_free(&f);
}

/* Each row with quotes of each version and body. */
START_TEST(each_broken_thing_is_refused_by_its_rule)
{
    const struct broken *row = &BROKEN_ROWS[_i];

    for (size_t i = 0; i < KIND_COUNT; i++)
        if ((row->which & (KINDS[i].td ? TDX : SGX)) != 0)
            row_judge(row, (size_t)_i, &KINDS[i]);
}
END_TEST

START_TEST(statuses_merge_as_intel_says)
{
    static const struct {
        enum tcb_status platform, other, merged;
    } ROWS[] = {
        {TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE},
        {TCB_SW_HARDENING, TCB_UP_TO_DATE, TCB_SW_HARDENING},
        {TCB_UP_TO_DATE, TCB_OUT_OF_DATE, TCB_OUT_OF_DATE},
        {TCB_SW_HARDENING, TCB_OUT_OF_DATE, TCB_OUT_OF_DATE},
        {TCB_CONFIGURATION, TCB_OUT_OF_DATE, TCB_OUT_OF_DATE_CONFIGURATION},
        {TCB_CONFIGURATION_AND_SW, TCB_OUT_OF_DATE, TCB_OUT_OF_DATE_CONFIGURATION},
        {TCB_OUT_OF_DATE, TCB_OUT_OF_DATE, TCB_OUT_OF_DATE},
        {TCB_UP_TO_DATE, TCB_REVOKED, TCB_REVOKED},
        {TCB_REVOKED, TCB_UP_TO_DATE, TCB_REVOKED},
        {TCB_UP_TO_DATE, TCB_NONE, TCB_NONE},
        {TCB_NONE, TCB_REVOKED, TCB_NONE},
    };

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        ck_assert_int_eq(tcb_status_merge(ROWS[i].platform, ROWS[i].other), ROWS[i].merged);
}
END_TEST

/* A policy with one more member. */
static cc_verify_verdict_t verdict_with(struct intel *f, struct rig *rig, const char *key,
                                        json_t *value, const char *rule)
{
    json_t *policy = intel_policy(f);
    json_t *rules = json_object_get(json_object_get(policy, "tees"), f->td ? "tdx" : "sgx");
    struct cc_verify_result *v;
    cc_verify_verdict_t verdict;

    if (key != NULL)
        json_object_set_new(rules, key, value);
    v = rig_judge(rig, NULL, policy);
    verdict = v->verdict;
    if (rule != NULL)
        ck_assert_msg(has_reason(v, rule), "%s expected", rule);
    free(v);
    json_decref(policy);
    return verdict;
}

START_TEST(a_policy_decides_what_the_vendor_leaves_open)
{
    struct rig rig = {0};
    struct intel f;

    intel_make(&f, false, 3);
    f.statuses[0] = "SWHardeningNeeded";
    f.advisory = "INTEL-SA-00615";
    f.body[48] |= 2; /* debug */
    intel_build(&f, &rig);
    ck_assert_int_eq(verdict_with(&f, &rig, NULL, NULL, "tcb_status"), CC_VERIFY_REFUSED);
    ck_assert_int_eq(
        verdict_with(&f, &rig, "tolerate_insecure", json_pack("[s]", "debug"), "tcb_status"),
        CC_VERIFY_REFUSED);
    f.body[48] &= 0xfd;
    intel_build(&f, &rig);
    ck_assert_int_eq(
        verdict_with(&f, &rig, "tcb_status", json_pack("[s]", "SWHardeningNeeded"), NULL),
        CC_VERIFY_ACCEPTED);
    ck_assert_int_eq(verdict_with(&f, &rig, "advisories",
                                  json_pack("{s:s}", "INTEL-SA-00615", "2026-01-01T00:00:00Z"),
                                  "tcb_status"),
                     CC_VERIFY_REFUSED); /* the status itself is still not allowed */
    ck_assert_int_eq(verdict_with(&f, &rig, "min", json_pack("{s:i}", "tcb_evaluation_number", 18),
                                  "tcb_evaluation_number"),
                     CC_VERIFY_REFUSED);
    ck_assert_int_eq(verdict_with(&f, &rig, "require", json_pack("[s]", "log.ccel"), "log.ccel"),
                     CC_VERIFY_REFUSED);
    rig_free(&rig);
    intel_free(&f);
}
END_TEST

START_TEST(a_list_that_says_where_it_lies_and_its_number_is_one)
{
    static const struct {
        int nid;
        const char *value;
    } ROWS[] = {
        {NID_issuing_distribution_point, "critical,fullname:URI:https://example.org/crl"},
        {NID_crl_number, "DER:02:01:01"},
    };

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct rig rig = {0};
        struct intel f;

        intel_make(&f, false, 3);
        f.ca.list.nid = ROWS[i].nid;
        f.ca.list.value = ROWS[i].value;
        intel_build(&f, &rig);
        ck_assert_int_eq(verdict_with(&f, &rig, NULL, NULL, NULL), CC_VERIFY_ACCEPTED);
        rig_free(&rig);
        intel_free(&f);
    }
}
END_TEST

/* Whoever runs other firmware in a TD writes what he likes into the registers. */
START_TEST(registers_alone_do_not_say_what_runs)
{
    struct rig rig = {0};
    struct intel f;
    char rtmr3[97];

    intel_make(&f, true, 4);
    intel_build(&f, &rig);
    hex_format(view_of(f.body + 472, 48), rtmr3);
    ck_assert_int_eq(
        verdict_with(&f, &rig, "claims", json_pack("{s:s}", "rtmr3", rtmr3), "identity"),
        CC_VERIFY_REFUSED);
    for (const char *const *name = verifier_az_vtpm.identity; *name != NULL; name++)
        ck_assert_msg(strncmp(*name, "pcr", 3) != 0, "%s", *name);
    rig_free(&rig);
    intel_free(&f);
}
END_TEST

START_TEST(an_advisory_is_accepted_by_name_until_its_date)
{
    static const struct {
        const char *name, *until;
        cc_verify_verdict_t verdict;
    } ROWS[] = {{"INTEL-SA-00615", "2026-01-01T00:00:00Z", CC_VERIFY_ACCEPTED},
                {"INTEL-SA-00615", "2025-10-12T00:00:00Z", CC_VERIFY_WARNED},
                {"INTEL-SA-00615", "2025-10-09T08:53:19Z", CC_VERIFY_REFUSED},
                {"INTEL-SA-00616", "2026-01-01T00:00:00Z", CC_VERIFY_REFUSED}};
    struct rig rig = {0};
    struct intel f;

    intel_make(&f, true, 4);
    f.advisory = "INTEL-SA-00615"; /* also up-to-date levels have some */
    intel_build(&f, &rig);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        ck_assert_int_eq(verdict_with(&f, &rig, "advisories",
                                      json_pack("{s:s}", ROWS[i].name, ROWS[i].until), NULL),
                         ROWS[i].verdict);
    rig_free(&rig);
    intel_free(&f);
}
END_TEST

START_TEST(collateral_that_is_not_there_takes_a_policy_that_says_so)
{
    struct rig rig = {0};
    struct intel f;

    intel_make(&f, false, 3);
    intel_build(&f, &rig);
    rig_drop(&rig, false, "pck_crl.der");
    ck_assert_int_eq(verdict_with(&f, &rig, NULL, NULL, "crl"), CC_VERIFY_REFUSED);
    ck_assert_int_eq(verdict_with(&f, &rig, "tolerate_insecure", json_pack("[s]", "crl"), "crl"),
                     CC_VERIFY_WARNED);
    rig_drop(&rig, false, "tcb_info.json");
    ck_assert_int_eq(
        verdict_with(&f, &rig, "tolerate_insecure", json_pack("[s]", "crl"), "collateral"),
        CC_VERIFY_REFUSED);
    ck_assert_int_eq(verdict_with(&f, &rig, "tolerate_insecure",
                                  json_pack("[s,s]", "crl", "collateral"), "collateral"),
                     CC_VERIFY_WARNED);
    /* What is broken is tolerated by nobody. */
    rig_part(&rig, true, "quote")->bytes.data[100] ^= 1;
    ck_assert_int_eq(verdict_with(&f, &rig, "tolerate_insecure",
                                  json_pack("[s,s,s]", "crl", "collateral", "signature"),
                                  "signature"),
                     CC_VERIFY_REFUSED);
    rig_free(&rig);
    intel_free(&f);
}
END_TEST

START_TEST(grace_lets_collateral_pass_only_as_long_as_a_policy_grants)
{
    struct rig rig = {0};
    struct intel f;

    intel_make(&f, false, 3);
    f.next = "2025-10-09T08:53:10Z"; /* ten seconds ago */
    intel_build(&f, &rig);
    ck_assert_int_eq(verdict_with(&f, &rig, NULL, NULL, "dates"), CC_VERIFY_REFUSED);
    ck_assert_int_eq(verdict_with(&f, &rig, "collateral_grace_s", json_integer(9), "dates"),
                     CC_VERIFY_REFUSED);
    ck_assert_int_eq(verdict_with(&f, &rig, "collateral_grace_s", json_integer(10), "grace"),
                     CC_VERIFY_WARNED);
    rig_free(&rig);
    intel_free(&f);
}
END_TEST

START_TEST(a_nonce_is_compared_whole)
{
    static const uint8_t ZEROS[64];
    struct rig rig = {0};
    struct intel f;

    intel_make(&f, false, 3);
    memset(f.body + 320 + 32, 0, 32); /* padded */
    intel_build(&f, &rig);
    rig.nonce.size = 32;
    ck_assert_int_eq(verdict_with(&f, &rig, NULL, NULL, NULL), CC_VERIFY_ACCEPTED);
    rig.nonce.size = 31; /* only the beginning of it */
    ck_assert_int_eq(verdict_with(&f, &rig, NULL, NULL, "nonce"), CC_VERIFY_REFUSED);
    rig.nonce.size = 0;
    ck_assert_int_eq(verdict_with(&f, &rig, NULL, NULL, "nonce"), CC_VERIFY_REFUSED);
    rig.nonce = view_of(ZEROS, sizeof ZEROS);
    ck_assert_int_eq(verdict_with(&f, &rig, NULL, NULL, "nonce"), CC_VERIFY_REFUSED);
    rig.nonce = VIEW_EMPTY;
    ck_assert_int_eq(verdict_with(&f, &rig, NULL, NULL, "nonce"), CC_VERIFY_REFUSED);
    rig_free(&rig);
    intel_free(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/intel");
    TCase *tcase = tcase_of(suite, "forged");

    tcase_add_loop_test(tcase, made_up_evidence_is_accepted_under_its_own_root, 0, KIND_COUNT);
    tcase_add_loop_test(tcase, each_broken_thing_is_refused_by_its_rule, 0,
                        sizeof BROKEN_ROWS / sizeof BROKEN_ROWS[0]);
    tcase_add_test(tcase, statuses_merge_as_intel_says);
    tcase_add_test(tcase, a_policy_decides_what_the_vendor_leaves_open);
    tcase_add_test(tcase, a_list_that_says_where_it_lies_and_its_number_is_one);
    tcase_add_test(tcase, registers_alone_do_not_say_what_runs);
    tcase_add_test(tcase, an_advisory_is_accepted_by_name_until_its_date);
    tcase_add_test(tcase, collateral_that_is_not_there_takes_a_policy_that_says_so);
    tcase_add_test(tcase, grace_lets_collateral_pass_only_as_long_as_a_policy_grants);
    tcase_add_test(tcase, a_nonce_is_compared_whole);
    return suite_main(suite);
}
