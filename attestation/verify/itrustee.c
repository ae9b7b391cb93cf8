/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * itrustee.c - verifies reports of iTrustee's trusted applications, scenario sce_no_as.
 * docs/attestation/huawei.md lists the checks.
 *
 * Both signatures are over base64url of the payload as cJSON prints it: what is parsed is printed
 * again, member by member in its order, and that is what must be signed.
 *
 * Layer: attestation/verify. Threads: no state.
 */
#include "base/detail.h"
#include "verify/huawei.h"
#include "verify/judge.h"
#include "verify/token.h"
#include "wire/pem.h"
#include <inttypes.h>
#include <stdio.h>

enum { REPORT_MIN_SIZE = 100, REPORT_MAX_JSON_SIZE = 20000, DEPTH_MAX = 8 };
enum { PRINT_ROOM = 64 << 10, RSA_ROOM = 1024, CERT_ROOM = 8 << 10, DIGEST_SIZE = 32 };
enum { NONCE_MAX_SIZE = 64, CHALLENGE_SIZE = 32 };

static void tabs_put(struct writer *w, size_t count)
{
    for (; count > 0; count--)
        writer_u8(w, '\t');
}

static void string_put(struct writer *w, const char *text)
{
    static const char FROM[] = "\"\\\b\f\n\r\t", TO[] = "\"\\bfnrt";

    writer_u8(w, '"');
    for (const uint8_t *c = (const uint8_t *)text; *c != 0; c++) {
        const char *special = strchr(FROM, *c);
        char code[8];

        if (special != NULL) {
            writer_u8(w, '\\');
            writer_u8(w, (uint8_t)TO[special - FROM]);
        } else if (*c < 0x20) {
            snprintf(code, sizeof code, "\\u%04x", *c);
            writer_put(w, view_text(code));
        } else {
            writer_u8(w, *c);
        }
    }
    writer_u8(w, '"');
}

static void value_put(struct writer *w, json_t *value, size_t depth);

static void object_put(struct writer *w, json_t *object, size_t depth)
{
    size_t left = json_object_size(object);
    const char *key;
    json_t *value;

    writer_put(w, view_text("{\n"));
    json_object_foreach(object, key, value)
    {
        tabs_put(w, depth + 1);
        string_put(w, key);
        writer_put(w, view_text(":\t"));
        value_put(w, value, depth + 1);
        writer_put(w, view_text(--left > 0 ? ",\n" : "\n"));
    }
    tabs_put(w, depth);
    writer_u8(w, '}');
}

static void value_put(struct writer *w, json_t *value, size_t depth)
{
    char number[24];

    if (depth > DEPTH_MAX) {
        w->failed = true;
    } else if (json_is_object(value)) {
        object_put(w, value, depth);
    } else if (json_is_string(value)) {
        string_put(w, json_string_value(value));
    } else if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        writer_put(w, view_text(number));
    } else if (json_is_boolean(value)) {
        writer_put(w, view_text(json_is_true(value) ? "true" : "false"));
    } else if (json_is_array(value)) {
        writer_u8(w, '[');
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (i > 0)
                writer_put(w, view_text(", "));
            value_put(w, json_array_get(value, i), depth + 1);
        }
        writer_u8(w, ']');
    } else { /* null and fractions: no report has them */
        w->failed = true;
    }
}

static struct view decoded(const json_t *object, const char *member, uint8_t *room, size_t size)
{
    const char *text = json_string_value(json_object_get(object, member));
    struct writer w = writer_over(room, size);

    if (text == NULL || !base64url_decode(view_text(text), &w))
        return VIEW_EMPTY;
    return writer_view(&w);
}

/* PSS with SHA-256 over the printed payload. */
static bool payload_is_signed(json_t *payload, struct view signature, const struct pubkey *key)
{
    struct buf room;
    struct writer w, text;
    bool good;

    if (!buf_alloc(&room, 3 * PRINT_ROOM))
        return false;
    w = writer_over(room.data, PRINT_ROOM);
    text = writer_over(room.data + PRINT_ROOM, 2 * PRINT_ROOM);
    value_put(&w, payload, 0);
    base64url_encode(writer_view(&w), &text);
    good = !w.failed && !text.failed &&
           pubkey_verify(key, SIG_PSS_SHA256, writer_view(&text), signature);
    buf_free(&room);
    return good;
}

/* base64url of the base64 text of the certificate, zero bytes behind. */
static bool device_cert_read(const struct judge *j, const json_t *signature, uint8_t *room,
                             struct certs *chain)
{
    uint8_t text[CERT_ROOM];
    struct view inner = decoded(signature, "drk_cert", text, sizeof text);
    struct writer w = writer_over(room, CERT_ROOM);

    while (inner.size > 0 && inner.data[inner.size - 1] == 0)
        inner.size--;
    if (inner.size == 0 || !base64_decode(inner, &w) ||
        certs_add(chain, writer_view(&w)) != CC_SUCCESS)
        return FAIL(j->sink, "format", "format: drk_cert: a certificate expected");
    return true;
}

static bool device_chain_check(const struct judge *j, const json_t *signature,
                               struct pubkey *ret_key)
{
    uint8_t der[CERT_ROOM];
    struct certs chain = {.count = 0}, issuers = {.count = 0};
    bool good = device_cert_read(j, signature, der, &chain) && huawei_issuers_read(j, &issuers);

    for (size_t i = 0; good && i < issuers.count && chain.count < CERTS_MAX_COUNT; i++)
        chain.list[chain.count++] = issuers.list[i];
    good = good && chain_check(j, "the device certificate", &chain, &huawei_pins, ret_key);
    certs_free(&chain);
    certs_free(&issuers);
    return good;
}

static bool text_is(const json_t *object, const char *member, const char *want)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text != NULL && strcmp(text, want) == 0;
}

static bool scheme_check(const struct judge *j, const json_t *payload, const char *what)
{
    return (text_is(payload, "version", "TEE.RA.1.0") &&
            text_is(payload, "scenario", "sce_no_as") && text_is(payload, "sign_alg", "PS256") &&
            text_is(payload, "hash_alg", "HS256")) ||
           FAIL(j->sink, "format", "format: %s: TEE.RA.1.0, sce_no_as, PS256 and HS256 expected",
                what);
}

/* Key of the device, then the report's own key that it vouches for. */
static bool signatures_check(const struct judge *j, json_t *report)
{
    json_t *akcert = json_object_get(json_object_get(report, "akcert"), "sce_no_as");
    json_t *endorsed = json_object_get(akcert, "payload");
    json_t *signature = json_object_get(akcert, "signature");
    json_t *payload = json_object_get(report, "payload");
    json_t *ak_pub = json_object_get(endorsed, "ak_pub");
    uint8_t rsa[RSA_ROOM], n[RSA_ROOM], e[8];
    struct pubkey device = PUBKEY_EMPTY, ak = PUBKEY_EMPTY;
    bool good = scheme_check(j, payload, "the report") &&
                scheme_check(j, endorsed, "the key's endorsement") &&
                device_chain_check(j, signature, &device);

    if (good &&
        !payload_is_signed(endorsed, decoded(signature, "drk_sign", rsa, sizeof rsa), &device))
        good = FAIL(j->sink, "signature", "signature: that of the endorsement is not the device's");
    if (good &&
        (!text_is(ak_pub, "kty", "RSA") || !pubkey_from_rsa(&ak, decoded(ak_pub, "n", n, sizeof n),
                                                            decoded(ak_pub, "e", e, sizeof e))))
        good = FAIL(j->sink, "key", "key: ak_pub: an RSA key expected");
    if (good &&
        !payload_is_signed(
            payload, decoded(json_object_get(report, "report_sign"), "sce_no_as", rsa, sizeof rsa),
            &ak))
        good = FAIL(j->sink, "signature", "signature: that of the report is not its key's");
    pubkey_done(&device);
    pubkey_done(&ak);
    return good;
}

static bool digest_say(const struct judge *j, const json_t *payload, const char *member)
{
    uint8_t room[DIGEST_SIZE];
    struct view digest = decoded(payload, member, room, sizeof room);

    if (digest.size != DIGEST_SIZE)
        return FAIL(j->sink, "format", "format: %s: 32 bytes expected", member);
    claim_view(j->sink, member, digest);
    return true;
}

/* With a log, the nonce is the challenge and the log's hash. */
static bool nonce_say(const struct judge *j, const json_t *payload)
{
    struct view log = evidence_part(j->request, "ima");
    uint8_t room[NONCE_MAX_SIZE], digest[SHA256_SIZE];
    struct view nonce = decoded(payload, "nonce", room, sizeof room);

    if (nonce.size == 0)
        return FAIL(j->sink, "format", "format: nonce: 1 to 64 bytes expected");
    if (log.size > 0) {
        if (nonce.size != NONCE_MAX_SIZE || !sha256(log, digest) ||
            !view_equal(VIEW_OF(digest), view_of(room + CHALLENGE_SIZE, SHA256_SIZE)))
            return FAIL(j->sink, "log.ima", "log.ima: the report is about another log");
        claim_flag(j->sink, "log.ima", true);
        nonce.size = CHALLENGE_SIZE;
    }
    claim_view(j->sink, "nonce", nonce);
    return true;
}

static bool claims_say(const struct judge *j, json_t *report)
{
    static const char *const TEXTS[] = {"uuid", "requester_uuid", "version", "timestamp",
                                        "tcb",  "ta_attr"};
    const json_t *payload = json_object_get(report, "payload");
    const json_t *endorsed =
        json_object_get(json_object_get(json_object_get(report, "akcert"), "sce_no_as"), "payload");

    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        const char *text = json_string_value(json_object_get(payload, TEXTS[i]));

        if (text != NULL && text[0] != '\0')
            claim_text(j->sink, TEXTS[i], view_text(text));
    }
    claim_flag(j->sink, "debug", false); /* the report speaks of none */
    return digest_say(j, payload, "ta_img") && digest_say(j, payload, "ta_mem") &&
           digest_say(j, endorsed, "qta_img") && digest_say(j, endorsed, "qta_mem") &&
           nonce_say(j, payload);
}

static json_t *report_load(struct view text)
{
    if (text.size > 0 && text.data[text.size - 1] == 0)
        text.size--;
    if (text.size < REPORT_MIN_SIZE || text.size > REPORT_MAX_JSON_SIZE)
        return NULL;
    return json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
}

static void itrustee_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    struct verified before = {.count = 0};
    const struct judge j = {request, sink, &before, NULL, false};
    json_t *report = report_load(evidence_first(request));

    if (report == NULL || !text_is(report, "handler", "report-output"))
        BROKEN(sink, "format", "format: a report in JSON of %d to %d bytes expected",
               REPORT_MIN_SIZE, REPORT_MAX_JSON_SIZE);
    else if (claims_say(&j, report))
        signatures_check(&j, report);
    json_decref(report);
}

static bool itrustee_detects(const cc_verify_input_t *input)
{
    json_t *report = report_load(view_of(input->evidence[0].data, input->evidence[0].size));
    bool found = json_object_get(report, "report_sign") != NULL;

    json_decref(report);
    return found;
}

static const char *const IDENTITY[] = {"ta_img", "ta_mem", NULL};

const cc_verifier_t verifier_itrustee = {
    CC_VERIFIER_ABI, sizeof(cc_verifier_t), "itrustee",     "iTrustee",
    IDENTITY,        itrustee_detects,      itrustee_verify};
