/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_tokens.c - what is wrong with tokens of CCA, PSA and virtCCA, one thing at a
 * time, and the rule that says so. All of it is made from own keys.
 */
#include "broken.h"
#include "support.h"

static EVP_PKEY *cpak, *rak, *other, *iak, *rak_521, *other_256, *device_rsa, *ca_rsa, *other_rsa,
    *small_rsa, *other_521;

static void keys_make(void)
{
    cpak = made_key("P-384");
    rak = made_key("P-384");
    other = made_key("P-384");
    iak = made_key("P-256");
    rak_521 = made_key("P-521");
    other_256 = made_key("P-256");
    device_rsa = EVP_RSA_gen(2048);
    ca_rsa = EVP_RSA_gen(2048);
    other_rsa = EVP_RSA_gen(2048);
    small_rsa = EVP_RSA_gen(1024);
    other_521 = made_key("P-521");
}

enum kind { CCA, PSA, VIRTCCA_BARE, VIRTCCA_PLATFORM };

struct forge {
    enum kind kind;
    int tag, platform_label;
    EVP_PKEY *platform_signer, *realm_signer, *realm_key, *trusted;
    int platform_alg, realm_alg;
    const char *key_hash, *realm_profile, *platform_profile;
    bool cose_key, hash_other_form, no_challenge, twice, trailing, unwrapped, no_platform, no_chain;
    uint64_t lifecycle;
    uint8_t flip_challenge;
    size_t rim_size;
    struct made ca, device, stranger;
};

static void forge_start(struct forge *f, enum kind kind)
{
    memset(f, 0, sizeof *f);
    f->kind = kind;
    f->tag = 399;
    f->platform_label = 44234;
    f->platform_signer = f->trusted = kind == PSA ? iak : cpak;
    f->realm_signer = f->realm_key = rak;
    f->platform_alg = kind == PSA ? -7 : -35;
    f->realm_alg = -35;
    f->key_hash = "sha-256";
    f->platform_profile = kind == PSA ? "http://arm.com/psa/2.0.0" : "http://arm.com/CCA-SSD/1.0.0";
    f->lifecycle = 0x3000;
    f->rim_size = 32;
    f->ca = (struct made){
        .name = "CA", .key = ca_rsa, .ca = true, .serial = 1, .usage = "keyCertSign,cRLSign"};
    f->device = (struct made){.name = "device",
                              .key = device_rsa,
                              .issuer = &f->ca,
                              .serial = 2,
                              .no_constraints = true,
                              .usage = "digitalSignature"};
    made_valid(&f->ca);
    made_valid(&f->device);
    if (kind == VIRTCCA_BARE || kind == VIRTCCA_PLATFORM) {
        f->platform_signer = device_rsa;
        f->platform_alg = -37;
        f->trusted = ca_rsa;
        f->realm_key = f->realm_signer = device_rsa;
        f->realm_alg = -37;
    }
    if (kind == VIRTCCA_PLATFORM) {
        f->realm_key = f->realm_signer = rak_521;
        f->realm_alg = -36;
    }
}

static void filled_put(struct writer *w, int64_t label, uint8_t byte, size_t size)
{
    uint8_t bytes[128];

    memset(bytes, byte, sizeof bytes);
    cbor_put_int(w, label);
    cbor_put_bytes(w, view_of(bytes, size));
}

static void text_put(struct writer *w, int64_t label, const char *text)
{
    cbor_put_int(w, label);
    cbor_put_text(w, view_text(text));
}

/* The realm's key as the token has it. */
static size_t key_bytes(const struct forge *f, bool cose, uint8_t *room, size_t size)
{
    struct writer w = writer_over(room, size);
    uint8_t point[133];
    size_t point_size;

    if (EVP_PKEY_is_a(f->realm_key, "RSA")) {
        unsigned char *der = NULL;
        int der_size = i2d_PUBKEY(f->realm_key, &der);

        writer_put(&w, view_of(der, (size_t)der_size));
        OPENSSL_free(der);
        return w.size;
    }
    point_size = made_point(f->realm_key, point, sizeof point);
    if (!cose) {
        writer_put(&w, view_of(point, point_size));
        return w.size;
    }
    cbor_put_map(&w, 4);
    cbor_put_int(&w, 1);
    cbor_put_int(&w, 2);
    cbor_put_int(&w, -1);
    cbor_put_int(&w, 2);
    cbor_put_int(&w, -2);
    cbor_put_bytes(&w, view_of(point + 1, 48));
    cbor_put_int(&w, -3);
    cbor_put_bytes(&w, view_of(point + 49, 48));
    return w.size;
}

static void platform_claims(const struct forge *f, struct writer *w)
{
    uint8_t key[600], digest[32];
    size_t size = key_bytes(f, f->cose_key != f->hash_other_form, key, sizeof key);

    ck_assert(sha256(view_of(key, size), digest));
    digest[0] ^= f->flip_challenge;
    cbor_put_map(w, 6u + (f->no_challenge ? 0 : 1) + (f->twice ? 1 : 0));
    if (!f->no_challenge) {
        cbor_put_int(w, 10);
        cbor_put_bytes(w, VIEW_OF(digest));
    }
    filled_put(w, 2396, 0x11, 32);
    if (f->twice)
        filled_put(w, 2396, 0x11, 32);
    filled_put(w, 256, 0x01, 33);
    cbor_put_int(w, 2395);
    cbor_put_uint(w, f->lifecycle);
    cbor_put_int(w, 2399);
    cbor_put_array(w, 1);
    cbor_put_map(w, 2);
    filled_put(w, 2, 0x4d, 32);
    filled_put(w, 5, 0x55, 32);
    text_put(w, 265, f->platform_profile);
    if (f->kind == PSA) {
        cbor_put_int(w, 2394);
        cbor_put_int(w, -3);
    } else {
        text_put(w, 2402, "sha-256");
    }
}

static void realm_claims(const struct forge *f, struct writer *w)
{
    bool cca = f->kind == CCA;
    uint8_t key[600];
    size_t size = key_bytes(f, f->cose_key, key, sizeof key);

    cbor_put_map(w, cca && f->realm_profile != NULL ? 8 : 7);
    filled_put(w, 10, 0x44, 64);
    filled_put(w, 44235, 0, 64);
    text_put(w, 44236, "sha-256");
    text_put(w, 44240, f->key_hash);
    filled_put(w, 44238, 0x4d, f->rim_size);
    cbor_put_int(w, 44239);
    cbor_put_array(w, 4);
    for (size_t i = 0; i < 4; i++) {
        static const uint8_t ZEROS[32];

        cbor_put_bytes(w, VIEW_OF(ZEROS));
    }
    cbor_put_int(w, 44237);
    cbor_put_bytes(w, view_of(key, size));
    if (cca && f->realm_profile != NULL)
        text_put(w, 265, f->realm_profile);
}

static void collection_put(const struct forge *f, struct writer *w)
{
    static uint8_t platform[4096], realm[4096], claims[4096], wrapped[4096];
    bool both = f->kind != VIRTCCA_BARE && !f->no_platform;
    struct writer p = writer_over(platform, sizeof platform),
                  c = writer_over(claims, sizeof claims);
    struct writer r = writer_over(realm, sizeof realm), i = writer_over(wrapped, sizeof wrapped);

    platform_claims(f, &c);
    sign1_put(&p, f->platform_alg, f->platform_signer, writer_view(&c));
    c = writer_over(claims, sizeof claims);
    realm_claims(f, &c);
    cbor_put_bytes(&i, writer_view(&c));
    sign1_put(&r, f->realm_alg, f->realm_signer,
              f->kind == CCA || f->unwrapped ? writer_view(&c) : writer_view(&i));
    cbor_put_tag(w, (uint64_t)f->tag);
    cbor_put_map(w, both ? 2 : 1);
    if (both) {
        cbor_put_int(w, f->platform_label);
        cbor_put_bytes(w, writer_view(&p));
    }
    cbor_put_int(w, 44241);
    cbor_put_bytes(w, writer_view(&r));
    if (f->trailing)
        writer_u8(w, 0);
}

static const char *const TEES[] = {"cca", "psa", "virtcca", "virtcca"};

static void spki_part(struct rig *rig, const char *name, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(key, &der);

    rig_bytes(rig, false, name, view_of(der, (size_t)size));
    OPENSSL_free(der);
}

static json_t *forge_build(struct forge *f, struct rig *rig)
{
    static uint8_t token[16384];
    static const uint8_t CHALLENGE[64] = {[0 ... 63] = 0x44};
    struct writer w = writer_over(token, sizeof token), c = writer_over(token, sizeof token);
    bool psa = f->kind == PSA, virtcca = f->kind == VIRTCCA_BARE || f->kind == VIRTCCA_PLATFORM;

    if (psa) {
        static uint8_t claims[2048];

        c = writer_over(claims, sizeof claims);
        platform_claims(f, &c);
        sign1_put(&w, f->platform_alg, f->platform_signer, writer_view(&c));
    } else {
        collection_put(f, &w);
    }
    rig_bytes(rig, true, "token", writer_view(&w));
    rig->now_s = BROKEN_NOW_S;
    rig->nonce = VIEW_OF(CHALLENGE);
    if (virtcca) {
        rig_put(rig, true, "dev_cert", made_issue(&f->device));
        if (!f->no_chain)
            rig_put(rig, false, "issuer_chain.pem", made_issue(&f->ca));
    }
    if (f->kind == CCA)
        spki_part(rig, "cpak.json", cpak);
    if (psa) {
        static uint8_t own[32]; /* a PSA token's nonce is its platform challenge here */
        uint8_t key[600];

        ck_assert(sha256(view_of(key, key_bytes(f, false, key, sizeof key)), own));
        spki_part(rig, "iak.json", iak);
        rig->nonce = VIEW_OF(own);
    }
    return pinning_policy(TEES[f->kind], f->trusted,
                          f->kind == CCA ? "realm_initial_measurement"
                          : psa          ? "sw_component.measurement"
                                         : "rim",
                          "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d");
}

CHANGE(nothing, (void)f)
CHANGE(new_tag, f->tag = 907)
CHANGE(cose_rak, f->cose_key = true; f->realm_profile = "tag:arm.com,2023:realm#1.0.0")
CHANGE(platform_by_other, f->platform_signer = other)
CHANGE(psa_by_other, f->platform_signer = other_256)
CHANGE(psa_algorithm, f->platform_signer = other; f->platform_alg = -35)
CHANGE(realm_by_other, f->realm_signer = other)
CHANGE(realm_replaced, f->flip_challenge = 1)
CHANGE(key_untrusted, f->trusted = other)
CHANGE(hash_unknown, f->key_hash = "sha-1")
CHANGE(hash_other, f->key_hash = "sha-512")
CHANGE(form_other, f->hash_other_form = true)
CHANGE(raw_with_profile, f->realm_profile = "tag:arm.com,2023:realm#1.0.0")
CHANGE(cose_without_profile, f->cose_key = true)
CHANGE(profile_unknown, f->realm_profile = "x"; f->cose_key = true)
CHANGE(platform_profile, f->platform_profile = "x")
CHANGE(tag_other, f->tag = 400)
CHANGE(platform_twice, f->platform_label = 44241)
CHANGE(claim_missing, f->no_challenge = true)
CHANGE(claim_twice, f->twice = true)
CHANGE(trailing, f->trailing = true)
CHANGE(not_secured, f->lifecycle = 0x4000)
CHANGE(rim_size, f->rim_size = 31)
CHANGE(device_expired, f->device.until_s = BROKEN_NOW_S - 1)
CHANGE(device_early, f->device.from_s = BROKEN_NOW_S + 1)
CHANGE(ca_is_none, f->ca.ca = false)
CHANGE(ca_usage, f->ca.usage = "cRLSign")
CHANGE(device_usage, f->device.usage = "keyAgreement")
CHANGE(key_unbound, f->realm_key = f->realm_signer = ca_rsa)
CHANGE(chain_missing, f->no_chain = true)
CHANGE(not_wrapped, f->unwrapped = true)
CHANGE(token_by_ca, f->realm_signer = ca_rsa)
CHANGE(platform_by_ca, f->platform_signer = ca_rsa)
CHANGE(bare_p521, f->device.key = f->realm_key = f->realm_signer = rak_521; f->realm_alg = -36)
CHANGE(platform_rsa, f->realm_key = f->realm_signer = other_rsa; f->realm_alg = -37)
CHANGE(platform_rsa_by_other, f->realm_key = other_rsa; f->realm_signer = ca_rsa;
       f->realm_alg = -37)
CHANGE(platform_rsa_weak, f->realm_key = f->realm_signer = small_rsa; f->realm_alg = -37)
CHANGE(platform_missing, f->no_platform = true)
CHANGE(p521_by_other, f->realm_signer = other_521)
CHANGE(p521_algorithm, f->realm_alg = -37; f->realm_signer = device_rsa)
CHANGE(device_by_stranger, f->stranger = f->ca; f->stranger.key = other_rsa;
       f->device.issuer = &f->stranger)
CHANGE(device_unlinked, f->device.issuer = NULL)
CHANGE(ca_by_stranger, f->stranger = f->ca; f->stranger.key = other_rsa;
       f->ca.issuer = &f->stranger)
CHANGE(ca_expired, f->ca.until_s = BROKEN_NOW_S - 1)
CHANGE(ca_early, f->ca.from_s = BROKEN_NOW_S + 1)
CHANGE(device_is_ca, f->device.no_constraints = false; f->device.ca = true)
CHANGE(device_critical, f->device.critical = true)
CHANGE(realm_algorithm, f->realm_alg = -7; f->realm_signer = other_256)
CHANGE(platform_algorithm, f->platform_alg = -7; f->platform_signer = other_256)
CHANGE(realm_by_platform, f->realm_signer = cpak)
CHANGE(platform_by_realm, f->platform_signer = rak)

static const struct {
    enum kind kind;
    void (*change)(struct forge *f);
    const char *rule;
} ROWS[] = {
    {CCA, nothing, NULL},
    {CCA, new_tag, NULL},
    {CCA, cose_rak, NULL},
    {CCA, platform_by_other, "signature"},
    {CCA, realm_by_other, "signature"},
    {CCA, realm_replaced, "binding"},
    {CCA, key_untrusted, "root"},
    {CCA, hash_unknown, "binding"},
    {CCA, hash_other, "binding"},
    {CCA, form_other, "binding"},
    {CCA, raw_with_profile, "key"},
    {CCA, cose_without_profile, "key"},
    {CCA, profile_unknown, "profile"},
    {CCA, platform_profile, "profile"},
    {CCA, claim_missing, "format"},
    {CCA, claim_twice, "format"},
    {CCA, not_secured, "debug"},
    {CCA, rim_size, "format"},
    {CCA, realm_algorithm, "algorithm"},
    {CCA, platform_algorithm, "algorithm"},
    {CCA, realm_by_platform, "signature"},
    {CCA, platform_by_realm, "signature"},
    {PSA, nothing, NULL},
    {PSA, psa_by_other, "signature"},
    {PSA, psa_algorithm, "algorithm"},
    {PSA, key_untrusted, "root"},
    {PSA, not_secured, "debug"},
    {PSA, platform_profile, "profile"},
    {PSA, claim_twice, "format"},
    {PSA, claim_missing, "format"},
    {VIRTCCA_BARE, nothing, NULL},
    {VIRTCCA_BARE, key_unbound, "binding"},
    {VIRTCCA_BARE, token_by_ca, "signature"},
    {VIRTCCA_BARE, device_expired, "dates"},
    {VIRTCCA_BARE, device_early, "dates"},
    {VIRTCCA_BARE, ca_is_none, "ca"},
    {VIRTCCA_BARE, ca_usage, "key_usage"},
    {VIRTCCA_BARE, device_usage, "key_usage"},
    {VIRTCCA_BARE, key_untrusted, "root"},
    {VIRTCCA_BARE, chain_missing, "chain"},
    {VIRTCCA_BARE, not_wrapped, "format"},
    {VIRTCCA_BARE, rim_size, "format"},
    {VIRTCCA_BARE, bare_p521, NULL},
    {VIRTCCA_BARE, device_by_stranger, "signature"},
    {VIRTCCA_BARE, device_unlinked, "chain"},
    {VIRTCCA_BARE, ca_by_stranger, "signature"},
    {VIRTCCA_BARE, ca_expired, "dates"},
    {VIRTCCA_BARE, ca_early, "dates"},
    {VIRTCCA_BARE, device_is_ca, "ca"},
    {VIRTCCA_BARE, device_critical, "critical"},
    {VIRTCCA_PLATFORM, nothing, NULL},
    {VIRTCCA_PLATFORM, platform_rsa, NULL},
    {VIRTCCA_PLATFORM, platform_rsa_by_other, "signature"},
    {VIRTCCA_PLATFORM, platform_rsa_weak, "key"},
    {VIRTCCA_PLATFORM, platform_missing, "binding"},
    {VIRTCCA_PLATFORM, p521_by_other, "signature"},
    {VIRTCCA_PLATFORM, p521_algorithm, "algorithm"},
    {VIRTCCA_PLATFORM, device_by_stranger, "signature"},
    {VIRTCCA_PLATFORM, device_expired, "dates"},
    {VIRTCCA_PLATFORM, ca_expired, "dates"},
    {VIRTCCA_PLATFORM, platform_by_ca, "signature"},
    {VIRTCCA_PLATFORM, realm_replaced, "binding"},
    {VIRTCCA_PLATFORM, not_secured, "debug"},
    {VIRTCCA_PLATFORM, hash_unknown, "binding"},
};

START_TEST(each_broken_thing_is_refused_by_its_rule)
{
    struct rig rig = {0};
    struct forge f;
    json_t *policy;

    forge_start(&f, ROWS[_i].kind);
    ROWS[_i].change(&f);
    policy = forge_build(&f, &rig);
    judged_as(&rig, TEES[f.kind], policy, ROWS[_i].rule, _i);
}
END_TEST

/* These are no collections at all, so nobody knows them unless told. */
START_TEST(what_is_no_collection_is_refused)
{
    static void (*const CHANGES[])(struct forge * f) = {tag_other, platform_twice, trailing};
    struct rig rig = {0};
    struct forge f;
    json_t *policy;
    struct cc_verify_result *v;

    forge_start(&f, CCA);
    CHANGES[_i](&f);
    policy = forge_build(&f, &rig);
    v = rig_judge(&rig, "cca", policy);
    ck_assert(v->verdict == CC_VERIFY_REFUSED && has_reason(v, "format"));
    free(v);
    json_decref(policy);
    rig_free(&rig);
}
END_TEST

/* Below a root nobody signs what is pinned, so that its certificate may say any dates. */
START_TEST(a_pinned_authority_counts_within_the_vendors_own_dates_only)
{
    static const uint64_t DATES[][2] = {{BROKEN_NOW_S - 10, BROKEN_NOW_S + 10}};
    EVP_PKEY *upper = made_key("P-256"), *ca = made_key("P-256"), *leaf = made_key("P-256");
    struct made top = {.name = "above", .key = upper, .ca = true, .serial = 1};
    struct made pinned = {.name = "CA", .key = ca, .issuer = &top, .ca = true, .serial = 2};
    struct made signer = {.name = "leaf", .key = leaf, .issuer = &pinned, .serial = 3};
    cc_verify_input_t input = {.tee = "virtcca", .now_s = BROKEN_NOW_S};
    cc_verifier_request_t request = {.input = &input};
    struct cc_verify_result *v = malloc(sizeof *v);
    cc_verifier_sink_t sink = verdict_sink(v);
    const struct judge j = {&request, &sink, NULL, NULL, false};
    uint8_t key[1][SHA256_SIZE];
    const struct pins pins = {(const uint8_t(*)[SHA256_SIZE])key, 1, true, DATES};
    struct certs chain = {.count = 0};
    struct pubkey found = PUBKEY_EMPTY;
    struct buf ders[2];

    made_valid(&top);
    made_valid(&pinned);
    made_valid(&signer);
    ders[0] = made_issue(&signer);
    ders[1] = made_issue(&pinned);
    verdict_init(v, "virtcca");
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(certs_add(&chain, buf_view(&ders[i])), CC_SUCCESS);
    ck_assert(sha256(chain.list[1].spki, key[0]));

    ck_assert(chain_check(&j, "the device certificate", &chain, &pins, &found));
    pubkey_done(&found);
    input.now_s = BROKEN_NOW_S + 11;
    ck_assert(!chain_check(&j, "the device certificate", &chain, &pins, &found));
    ck_assert(v->broken && has_reason(v, "dates"));
    input.now_s = BROKEN_NOW_S - 11;
    ck_assert(!chain_check(&j, "the device certificate", &chain, &pins, &found));
    for (size_t i = 0; i < 2; i++)
        buf_free(&ders[i]);
    EVP_PKEY_free(upper);
    EVP_PKEY_free(ca);
    EVP_PKEY_free(leaf);
    free(v);
}
END_TEST

/* Whatever number of them a verifier says, in whatever order. */
START_TEST(a_minimum_is_reached_by_each_claim_of_its_name)
{
    static const char POLICY[] = "{\"schema\":2,\"tees\":{\"psa\":{\"min\":{\"svn\":4},"
                                 "\"tolerate_insecure\":[\"identity\",\"nonce\"]}}}";
    static const uint64_t NUMBERS[][2] = {{4, 5}, {5, 3}, {3, 5}};
    cc_verify_input_t input = {.tee = "psa", .now_s = BROKEN_NOW_S};
    struct cc_verify_result *v = malloc(sizeof *v);
    cc_verifier_sink_t sink = verdict_sink(v);
    struct policy *policy = NULL;

    ck_assert_int_eq(policy_parse(view_text(POLICY), &policy), CC_SUCCESS);
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        verdict_init(v, "psa");
        claim_flag(&sink, "debug", false);
        claim_number(&sink, "svn", NUMBERS[i][0]);
        claim_number(&sink, "svn", NUMBERS[i][1]);
        tee_rules_apply(tee_policy_find(&policy->tees, "psa"), &verifier_psa, &input, v);
        ck_assert_msg((v->verdict == CC_VERIFY_REFUSED) == (i > 0), "row %zu", i);
        ck_assert(has_reason(v, "svn") == (i > 0));
    }
    policy_free(policy);
    free(v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/tokens");
    TCase *tcase = tcase_of(suite, "forged");

    tcase_add_unchecked_fixture(tcase, keys_make, NULL);
    tcase_add_loop_test(tcase, each_broken_thing_is_refused_by_its_rule, 0,
                        sizeof ROWS / sizeof ROWS[0]);
    tcase_add_loop_test(tcase, what_is_no_collection_is_refused, 0, 3);
    tcase_add_test(tcase_of(suite, "pins"),
                   a_pinned_authority_counts_within_the_vendors_own_dates_only);
    tcase_add_test(tcase_of(suite, "rules"), a_minimum_is_reached_by_each_claim_of_its_name);
    return suite_main(suite);
}
