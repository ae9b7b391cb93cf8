/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel/schedule.h"

enum { INFO_MAX_SIZE = 64 };

static const char LABEL_TRANSCRIPT[] = "secgear-sc/2";
static const char LABEL_EVIDENCE[] = "secgear-sc/2 evidence";
static const char LABEL_CLIENT[] = "secgear-sc/2 client";
static const char LABEL_CLIENT_AUTH[] = "secgear-sc/2 client-auth";

static void hash_add_sized(struct hash *hash, struct view bytes)
{
    uint8_t size[4];
    struct writer w = writer_over(size, sizeof size);

    if (bytes.size > UINT32_MAX)
        hash->failed = true;
    writer_le32(&w, (uint32_t)bytes.size);
    hash_add(hash, writer_view(&w));
    hash_add(hash, bytes);
}

/* H(first | middle | LEN last): the shape of each link of the transcript. */
static bool transcript_link(enum hash_alg alg, struct view first, struct view middle,
                            struct view last, uint8_t ret_digest[static SHA256_SIZE])
{
    struct hash hash;

    hash_init_by(&hash, alg);
    hash_add(&hash, first);
    hash_add(&hash, middle);
    hash_add_sized(&hash, last);
    return hash_final(&hash, ret_digest);
}

/* HKDF-Expand(prk, label | context, size) */
static bool derive(enum hash_alg alg, const struct secret *prk, const char *label,
                   struct view context, void *ret_data, size_t size)
{
    uint8_t info[INFO_MAX_SIZE];
    struct writer w = writer_over(info, sizeof info);

    writer_put(&w, view_text(label));
    writer_put(&w, context);
    return !w.failed && hkdf_expand_by(alg, prk, writer_view(&w), ret_data, size);
}

/* HMAC(HKDF-Expand(hs, label | th, 32), message) */
static bool finished_mac(const struct schedule *s, const char *label, struct view message,
                         uint8_t ret_mac[static SC2_MAC_SIZE])
{
    struct secret key;
    bool good = derive(s->hash, &s->hs, label, VIEW_OF(s->th), &key, sizeof key) &&
                hmac_by(s->hash, VIEW_OF(key.bytes), message, ret_mac);

    wipe(&key, sizeof key);
    return good;
}

bool schedule_start(struct schedule *s, struct view hello_body, struct view head,
                    struct view shared)
{
    struct reader r = reader_over(head); /* R begins with the suite */
    uint8_t th0[SHA256_SIZE];

    s->step = SCHEDULE_NEW;
    s->hash = reader_le16(&r) == SC2_SUITE_SM ? HASH_SM3 : HASH_SHA256;
    if (!transcript_link(s->hash, view_text(LABEL_TRANSCRIPT), VIEW_EMPTY, hello_body, th0) ||
        !transcript_link(s->hash, VIEW_OF(th0), VIEW_EMPTY, head, s->th) ||
        !hkdf_extract_by(s->hash, VIEW_OF(s->th), shared, &s->hs)) {
        schedule_done(s);
        return false;
    }
    s->step = SCHEDULE_SECRET;
    return true;
}

/* SHA-512(label | th | binder) */
static bool user_data_make(const struct schedule *s, const char *label,
                           uint8_t ret_data[static SCHEDULE_USER_DATA_SIZE])
{
    uint8_t message[sizeof LABEL_EVIDENCE + 2 * SHA256_SIZE];
    struct writer w = writer_over(message, sizeof message);
    bool good;

    writer_put(&w, view_text(label));
    writer_put(&w, VIEW_OF(s->th));
    writer_put(&w, VIEW_OF(s->binder.bytes));
    good = !w.failed && sha512(writer_view(&w), ret_data);
    wipe(message, sizeof message);
    return good;
}

bool schedule_user_data(struct schedule *s, uint8_t ret_data[static SCHEDULE_USER_DATA_SIZE])
{
    return s->step == SCHEDULE_SECRET &&
           derive(s->hash, &s->hs, "sc2 binder", VIEW_OF(s->th), &s->binder, sizeof s->binder) &&
           user_data_make(s, LABEL_EVIDENCE, ret_data);
}

bool schedule_client_user_data(const struct schedule *s,
                               uint8_t ret_data[static SCHEDULE_USER_DATA_SIZE])
{
    return s->step == SCHEDULE_EVIDENCE && user_data_make(s, LABEL_CLIENT, ret_data);
}

bool schedule_client_auth(const struct schedule *s,
                          uint8_t ret_message[static SCHEDULE_CLIENT_AUTH_SIZE])
{
    struct writer w = writer_over(ret_message, SCHEDULE_CLIENT_AUTH_SIZE);

    writer_put(&w, view_text(LABEL_CLIENT_AUTH));
    writer_u8(&w, 0);
    writer_put(&w, VIEW_OF(s->th));
    return s->step == SCHEDULE_EVIDENCE && !w.failed && w.size == SCHEDULE_CLIENT_AUTH_SIZE;
}

/* Moves the transcript one link on. */
static bool schedule_advance(struct schedule *s, enum schedule_step from, struct view middle,
                             struct view last)
{
    uint8_t next[SHA256_SIZE];

    if (s->step != from || !transcript_link(s->hash, VIEW_OF(s->th), middle, last, next))
        return false;
    for (size_t i = 0; i < sizeof next; i++)
        s->th[i] = next[i];
    s->step = from + 1;
    return true;
}

bool schedule_evidence(struct schedule *s, struct view evidence)
{
    return schedule_advance(s, SCHEDULE_SECRET, VIEW_EMPTY, evidence);
}

bool schedule_fin_s(const struct schedule *s, uint8_t ret_mac[static SC2_MAC_SIZE])
{
    return s->step == SCHEDULE_EVIDENCE && finished_mac(s, "sc2 fin s", VIEW_OF(s->th), ret_mac);
}

bool schedule_finish(struct schedule *s, struct view fin_s, struct view head)
{
    return fin_s.size == SC2_MAC_SIZE && schedule_advance(s, SCHEDULE_EVIDENCE, fin_s, head);
}

bool schedule_fin_c(const struct schedule *s, uint8_t ret_mac[static SC2_MAC_SIZE])
{
    return s->step == SCHEDULE_FINISH && finished_mac(s, "sc2 fin c", VIEW_OF(s->th), ret_mac);
}

bool schedule_ack(const struct schedule *s, struct view fin_c, uint8_t ret_mac[static SC2_MAC_SIZE])
{
    return s->step == SCHEDULE_FINISH && finished_mac(s, "sc2 ack", fin_c, ret_mac);
}

/* S[dir][e], then its key and iv. */
static bool direction_key(enum hash_alg hash, const struct secret *from, const char *label,
                          struct traffic_key *ret_key)
{
    const struct secret *direction = &ret_key->secret;

    ret_key->hash = hash;
    if (derive(hash, from, label, VIEW_EMPTY, &ret_key->secret, sizeof ret_key->secret) &&
        derive(hash, direction, "key", VIEW_EMPTY, ret_key->key, sizeof ret_key->key) &&
        derive(hash, direction, "iv", VIEW_EMPTY, ret_key->iv, sizeof ret_key->iv))
        return true;
    wipe(ret_key, sizeof *ret_key);
    return false;
}

bool traffic_key_next(enum hash_alg hash, const struct secret *secret, struct traffic_key *ret_key)
{
    return direction_key(hash, secret, "upd", ret_key);
}

bool export_derive(enum hash_alg hash, const struct secret *exporter, struct view label,
                   struct view context, void *ret_data, size_t size)
{
    uint8_t info[1 + EXPORT_LABEL_MAX_SIZE + SHA256_SIZE], digest[SHA256_SIZE];
    struct writer w = writer_over(info, sizeof info);

    if (label.size == 0 || label.size > EXPORT_LABEL_MAX_SIZE || size > EXPORT_MAX_SIZE ||
        !(hash == HASH_SM3 ? hash_digest(hash, context, digest) : sha256(context, digest)))
        return false;
    writer_u8(&w, (uint8_t)label.size);
    writer_put(&w, label);
    writer_put(&w, VIEW_OF(digest));
    return !w.failed && hkdf_expand_by(hash, exporter, writer_view(&w), ret_data, size);
}

bool schedule_keys(struct schedule *s, struct traffic_keys *ret_keys)
{
    struct secret master;
    bool good = s->step == SCHEDULE_FINISH &&
                derive(s->hash, &s->hs, "sc2 master", VIEW_OF(s->th), &master, sizeof master) &&
                direction_key(s->hash, &master, "sc2 c2s", &ret_keys->to_enclave) &&
                direction_key(s->hash, &master, "sc2 s2c", &ret_keys->to_client) &&
                derive(s->hash, &master, "sc2 exp", VIEW_EMPTY, &ret_keys->exporter,
                       sizeof ret_keys->exporter);

    if (!good)
        traffic_keys_wipe(ret_keys);
    wipe(&master, sizeof master);
    schedule_done(s);
    return good;
}

void schedule_done(struct schedule *s)
{
    wipe(s, sizeof *s); /* step becomes SCHEDULE_NEW */
}

void traffic_keys_wipe(struct traffic_keys *keys)
{
    wipe(keys, sizeof *keys);
}
