/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel/session.h"
#include "base/detail.h"
#include <endian.h>
#include <string.h>

static uint8_t sender_direction(const struct session *session)
{
    return session->side == SESSION_ENCLAVE ? SC2_RECORD_TO_CLIENT : 0;
}

static uint8_t receiver_direction(const struct session *session)
{
    return session->side == SESSION_ENCLAVE ? 0 : SC2_RECORD_TO_CLIENT;
}

bool session_init(struct session *session, enum session_side side, uint64_t id,
                  const struct traffic_keys *keys)
{
    const struct traffic_key *out = side == SESSION_CLIENT ? &keys->to_enclave : &keys->to_client;
    const struct traffic_key *in = side == SESSION_CLIENT ? &keys->to_client : &keys->to_enclave;

    memset(session, 0, sizeof *session);
    session->id = id;
    session->side = side;
    if (!aead_init(&session->sender.aead, out->key, AEAD_SEAL) ||
        !aead_init(&session->receiver.aead, in->key, AEAD_OPEN)) {
        aead_done(&session->sender.aead);
        wipe(session, sizeof *session);
        return false;
    }
    memcpy(session->sender.iv, out->iv, sizeof session->sender.iv);
    memcpy(session->receiver.iv, in->iv, sizeof session->receiver.iv);
    return true;
}

void session_done(struct session *session)
{
    if (session->sender.aead.ctx == NULL)
        return;
    aead_done(&session->sender.aead);
    aead_done(&session->receiver.aead);
    wipe(session, sizeof *session);
}

/* iv XOR (0^4 | BE64(seq)); unique, since a key has one iv and each seq is used once. */
static void record_nonce(const uint8_t iv[static AEAD_NONCE_SIZE], uint64_t seq,
                         uint8_t ret_nonce[static AEAD_NONCE_SIZE])
{
    uint64_t head; /* parts that do not overlap: the cipher reads them at once */
    uint32_t tail;

    memcpy(&head, iv, sizeof head);
    memcpy(&tail, iv + sizeof head, sizeof tail);
    head ^= htobe64(seq >> 32);
    tail ^= htobe32((uint32_t)seq);
    memcpy(ret_nonce, &head, sizeof head);
    memcpy(ret_nonce + sizeof head, &tail, sizeof tail);
}

static bool views_overlap(struct view a, struct view b)
{
    uintptr_t start_a = (uintptr_t)a.data, start_b = (uintptr_t)b.data;

    return start_a < start_b + b.size && start_b < start_a + a.size;
}

/* Writes one record of header, data and tag; the caller holds the lock. */
static cc_enclave_result_t sender_seal(struct session *session, uint8_t flags, struct view plain,
                                       uint8_t *ret_record)
{
    struct session_sender *s = &session->sender;
    struct sc2_record record = {.session_id = session->id,
                                .flags = flags | sender_direction(session),
                                .seq = s->seq,
                                .data = plain};
    uint8_t *data = ret_record + SC2_RECORD_HEADER_SIZE;
    uint8_t nonce[AEAD_NONCE_SIZE];

    if (s->closed)
        return detail_fail(CC_ERROR_SEC_CHL_NOTREADY, "secure channel: already closed");
    if (s->seq >= SESSION_RECORDS_MAX_COUNT ||
        s->bytes > SESSION_BYTES_MAX_SIZE - SC2_RECORD_DATA_MAX_SIZE)
        return detail_fail(CC_ERROR_SEC_CHL_NOTREADY,
                           "secure channel: its key has sealed all it may; open a new channel");

    record_nonce(s->iv, s->seq, nonce);
    s->seq++; /* used up from here on, whatever happens */
    s->bytes += plain.size;
    sc2_record_header_encode(&record, ret_record);
    if (!aead_seal(&s->aead, nonce, view_of(ret_record, SC2_RECORD_AAD_SIZE), plain, data,
                   data + plain.size))
        return detail_fail(CC_ERROR_SEC_CHL_ENCRYPT, "secure channel: the cipher failed");
    return CC_SUCCESS;
}

cc_enclave_result_t session_seal_alone(struct session *session, struct view plain, void *ret_record,
                                       size_t *record_size)
{
    size_t needed = plain.size + SC2_RECORD_OVERHEAD_SIZE;
    cc_enclave_result_t rc;

    if (plain.size == 0 || plain.size > SC2_RECORD_DATA_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: %zu bytes to encrypt, expected 1 to %d", plain.size,
                           SC2_RECORD_DATA_MAX_SIZE);
    if (ret_record == NULL || *record_size < needed) {
        *record_size = needed;
        return detail_fail(CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH,
                           "secure channel: the record needs %zu bytes", needed);
    }
    if (views_overlap(plain, view_of(ret_record, needed)))
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: plaintext and record overlap; use two buffers");

    rc = sender_seal(session, 0, plain, ret_record);
    if (rc == CC_SUCCESS)
        *record_size = needed;
    return rc;
}

cc_enclave_result_t session_seal(struct session *session, struct view plain, void *ret_record,
                                 size_t *record_size)
{
    cc_enclave_result_t rc;

    lock_take(&session->sender.lock);
    rc = session_seal_alone(session, plain, ret_record, record_size);
    lock_give(&session->sender.lock);
    return rc;
}

cc_enclave_result_t session_seal_close(struct session *session,
                                       uint8_t ret_record[static SC2_RECORD_OVERHEAD_SIZE])
{
    cc_enclave_result_t rc;

    lock_take(&session->sender.lock);
    rc = sender_seal(session, SC2_RECORD_CLOSE, VIEW_EMPTY, ret_record);
    session->sender.closed = true;
    lock_give(&session->sender.lock);
    return rc;
}

static cc_enclave_result_t refused(const char *why)
{
    return detail_fail(CC_ERROR_SEC_CHL_DECRYPT, "secure channel: record refused, %s", why);
}

/* Direction, epoch, window, tag, then the window again; the caller holds the lock. */
static cc_enclave_result_t receiver_open(struct session *session, uint8_t flags,
                                         const struct sc2_record *record, uint8_t *ret_plain)
{
    struct session_receiver *r = &session->receiver;
    uint8_t header[SC2_RECORD_HEADER_SIZE];
    uint8_t nonce[AEAD_NONCE_SIZE];

    if (r->closed)
        return detail_fail(CC_ERROR_SEC_CHL_NOTREADY, "secure channel: closed by the peer");
    if (record->flags != (flags | receiver_direction(session)))
        return refused("it is of the wrong direction or kind");
    if (record->epoch != 0)
        return refused("its epoch is unknown");
    if (!replay_fresh(&r->replay, record->seq))
        return refused("its number was seen before or is too old");

    /* What was checked is what is authenticated, even if the caller's buffer changed meanwhile. */
    sc2_record_header_encode(record, header);
    record_nonce(r->iv, record->seq, nonce);
    if (!aead_open(&r->aead, nonce, view_of(header, SC2_RECORD_AAD_SIZE), record->data,
                   record->tag.data, ret_plain))
        return refused("it does not authenticate");
    replay_record(&r->replay, record->seq);
    return CC_SUCCESS;
}

cc_enclave_result_t session_open(struct session *session, struct view record, void *ret_plain,
                                 size_t *plain_size)
{
    struct sc2_record parsed;
    cc_enclave_result_t rc;

    rc = sc2_record_decode(record, &parsed);
    if (rc != CC_SUCCESS)
        return rc;
    if (parsed.data.size == 0)
        return detail_fail(CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID,
                           "secure channel: a record without data");
    if (ret_plain == NULL || *plain_size < parsed.data.size) {
        *plain_size = parsed.data.size;
        return detail_fail(CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH,
                           "secure channel: the plaintext needs %zu bytes", parsed.data.size);
    }
    if (parsed.session_id != session->id)
        return detail_fail(CC_ERROR_SEC_CHL_DECRYPT_SESSIONID_INVALID,
                           "secure channel: record of session %#llx given to session %#llx",
                           (unsigned long long)parsed.session_id, (unsigned long long)session->id);
    if (views_overlap(record, view_of(ret_plain, parsed.data.size)))
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: record and plaintext overlap; use two buffers");

    lock_take(&session->receiver.lock);
    rc = receiver_open(session, 0, &parsed, ret_plain);
    lock_give(&session->receiver.lock);
    if (rc == CC_SUCCESS)
        *plain_size = parsed.data.size;
    else
        wipe(ret_plain, parsed.data.size);
    return rc;
}

cc_enclave_result_t session_open_close(struct session *session, struct view record)
{
    struct sc2_record parsed;
    cc_enclave_result_t rc;
    uint8_t none[1];

    rc = sc2_record_decode(record, &parsed);
    if (rc != CC_SUCCESS)
        return rc;
    if (parsed.session_id != session->id || parsed.data.size != 0)
        return refused("it is no close of this session");

    lock_take(&session->receiver.lock);
    rc = receiver_open(session, SC2_RECORD_CLOSE, &parsed, none);
    if (rc == CC_SUCCESS)
        session->receiver.closed = true;
    lock_give(&session->receiver.lock);
    return rc;
}
