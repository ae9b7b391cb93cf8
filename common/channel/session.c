/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel/session.h"
#include "base/detail.h"
#include <endian.h>
#include <string.h>
#include <time.h>

static uint8_t sender_direction(const struct session *session)
{
    return session->side == SESSION_ENCLAVE ? SC2_RECORD_TO_CLIENT : 0;
}

static uint8_t receiver_direction(const struct session *session)
{
    return session->side == SESSION_ENCLAVE ? 0 : SC2_RECORD_TO_CLIENT;
}

uint64_t session_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t limit_of(uint64_t wanted, uint64_t most)
{
    return wanted == 0 || wanted > most ? most : wanted;
}

static bool key_use(struct aead *aead, const struct traffic_key *from, enum aead_use use)
{
    return from->hash == HASH_SM3 ? aead_init_sm4(aead, from->key, use)
                                  : aead_init(aead, from->key, use);
}

static bool receiver_key_init(struct receiver_key *key, const struct traffic_key *from)
{
    memcpy(key->iv, from->iv, sizeof key->iv);
    return key_use(&key->aead, from, AEAD_OPEN);
}

static void receiver_key_done(struct receiver_key *key)
{
    aead_done(&key->aead);
    wipe(key, sizeof *key);
}

bool session_init(struct session *session, enum session_side side, uint64_t id,
                  const struct traffic_keys *keys, const struct session_limits *limits)
{
    static const struct session_limits usual;
    const struct traffic_key *out = side == SESSION_CLIENT ? &keys->to_enclave : &keys->to_client;
    const struct traffic_key *in = side == SESSION_CLIENT ? &keys->to_client : &keys->to_enclave;

    if (limits == NULL)
        limits = &usual;
    memset(session, 0, sizeof *session);
    session->id = id;
    session->side = side;
    session->limits.epoch_records = limit_of(limits->epoch_records, SESSION_RECORDS_MAX_COUNT);
    session->limits.epoch_bytes = limit_of(limits->epoch_bytes, SESSION_BYTES_MAX_SIZE);
    session->limits.epoch_ms = limit_of(limits->epoch_ms, SESSION_EPOCH_MAX_MS);
    session->limits.age_ms = limits->age_ms;
    if (!key_use(&session->sender.aead, out, AEAD_SEAL) ||
        !receiver_key_init(&session->receiver.now, in)) {
        aead_done(&session->sender.aead);
        wipe(session, sizeof *session);
        return false;
    }
    memcpy(session->sender.iv, out->iv, sizeof session->sender.iv);
    session->sender.secret = out->secret;
    session->sender.hash = out->hash;
    session->sender.bytes_left = session->limits.epoch_bytes;
    session->receiver.secret = in->secret;
    session->receiver.hash = in->hash;
    session->exporter = keys->exporter;
    session->born_ms = session->sender.epoch_born_ms = session_now_ms();
    return true;
}

void session_done(struct session *session)
{
    if (!aead_there(&session->sender.aead))
        return;
    aead_done(&session->sender.aead);
    aead_done(&session->receiver.now.aead);
    aead_done(&session->receiver.before.aead);
    aead_done(&session->receiver.next.aead);
    wipe(session, sizeof *session);
}

bool session_over(const struct session *session, uint64_t now_ms)
{
    return session->limits.age_ms != 0 &&
           elapsed_ms(session->born_ms, now_ms) >= session->limits.age_ms;
}

static cc_enclave_result_t over(void)
{
    return detail_fail(CC_ERROR_SEC_CHL_NOTREADY,
                       "secure channel: it is older than it may become, and so is what was "
                       "attested; open a new channel");
}

/* A nonce in one word: the cipher reads it in two parts that overlap, and would have to wait for
 * stores of other parts. */
typedef uint64_t nonce_word __attribute__((vector_size(16)));
enum { NONCE_ROOM = sizeof(nonce_word) };

/* iv XOR (0^4 | BE64(seq)); unique, since a key has one iv and each seq is used once. */
static void record_nonce(const uint8_t iv[static AEAD_NONCE_SIZE], uint64_t seq,
                         uint8_t ret_nonce[static NONCE_ROOM])
{
    const uint32_t low = htobe32((uint32_t)seq);
    uint64_t head, tail = 0, low_first = 0;
    nonce_word whole;

    memcpy(&head, iv, sizeof head);
    memcpy(&tail, iv + sizeof head, AEAD_NONCE_SIZE - sizeof head);
    memcpy(&low_first, &low, sizeof low);
    whole = (nonce_word){head ^ htobe64(seq >> 32), tail ^ low_first};
    memcpy(ret_nonce, &whole, sizeof whole);
}

static bool views_overlap(struct view a, struct view b)
{
    uintptr_t start_a = (uintptr_t)a.data, start_b = (uintptr_t)b.data;

    return start_a < start_b + b.size && start_b < start_a + a.size;
}

/* The next epoch's key in the place of this one's, which is gone then. */
static cc_enclave_result_t sender_turn(struct session_sender *s, uint64_t now_ms, uint64_t bytes)
{
    struct traffic_key next;
    struct aead aead;
    cc_enclave_result_t rc = CC_SUCCESS;

    if (s->epoch == SESSION_EPOCH_LAST)
        return detail_fail(CC_ERROR_SEC_CHL_NOTREADY,
                           "secure channel: all its keys have sealed what they may; open a new "
                           "channel");
    if (traffic_key_next(s->hash, &s->secret, &next) && key_use(&aead, &next, AEAD_SEAL)) {
        aead_done(&s->aead);
        s->aead = aead;
        memcpy(s->iv, next.iv, sizeof s->iv);
        s->secret = next.secret;
        s->epoch++;
        s->epoch_seq = s->seq;
        s->epoch_born_ms = now_ms;
        s->bytes_left = bytes;
    } else {
        rc = detail_fail(CC_ERROR_SEC_CHL_ENCRYPT, "secure channel: no key for the next epoch");
    }
    wipe(&next, sizeof next);
    return rc;
}

/*
 * What need not be looked at for each record: how old session and epoch are. A limit of bytes may
 * be passed by the one record that is larger than it.
 */
__attribute__((noinline, cold)) static cc_enclave_result_t sender_check(struct session *session,
                                                                        size_t size)
{
    struct session_sender *s = &session->sender;
    const struct session_limits *limits = &session->limits;
    uint64_t now_ms = session_now_ms();
    cc_enclave_result_t rc = CC_SUCCESS;

    if (session_over(session, now_ms))
        return over();
    if (s->seq - s->epoch_seq >= limits->epoch_records ||
        (s->bytes_left < limits->epoch_bytes && size > s->bytes_left) ||
        elapsed_ms(s->epoch_born_ms, now_ms) >= limits->epoch_ms)
        rc = sender_turn(s, now_ms, limits->epoch_bytes);
    s->check_at = s->epoch_seq + limits->epoch_records;
    if (s->check_at > s->seq + SESSION_CLOCK_EVERY_COUNT)
        s->check_at = s->seq + SESSION_CLOCK_EVERY_COUNT;
    return rc;
}

/*
 * Writes one record of header, data and tag; the caller holds the lock. Attacker, where the record
 * is shared: the host, which would change it while the tag is computed, and have ours on its text.
 */
static cc_enclave_result_t sender_seal(struct session *session, uint8_t flags, struct view plain,
                                       uint8_t *ret_record, enum session_place place)
{
    struct session_sender *s = &session->sender;
    struct sc2_record record = {.session_id = session->id,
                                .flags = flags | sender_direction(session),
                                .seq = s->seq,
                                .data = plain};
    uint8_t *data = ret_record + SC2_RECORD_HEADER_SIZE;
    uint8_t nonce[NONCE_ROOM] __attribute__((aligned(NONCE_ROOM)));
    uint8_t header[SC2_RECORD_HEADER_SIZE];
    cc_enclave_result_t rc;
    bool good;

    if (s->closed)
        return detail_fail(CC_ERROR_SEC_CHL_NOTREADY, "secure channel: already closed");
    if (s->seq >= s->check_at || plain.size > s->bytes_left) {
        rc = sender_check(session, plain.size);
        if (rc != CC_SUCCESS)
            return rc;
    }

    record.epoch = s->epoch;
    record_nonce(s->iv, s->seq, nonce);
    s->seq++; /* used up from here on, whatever happens */
    s->bytes_left -= plain.size < s->bytes_left ? plain.size : s->bytes_left;
    if (place == SESSION_SHARED) {
        sc2_record_header_encode(&record, header);
        memcpy(ret_record, header, sizeof header);
        good = aead_seal_shared(&s->aead, nonce, view_of(header, SC2_RECORD_AAD_SIZE), plain, data,
                                data + plain.size);
    } else {
        sc2_record_header_encode(&record, ret_record);
        good = aead_seal(&s->aead, nonce, view_of(ret_record, SC2_RECORD_AAD_SIZE), plain, data,
                         data + plain.size);
    }
    if (!good)
        return detail_fail(CC_ERROR_SEC_CHL_ENCRYPT, "secure channel: the cipher failed");
    return CC_SUCCESS;
}

static cc_enclave_result_t seal_alone(struct session *session, struct view plain, void *ret_record,
                                      size_t *record_size, enum session_place place)
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

    rc = sender_seal(session, 0, plain, ret_record, place);
    if (rc == CC_SUCCESS)
        *record_size = needed;
    return rc;
}

cc_enclave_result_t session_seal_alone(struct session *session, struct view plain, void *ret_record,
                                       size_t *record_size)
{
    return seal_alone(session, plain, ret_record, record_size, SESSION_PRIVATE);
}

cc_enclave_result_t session_seal(struct session *session, struct view plain, void *ret_record,
                                 size_t *record_size)
{
    cc_enclave_result_t rc;

    lock_take(&session->sender.lock);
    rc = seal_alone(session, plain, ret_record, record_size, SESSION_PRIVATE);
    lock_give(&session->sender.lock);
    return rc;
}

cc_enclave_result_t session_seal_shared(struct session *session, struct view plain,
                                        void *ret_record, size_t *record_size)
{
    cc_enclave_result_t rc;

    lock_take(&session->sender.lock);
    rc = seal_alone(session, plain, ret_record, record_size, SESSION_SHARED);
    lock_give(&session->sender.lock);
    return rc;
}

cc_enclave_result_t session_seal_close(struct session *session,
                                       uint8_t ret_record[static SC2_RECORD_OVERHEAD_SIZE])
{
    cc_enclave_result_t rc;

    lock_take(&session->sender.lock);
    rc = sender_seal(session, SC2_RECORD_CLOSE, VIEW_EMPTY, ret_record, SESSION_PRIVATE);
    session->sender.closed = true;
    lock_give(&session->sender.lock);
    return rc;
}

static cc_enclave_result_t refused(const char *why)
{
    return detail_fail(CC_ERROR_SEC_CHL_DECRYPT, "secure channel: record refused, %s", why);
}

/* Derives what records of the next epoch open with; nothing has turned yet. */
static bool receiver_prepare(struct session_receiver *r)
{
    struct traffic_key next;
    bool good;

    if (aead_there(&r->next.aead))
        return true;
    good = r->epoch < SESSION_EPOCH_LAST && traffic_key_next(r->hash, &r->secret, &next);
    if (good) {
        good = receiver_key_init(&r->next, &next);
        r->next_secret = next.secret;
        wipe(&next, sizeof next);
    }
    return good;
}

/* A record of the next epoch was authentic: so the sender has turned, and we do. */
static void receiver_turn(struct session_receiver *r, uint64_t seq)
{
    receiver_key_done(&r->before);
    r->before = r->now;
    r->now = r->next;
    r->secret = r->next_secret;
    wipe(&r->next, sizeof r->next); /* its context lives on in now */
    wipe(&r->next_secret, sizeof r->next_secret);
    r->epoch++;
    r->epoch_low = seq;
    r->turned_ms = session_now_ms();
}

static void receiver_expire(struct session_receiver *r, uint64_t now_ms)
{
    if (aead_there(&r->before.aead) && elapsed_ms(r->turned_ms, now_ms) >= SESSION_GRACE_MS)
        receiver_key_done(&r->before);
}

void session_tick(struct session *session, uint64_t now_ms)
{
    lock_take(&session->receiver.lock);
    receiver_expire(&session->receiver, now_ms);
    lock_give(&session->receiver.lock);
}

/* The key of the record's epoch, or NULL. Numbers grow with epochs, so an old key opens old ones.
 */
static struct receiver_key *receiver_key_find(struct session_receiver *r,
                                              const struct sc2_record *record)
{
    if (aead_there(&r->before.aead))
        receiver_expire(r, session_now_ms());
    if (record->epoch == r->epoch)
        return &r->now;
    if (record->epoch == r->epoch + 1 && record->seq >= r->replay.next && receiver_prepare(r))
        return &r->next;
    if (record->epoch + 1 == r->epoch && record->seq < r->epoch_low && aead_there(&r->before.aead))
        return &r->before;
    return NULL;
}

/* The window moves and the epoch turns only when the tag was right. */
static void receiver_note(struct session_receiver *r, const struct receiver_key *key, uint64_t seq)
{
    replay_record(&r->replay, seq);
    if (key == &r->next)
        receiver_turn(r, seq);
    else if (key == &r->now && seq < r->epoch_low)
        r->epoch_low = seq;
}

/*
 * Direction, epoch, window, tag, then the window again; the caller holds the lock. Attacker, where
 * the record is shared: the host, which would have one text authenticated and another decrypted.
 */
static cc_enclave_result_t receiver_open(struct session *session, uint8_t flags,
                                         const struct sc2_record *record, uint8_t *ret_plain,
                                         enum session_place place)
{
    struct session_receiver *r = &session->receiver;
    uint8_t header[SC2_RECORD_HEADER_SIZE];
    uint8_t nonce[NONCE_ROOM] __attribute__((aligned(NONCE_ROOM)));
    struct receiver_key *key;

    if (r->closed)
        return detail_fail(CC_ERROR_SEC_CHL_NOTREADY, "secure channel: closed by the peer");
    if (session->limits.age_ms != 0 && session_over(session, session_now_ms()))
        return over();
    if (record->flags != (flags | receiver_direction(session)))
        return refused("it is of the wrong direction or kind");
    if (!replay_fresh(&r->replay, record->seq))
        return refused("its number was seen before or is too old");
    key = receiver_key_find(r, record);
    if (key == NULL)
        return refused("its epoch is not the present one, the next, or the one just over");

    /* What was checked is what is authenticated, even if the caller's buffer changed meanwhile. */
    sc2_record_header_encode(record, header);
    record_nonce(key->iv, record->seq, nonce);
    if (place == SESSION_SHARED
            ? !aead_open_shared(&key->aead, nonce, view_of(header, SC2_RECORD_AAD_SIZE),
                                record->data, record->tag.data, ret_plain)
            : !aead_open(&key->aead, nonce, view_of(header, SC2_RECORD_AAD_SIZE), record->data,
                         record->tag.data, ret_plain))
        return refused("it does not authenticate");
    receiver_note(r, key, record->seq);
    return CC_SUCCESS;
}

static cc_enclave_result_t open_at(struct session *session, struct view record, void *ret_plain,
                                   size_t *plain_size, enum session_place place)
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
    rc = receiver_open(session, 0, &parsed, ret_plain, place);
    lock_give(&session->receiver.lock);
    if (rc == CC_SUCCESS)
        *plain_size = parsed.data.size;
    else
        wipe(ret_plain, parsed.data.size);
    return rc;
}

cc_enclave_result_t session_open(struct session *session, struct view record, void *ret_plain,
                                 size_t *plain_size)
{
    return open_at(session, record, ret_plain, plain_size, SESSION_PRIVATE);
}

cc_enclave_result_t session_open_shared(struct session *session, struct view record,
                                        void *ret_plain, size_t *plain_size)
{
    return open_at(session, record, ret_plain, plain_size, SESSION_SHARED);
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
    rc = receiver_open(session, SC2_RECORD_CLOSE, &parsed, none, SESSION_PRIVATE);
    if (rc == CC_SUCCESS)
        session->receiver.closed = true;
    lock_give(&session->receiver.lock);
    return rc;
}

cc_enclave_result_t session_export(const struct session *session, struct view label,
                                   struct view context, void *ret_data, size_t size)
{
    if (label.size == 0 || label.size > EXPORT_LABEL_MAX_SIZE || size == 0 ||
        size > EXPORT_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: exporter of %zu bytes with a label of %zu, expected 1 "
                           "to %d and 1 to %d",
                           size, label.size, EXPORT_MAX_SIZE, EXPORT_LABEL_MAX_SIZE);
    if (!export_derive(session->sender.hash, &session->exporter, label, context, ret_data, size))
        return detail_fail(CC_ERROR_DRIVE_SESSIONKEY, "secure channel: key derivation failed");
    return CC_SUCCESS;
}
