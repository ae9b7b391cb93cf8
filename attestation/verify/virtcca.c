/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * virtcca.c - verifies tokens of virtCCA's confidential VMs. docs/attestation/huawei.md lists the
 * checks. Layer: attestation/verify. Threads: no state.
 */
#include "base/detail.h"
#include "verify/arm.h"
#include "verify/event_replay.h"
#include "verify/huawei.h"
#include "verify/judge.h"

enum { POINT_P521_SIZE = 133, REMS = 4, FIRMWARE_REMS = 3 };

enum { C_CHALLENGE, C_KEY, C_KEY_HASH, C_REM };
static const struct label CVM[] = {
    {10, "challenge", LABEL_BYTES, 64, 64, true},
    {44237, "pub_key", LABEL_BYTES, POINT_P521_SIZE, 1024, true},
    {44240, "pub_key_hash_alg", LABEL_TEXT, 1, 32, true},
    {44239, "rem", LABEL_LIST, 32, 64, true},
    {44235, "rpv", LABEL_BYTES, 64, 64, true},
    {44236, "hash_alg", LABEL_TEXT, 1, 32, true},
    {44238, "rim", LABEL_BYTES, 32, 64, true},
};
enum { CVM_LABELS = sizeof CVM / sizeof CVM[0] };

/* RSA as SubjectPublicKeyInfo, P-521 as a point. */
static bool rak_read(const struct judge *j, struct view bytes, struct pubkey *ret_key)
{
    if (bytes.size == POINT_P521_SIZE
            ? pubkey_from_point(ret_key, KEY_P521, bytes)
            : pubkey_from_spki(ret_key, bytes) && ret_key->kind == KEY_RSA)
        return true;
    return FAIL(j->sink, "key", "key: the VM's: RSA, or a point of P-521 expected");
}

/* The certificate and those above it, from evidence and collateral. */
static bool chain_read(const struct judge *j, struct certs *device, struct certs *issuers)
{
    cc_enclave_result_t rc = certs_read(evidence_part(j->request, "dev_cert"), device);

    if (rc != CC_SUCCESS || device->count != 1)
        return FAIL(j->sink, "format",
                    "format: evidence part dev_cert: one certificate expected: %s", detail_get());
    if (!huawei_issuers_read(j, issuers))
        return false;
    for (size_t i = 0; i < issuers->count; i++) {
        if (device->count == CERTS_MAX_COUNT)
            return FAIL(j->sink, "chain", "chain: too many certificates");
        device->list[device->count++] = issuers->list[i];
    }
    return true;
}

/* Without a platform token the device key itself signs for the VM: nothing else ties them. */
static bool same_key_check(const struct judge *j, struct view key, const struct x509 *device)
{
    struct view spki = device->spki;
    bool same = key.size == POINT_P521_SIZE
                    ? spki.size > key.size &&
                          view_equal(view_of(spki.data + spki.size - key.size, key.size), key)
                    : view_equal(spki, key);

    return same || FAIL(j->sink, "binding",
                        "binding: the VM's key is not that of the device certificate, and no "
                        "platform token vouches for it");
}

static bool platform_check(const struct judge *j, struct view bytes, const struct labelled *cvm,
                           const struct pubkey *device)
{
    struct cose_sign1 token;
    struct labelled p;

    if (cose_sign1_decode(bytes, &token) != CC_SUCCESS)
        return FAIL(j->sink, "format", "format: %s", detail_get());
    if (!cose_check(j, "the platform token", &token, device) ||
        !arm_labels_check(j, "the platform token", token.payload, arm_platform_labels,
                          ARM_PLATFORM_LABELS, &p))
        return false;
    labels_say(j->sink, arm_platform_labels, ARM_PLATFORM_LABELS, &p);
    arm_lifecycle_say(j->sink, p.number[ARM_ROW_LIFECYCLE]);
    return arm_binding_check(j, p.bytes[ARM_ROW_CHALLENGE], cvm->bytes[C_KEY],
                             cvm->bytes[C_KEY_HASH]);
}

static bool rems_take(struct view item, struct view ret_rem[REMS])
{
    struct reader r = reader_over(item);

    if (cbor_take_array(&r, REMS) != REMS)
        return false;
    for (size_t i = 0; i < REMS; i++)
        ret_rem[i] = cbor_take_bytes(&r);
    return reader_done(&r);
}

/* The firmware's log (registers 1 .. 3) and the kernel's (which goes on in one of them) against
 * the REMs. */
static bool logs_check(const struct judge *j, const struct labelled *cvm)
{
    struct view ccel = evidence_part(j->request, "ccel"), ima = evidence_part(j->request, "ima");
    struct replayed r = {.hash = HASH_SHA256};
    struct view rem[REMS];

    if (ccel.size == 0 && ima.size == 0)
        return true;
    if ((ccel.size > 0 && tcg_log_replay(ccel, HASH_SHA256, &r) != CC_SUCCESS) ||
        (ima.size > 0 && ima_log_replay(ima, HASH_SHA256, &r) != CC_SUCCESS))
        return FAIL(j->sink, "log", "log: %s", detail_get());
    if (!rems_take(cvm->bytes[C_REM], rem))
        return FAIL(j->sink, "format", "format: four REMs expected");
    for (size_t i = 0; i < TCG_REGISTERS; i++) {
        if (r.events[i] == 0 && (ccel.size == 0 || i < 1 || i > FIRMWARE_REMS))
            continue; /* the firmware's log leads to all of its own */
        if (i < 1 || i > REMS)
            return FAIL(j->sink, "log", "log: event %zu is of a register that no VM has",
                        r.last[i]);
        if (!register_check(j, &r, "log", i, rem[i - 1]))
            return false;
    }
    if (r.odd != 0)
        return FAIL(j->sink, "log", "log: event %zu carries data that its digest is not of", r.odd);
    if (ccel.size > 0)
        claim_flag(j->sink, "log.ccel", true);
    if (ima.size > 0)
        claim_flag(j->sink, "log.ima", true);
    return true;
}

static bool token_check(const struct judge *j, const struct cose_sign1 *token,
                        const struct labelled *cvm, struct view platform)
{
    struct certs chain = {.count = 0}, issuers = {.count = 0};
    struct pubkey device = PUBKEY_EMPTY, rak = PUBKEY_EMPTY;
    bool good = chain_read(j, &chain, &issuers) &&
                chain_check(j, "the device certificate", &chain, &huawei_pins, &device);

    if (good && platform.size > 0) {
        good = platform_check(j, platform, cvm, &device);
    } else if (good) {
        /* Nothing in this form speaks of debugging: VMs of the platform know none. */
        claim_flag(j->sink, "debug", false);
        good = same_key_check(j, cvm->bytes[C_KEY], &chain.list[0]);
    }
    good = good && rak_read(j, cvm->bytes[C_KEY], &rak) &&
           cose_check(j, "the VM's token", token, &rak) && logs_check(j, cvm);
    pubkey_done(&device);
    pubkey_done(&rak);
    certs_free(&chain);
    certs_free(&issuers);
    return good;
}

static void virtcca_verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    struct verified before = {.count = 0};
    const struct judge j = {request, sink, &before, NULL, false};
    struct view platform, realm, claims;
    struct cose_sign1 token;
    struct labelled cvm;
    struct reader r;

    if (!arm_collection_read(&j, evidence_first(request), &platform, &realm))
        return;
    if (cose_sign1_decode(realm, &token) != CC_SUCCESS) {
        BROKEN(sink, "format", "format: %s", detail_get());
        return;
    }
    r = reader_over(token.payload); /* wrapped once more */
    claims = cbor_take_bytes(&r);
    if (!reader_done(&r)) {
        BROKEN(sink, "format", "format: claims within a byte string expected");
        return;
    }
    if (!arm_labels_check(&j, "the VM's token", claims, CVM, CVM_LABELS, &cvm))
        return;
    labels_say(sink, CVM, CVM_LABELS, &cvm);
    claim_view(sink, "nonce", cvm.bytes[C_CHALLENGE]);
    token_check(&j, &token, &cvm, platform);
}

static bool virtcca_detects(const cc_verify_input_t *input)
{
    for (size_t i = 0; i < input->evidence_count; i++)
        if (input->evidence[i].name != NULL && strcmp(input->evidence[i].name, "dev_cert") == 0)
            return arm_collection_has(input, true) || arm_collection_has(input, false);
    return arm_collection_has(input, false);
}

static const char *const IDENTITY[] = {"rim", NULL};

const cc_verifier_t verifier_virtcca = {
    CC_VERIFIER_ABI, sizeof(cc_verifier_t), "virtcca",     "virtCCA",
    IDENTITY,        virtcca_detects,       virtcca_verify};
