/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/report.h"
#include "base/detail.h"
#include "wire/cbor.h"

enum {
    COSE_SIGN1_TAG = 18,   /* RFC 9052, 4.2 */
    COSE_SIGN1_COUNT = 4,  /* protected, unprotected, payload, signature */
    COSE_X5CHAIN = 33,     /* RFC 9360, 2 */
    CHAIN_MIN_COUNT = 2,   /* one alone would have another form (RFC 9360, 2) */
    SIGNATURE_SIZE = 64,   /* RFC 9053, 2.1 */
    UEID_TYPE_RAND = 0x01, /* RFC 9711, 4.2.1 */
    UEID_SIZE = 1 + REPORT_DEVICE_ID_SIZE,
};

/* Claims in the order in which they stand; the negative ones are private use. */
enum {
    CLAIM_IAT = 6,
    CLAIM_NONCE = 10,
    CLAIM_UEID = 256,
    CLAIM_DBGSTAT = 263,
    CLAIM_PROFILE = 265,
    CLAIM_LEVEL = -65537,
    CLAIM_PROTECTIONS = -65538,
    CLAIM_ORIGIN = -65539,
    CLAIM_PURPOSE = -65540,
    CLAIM_UUID = -65541,
    CLAIM_MRENCLAVE = -65542,
    CLAIM_MRSIGNER = -65543,
    CLAIM_MRTCB = -65544,
    CLAIM_PROD_ID = -65545,
    CLAIM_SVN = -65546,
    CLAIM_REGISTERS = -65547, /* from profile 2 on */
    CLAIM_STATES = -65548,    /* profile 3 */
    CLAIM_COUNT_1 = 15,
    CLAIM_COUNT_2 = 16,
    CLAIM_COUNT_3 = 17,
};

/* RFC 9711, 4.2.9 */
enum { DBGSTAT_ENABLED = 0, DBGSTAT_DISABLED_SINCE_BOOT = 2 };

/* {1: -7}: algorithm ES256 (RFC 9053, 2.1). */
static const uint8_t PROTECTED[] = {0xa1, 0x01, 0x26};
static const char PROFILE_1[] = "tag:secgear,2026:simulated-tee/1";
static const char PROFILE_2[] = "tag:secgear,2026:simulated-tee/2";
static const char PROFILE_3[] = "tag:secgear,2026:simulated-tee/3";

const char *const protection_names[PROTECTION_COUNT] = {
    "nodump",     "seccomp", "namespaces",      "landlock",      "secretmem", "mseal", "mdwe",
    "persistent", "own_uid", "rootkey_private", "starter_clean", "rollback",  "tpm",
};

uint32_t report_level_protections(enum report_level level)
{
    uint32_t bits = PROTECTION_ALL & ~(uint32_t)(PROTECTION_ROLLBACK | PROTECTION_TPM);

    if (level < REPORT_LEVEL_SYSTEM)
        bits &= ~(uint32_t)PROTECTION_OWN_UID;
    if (level < REPORT_LEVEL_INSTALLED)
        bits &= ~(uint32_t)PROTECTION_ROOTKEY_PRIVATE;
    return bits;
}

static void claim_put_uint(struct writer *w, int64_t key, uint64_t value)
{
    cbor_put_int(w, key);
    cbor_put_uint(w, value);
}

static void claim_put_bytes(struct writer *w, int64_t key, const uint8_t *data, size_t size)
{
    cbor_put_int(w, key);
    cbor_put_bytes(w, view_of(data, size));
}

/* Each is the one before it and one claim more, so their numbers say which it is. */
static const char *profile_of(size_t count)
{
    return count == CLAIM_COUNT_1 ? PROFILE_1 : count == CLAIM_COUNT_2 ? PROFILE_2 : PROFILE_3;
}

static size_t claims_of(const struct report_body *body)
{
    if (body->states[0] != '\0')
        return CLAIM_COUNT_3;
    return body->has_registers ? CLAIM_COUNT_2 : CLAIM_COUNT_1;
}

void report_body_encode(const struct report_body *body, struct writer *w)
{
    size_t count = claims_of(body);
    uint8_t ueid[UEID_SIZE];
    struct writer u = writer_over(ueid, sizeof ueid);

    writer_u8(&u, UEID_TYPE_RAND);
    writer_put(&u, VIEW_OF(body->device_id));

    cbor_put_map(w, count);
    claim_put_uint(w, CLAIM_IAT, body->issued_at_s);
    claim_put_bytes(w, CLAIM_NONCE, body->user_data, sizeof body->user_data);
    claim_put_bytes(w, CLAIM_UEID, ueid, sizeof ueid);
    claim_put_uint(w, CLAIM_DBGSTAT, body->debug ? DBGSTAT_ENABLED : DBGSTAT_DISABLED_SINCE_BOOT);
    cbor_put_int(w, CLAIM_PROFILE);
    cbor_put_text(w, view_text(profile_of(count)));
    claim_put_uint(w, CLAIM_LEVEL, body->level);
    claim_put_uint(w, CLAIM_PROTECTIONS, body->protections);
    claim_put_uint(w, CLAIM_ORIGIN, body->origin);
    claim_put_uint(w, CLAIM_PURPOSE, body->purpose);
    claim_put_bytes(w, CLAIM_UUID, body->uuid.bytes, sizeof body->uuid.bytes);
    claim_put_bytes(w, CLAIM_MRENCLAVE, body->mrenclave, sizeof body->mrenclave);
    claim_put_bytes(w, CLAIM_MRSIGNER, body->mrsigner, sizeof body->mrsigner);
    claim_put_bytes(w, CLAIM_MRTCB, body->mrtcb, sizeof body->mrtcb);
    claim_put_uint(w, CLAIM_PROD_ID, body->prod_id);
    claim_put_uint(w, CLAIM_SVN, body->svn);
    if (count >= CLAIM_COUNT_2)
        claim_put_bytes(w, CLAIM_REGISTERS, body->registers[0], sizeof body->registers);
    if (count == CLAIM_COUNT_3) {
        cbor_put_int(w, CLAIM_STATES);
        cbor_put_text(w, view_text(body->states));
    }
}

bool report_to_be_signed(const struct report *report, struct writer *w)
{
    cbor_put_array(w, 4);
    cbor_put_text(w, view_text("Signature1"));
    cbor_put_bytes(w, report->protected_header);
    cbor_put_bytes(w, VIEW_EMPTY); /* no external data */
    cbor_put_bytes(w, report->payload);
    return !w->failed;
}

struct view report_protected_header(void)
{
    return VIEW_OF(PROTECTED);
}

void report_encode(const struct report *report, struct writer *w)
{
    size_t start = w->size;

    if (report->chain_count < CHAIN_MIN_COUNT || report->chain_count > REPORT_CHAIN_MAX_COUNT ||
        report->signature.size != SIGNATURE_SIZE) {
        w->failed = true;
        return;
    }
    cbor_put_tag(w, COSE_SIGN1_TAG);
    cbor_put_array(w, COSE_SIGN1_COUNT);
    cbor_put_bytes(w, VIEW_OF(PROTECTED));
    cbor_put_map(w, 1);
    cbor_put_int(w, COSE_X5CHAIN);
    cbor_put_array(w, report->chain_count);
    for (size_t i = 0; i < report->chain_count; i++)
        cbor_put_bytes(w, report->chain[i]);
    cbor_put_bytes(w, report->payload);
    cbor_put_bytes(w, report->signature);
    if (w->size - start > REPORT_MAX_SIZE)
        w->failed = true;
}

/* A claim that must be a number within [least, most]. */
static uint64_t claim_take_uint(struct reader *r, int64_t key, uint64_t least, uint64_t most)
{
    uint64_t value;

    cbor_expect_int(r, key);
    value = cbor_take_uint(r);
    if (value < least || value > most)
        r->failed = true;
    return r->failed ? least : value;
}

static void claim_take_bytes(struct reader *r, int64_t key, uint8_t *ret_data, size_t size)
{
    struct reader bytes;

    cbor_expect_int(r, key);
    bytes = reader_over(cbor_take_bytes(r));
    reader_copy(&bytes, ret_data, size);
    if (!reader_done(&bytes))
        r->failed = true;
}

static void claim_take_ueid(struct reader *r, uint8_t ret_device_id[static REPORT_DEVICE_ID_SIZE])
{
    uint8_t ueid[UEID_SIZE];
    struct reader u = reader_over(VIEW_OF(ueid));

    claim_take_bytes(r, CLAIM_UEID, ueid, sizeof ueid);
    if (reader_u8(&u) != UEID_TYPE_RAND)
        r->failed = true;
    reader_copy(&u, ret_device_id, REPORT_DEVICE_ID_SIZE);
}

static void claim_take_debug(struct reader *r, bool *ret_debug)
{
    uint64_t state =
        claim_take_uint(r, CLAIM_DBGSTAT, DBGSTAT_ENABLED, DBGSTAT_DISABLED_SINCE_BOOT);

    if (state != DBGSTAT_ENABLED && state != DBGSTAT_DISABLED_SINCE_BOOT)
        r->failed = true;
    *ret_debug = state == DBGSTAT_ENABLED;
}

/* Only what this release understands: a state that it does not know might matter. */
static void claim_take_states(struct reader *r, char ret_text[static STATES_TEXT_ROOM])
{
    struct states states;
    struct view text;

    cbor_expect_int(r, CLAIM_STATES);
    text = cbor_take_text(r);
    if (r->failed || states_decode(text, &states) != CC_SUCCESS) {
        r->failed = true;
        return;
    }
    memcpy(ret_text, text.data, text.size);
    ret_text[text.size] = '\0';
}

/* The claims set: exactly these claims in exactly this order, so nothing unknown can hide in it. */
bool report_body_decode(struct view payload, struct report_body *ret_body)
{
    struct reader r = reader_over(payload);
    struct report_body b = {.has_registers = false};
    size_t count = cbor_take_map(&r, CLAIM_COUNT_3);

    if (count < CLAIM_COUNT_1)
        r.failed = true;
    b.has_registers = count >= CLAIM_COUNT_2;
    b.issued_at_s = claim_take_uint(&r, CLAIM_IAT, 0, INT64_MAX);
    claim_take_bytes(&r, CLAIM_NONCE, b.user_data, sizeof b.user_data);
    claim_take_ueid(&r, b.device_id);
    claim_take_debug(&r, &b.debug);
    cbor_expect_int(&r, CLAIM_PROFILE);
    if (!view_equal(cbor_take_text(&r), view_text(profile_of(count))))
        r.failed = true;
    b.level = (enum report_level)claim_take_uint(&r, CLAIM_LEVEL, REPORT_LEVEL_DEBUG,
                                                 REPORT_LEVEL_SYSTEM);
    b.protections = (uint32_t)claim_take_uint(&r, CLAIM_PROTECTIONS, 0, PROTECTION_ALL);
    b.origin =
        (enum report_origin)claim_take_uint(&r, CLAIM_ORIGIN, REPORT_ORIGIN_TA, REPORT_ORIGIN_REE);
    b.purpose = (enum report_purpose)claim_take_uint(&r, CLAIM_PURPOSE, REPORT_PURPOSE_APP,
                                                     REPORT_PURPOSE_CLIENT);
    claim_take_bytes(&r, CLAIM_UUID, b.uuid.bytes, sizeof b.uuid.bytes);
    claim_take_bytes(&r, CLAIM_MRENCLAVE, b.mrenclave, sizeof b.mrenclave);
    claim_take_bytes(&r, CLAIM_MRSIGNER, b.mrsigner, sizeof b.mrsigner);
    claim_take_bytes(&r, CLAIM_MRTCB, b.mrtcb, sizeof b.mrtcb);
    b.prod_id = (uint16_t)claim_take_uint(&r, CLAIM_PROD_ID, 0, UINT16_MAX);
    b.svn = (uint16_t)claim_take_uint(&r, CLAIM_SVN, 0, UINT16_MAX);
    if (b.has_registers)
        claim_take_bytes(&r, CLAIM_REGISTERS, b.registers[0], sizeof b.registers);
    if (count == CLAIM_COUNT_3)
        claim_take_states(&r, b.states);

    if (!reader_done(&r))
        return false;
    *ret_body = b;
    return true;
}

static void chain_take(struct reader *r, struct report *report)
{
    if (cbor_take_map(r, 1) != 1)
        r->failed = true;
    cbor_expect_int(r, COSE_X5CHAIN);
    report->chain_count = cbor_take_array(r, REPORT_CHAIN_MAX_COUNT);
    if (report->chain_count < CHAIN_MIN_COUNT)
        r->failed = true;
    for (size_t i = 0; i < report->chain_count; i++)
        report->chain[i] = cbor_take_bytes(r);
}

cc_enclave_result_t report_decode(struct view message, struct report *ret_report)
{
    struct reader r = reader_over(message);
    struct report report = {0};

    if (message.size > REPORT_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "report: at most %d bytes expected, found %zu",
                           REPORT_MAX_SIZE, message.size);

    if (cbor_take_tag(&r) != COSE_SIGN1_TAG ||
        cbor_take_array(&r, COSE_SIGN1_COUNT) != COSE_SIGN1_COUNT)
        return detail_fail(CC_ERROR_BAD_FORMAT, "report: not a COSE_Sign1 message (tag 18)");

    report.protected_header = cbor_take_bytes(&r);
    chain_take(&r, &report);
    report.payload = cbor_take_bytes(&r);
    report.signature = cbor_take_bytes(&r);
    if (!reader_done(&r) || !view_equal(report.protected_header, VIEW_OF(PROTECTED)) ||
        report.signature.size != SIGNATURE_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "report: COSE headers, chain or signature malformed (ES256, x5chain)");

    if (!report_body_decode(report.payload, &report.body))
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "report: claims malformed, or of neither profile %s nor its forerunners "
                           "(docs/protocol.md)",
                           PROFILE_3);

    *ret_report = report;
    return CC_SUCCESS;
}
