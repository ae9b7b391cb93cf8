/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * arm.c - verifies tokens of Arm CCA realms and of PSA devices. docs/attestation/arm.md lists the
 * checks. Layer: attestation/verify. Threads: no state.
 */
#include "base/detail.h"
#include "verify/arm.h"
#include "verify/judge.h"

enum { TAG_CCA = 399, TAG_CCA_NEW = 907, LABEL_PLATFORM = 44234, LABEL_REALM = 44241 };
enum { LIFECYCLE_SECURED = 0x3000, LIFECYCLE_MASK = 0xff00, RAK_POINT_SIZE = 97 };

/* Rows of the tables below that the code asks for. */
enum { P_CHALLENGE, P_IMPLEMENTATION, P_INSTANCE, P_LIFECYCLE, P_COMPONENTS };
const struct label arm_platform_labels[ARM_PLATFORM_LABELS] = {
    {10, "platform_challenge", LABEL_BYTES, 32, 64, true},
    {2396, "implementation_id", LABEL_BYTES, 32, 32, true},
    {256, "instance_id", LABEL_BYTES, 33, 33, true},
    {2395, "lifecycle", LABEL_NUMBER, 0, 0, true},
    {2399, "sw_components", LABEL_COMPONENTS, 0, 0, true},
    {265, "platform_profile", LABEL_TEXT, 1, 256, true},
    {2401, "config", LABEL_BYTES, 0, 4096, false},
    {2402, "platform_hash_alg", LABEL_TEXT, 1, 32, false},
    {2400, "verification_service", LABEL_TEXT, 0, 1024, false},
};

enum { R_CHALLENGE, R_KEY, R_KEY_HASH, R_PROFILE };
static const struct label REALM[] = {
    {10, "realm_challenge", LABEL_BYTES, 64, 64, true},
    {44237, "realm_pubkey", LABEL_BYTES, 1, 512, true},
    {44240, "realm_pubkey_hash_alg", LABEL_TEXT, 1, 32, true},
    {265, "realm_profile", LABEL_TEXT, 1, 256, false},
    {44235, "realm_personalization", LABEL_BYTES, 64, 64, true},
    {44236, "realm_hash_alg", LABEL_TEXT, 1, 32, true},
    {44238, "realm_initial_measurement", LABEL_BYTES, 32, 64, true},
    {44239, "realm_extensible_measurements", LABEL_LIST, 32, 64, true},
};
enum { REALM_LABELS = sizeof REALM / sizeof REALM[0] };

enum { A_NONCE, A_LIFECYCLE, A_INSTANCE, A_PROFILE };
static const struct label PSA_2[] = {
    {10, "nonce", LABEL_BYTES, 32, 64, true},
    {2395, "lifecycle", LABEL_NUMBER, 0, 0, true},
    {256, "instance_id", LABEL_BYTES, 33, 33, true},
    {265, "profile", LABEL_TEXT, 1, 256, true},
    {2396, "implementation_id", LABEL_BYTES, 32, 32, true},
    {2394, "client_id", LABEL_NUMBER, 0, 0, true},
    {2399, "sw_components", LABEL_COMPONENTS, 0, 0, true},
    {2397, "boot_seed", LABEL_BYTES, 8, 32, false},
    {2398, "certification_reference", LABEL_TEXT, 1, 64, false},
    {2400, "verification_service", LABEL_TEXT, 0, 1024, false},
};
static const struct label PSA_1[] = {
    {-75008, "nonce", LABEL_BYTES, 32, 64, true},
    {-75002, "lifecycle", LABEL_NUMBER, 0, 0, true},
    {-75009, "instance_id", LABEL_BYTES, 33, 33, true},
    {-75000, "profile", LABEL_TEXT, 1, 256, false},
    {-75003, "implementation_id", LABEL_BYTES, 32, 32, true},
    {-75001, "client_id", LABEL_NUMBER, 0, 0, true},
    {-75006, "sw_components", LABEL_COMPONENTS, 0, 0, false},
    {-75004, "boot_seed", LABEL_BYTES, 32, 32, true},
    {-75005, "certification_reference", LABEL_TEXT, 1, 64, false},
    {-75010, "verification_service", LABEL_TEXT, 0, 1024, false},
    {-75007, "no_sw_measurements", LABEL_NUMBER, 0, 0, false},
};

bool arm_labels_check(const struct judge *j, const char *what, struct view map,
                      const struct label *labels, size_t count, struct labelled *ret_values)
{
    size_t bad;

    if (labels_read(map, labels, count, ret_values, &bad))
        return true;
    return FAIL(
        j->sink, "format",
        "format: the claims of %s: %s is missing, comes twice or is of a wrong kind or size", what,
        bad < count ? labels[bad].claim : "a claim");
}

/* Everything but the life cycle "secured" lets somebody look inside (PSA 4.3, lifecycle). */
void arm_lifecycle_say(const cc_verifier_sink_t *sink, uint64_t lifecycle)
{
    claim_flag(sink, "debug", (lifecycle & ~(uint64_t)UINT8_MAX) != LIFECYCLE_SECURED);
}

bool arm_collection_read(const struct judge *j, struct view bytes, struct view *ret_platform,
                         struct view *ret_realm)
{
    struct reader r = reader_over(bytes);
    uint64_t tag = cbor_take_tag(&r);
    size_t count = cbor_take_map(&r, 2);

    *ret_platform = *ret_realm = VIEW_EMPTY;
    for (; !r.failed && count > 0; count--) {
        int64_t label = cbor_take_int(&r);
        struct view token = cbor_take_bytes(&r);
        struct view *place = label == LABEL_PLATFORM ? ret_platform
                             : label == LABEL_REALM  ? ret_realm
                                                     : NULL;

        if (place == NULL || place->size != 0 || token.size == 0)
            r.failed = true;
        else
            *place = token;
    }
    if (!reader_done(&r) || (tag != TAG_CCA && tag != TAG_CCA_NEW))
        return FAIL(
            j->sink, "format",
            "format: a collection (tag 399 or 907) of a platform and a realm token expected");
    return true;
}

/* The realm's key: a point of P-384 or, with a profile, a COSE_Key. */
static bool rak_read(const struct judge *j, const struct labelled *realm, struct pubkey *ret_key)
{
    struct view bytes = realm->bytes[R_KEY];
    uint8_t point[RAK_POINT_SIZE] = {4};
    struct cose_key key;

    if (!realm->seen[R_PROFILE])
        return (bytes.size == RAK_POINT_SIZE && pubkey_from_point(ret_key, KEY_P384, bytes)) ||
               FAIL(j->sink, "key", "key: the realm's: a point of P-384 expected");
    if (!view_equal(realm->bytes[R_PROFILE], view_text("tag:arm.com,2023:realm#1.0.0")))
        return FAIL(j->sink, "profile",
                    "profile: tag:arm.com,2023:realm#1.0.0 expected in the realm's token");
    if (cose_key_decode(bytes, &key) != CC_SUCCESS || key.curve != 2 ||
        key.x.size != RAK_POINT_SIZE / 2 || key.y.size != RAK_POINT_SIZE / 2)
        return FAIL(j->sink, "key", "key: the realm's: a COSE_Key of P-384 expected");
    memcpy(point + 1, key.x.data, key.x.size);
    memcpy(point + 1 + key.x.size, key.y.data, key.y.size);
    return pubkey_from_point(ret_key, KEY_P384, VIEW_OF(point)) ||
           FAIL(j->sink, "key", "key: the realm's is no point of P-384");
}

bool arm_binding_check(const struct judge *j, struct view challenge, struct view key,
                       struct view hash_name)
{
    enum hash_alg hash = hash_named(hash_name);
    uint8_t digest[HASH_MAX_SIZE];

    if (hash == HASH_COUNT || !hash_digest(hash, key, digest))
        return FAIL(j->sink, "binding",
                    "binding: sha-256, sha-384 or sha-512 expected as key hash");
    return view_equal(challenge, view_of(digest, hash_alg_size(hash))) ||
           FAIL(j->sink, "binding",
                "binding: the platform token vouches for another realm key than this one");
}

static bool platform_profile_check(const struct judge *j, const struct labelled *platform)
{
    struct view profile = platform->bytes[P_COMPONENTS + 1];

    return view_equal(profile, view_text("http://arm.com/CCA-SSD/1.0.0")) ||
           view_equal(profile, view_text("tag:arm.com,2023:cca_platform#1.0.0")) ||
           FAIL(j->sink, "profile", "profile: one of CCA's expected in the platform token");
}

static bool cca_tokens_check(const struct judge *j, const struct cose_sign1 *platform,
                             const struct cose_sign1 *realm)
{
    struct pubkey cpak = PUBKEY_EMPTY, rak = PUBKEY_EMPTY;
    struct labelled p, r;
    bool good = arm_labels_check(j, "the platform token", platform->payload, arm_platform_labels,
                                 ARM_PLATFORM_LABELS, &p) &&
                arm_labels_check(j, "the realm token", realm->payload, REALM, REALM_LABELS, &r);

    if (!good)
        return false;
    labels_say(j->sink, arm_platform_labels, ARM_PLATFORM_LABELS, &p);
    labels_say(j->sink, REALM, REALM_LABELS, &r);
    claim_view(j->sink, "nonce", r.bytes[R_CHALLENGE]);
    arm_lifecycle_say(j->sink, p.number[P_LIFECYCLE]);
    good = platform_profile_check(j, &p) && trusted_key_read(j, "cpak.json", &cpak) &&
           cose_check(j, "the platform token", platform, &cpak) && rak_read(j, &r, &rak) &&
           arm_binding_check(j, p.bytes[P_CHALLENGE], r.bytes[R_KEY], r.bytes[R_KEY_HASH]) &&
           cose_check(j, "the realm token", realm, &rak);
    pubkey_done(&cpak);
    pubkey_done(&rak);
    return good;
}

static void cca_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    struct verified before = {.count = 0};
    const struct judge j = {request, sink, &before, NULL, false};
    struct view platform, realm;
    struct cose_sign1 p, r;

    if (!arm_collection_read(&j, evidence_first(request), &platform, &realm))
        return;
    if (platform.size == 0 || realm.size == 0)
        BROKEN(sink, "format", "format: a platform token and a realm token expected, found one");
    else if (cose_sign1_decode(platform, &p) != CC_SUCCESS ||
             cose_sign1_decode(realm, &r) != CC_SUCCESS)
        BROKEN(sink, "format", "format: %s", detail_get());
    else
        cca_tokens_check(&j, &p, &r);
}

/* UEID of type RAND over the key's point (PSA 2.0.0, 4.2.1); some vendors choose another. */
static void instance_say(const struct judge *j, const struct pubkey *key, struct view instance)
{
    uint8_t spki[PUBKEY_SPKI_MAX_SIZE], want[33] = {1};
    struct writer w = writer_over(spki, sizeof spki);
    size_t point = 1 + 2 * pubkey_scalar_size(key->kind);

    if (pubkey_spki(key, &w) && point < w.size &&
        sha256(view_of(spki + w.size - point, point), want + 1))
        claim_flag(j->sink, "instance_id_is_hash_of_key", view_equal(instance, VIEW_OF(want)));
}

static void psa_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    struct verified before = {.count = 0};
    const struct judge j = {request, sink, &before, NULL, false};
    struct pubkey iak = PUBKEY_EMPTY;
    const struct label *labels = PSA_2;
    size_t count = sizeof PSA_2 / sizeof PSA_2[0], bad;
    struct cose_sign1 token;
    struct labelled v;

    if (cose_sign1_decode(evidence_first(request), &token) != CC_SUCCESS) {
        BROKEN(sink, "format", "format: %s", detail_get());
        return;
    }
    if (!labels_read(token.payload, labels, count, &v, &bad)) {
        labels = PSA_1;
        count = sizeof PSA_1 / sizeof PSA_1[0];
        if (!arm_labels_check(&j, "the token (of either profile)", token.payload, labels, count,
                              &v))
            return;
    }
    labels_say(sink, labels, count, &v);
    arm_lifecycle_say(sink, v.number[A_LIFECYCLE]);
    if (v.seen[A_PROFILE] &&
        !view_equal(v.bytes[A_PROFILE], view_text("http://arm.com/psa/2.0.0")) &&
        !view_equal(v.bytes[A_PROFILE], view_text("tag:psacertified.org,2023:psa#tfm")) &&
        !view_equal(v.bytes[A_PROFILE], view_text("PSA_IOT_PROFILE_1")))
        BROKEN(sink, "profile", "profile: one of PSA's expected");
    if (trusted_key_read(&j, "iak.json", &iak) && cose_check(&j, "the token", &token, &iak))
        instance_say(&j, &iak, v.bytes[A_INSTANCE]);
    pubkey_done(&iak);
}

bool arm_collection_has(const cc_verify_input_t *input, bool platform)
{
    struct reader r = reader_over(view_of(input->evidence[0].data, input->evidence[0].size));
    uint64_t tag = cbor_take_tag(&r);
    size_t count = cbor_take_map(&r, 2);
    bool found = false;

    for (; !r.failed && count > 0; count--) {
        if (cbor_take_int(&r) == LABEL_PLATFORM)
            found = true;
        cbor_take_foreign(&r);
    }
    return reader_done(&r) && (tag == TAG_CCA || tag == TAG_CCA_NEW) && found == platform;
}

/* virtCCA's tokens look the same but for the device certificate beside them. */
static bool cca_detects(const cc_verify_input_t *input)
{
    for (size_t i = 0; i < input->evidence_count; i++)
        if (input->evidence[i].name != NULL && strcmp(input->evidence[i].name, "dev_cert") == 0)
            return false;
    return arm_collection_has(input, true);
}

static bool psa_detects(const cc_verify_input_t *input)
{
    struct view bytes = view_of(input->evidence[0].data, input->evidence[0].size);
    struct reader r = reader_over(bytes);
    struct cose_sign1 token;
    struct reader payload;

    if (cbor_next(&r) != CBOR_NEXT_TAG || cose_sign1_decode(bytes, &token) != CC_SUCCESS)
        return false;
    payload = reader_over(token.payload);
    cbor_take_map(&payload, 32);
    return cbor_next(&payload) <= CBOR_NEXT_NINT;
}

static const char *const CCA_IDENTITY[] = {"realm_initial_measurement", NULL};
static const char *const PSA_IDENTITY[] = {"sw_component.measurement", NULL};

const cc_verifier_t verifier_cca = {CC_VERIFIER_ABI, sizeof(cc_verifier_t), "cca",     "Arm CCA",
                                    CCA_IDENTITY,    cca_detects,           cca_verify};
const cc_verifier_t verifier_psa = {CC_VERIFIER_ABI, sizeof(cc_verifier_t), "psa",     "PSA",
                                    PSA_IDENTITY,    psa_detects,           psa_verify};
