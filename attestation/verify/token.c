/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/token.h"
#include "base/detail.h"
#include "wire/pem.h"
#include <jansson.h>
#include <stdio.h>

enum { PAIRS_MAX_COUNT = 32, LIST_MAX_COUNT = 8, JWK_MAX_SIZE = 8 << 10 };

static void list_read(struct reader *r, const struct label *label)
{
    size_t count = cbor_take_array(r, LIST_MAX_COUNT);

    for (; !r->failed && count > 0; count--) {
        struct view v = cbor_take_bytes(r);

        if (v.size < label->min || v.size > label->max)
            r->failed = true;
    }
}

/* Software components: maps with measurement (2) and signer (5). */
static void components_read(struct reader *r)
{
    size_t count = cbor_take_array(r, COMPONENTS_MAX_COUNT);

    for (; !r->failed && count > 0; count--) {
        if (cbor_next(r) != CBOR_NEXT_MAP)
            r->failed = true;
        cbor_take_foreign(r);
    }
}

static void value_read(struct reader *r, const struct label *label, size_t row,
                       struct labelled *values)
{
    struct view whole = r->rest;

    switch (label->kind) {
    case LABEL_BYTES:
        values->bytes[row] = cbor_take_bytes(r);
        break;
    case LABEL_TEXT:
        values->bytes[row] = cbor_take_text(r);
        break;
    case LABEL_NUMBER:
        if (cbor_next(r) == CBOR_NEXT_NINT) /* client ids may be negative: as they are stored */
            values->number[row] = (uint64_t)cbor_take_int(r);
        else
            values->number[row] = cbor_take_uint(r);
        return;
    case LABEL_LIST:
        list_read(r, label);
        break;
    case LABEL_COMPONENTS:
        components_read(r);
        break;
    }
    if (label->kind == LABEL_LIST || label->kind == LABEL_COMPONENTS) {
        whole.size -= r->rest.size;
        values->bytes[row] = whole;
    } else if (values->bytes[row].size < label->min || values->bytes[row].size > label->max) {
        r->failed = true;
    }
}

static size_t row_of(const struct label *labels, size_t count, int64_t key)
{
    size_t row = 0;

    while (row < count && labels[row].label != key)
        row++;
    return row;
}

bool labels_read(struct view map, const struct label *labels, size_t count,
                 struct labelled *ret_values, size_t *ret_bad)
{
    struct reader r = reader_over(map);
    size_t pairs = cbor_take_map(&r, PAIRS_MAX_COUNT);
    struct labelled values = {0};

    for (*ret_bad = count; !r.failed && pairs > 0; pairs--) {
        size_t row = row_of(labels, count, cbor_take_int(&r));

        if (r.failed)
            break;
        *ret_bad = row;
        if (row == count) {
            cbor_take_foreign(&r);
            continue;
        }
        if (values.seen[row])
            return false;
        values.seen[row] = true;
        value_read(&r, &labels[row], row, &values);
    }
    if (!reader_done(&r))
        return false;
    for (*ret_bad = 0; *ret_bad < count; ++*ret_bad)
        if (labels[*ret_bad].required && !values.seen[*ret_bad])
            return false;
    *ret_values = values;
    return true;
}

static void component_say(const cc_verifier_sink_t *sink, struct reader *r)
{
    size_t pairs = cbor_take_map(r, PAIRS_MAX_COUNT);

    for (; !r->failed && pairs > 0; pairs--) {
        int64_t key = cbor_take_int(r);
        unsigned next = cbor_next(r);

        if (key == 1 && next == CBOR_NEXT_TEXT)
            claim_text(sink, "sw_component.type", cbor_take_text(r));
        else if (key == 2 && next == CBOR_NEXT_BYTES)
            claim_view(sink, "sw_component.measurement", cbor_take_bytes(r));
        else if (key == 4 && next == CBOR_NEXT_TEXT)
            claim_text(sink, "sw_component.version", cbor_take_text(r));
        else if (key == 5 && next == CBOR_NEXT_BYTES)
            claim_view(sink, "sw_component.signer", cbor_take_bytes(r));
        else
            cbor_take_foreign(r);
    }
}

static void item_say(const cc_verifier_sink_t *sink, const struct label *label, struct view item)
{
    struct reader r = reader_over(item);
    size_t count = cbor_take_array(&r, COMPONENTS_MAX_COUNT);

    for (; !r.failed && count > 0; count--) {
        if (label->kind == LABEL_COMPONENTS)
            component_say(sink, &r);
        else
            claim_view(sink, label->claim, cbor_take_bytes(&r));
    }
}

void labels_say(const cc_verifier_sink_t *sink, const struct label *labels, size_t count,
                const struct labelled *values)
{
    for (size_t i = 0; i < count; i++) {
        if (!values->seen[i] || labels[i].claim == NULL)
            continue;
        if (labels[i].kind == LABEL_BYTES)
            claim_view(sink, labels[i].claim, values->bytes[i]);
        else if (labels[i].kind == LABEL_TEXT)
            claim_text(sink, labels[i].claim, values->bytes[i]);
        else if (labels[i].kind == LABEL_NUMBER)
            claim_number(sink, labels[i].claim, values->number[i]);
        else
            item_say(sink, &labels[i], values->bytes[i]);
    }
}

static bool algorithm_fits(enum sig_alg algorithm, enum key_kind kind)
{
    switch (kind) {
    case KEY_P256:
        return algorithm == SIG_ECDSA_SHA256;
    case KEY_P384:
        return algorithm == SIG_ECDSA_SHA384;
    case KEY_P521:
        return algorithm == SIG_ECDSA_SHA512;
    case KEY_RSA:
        return algorithm >= SIG_PSS_SHA256 && algorithm <= SIG_PSS_SHA512;
    default:
        return false;
    }
}

bool cose_check(const struct judge *j, const char *what, const struct cose_sign1 *message,
                const struct pubkey *key)
{
    struct buf room;
    struct writer w;
    bool good;

    if (!algorithm_fits(message->algorithm, key->kind))
        return FAIL(j->sink, "algorithm", "algorithm: that of %s does not go with its key", what);
    if (!buf_alloc(&room,
                   message->payload.size + message->protected_header.size + COSE_STRUCTURE_EXTRA))
        return FAIL(j->sink, "memory", "memory: none left");
    w = writer_over(room.data, room.size);
    cose_sign1_structure(message, &w);
    good = !w.failed &&
           pubkey_verify_raw(key, message->algorithm, writer_view(&w), message->signature);
    buf_free(&room);
    return good || FAIL(j->sink, "signature", "signature: that of %s is not its key's", what);
}

/* A coordinate or number of a JWK, right-aligned in size bytes; 0: as it is. */
static struct view jwk_bytes(const json_t *jwk, const char *member, uint8_t *room, size_t room_size)
{
    const char *text = json_string_value(json_object_get(jwk, member));
    struct writer w = writer_over(room, room_size);

    if (text == NULL || !base64url_decode(view_text(text), &w))
        return VIEW_EMPTY;
    return writer_view(&w);
}

static bool jwk_curve_parse(const json_t *jwk, struct pubkey *ret_key)
{
    static const char *const CURVES[] = {
        [KEY_P256] = "P-256", [KEY_P384] = "P-384", [KEY_P521] = "P-521"};
    const char *name = json_string_value(json_object_get(jwk, "crv"));
    uint8_t point[PUBKEY_POINT_MAX_SIZE] = {4};

    for (enum key_kind kind = KEY_P256; name != NULL && kind <= KEY_P521; kind++) {
        size_t size = pubkey_scalar_size(kind);

        if (strcmp(name, CURVES[kind]) == 0)
            return jwk_bytes(jwk, "x", point + 1, size).size == size &&
                   jwk_bytes(jwk, "y", point + 1 + size, size).size == size &&
                   pubkey_from_point(ret_key, kind, view_of(point, 1 + 2 * size));
    }
    return false;
}

static bool jwk_parse(struct view text, struct pubkey *ret_key)
{
    json_t *jwk = text.size <= JWK_MAX_SIZE
                      ? json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL)
                      : NULL;
    const char *type = json_string_value(json_object_get(jwk, "kty"));
    uint8_t n[1024], e[8];
    bool good = false;

    if (type != NULL && strcmp(type, "EC") == 0)
        good = jwk_curve_parse(jwk, ret_key);
    else if (type != NULL && strcmp(type, "RSA") == 0)
        good = pubkey_from_rsa(ret_key, jwk_bytes(jwk, "n", n, sizeof n),
                               jwk_bytes(jwk, "e", e, sizeof e));
    json_decref(jwk);
    return good;
}

bool key_parse(struct view bytes, struct pubkey *ret_key)
{
    uint8_t der[PUBKEY_SPKI_MAX_SIZE];
    struct writer w = writer_over(der, sizeof der);

    if (bytes.size == 0)
        return false;
    if (bytes.data[0] == DER_SEQUENCE)
        return pubkey_from_spki(ret_key, bytes);
    if (bytes.data[0] == '-')
        return pem_decode(bytes, "PUBLIC KEY", &w) && pubkey_from_spki(ret_key, writer_view(&w));
    return jwk_parse(bytes, ret_key);
}

bool trusted_key_read(const struct judge *j, const char *part, struct pubkey *ret_key)
{
    static const struct pins NONE = {NULL, 0, false, NULL};
    uint8_t spki[PUBKEY_SPKI_MAX_SIZE];
    struct writer w = writer_over(spki, sizeof spki);
    struct view bytes = collateral_part(j->request, part);

    if (bytes.size == 0)
        return FAIL(j->sink, "key", "key: %s expected among the collateral, found nothing", part);
    if (!key_parse(bytes, ret_key) || !pubkey_spki(ret_key, &w))
        return FAIL(j->sink, "key", "key: %s: a public key as JWK, PEM or DER expected", part);
    return spki_is_trusted(j, &NONE, writer_view(&w)) ||
           FAIL(j->sink, "root", "root: the key in %s is none of the policy's trusted_keys", part);
}

enum hash_alg hash_named(struct view name)
{
    static const struct {
        const char *name;
        enum hash_alg hash;
    } ROWS[] = {{"sha-256", HASH_SHA256}, {"sha-384", HASH_SHA384}, {"sha-512", HASH_SHA512}};

    while (name.size > 0 && name.data[name.size - 1] == 0)
        name.size--;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (view_equal(name, view_text(ROWS[i].name)))
            return ROWS[i].hash;
    return HASH_COUNT;
}
