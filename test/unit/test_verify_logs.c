/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_logs.c - a TPM's quote and the logs that lead to its registers, from own keys: what
 * is wrong, one thing at a time, and the rule that says so; every bit of every record.
 */
#include "forge_tpm.h"
#include "support.h"
#include "verify/event_replay.h"

enum { EVENTS = 6, LOG_ROOM = 4096 };

/* One event; digests of SHA-1 and SHA-256, of the data or of something else. */
struct event_made {
    uint32_t reg, type;
    const char *data;
    bool of_something_else;
};

struct forge {
    struct made ak, ca, stranger; /* ca: above the AK, where its issuer is somebody */
    struct tpm_made tpm;
    EVP_PKEY *trusted;
    struct event_made events[EVENTS];
    size_t event_count;
    uint8_t locality; /* 0: no such event */
    bool no_log, with_ima, ima_violation;
    uint8_t pcr_flip;
    struct replayed registers; /* what was quoted */
    uint8_t log[LOG_ROOM], ima[512];
    size_t log_size, ima_size;
};

static EVP_PKEY *ak_key, *rsa_key, *other_rsa, *other_key, *ca_key;

static void keys_make(void)
{
    ak_key = made_key("P-256");
    rsa_key = EVP_RSA_gen(2048);
    other_rsa = EVP_RSA_gen(2048);
    other_key = made_key("P-256");
    ca_key = made_key("P-256");
}

static void forge_start(struct forge *f)
{
    static const struct event_made EVENTS_MADE[EVENTS] = {
        {0, 8, "firmware 1.0", true},
        {7, 0x80000001, "SecureBoot=1", false},
        {4, 5, "Calling EFI Application", false},
        {4, 0x80000003, "kernel", true},
        {0, 4, "\xff\xff\xff\xff", false},
        {4, 0x80000007, "Exit Boot Services", false}};

    memset(f, 0, sizeof *f);
    f->ak = (struct made){.name = "AK",
                          .key = ak_key,
                          .serial = 1,
                          .no_constraints = true,
                          .usage = "critical,digitalSignature"};
    f->ca = (struct made){.name = "CA",
                          .key = ca_key,
                          .serial = 2,
                          .ca = true,
                          .path_len = "0",
                          .usage = "critical,keyCertSign"};
    made_valid(&f->ak);
    made_valid(&f->ca);
    tpm_start(&f->tpm, ak_key);
    f->trusted = ak_key;
    memcpy(f->events, EVENTS_MADE, sizeof EVENTS_MADE);
    f->event_count = EVENTS;
    f->locality = 3;
}

static void event_put(struct writer *w, const struct event_made *e)
{
    static const uint16_t IDS[] = {TCG_SHA1, TCG_SHA256};
    static const enum hash_alg HASHES[] = {HASH_SHA1, HASH_SHA256};
    struct view measured = view_text(e->of_something_else ? "what was loaded" : e->data);
    uint8_t digest[32];

    writer_le32(w, e->reg);
    writer_le32(w, e->type);
    writer_le32(w, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert(hash_digest(HASHES[i], measured, digest));
        writer_le16(w, IDS[i]);
        writer_put(w, view_of(digest, hash_alg_size(HASHES[i])));
    }
    writer_le32(w, (uint32_t)strlen(e->data));
    writer_put(w, view_text(e->data));
}

static void log_make(struct forge *f)
{
    static const uint8_t ZEROS[52];
    struct writer w = writer_over(f->log, sizeof f->log);

    writer_le32(&w, 0);
    writer_le32(&w, TCG_NO_ACTION);
    writer_put(&w, view_of(ZEROS, 20));
    writer_le32(&w, 37);
    writer_put(&w, view_of("Spec ID Event03", 16));
    writer_put(&w, view_of("\0\0\0\0\0\2\0\2", 8));
    writer_le32(&w, 2);
    writer_le16(&w, TCG_SHA1);
    writer_le16(&w, 20);
    writer_le16(&w, TCG_SHA256);
    writer_le16(&w, 32);
    writer_u8(&w, 0);
    if (f->locality != 0) {
        writer_le32(&w, 0);
        writer_le32(&w, TCG_NO_ACTION);
        writer_le32(&w, 2);
        writer_le16(&w, TCG_SHA1);
        writer_put(&w, view_of(ZEROS, 20));
        writer_le16(&w, TCG_SHA256);
        writer_put(&w, view_of(ZEROS, 32));
        writer_le32(&w, 17);
        writer_put(&w, view_of("StartupLocality", 16));
        writer_u8(&w, f->locality);
    }
    for (size_t i = 0; i < f->event_count; i++)
        event_put(&w, &f->events[i]);
    ck_assert(!w.failed);
    f->log_size = w.size;
}

static void ima_make(struct forge *f)
{
    struct writer w = writer_over(f->ima, sizeof f->ima);
    uint8_t data[64] = {40, 0, 0, 0, 's', 'h', 'a', '2', '5', '6', ':'}, sha1[20];

    data[44] = 5;
    memcpy(data + 48, "/bin", 5);
    for (size_t i = 0; i < 2; i++) {
        data[20] = (uint8_t)i;
        ck_assert(hash_digest(HASH_SHA1, view_of(data, 53), sha1));
        if (f->ima_violation && i == 1)
            memset(sha1, 0, sizeof sha1);
        writer_le32(&w, 10);
        writer_put(&w, VIEW_OF(sha1));
        writer_le32(&w, 6);
        writer_put(&w, view_text("ima-ng"));
        writer_le32(&w, 53);
        writer_put(&w, view_of(data, 53));
    }
    f->ima_size = w.size;
}

static json_t *forge_build(struct forge *f, struct rig *rig)
{
    uint8_t pcrs[24 * 32];
    char pcr4[65];

    log_make(f);
    ima_make(f);
    ck_assert(tcg_log_replay(view_of(f->log, f->log_size), HASH_SHA256, &f->registers) ==
              CC_SUCCESS);
    if (f->with_ima)
        ck_assert(ima_log_replay(view_of(f->ima, f->ima_size), HASH_SHA256, &f->registers) ==
                  CC_SUCCESS);
    for (size_t i = 0; i < 24; i++)
        memcpy(f->tpm.registers[i], f->registers.value[i], 32);
    memcpy(pcrs, f->tpm.registers, sizeof pcrs);
    hex_format(view_of(pcrs + 4 * 32, 32), pcr4);
    pcrs[5] ^= f->pcr_flip;
    tpm_evidence(&f->tpm, rig);
    rig_bytes(rig, true, "pcrs", VIEW_OF(pcrs));
    rig_put(rig, true, "ak_cert", made_issue(&f->ak));
    if (f->ak.issuer != NULL)
        rig_put(rig, false, "issuer_chain.pem", made_issue(&f->ca));
    if (!f->no_log)
        rig_bytes(rig, true, "tcg", view_of(f->log, f->log_size));
    if (f->with_ima)
        rig_bytes(rig, true, "ima", view_of(f->ima, f->ima_size));
    rig->now_s = BROKEN_NOW_S;
    rig->nonce = view_text("DDDD");
    return pinning_policy("tpm", f->trusted, "pcr4", pcr4);
}

CHANGE(nothing, (void)f)
CHANGE(without_log, f->no_log = true)
CHANGE(with_ima, f->with_ima = true)
CHANGE(with_violation, f->with_ima = f->ima_violation = true)
CHANGE(with_rsa, f->ak.key = f->tpm.signer = f->trusted = rsa_key; f->tpm.bare_rsa = true)
CHANGE(under_ca, f->ak.issuer = &f->ca; f->trusted = ca_key)
CHANGE(under_ca_by_stranger, under_ca(f); f->stranger = f->ca; f->stranger.key = other_key;
       f->ak.issuer = &f->stranger)
CHANGE(under_ca_unlinked, under_ca(f); f->stranger = f->ca; f->stranger.name = "another CA";
       f->ak.issuer = &f->stranger)
CHANGE(ca_by_stranger, under_ca(f); f->stranger = f->ca; f->stranger.key = other_key;
       f->ca.issuer = &f->stranger)
CHANGE(ca_expired, under_ca(f); f->ca.until_s = BROKEN_NOW_S - 1)
CHANGE(ca_early, under_ca(f); f->ca.from_s = BROKEN_NOW_S + 1)
CHANGE(ca_is_none, under_ca(f); f->ca.ca = false; f->ca.path_len = NULL)
CHANGE(ca_usage, under_ca(f); f->ca.usage = "critical,cRLSign")
CHANGE(ca_untrusted, under_ca(f); f->trusted = ak_key)
CHANGE(under_ca_expired, under_ca(f); f->ak.until_s = BROKEN_NOW_S - 1)
CHANGE(ak_early, f->ak.from_s = BROKEN_NOW_S + 1)
CHANGE(ak_critical, under_ca(f); f->ak.critical = true)
CHANGE(ak_alone_critical, f->ak.critical = true)
CHANGE(by_ca, under_ca(f); f->tpm.signer = ca_key)
CHANGE(rsa_by_other, with_rsa(f); f->tpm.signer = other_rsa)
CHANGE(by_other, f->tpm.signer = other_key)
CHANGE(untrusted, f->trusted = other_key)
CHANGE(ak_expired, f->ak.until_s = BROKEN_NOW_S - 1)
CHANGE(ak_usage, f->ak.usage = "critical,keyAgreement")
CHANGE(ak_ca, f->ak.no_constraints = false; f->ak.ca = true)
CHANGE(pcr_other, f->pcr_flip = 1)
CHANGE(digest_other, f->tpm.digest_flip = 1)
CHANGE(bank_sha1, f->tpm.bank = TCG_SHA1)
CHANGE(bank_unknown, f->tpm.bank = 0x99)
CHANGE(certify, f->tpm.type = 0x17)
CHANGE(trailing, f->tpm.trailing = 1)

static const struct {
    void (*change)(struct forge *f);
    const char *rule;
} ROWS[] = {
    {under_ca, NULL},
    {under_ca_by_stranger, "signature"},
    {under_ca_unlinked, "chain"},
    {ca_by_stranger, "signature"},
    {ca_expired, "dates"},
    {ca_early, "dates"},
    {ca_is_none, "ca"},
    {ca_usage, "key_usage"},
    {ca_untrusted, "root"},
    {under_ca_expired, "dates"},
    {ak_early, "dates"},
    {ak_critical, "critical"},
    {ak_alone_critical, "critical"},
    {by_ca, "signature"},
    {rsa_by_other, "signature"},
    {nothing, NULL},
    {without_log, NULL},
    {with_ima, NULL},
    {with_violation, NULL},
    {with_rsa, NULL},
    {by_other, "signature"},
    {untrusted, "root"},
    {ak_expired, "dates"},
    {ak_usage, "key_usage"},
    {ak_ca, "ca"},
    {pcr_other, "pcr_digest"},
    {digest_other, "pcr_digest"},
    {bank_sha1, "pcr_bank"},
    {bank_unknown, "pcr_bank"},
    {trailing, "format"},
};

START_TEST(each_broken_thing_is_refused_by_its_rule)
{
    struct rig rig = {0};
    struct forge f;
    json_t *policy;

    forge_start(&f);
    ROWS[_i].change(&f);
    policy = forge_build(&f, &rig);
    judged_as(&rig, "tpm", policy, ROWS[_i].rule, _i);
}
END_TEST

START_TEST(a_statement_of_another_type_is_refused)
{
    struct rig rig = {0};
    struct forge f;
    json_t *policy;
    struct cc_verify_result *v;

    forge_start(&f);
    certify(&f);
    policy = forge_build(&f, &rig);
    v = rig_judge(&rig, "tpm", policy);
    ck_assert(v->verdict == CC_VERIFY_REFUSED && has_reason(v, "format"));
    free(v);
    json_decref(policy);
    rig_free(&rig);
}
END_TEST

/* What of a log leads to no register: names of types that measure something else, what describes
 * it, digests of the other bank, and the first event but for its form. */
static bool is_not_measured(const struct forge *f, size_t at)
{
    size_t start = 8 + 20 + 4 + 37;

    if (at < 4 || (at >= 8 && at < 28) || (at >= 48 && at < 56) || at == start - 1)
        return true; /* register, zeros and versions of the first event */
    if (f->locality != 0) {
        size_t end = start + 12 + 22 + 34 + 4 + 17;

        if (at < start + 4 && at >= start)
            return false;
        if (at < end)
            return at >= start + 14 && at < start + 68; /* its digests */
        start = end;
    }
    for (size_t i = 0; i < f->event_count; i++) {
        const struct event_made *e = &f->events[i];
        size_t end = start + 12 + 22 + 34 + 4 + strlen(e->data);

        if (at < end)
            return (at >= start + 4 && at < start + 8) || (at >= start + 14 && at < start + 34) ||
                   (e->of_something_else && at >= start + 72);
        start = end;
    }
    return false;
}

START_TEST(no_flipped_bit_of_a_log_passes)
{
    struct rig rig = {0};
    struct forge f;
    json_t *policy;
    struct rig_part *log;

    forge_start(&f);
    f.with_ima = _i == 1;
    policy = forge_build(&f, &rig);
    log = rig_part(&rig, true, _i == 1 ? "ima" : "tcg");
    for (size_t bit = 0; bit < 8 * log->bytes.size; bit++) {
        struct cc_verify_result *v;

        if (_i == 0 && is_not_measured(&f, bit / 8))
            continue;
        log->bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        v = rig_judge(&rig, "tpm", policy);
        log->bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        /* The name of a template of the IMA log is no part of what is measured. */
        if (v->verdict != CC_VERIFY_REFUSED && _i == 1 && (bit / 8) % 91 >= 28 &&
            (bit / 8) % 91 < 34) {
            free(v);
            continue;
        }
        ck_assert_msg(v->verdict == CC_VERIFY_REFUSED, "bit %zu of byte %zu: accepted", bit % 8,
                      bit / 8);
        free(v);
    }
    json_decref(policy);
    rig_free(&rig);
}
END_TEST

/* At each byte, so also between records: what is missing is missed in a register. */
START_TEST(no_log_that_is_cut_off_passes)
{
    static const char *const LOGS[] = {"tcg", "ima"};
    struct rig rig = {0};
    struct forge f;
    json_t *policy;
    struct rig_part *log;

    forge_start(&f);
    f.with_ima = true;
    policy = forge_build(&f, &rig);
    log = rig_part(&rig, true, LOGS[_i]);
    for (size_t size = log->bytes.size; size-- > 1;) {
        struct cc_verify_result *v;

        log->bytes.size = size;
        v = rig_judge(&rig, "tpm", policy);
        ck_assert_msg(v->verdict == CC_VERIFY_REFUSED, "%s: %zu bytes: accepted", LOGS[_i], size);
        ck_assert_msg(has_reason(v, "log.tcg") || has_reason(v, "log.ima"), "%s: %zu bytes: %s",
                      LOGS[_i], size, v->reasons[0].sentence);
        free(v);
    }
    json_decref(policy);
    rig_free(&rig);
}
END_TEST

START_TEST(a_log_without_or_with_one_more_or_moved_record_is_refused_with_its_register)
{
    struct rig rig = {0}, own = {0};
    struct forge f, g;
    json_t *policy;

    for (size_t how = 0; how < 4; how++) {
        struct cc_verify_result *v;
        bool named = false;

        forge_start(&f);
        policy = forge_build(&f, &rig);
        forge_start(&g);
        if (how == 0) {
            g.event_count--; /* the last is missing */
        } else if (how == 1) {
            g.events[4] = g.events[5]; /* one twice, one missing */
        } else if (how == 2) {
            g.events[2] = f.events[3];
            g.events[3] = f.events[2];
        } else {
            g.locality = 4;
        }
        json_decref(forge_build(&g, &own));
        rig_bytes(&rig, true, "tcg", view_of(g.log, g.log_size));
        v = rig_judge(&rig, "tpm", policy);
        ck_assert(v->verdict == CC_VERIFY_REFUSED && has_reason(v, "log.tcg"));
        for (size_t i = 0; i < v->reason_count; i++)
            named = named || strstr(v->reasons[i].sentence,
                                    how == 1 || how == 3 ? "register 0" : "register 4") != NULL;
        ck_assert_msg(named, "the register expected in: %s", v->reasons[0].sentence);
        free(v);
        json_decref(policy);
        rig_free(&rig);
        rig_free(&own);
    }
}
END_TEST

/* Judged where the policy requires both logs. */
static struct cc_verify_result *both_required(uint32_t selected)
{
    struct rig rig = {0};
    struct cc_verify_result *v;
    struct forge f;
    json_t *policy;

    forge_start(&f);
    f.with_ima = true;
    f.tpm.selected = selected;
    policy = forge_build(&f, &rig);
    json_object_set_new(json_object_get(json_object_get(policy, "tees"), "tpm"), "require",
                        json_pack("[s,s]", "log.tcg", "log.ima"));
    v = rig_judge(&rig, "tpm", policy);
    json_decref(policy);
    rig_free(&rig);
    return v;
}

static bool says(const struct cc_verify_result *v, cc_verify_severity_t severity, const char *text)
{
    for (size_t i = 0; i < v->reason_count; i++)
        if (v->reasons[i].severity == severity && strstr(v->reasons[i].sentence, text) != NULL)
            return true;
    return false;
}

START_TEST(events_of_registers_that_were_not_quoted_do_not_make_a_log_true)
{
    struct cc_verify_result *v = both_required(0x4ff);

    ck_assert_int_eq(v->verdict, CC_VERIFY_ACCEPTED);
    free(v);

    v = both_required(0xff); /* not 10, which is IMA's */
    ck_assert_int_eq(v->verdict, CC_VERIFY_REFUSED);
    ck_assert(says(v, CC_VERIFY_NOTE, "log.ima: the quote does not cover register 10"));
    ck_assert(says(v, CC_VERIFY_BROKEN, "log.ima: required by the policy"));
    ck_assert_uint_eq(verdict_claim(v, "log.ima", 0)->number, 0);
    ck_assert_uint_eq(verdict_claim(v, "log.tcg", 0)->number, 1);
    free(v);

    v = both_required(0x410); /* 4 and 10, but neither 0 nor 7 */
    ck_assert_int_eq(v->verdict, CC_VERIFY_WARNED);
    ck_assert(says(v, CC_VERIFY_NOTE, "log.tcg: the quote does not cover register 0 7"));
    free(v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/logs");
    TCase *tcase = tcase_of(suite, "logs");

    tcase_add_unchecked_fixture(tcase, keys_make, NULL);
    tcase_add_loop_test(tcase, each_broken_thing_is_refused_by_its_rule, 0,
                        sizeof ROWS / sizeof ROWS[0]);
    tcase_add_test(tcase, a_statement_of_another_type_is_refused);
    tcase_add_loop_test(tcase, no_flipped_bit_of_a_log_passes, 0, 2);
    tcase_add_loop_test(tcase, no_log_that_is_cut_off_passes, 0, 2);
    tcase_add_test(tcase,
                   a_log_without_or_with_one_more_or_moved_record_is_refused_with_its_register);
    tcase_add_test(tcase, events_of_registers_that_were_not_quoted_do_not_make_a_log_true);
    return suite_main(suite);
}
