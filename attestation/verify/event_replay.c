/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/event_replay.h"
#include "base/detail.h"
#include "base/text.h"
#include <stdlib.h>

static const uint16_t TCG_IDS[HASH_COUNT] = {TCG_SHA1, TCG_SHA256, TCG_SHA384, TCG_SHA512, TCG_SM3};

static const char STARTUP_LOCALITY[16] = "StartupLocality";

/* Where the platform was started by another locality, register 0 begins with its number. */
static void no_action_apply(const struct tcg_event *e, struct replayed *r)
{
    if (e->reg == 0 && e->data.size == sizeof STARTUP_LOCALITY + 1 &&
        view_equal(view_of(e->data.data, sizeof STARTUP_LOCALITY), VIEW_OF(STARTUP_LOCALITY)) &&
        r->events[0] == 0)
        r->value[0][hash_alg_size(r->hash) - 1] = e->data.data[e->data.size - 1];
}

/* For these types the digest is that of the data; for others, of what the data describes. */
static bool data_is_measured(uint32_t type)
{
    return type == TCG_SEPARATOR || type == TCG_ACTION ||
           type == (uint32_t)TCG_EFI_VARIABLE_DRIVER_CONFIG || type == (uint32_t)TCG_EFI_ACTION;
}

static bool extend(struct replayed *r, uint32_t reg, struct view digest)
{
    struct view old = view_of(r->value[reg], hash_alg_size(r->hash));

    return hash_digest2(r->hash, old, digest, r->value[reg]);
}

static cc_enclave_result_t event_apply(struct tcg_log *log, size_t number, struct replayed *r)
{
    struct tcg_event e = tcg_event_take(log);
    struct view digest = tcg_event_digest(log, &e, TCG_IDS[r->hash]);
    uint8_t own[HASH_MAX_SIZE];

    if (e.type == TCG_NO_ACTION) {
        no_action_apply(&e, r);
        return CC_SUCCESS;
    }
    if (digest.size != hash_alg_size(r->hash))
        return detail_fail(CC_ERROR_BAD_FORMAT, "event log: event %zu has no digest of this hash",
                           number);
    if (!extend(r, e.reg, digest) || !hash_digest(r->hash, e.data, own))
        return detail_fail(CC_ERROR_GENERIC, "event log: the hash is not available");
    r->events[e.reg]++;
    r->last[e.reg] = number;
    if (data_is_measured(e.type) && !view_equal(view_of(own, digest.size), digest)) {
        if (r->odd_event[e.reg] == 0)
            r->odd_event[e.reg] = number;
        if (r->odd == 0)
            r->odd = number;
    }
    return CC_SUCCESS;
}

cc_enclave_result_t tcg_log_replay(struct view bytes, enum hash_alg hash, struct replayed *ret)
{
    struct replayed r = {.hash = hash};
    struct tcg_log log;
    cc_enclave_result_t rc = tcg_log_decode(bytes, &log);

    for (size_t i = 1; rc == CC_SUCCESS && i <= log.count; i++)
        rc = event_apply(&log, i, &r);
    if (rc == CC_SUCCESS)
        *ret = r;
    return rc;
}

/* A violation is extended as ones; its own hash is zeros in the log. */
static bool ima_apply(const struct ima_entry *e, size_t number, struct replayed *r)
{
    uint8_t digest[HASH_MAX_SIZE];
    uint8_t sha1[IMA_SHA1_SIZE];

    if (e->violation)
        memset(digest, 0xff, sizeof digest);
    else if (!hash_digest(HASH_SHA1, e->data, sha1) || !hash_digest(r->hash, e->data, digest))
        return false;
    else if (!view_equal(VIEW_OF(sha1), e->template_hash) && r->odd == 0)
        r->odd = r->odd_event[e->reg] = number;
    r->events[e->reg]++;
    r->last[e->reg] = number;
    return extend(r, e->reg, view_of(digest, hash_alg_size(r->hash)));
}

cc_enclave_result_t ima_log_replay(struct view bytes, enum hash_alg hash,
                                   struct replayed *registers)
{
    struct reader r = reader_over(bytes);
    struct replayed after = *registers;
    bool text = bytes.size > 2 && bytes.data[0] >= '0' && bytes.data[0] <= '9' &&
                bytes.data[1] != 0 && bytes.data[2] != 0;
    size_t room_size = text ? IMA_DATA_MAX_SIZE + IMA_SHA1_SIZE : 1;
    uint8_t *room = malloc(room_size);
    bool good = room != NULL && bytes.size <= TCG_LOG_MAX_SIZE;

    after.hash = hash;
    for (size_t number = 1; good && r.rest.size > 0; number++) {
        struct writer w = writer_over(room, room_size);
        struct ima_entry e = text ? ima_line_take(&r, &w) : ima_entry_take(&r);

        good = !r.failed && ima_apply(&e, number, &after);
        if (!good)
            detail_fail(CC_ERROR_BAD_FORMAT, "IMA log: entry %zu can not be read", number);
    }
    free(room);
    if (!good)
        return CC_ERROR_BAD_FORMAT;
    *registers = after;
    return CC_SUCCESS;
}

bool register_check(const struct judge *j, const struct replayed *r, const char *log, size_t reg,
                    struct view want)
{
    size_t size = hash_alg_size(r->hash);
    char found_hex[2 * HASH_MAX_SIZE + 1], want_hex[2 * HASH_MAX_SIZE + 1];

    if (want.size == size && view_equal(view_of(r->value[reg], size), want))
        return true;
    hex_format(view_of(r->value[reg], size), found_hex);
    hex_format(view_of(want.data, want.size <= size ? want.size : size), want_hex);
    if (r->odd_event[reg] != 0)
        return FAIL(j->sink, log,
                    "%s: register %zu: %.64s expected, the log gives %.64s; event %zu is the first "
                    "whose digest is not that of its data",
                    log, reg, want_hex, found_hex, r->odd_event[reg]);
    return FAIL(j->sink, log,
                "%s: register %zu: %.64s expected, the log gives %.64s after its %zu events, the "
                "last of them event %zu",
                log, reg, want_hex, found_hex, r->events[reg], r->last[reg]);
}

bool ccel_check(const struct judge *j, const struct view rtmr[4])
{
    struct view log = evidence_part(j->request, "ccel");
    struct replayed r;

    if (log.size == 0)
        return true;
    if (tcg_log_replay(log, HASH_SHA384, &r) != CC_SUCCESS)
        return FAIL(j->sink, "log.ccel", "log.ccel: %s", detail_get());
    /* CC event logs number MRTD 0 and RTMR0 .. 3 as 1 .. 4 (UEFI 2.10, 38.4.1). */
    for (size_t i = 0; i < 4; i++)
        if (!register_check(j, &r, "log.ccel", i + 1, rtmr[i]))
            return false;
    if (r.odd != 0)
        return FAIL(j->sink, "log.ccel",
                    "log.ccel: event %zu carries data that its digest is not of", r.odd);
    for (size_t i = 5; i < TCG_REGISTERS; i++)
        if (r.events[i] != 0)
            return FAIL(j->sink, "log.ccel", "log.ccel: event %zu is of a register that no TD has",
                        r.last[i]);
    claim_flag(j->sink, "log.ccel", true);
    return true;
}
