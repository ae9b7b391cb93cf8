/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/sc2.h"
#include "base/detail.h"

enum { UUID_FIELD_SIZE = UUID_TEXT_SIZE };

static const struct {
    enum sc2_type type;
    const char *name;
} types[] = {
    {SC2_HELLO, "HELLO"},
    {SC2_HELLO_RSP, "HELLO_RSP"},
    {SC2_FINISH, "FINISH"},
    {SC2_FINISH_RSP, "FINISH_RSP"},
    {SC2_ERROR, "ERROR"},
    {SC2_DESTROY, "DESTROY"},
    {SC2_DESTROY_RSP, "DESTROY_RSP"},
};

static bool type_known(uint32_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if ((uint32_t)types[i].type == type)
            return true;
    return false;
}

bool sc2_session_id_valid(uint64_t session_id)
{
    return session_id >> 32 != 0;
}

static cc_enclave_result_t malformed(const char *what)
{
    return detail_fail(
        CC_ERROR_SEC_CHL_INVALID_EXCH_BUF,
        "secure channel: malformed %s, the peer is broken or speaks another protocol", what);
}

cc_enclave_result_t sc2_message_decode(struct view bytes, struct sc2_message *ret_message)
{
    struct reader r = reader_over(bytes);
    struct sc2_message message;
    uint32_t type, flags, body_size, zero;
    uint16_t version, header_size;

    type = reader_le32(&r);
    flags = reader_le32(&r);
    message.session_id = reader_le64(&r);
    message.status = reader_le32(&r);
    version = reader_le16(&r);
    header_size = reader_le16(&r);
    body_size = reader_le32(&r);
    zero = reader_le32(&r);

    if (r.failed)
        return malformed("message header (shorter than 32 bytes)");
    if (version != SC2_VERSION)
        return detail_fail(CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM,
                           "secure channel: message of version %u, expected %d; update the peer",
                           version, SC2_VERSION);
    if (header_size != SC2_HEADER_SIZE || flags != 0 || zero != 0)
        return malformed("message header");
    if (!type_known(type))
        return detail_fail(CC_ERROR_SEC_CHL_GET_PEER_EXCH_PARAM,
                           "secure channel: unknown message type %u", type);
    if (body_size > SC2_BODY_MAX_SIZE)
        return detail_fail(CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID,
                           "secure channel: message body of %u bytes, at most %d", body_size,
                           SC2_BODY_MAX_SIZE);
    message.type = (enum sc2_type)type;
    message.body = reader_take(&r, body_size);
    if (r.failed)
        return malformed("message (its body is cut short; each message must arrive whole)");

    *ret_message = message;
    return CC_SUCCESS;
}

void sc2_message_encode(const struct sc2_message *message, struct writer *w)
{
    if (message->body.size > SC2_BODY_MAX_SIZE)
        w->failed = true;
    writer_le32(w, message->type);
    writer_le32(w, 0);
    writer_le64(w, message->session_id);
    writer_le32(w, message->status);
    writer_le16(w, SC2_VERSION);
    writer_le16(w, SC2_HEADER_SIZE);
    writer_le32(w, (uint32_t)message->body.size);
    writer_le32(w, 0);
    writer_put(w, message->body);
}

/* The number that orders extensions. */
static uint16_t ext_number(uint16_t type)
{
    return (uint16_t)(type & ~SC2_EXT_CRITICAL);
}

/* What a message may carry, and how long that is; ends with type 0. */
struct ext_rule {
    uint16_t type, min_size, max_size;
};

static const struct ext_rule HELLO_EXTS[] = {
    {SC2_EXT_COOKIE, 1, SC2_COOKIE_MAX_SIZE}, {SC2_EXT_RETRIED, 2, 2}, {0, 0, 0}};
static const struct ext_rule HELLO_RSP_EXTS[] = {{0, 0, 0}};
static const struct ext_rule FINISH_EXTS[] = {
    {SC2_EXT_CLIENT_KEY, SC2_CLIENT_POINT_SIZE + SC2_CLIENT_SIGNATURE_SIZE,
     SC2_CLIENT_POINT_SIZE + SC2_CLIENT_SIGNATURE_SIZE},
    {SC2_EXT_CLIENT_EVIDENCE, 1, SC2_CLIENT_EVIDENCE_MAX_SIZE},
    {0, 0, 0}};
static const struct ext_rule ERROR_EXTS[] = {
    {SC2_EXT_COOKIE, 1, SC2_COOKIE_MAX_SIZE}, {SC2_EXT_SUITE, 2, 2}, {0, 0, 0}};

/* An unknown extension is fine unless it is critical. */
static bool ext_allowed(const struct ext_rule *rules, const struct sc2_ext *ext)
{
    for (; rules->type != 0; rules++)
        if (rules->type == ext->type)
            return ext->data.size >= rules->min_size && ext->data.size <= rules->max_size;
    return (ext->type & SC2_EXT_CRITICAL) == 0;
}

/* Reads the list; one that the rules do not allow makes the reader fail. */
static void exts_read(struct reader *r, const struct ext_rule *rules, struct sc2_exts *ret_exts)
{
    uint16_t total = reader_le16(r);
    struct reader list = reader_over(reader_take(r, total));
    uint16_t before = 0; /* so number 0 is refused too */

    ret_exts->count = 0;
    if (total > SC2_EXTS_MAX_SIZE)
        r->failed = true;
    while (!r->failed && list.rest.size > 0) {
        struct sc2_ext ext;
        size_t n = ret_exts->count;

        ext.type = reader_le16(&list);
        ext.data = reader_take(&list, reader_le16(&list));
        if (list.failed || n == SC2_EXTS_MAX_COUNT || !ext_allowed(rules, &ext) ||
            ext_number(ext.type) <= before) {
            r->failed = true;
            break;
        }
        before = ext_number(ext.type);
        ret_exts->item[n] = ext;
        ret_exts->count = n + 1;
    }
}

static void exts_write(const struct sc2_exts *exts, struct writer *w)
{
    size_t total = 0;

    for (size_t i = 0; i < exts->count; i++)
        total += 4 + exts->item[i].data.size;
    if (total > SC2_EXTS_MAX_SIZE)
        w->failed = true;
    writer_le16(w, (uint16_t)total);
    for (size_t i = 0; i < exts->count; i++) {
        writer_le16(w, exts->item[i].type);
        writer_le16(w, (uint16_t)exts->item[i].data.size);
        writer_put(w, exts->item[i].data);
    }
}

const struct sc2_ext *sc2_exts_find(const struct sc2_exts *exts, uint16_t type)
{
    for (size_t i = 0; i < exts->count; i++)
        if (exts->item[i].type == type)
            return &exts->item[i];
    return NULL;
}

uint16_t sc2_exts_u16(const struct sc2_exts *exts, uint16_t type)
{
    const struct sc2_ext *ext = sc2_exts_find(exts, type);
    struct reader r;

    if (ext == NULL)
        return 0;
    r = reader_over(ext->data);
    return reader_le16(&r);
}

bool sc2_exts_add(struct sc2_exts *exts, uint16_t type, struct view data)
{
    if (exts->count == SC2_EXTS_MAX_COUNT || data.size > SC2_EXTS_MAX_SIZE)
        return false;
    exts->item[exts->count++] = (struct sc2_ext){type, data};
    return true;
}

/* The suite list; a duplicate makes the reader fail. */
static void suites_read(struct reader *r, struct sc2_hello *hello)
{
    size_t count = reader_le16(r);

    if (count == 0 || count > SC2_SUITES_MAX_COUNT)
        r->failed = true;
    hello->suite_count = r->failed ? 0 : count;
    for (size_t i = 0; i < hello->suite_count; i++) {
        hello->suites[i] = reader_le16(r);
        for (size_t k = 0; k < i; k++)
            if (hello->suites[k] == hello->suites[i])
                r->failed = true;
    }
}

static struct view share_read(struct reader *r)
{
    uint16_t size = reader_le16(r);

    if (size == 0 || size > SC2_SHARE_MAX_SIZE)
        r->failed = true;
    return reader_take(r, size);
}

cc_enclave_result_t sc2_hello_decode(struct view body, struct sc2_hello *ret_hello)
{
    struct reader r = reader_over(body);
    struct sc2_hello hello = {.suite_count = 0};

    suites_read(&r, &hello);
    hello.uuid_text = reader_take(&r, UUID_FIELD_SIZE);
    hello.nonce = reader_take(&r, SC2_NONCE_SIZE);
    hello.share = share_read(&r);
    hello.base = view_of(body.data, body.size - r.rest.size);
    exts_read(&r, HELLO_EXTS, &hello.exts);

    if (!reader_done(&r) || !uuid_parse(hello.uuid_text, &hello.uuid))
        return malformed("HELLO");

    *ret_hello = hello;
    return CC_SUCCESS;
}

void sc2_hello_encode(const struct sc2_hello *hello, struct writer *w)
{
    writer_le16(w, (uint16_t)hello->suite_count);
    for (size_t i = 0; i < hello->suite_count; i++)
        writer_le16(w, hello->suites[i]);
    writer_put(w, hello->uuid_text);
    writer_put(w, hello->nonce);
    writer_le16(w, (uint16_t)hello->share.size);
    writer_put(w, hello->share);
    exts_write(&hello->exts, w);
}

cc_enclave_result_t sc2_hello_rsp_decode(struct view body, struct sc2_hello_rsp *ret_rsp)
{
    struct reader r = reader_over(body);
    struct sc2_hello_rsp rsp;
    uint32_t evidence_size;

    rsp.suite = reader_le16(&r);
    rsp.session_id = reader_le64(&r);
    rsp.nonce = reader_take(&r, SC2_NONCE_SIZE);
    rsp.share = share_read(&r);
    exts_read(&r, HELLO_RSP_EXTS, &rsp.exts);
    rsp.head = view_of(body.data, body.size - r.rest.size);
    evidence_size = reader_le32(&r);
    if (evidence_size == 0 || evidence_size > SC2_EVIDENCE_MAX_SIZE)
        r.failed = true;
    rsp.evidence = reader_take(&r, evidence_size);
    rsp.fin_s = reader_take(&r, SC2_MAC_SIZE);

    if (!reader_done(&r) || !sc2_session_id_valid(rsp.session_id))
        return malformed("HELLO_RSP");

    *ret_rsp = rsp;
    return CC_SUCCESS;
}

void sc2_hello_rsp_head_encode(const struct sc2_hello_rsp *rsp, struct writer *w)
{
    writer_le16(w, rsp->suite);
    writer_le64(w, rsp->session_id);
    writer_put(w, rsp->nonce);
    writer_le16(w, (uint16_t)rsp->share.size);
    writer_put(w, rsp->share);
    exts_write(&rsp->exts, w);
}

void sc2_hello_rsp_encode(const struct sc2_hello_rsp *rsp, struct writer *w)
{
    sc2_hello_rsp_head_encode(rsp, w);
    writer_le32(w, (uint32_t)rsp->evidence.size);
    writer_put(w, rsp->evidence);
    writer_put(w, rsp->fin_s);
}

cc_enclave_result_t sc2_finish_decode(struct view body, struct sc2_finish *ret_finish)
{
    struct reader r = reader_over(body);
    struct sc2_finish finish;

    exts_read(&r, FINISH_EXTS, &finish.exts);
    finish.head = view_of(body.data, body.size - r.rest.size);
    finish.fin_c = reader_take(&r, SC2_MAC_SIZE);

    if (!reader_done(&r))
        return malformed("FINISH");

    *ret_finish = finish;
    return CC_SUCCESS;
}

void sc2_finish_head_encode(const struct sc2_finish *finish, struct writer *w)
{
    exts_write(&finish->exts, w);
}

void sc2_finish_encode(const struct sc2_finish *finish, struct writer *w)
{
    sc2_finish_head_encode(finish, w);
    writer_put(w, finish->fin_c);
}

cc_enclave_result_t sc2_finish_rsp_decode(struct view body, struct view *ret_ack)
{
    if (body.size != SC2_MAC_SIZE)
        return malformed("FINISH_RSP");

    *ret_ack = body;
    return CC_SUCCESS;
}

cc_enclave_result_t sc2_error_decode(struct view body, struct sc2_exts *ret_exts)
{
    struct reader r = reader_over(body);
    struct sc2_exts exts;

    exts_read(&r, ERROR_EXTS, &exts);
    if (!reader_done(&r))
        return malformed("ERROR");

    *ret_exts = exts;
    return CC_SUCCESS;
}

void sc2_error_encode(const struct sc2_exts *exts, struct writer *w)
{
    exts_write(exts, w);
}

cc_enclave_result_t sc2_record_decode(struct view bytes, struct sc2_record *ret_record)
{
    struct reader r = reader_over(bytes);
    struct sc2_record record;
    uint32_t data_size;
    uint8_t version;

    record.session_id = reader_le64(&r);
    data_size = reader_le32(&r);
    record.epoch = reader_le16(&r);
    version = reader_u8(&r);
    record.flags = reader_u8(&r);
    record.seq = reader_le64(&r);
    record.data = reader_take(&r, data_size);
    record.tag = reader_take(&r, SC2_RECORD_TAG_SIZE);

    if (!reader_done(&r) || data_size > SC2_RECORD_DATA_MAX_SIZE)
        return detail_fail(CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID,
                           "secure channel: record of %zu bytes is not as long as it says; pass "
                           "exactly one whole record",
                           bytes.size);
    if (version != SC2_VERSION || (record.flags & ~SC2_RECORD_FLAGS) != 0)
        return detail_fail(CC_ERROR_SEC_CHL_DECRYPT,
                           "secure channel: record of version %u, flags %#x is not ours", version,
                           record.flags);

    *ret_record = record;
    return CC_SUCCESS;
}
