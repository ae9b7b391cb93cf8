/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A session between two ends, driven in any order: one byte says what happens next, the following
 * ones with what. Whatever the order: a record that was not changed is taken at most once and only
 * by the other end, and one that was changed never.
 */
#include "channel/session.h"
#include "forge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEPT_COUNT = 64, STEPS_MAX_COUNT = 512, TEXT_SIZE = 8, ENDS_COUNT = 2 };

/* A record on its way. */
struct kept {
    uint8_t bytes[TEXT_SIZE + SC2_RECORD_OVERHEAD_SIZE];
    uint64_t text;
    unsigned from;
    bool there, changed, taken;
};

struct play {
    struct session end[ENDS_COUNT];
    struct kept kept[KEPT_COUNT];
    bool closed[ENDS_COUNT]; /* that end has sealed a CLOSE */
    uint64_t count;
};

static void play_seal(struct play *p, unsigned from, struct kept *k)
{
    size_t size = sizeof k->bytes;
    cc_enclave_result_t rc;

    *k = (struct kept){.text = ++p->count, .from = from};
    rc = session_seal(&p->end[from], view_of(&k->text, sizeof k->text), k->bytes, &size);
    forge_check((rc == CC_SUCCESS) != p->closed[from]);
    k->there = rc == CC_SUCCESS;
}

static void play_open(struct play *p, unsigned to, struct kept *k)
{
    uint64_t text = 0;
    size_t size = sizeof text;
    cc_enclave_result_t rc;

    if (!k->there)
        return;
    rc = session_open(&p->end[to], VIEW_OF(k->bytes), &text, &size);
    if (rc != CC_SUCCESS) {
        forge_check(text == 0);
        return;
    }
    forge_check(!k->changed && !k->taken && to != k->from && text == k->text);
    k->taken = true;
}

/* Once: a second change might take the first one back. */
static void play_change(struct kept *k, unsigned where)
{
    if (!k->there || k->changed)
        return;
    k->bytes[where % sizeof k->bytes] ^= (uint8_t)(1 + where % 255);
    k->changed = true;
}

static void play_close(struct play *p, unsigned from, unsigned deliver)
{
    uint8_t record[SC2_RECORD_OVERHEAD_SIZE];

    if (session_seal_close(&p->end[from], record) != CC_SUCCESS)
        return;
    p->closed[from] = true;
    if (deliver % 2 != 0)
        record[deliver % sizeof record] ^= 1;
    /* A good one may be refused, too: when all records of an epoch were lost. */
    if (session_open_close(&p->end[1 - from], VIEW_OF(record)) == CC_SUCCESS)
        forge_check(deliver % 2 == 0);
}

static void play_step(struct play *p, unsigned what, unsigned with)
{
    struct kept *k = &p->kept[with % KEPT_COUNT];
    unsigned end = what / 8 % ENDS_COUNT;

    switch (what % 8) {
    case 0:
    case 1:
    case 2:
        play_seal(p, end, k);
        break;
    case 3:
    case 4:
        play_open(p, end, k);
        break;
    case 5:
        play_change(k, what + with);
        break;
    case 6: /* half a minute passes */
        session_tick(&p->end[end], UINT64_MAX);
        break;
    default:
        if (with == 255)
            play_close(p, end, what / 16);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct session_limits limits = {.epoch_records = 5};
    struct traffic_keys keys;
    static struct play p;

    memset(&p, 0, sizeof p);
    memset(&keys, 6, sizeof keys);
    memset(&keys.to_client, 7, sizeof keys.to_client);
    keys.to_enclave.hash = keys.to_client.hash = HASH_SHA256;
    forge_check(session_init(&p.end[0], SESSION_CLIENT, UINT64_C(1) << 40, &keys, &limits) &&
                session_init(&p.end[1], SESSION_ENCLAVE, UINT64_C(1) << 40, &keys, &limits));
    for (size_t i = 0; i + 2 <= size && i < 2 * STEPS_MAX_COUNT; i += 2)
        play_step(&p, data[i], data[i + 1]);
    session_done(&p.end[0]);
    session_done(&p.end[1]);
    return 0;
}
