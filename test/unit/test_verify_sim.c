/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_sim.c - reports of our own device judged by the library: what is wrong, one thing at
 * a time, and the rule that says so; every bit of report and envelope. From own keys.
 */
#include "counts.h"
#include "evidence_rig.h"
#include "forge.h"
#include "support.h"
#include "wire/pem.h"

#define UUID_11 "11111111-1111-1111-1111-111111111111"
#define HEX_22 "2222222222222222222222222222222222222222222222222222222222222222"
#define HEX_33 "3333333333333333333333333333333333333333333333333333333333333333"
#define HEX_44 "4444444444444444444444444444444444444444444444444444444444444444"

enum { ENVELOPE_ROOM = 8192 };

struct scene {
    struct forge *f;
    json_t *policy, *enclave; /* borrowed from policy */
    uint64_t now_s;
    uint8_t nonce[REPORT_USER_DATA_SIZE];
    size_t nonce_size; /* 0: none is asked for */
    bool stranger,
        rewrite; /* another device's root pinned; the body changed behind the signature */
};

static json_t *root_text(const struct forge *f)
{
    char text[1200] = "";
    struct writer w = writer_over(text, sizeof text - 1);

    base64_encode(f->der[FORGE_ROOT], &w);
    ck_assert(!w.failed);
    return json_string(text);
}

static void scene_start(struct scene *s)
{
    memset(s, 0, sizeof *s);
    s->f = forge_new(1);
    s->now_s = FORGE_NOW_S;
    s->nonce_size = REPORT_USER_DATA_SIZE;
    memset(s->nonce, 0x55, sizeof s->nonce);
    s->policy =
        json_pack("{s:i,s:[],s:[{s:s,s:s,s:s,s:s}]}", "schema", 1, "device_roots", "enclaves",
                  "uuid", UUID_11, "mrenclave", HEX_22, "mrtcb", HEX_44, "min_level", "installed");
    s->enclave = json_array_get(json_object_get(s->policy, "enclaves"), 0);
}

/* What tees.sim adds. */
static void tees_set(struct scene *s, const char *key, const char *value)
{
    json_object_set_new(s->policy, "schema", json_integer(2));
    json_object_set_new(s->policy, "tees", json_pack("{s:{s:[s]}}", "sim", key, value));
}

static void scene_build(struct scene *s, struct rig *rig)
{
    struct forge *other = s->stranger ? forge_new(2) : NULL;
    struct view report;

    report = forge_report(s->f);
    json_array_append_new(json_object_get(s->policy, "device_roots"),
                          root_text(other != NULL ? other : s->f));
    if (other != NULL)
        forge_free(other);
    rig_bytes(rig, true, "report", report);
    if (s->rewrite) { /* the first byte of the user data */
        struct buf *bytes = &rig_part(rig, true, "report")->bytes;
        uint8_t *at = memmem(bytes->data, bytes->size, s->f->body.user_data, 64);

        at[0] ^= 1;
        s->nonce[0] ^= 1;
    }
    rig->now_s = s->now_s;
    if (s->nonce_size > 0)
        rig->nonce = view_of(s->nonce, s->nonce_size);
}

static void scene_done(struct scene *s, struct rig *rig)
{
    forge_free(s->f);
    json_decref(s->policy);
    rig_free(rig);
}

static bool has_reason(const struct cc_verify_result *v, const char *rule)
{
    for (size_t i = 0; i < v->reason_count; i++)
        if (strcmp(v->reasons[i].rule, rule) == 0)
            return true;
    return false;
}

static void entry_set(struct scene *s, const char *key, json_t *value)
{
    json_object_set_new(s->enclave, key, value);
}

#define CHANGE(name, statement)                                                                    \
    static void name(struct scene *s)                                                              \
    {                                                                                              \
        statement;                                                                                 \
    }
#define ISSUED(statement) statement, forge_issue(s->f)

CHANGE(nothing, (void)s)
CHANGE(by_signer, json_object_del(s->enclave, "mrenclave");
       entry_set(s, "mrsigner", json_string(HEX_33)); entry_set(s, "prod_id", json_integer(7));
       entry_set(s, "min_svn", json_integer(3)))
CHANGE(short_nonce, memset(s->f->body.user_data + 32, 0, 32); s->nonce_size = 32)
CHANGE(no_nonce_tolerated, s->nonce_size = 0; tees_set(s, "tolerate_insecure", "nonce"))
CHANGE(no_nonce, s->nonce_size = 0)
CHANGE(other_nonce, s->nonce[63] ^= 1)
CHANGE(rewritten, s->rewrite = true)
CHANGE(strangers_root, s->stranger = true)
CHANGE(host, s->f->body.origin = REPORT_ORIGIN_REE)
CHANGE(host_tolerated, host(s); tees_set(s, "tolerate_insecure", "origin"))
CHANGE(channel, s->f->body.purpose = REPORT_PURPOSE_CHANNEL)
CHANGE(ra_tls, s->f->body.purpose = REPORT_PURPOSE_RA_TLS)
CHANGE(local, s->f->body.purpose = REPORT_PURPOSE_LOCAL)
CHANGE(client, s->f->body.purpose = REPORT_PURPOSE_CLIENT)
CHANGE(other_uuid, s->f->body.uuid.bytes[0] = 0)
CHANGE(other_mrenclave, s->f->body.mrenclave[31] = 0)
CHANGE(other_signer, by_signer(s); s->f->body.mrsigner[0] = 0)
CHANGE(other_product, by_signer(s); s->f->body.prod_id = 8)
CHANGE(older, by_signer(s); s->f->body.svn = 2)
CHANGE(other_tcb, s->f->body.mrtcb[0] = 0)
CHANGE(no_tcb, json_object_del(s->enclave, "mrtcb"))
CHANGE(embedded, s->f->body.level = REPORT_LEVEL_EMBEDDED)
CHANGE(no_level, json_object_del(s->enclave, "min_level"))
CHANGE(low_level, entry_set(s, "min_level", json_string("system")))
CHANGE(debug_level, s->f->body.level = REPORT_LEVEL_DEBUG)
CHANGE(no_nodump, s->f->body.protections &= ~(uint32_t)PROTECTION_NODUMP)
CHANGE(no_seccomp, s->f->body.protections &= ~(uint32_t)PROTECTION_SECCOMP)
CHANGE(less_protection, entry_set(s, "require_protections", json_pack("[s]", "mdwe")))
CHANGE(debug, s->f->body.debug = true)
CHANGE(debug_allowed, debug(s); entry_set(s, "allow_debug_enclave_insecure", json_true()))
CHANGE(other_device, entry_set(s, "device_ids", json_string("00112233445566778899aabbccddeeff")))
CHANGE(revoked, json_object_set_new(s->policy, "revoked_device_ids",
                                    json_string("d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1")))
CHANGE(old, entry_set(s, "max_age_s", json_integer(4)))
CHANGE(future, entry_set(s, "max_age_s", json_integer(4));
       s->f->body.issued_at_s = FORGE_NOW_S + 301)
CHANGE(no_registers, entry_set(s, "register_2", json_string(HEX_22)))
CHANGE(registers, entry_set(s, "register_2", json_string(HEX_22)); s->f->body.has_registers = true)
CHANGE(early, s->now_s = FORGE_NOW_S - FORGE_YEAR_S - 1)
CHANGE(late, s->now_s = FORGE_NOW_S + 10 * FORGE_YEAR_S + 1)
CHANGE(ak_late, ISSUED(s->f->fields[FORGE_AK].not_after_s = FORGE_NOW_S - 1))
CHANGE(device_late, ISSUED(s->f->fields[FORGE_DEVICE].not_after_s = FORGE_NOW_S - 1))
CHANGE(root_late, ISSUED(s->f->fields[FORGE_ROOT].not_after_s = FORGE_NOW_S - 1))
CHANGE(ak_ca, ISSUED(s->f->fields[FORGE_AK].is_ca = true))
CHANGE(ak_usage, ISSUED(s->f->fields[FORGE_AK].key_usage |= CERT_USAGE_CERT_SIGN))
CHANGE(device_no_ca, ISSUED(s->f->fields[FORGE_DEVICE].is_ca = false))
CHANGE(device_path, ISSUED(s->f->fields[FORGE_DEVICE].path_len = 1))
CHANGE(device_usage, ISSUED(s->f->fields[FORGE_DEVICE].key_usage = CERT_USAGE_DIGITAL_SIGNATURE))
CHANGE(ak_issuer, ISSUED(s->f->fields[FORGE_AK].issuer = view_text("another")))
CHANGE(ak_device, ISSUED(s->f->fields[FORGE_AK].device_id = VIEW_OF("another devices")))
CHANGE(body_device, s->f->body.device_id[0] ^= 1)
CHANGE(own_ak, s->f->fields[FORGE_AK].point = VIEW_OF(s->f->points[FORGE_ROOT]); forge_issue(s->f))
CHANGE(pretends, s->f->body.has_registers = true;
       snprintf(s->f->body.states, sizeof s->f->body.states, "slow=1"))
CHANGE(pretends_installed, pretends(s);
       json_object_set_new(s->policy, "allow_device_states_insecure", json_true()))
CHANGE(required, tees_set(s, "require", "log.tcg"))

static const struct {
    void (*change)(struct scene *s);
    const char *rule; /* that refuses it; NULL: accepted */
    const char *note; /* that it carries then */
} ROWS[] = {
    {nothing, NULL, NULL},
    {by_signer, NULL, NULL},
    {short_nonce, NULL, NULL},
    {no_nonce_tolerated, NULL, "nonce"},
    {host_tolerated, NULL, "origin"},
    {debug_allowed, NULL, "debug"},
    {no_nonce, "nonce", NULL},
    {other_nonce, "nonce", NULL},
    {rewritten, "signature", NULL},
    {strangers_root, "device_roots", NULL},
    {host, "origin", NULL},
    {channel, "purpose", NULL},
    {ra_tls, "purpose", NULL},
    {local, "purpose", NULL},
    {client, "purpose", NULL},
    {other_uuid, "enclaves", NULL},
    {other_mrenclave, "mrenclave", NULL},
    {other_signer, "mrsigner", NULL},
    {other_product, "prod_id", NULL},
    {older, "min_svn", NULL},
    {other_tcb, "mrtcb", NULL},
    {no_tcb, "mrtcb", NULL},
    {embedded, "min_level", NULL},
    {no_level, "min_level", NULL},
    {low_level, "min_level", NULL},
    {debug_level, "min_level", NULL},
    {no_nodump, "require_protections", NULL},
    {no_seccomp, "require_protections", NULL},
    {less_protection, "require_protections", NULL},
    {debug, "debug", NULL},
    {other_device, "device_ids", NULL},
    {revoked, "revoked_device_ids", NULL},
    {old, "max_age_s", NULL},
    {future, "max_age_s", NULL},
    {no_registers, "register_2", NULL},
    {registers, "register_2", NULL},
    {early, "dates", NULL},
    {late, "dates", NULL},
    {ak_late, "dates", NULL},
    {device_late, "dates", NULL},
    {root_late, "dates", NULL},
    {ak_ca, "ca", NULL},
    {ak_usage, "key_usage", NULL},
    {device_no_ca, "ca", NULL},
    {device_path, "path_length", NULL},
    {device_usage, "key_usage", NULL},
    {ak_issuer, "chain", NULL},
    {ak_device, "device_id", NULL},
    {body_device, "device_id", NULL},
    {own_ak, "signature", NULL},
    {required, "log.tcg", NULL},
    {pretends, "device_states", NULL},
    {pretends_installed, "device_states", NULL}, /* only a debug device does */
};

START_TEST(each_broken_thing_is_refused_by_its_rule)
{
    struct cc_verify_result *v;
    struct rig rig = {0};
    struct scene s;

    scene_start(&s);
    ROWS[_i].change(&s);
    scene_build(&s, &rig);
    v = rig_judge(&rig, NULL, s.policy);
    ck_assert_str_eq(v->tee, "sim");
    for (size_t i = 0; i < v->reason_count; i++)
        printf("  row %d: %s: %s\n", _i, v->reasons[i].rule, v->reasons[i].sentence);
    if (ROWS[_i].rule != NULL)
        ck_assert(v->verdict == CC_VERIFY_REFUSED && has_reason(v, ROWS[_i].rule));
    else if (ROWS[_i].note != NULL)
        ck_assert(v->verdict == CC_VERIFY_WARNED && v->reason_count == 1 &&
                  has_reason(v, ROWS[_i].note));
    else
        ck_assert(v->verdict == CC_VERIFY_ACCEPTED && v->reason_count == 0);
    free(v);
    scene_done(&s, &rig);
}
END_TEST

/* As the secure channel's client judges. */
static const struct {
    const char *states;
    bool allowed;
    const char *listed; /* NULL: the policy has no tees.sim.tcb_status */
    const char *rule;   /* NULL: accepted */
} PRETENDED[] = {
    {"tcb=up_to_date", false, NULL, "device_states"},
    {"tcb=up_to_date", true, NULL, NULL},
    {"slow=1", true, NULL, NULL},
    {"tcb=out_of_date", true, NULL, "tcb_status"},
    {"tcb=out_of_date", true, "OutOfDate", NULL},
    {"tcb=configuration_needed", true, "OutOfDate", "tcb_status"},
    {"tcb=revoked", true, "OutOfDate", "tcb_status"},
};

START_TEST(client_of_a_channel_judges_a_device_that_pretends_by_its_state)
{
    struct verify_request request = {.purpose = REPORT_PURPOSE_APP, .now_s = FORGE_NOW_S};
    struct policy *policy = NULL;
    struct report_body body;
    cc_enclave_result_t rc;
    struct scene s;
    char *text;

    scene_start(&s);
    debug_level(&s);
    s.f->body.has_registers = true;
    snprintf(s.f->body.states, sizeof s.f->body.states, "%s", PRETENDED[_i].states);
    json_array_append_new(json_object_get(s.policy, "device_roots"), root_text(s.f));
    json_object_set_new(s.policy, "allow_embedded_device_insecure", json_true());
    json_object_set_new(s.policy, "allow_device_states_insecure",
                        json_boolean(PRETENDED[_i].allowed));
    entry_set(&s, "min_level", json_string("embedded"));
    entry_set(&s, "allow_debug_enclave_insecure", json_true());
    if (PRETENDED[_i].listed != NULL)
        tees_set(&s, "tcb_status", PRETENDED[_i].listed);
    text = json_dumps(s.policy, 0);
    ck_assert_int_eq(policy_parse(view_text(text), &policy), CC_SUCCESS);
    request.uuid = &s.f->body.uuid;
    request.user_data = VIEW_OF(s.f->body.user_data);
    rc = verify_evidence(policy, NULL, forge_report(s.f), &request, &body);
    ck_assert_msg((rc == CC_SUCCESS) == (PRETENDED[_i].rule == NULL), "%s", detail_get());
    if (PRETENDED[_i].rule != NULL)
        ck_assert_ptr_nonnull(strstr(detail_get(), PRETENDED[_i].rule));
    policy_free(policy);
    free(text);
    forge_free(s.f);
    json_decref(s.policy);
}
END_TEST

START_TEST(each_rule_that_fails_is_said_not_only_the_first)
{
    struct cc_verify_result *v;
    struct rig rig = {0};
    struct scene s;

    scene_start(&s);
    other_mrenclave(&s);
    other_tcb(&s);
    debug(&s);
    host(&s);
    scene_build(&s, &rig);
    v = rig_judge(&rig, NULL, s.policy);
    ck_assert(has_reason(v, "mrenclave") && has_reason(v, "mrtcb") && has_reason(v, "debug") &&
              has_reason(v, "origin"));
    free(v);
    scene_done(&s, &rig);
}
END_TEST

START_TEST(without_a_policy_a_report_is_shown_but_refused)
{
    struct cc_verify_result *v;
    struct rig rig = {0};
    struct scene s;

    scene_start(&s);
    scene_build(&s, &rig);
    v = rig_judge(&rig, NULL, NULL);
    ck_assert(v->verdict == CC_VERIFY_REFUSED && has_reason(v, "device_roots"));
    ck_assert_str_eq((const char *)verdict_claim(v, "uuid", 0)->data, UUID_11);
    ck_assert_str_eq((const char *)verdict_claim(v, "level", 0)->data, "installed");
    ck_assert_uint_eq(verdict_claim(v, "simulated", 0)->number, 1);
    free(v);
    scene_done(&s, &rig);
}
END_TEST

/* As cc_get_ra_report() writes it. */
static size_t envelope_put(struct view report, char room[ENVELOPE_ROOM])
{
    static const char END[] =
        "\",\"payload\":{\"version\":\"TEE.RA.1.0\",\"uuid\":\"" UUID_11 "\",\"ta_img\":\"IiIi\"}}";
    struct writer w = writer_over(room, ENVELOPE_ROOM);

    writer_put(&w, view_text("{\"tee\":\"sim\",\"evidence\":\""));
    base64url_encode(report, &w);
    writer_put(&w, view_text(END));
    ck_assert(!w.failed);
    return w.size;
}

START_TEST(no_flipped_bit_passes_but_in_the_payload_that_nobody_signs)
{
    char text[ENVELOPE_ROOM];
    struct rig rig = {0};
    struct scene s;
    struct buf *bytes;
    size_t payload_at = 0, step = count_of(COUNT_BITS_APART);

    scene_start(&s);
    scene_build(&s, &rig);
    if (_i == 1) {
        size_t size = envelope_put(buf_view(&rig_part(&rig, true, "report")->bytes), text);
        const char *payload = memmem(text, size, "\",\"payload\"", 11);

        ck_assert_ptr_nonnull(payload);
        payload_at = (size_t)(payload - text);
        rig_bytes(&rig, true, "report", view_of(text, size));
    }
    bytes = &rig_part(&rig, true, "report")->bytes;
    for (size_t bit = 0; bit < 8 * bytes->size; bit += step) {
        struct cc_verify_result *v;

        bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (_i == 1 && bytes->data[0] != '{') {
            bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            continue; /* of no known type */
        }
        v = rig_judge(&rig, "sim", s.policy);
        bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_msg(v->verdict == CC_VERIFY_REFUSED || (_i == 1 && bit / 8 > payload_at),
                      "bit %zu of byte %zu: accepted", bit % 8, bit / 8);
        free(v);
    }
    for (size_t size = 1; size < bytes->size; size++) { /* and no truncation */
        struct cc_verify_result *v;
        size_t whole = bytes->size;

        bytes->size = size;
        v = rig_judge(&rig, "sim", s.policy);
        bytes->size = whole;
        ck_assert_int_eq(v->verdict, CC_VERIFY_REFUSED);
        free(v);
    }
    scene_done(&s, &rig);
}
END_TEST

START_TEST(envelope_is_judged_as_the_report_in_it)
{
    char text[ENVELOPE_ROOM];
    struct cc_verify_result *v;
    struct rig rig = {0};
    struct scene s;

    scene_start(&s);
    host_tolerated(&s);
    scene_build(&s, &rig);
    rig_bytes(&rig, true, "report",
              view_of(text, envelope_put(buf_view(&rig_part(&rig, true, "report")->bytes), text)));
    v = rig_judge(&rig, NULL, s.policy);
    ck_assert_str_eq(v->tee, "sim");
    ck_assert_int_eq(v->verdict, CC_VERIFY_WARNED);
    ck_assert_str_eq((const char *)verdict_claim(v, "origin", 0)->data, "host");
    free(v);
    scene_done(&s, &rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/sim");
    TCase *tcase = tcase_of(suite, "sim");

    tcase_add_loop_test(tcase, each_broken_thing_is_refused_by_its_rule, 0,
                        sizeof ROWS / sizeof ROWS[0]);
    tcase_add_loop_test(tcase, client_of_a_channel_judges_a_device_that_pretends_by_its_state, 0,
                        sizeof PRETENDED / sizeof PRETENDED[0]);
    tcase_add_test(tcase, each_rule_that_fails_is_said_not_only_the_first);
    tcase_add_test(tcase, without_a_policy_a_report_is_shown_but_refused);
    tcase_add_loop_test(tcase, no_flipped_bit_passes_but_in_the_payload_that_nobody_signs, 0, 2);
    tcase_add_test(tcase, envelope_is_judged_as_the_report_in_it);
    return suite_main(suite);
}
