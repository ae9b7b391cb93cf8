/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "keys.h"
#include "base/detail.h"
#include "crypto/cert_sign.h"
#include "crypto/random.h"
#include "identity_file.h"
#include "private_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    NR_MEMFD_SECRET = 447,
    SECRET_PAGE = 4096,
    EXPIRED_FROM_S = 946684800, /* the year 2000, of a device that pretends so */
    EXPIRED_TO_S = 978307199,
};

/* A page that not even root reads through /proc; ordinary locked memory where there is none. */
static struct secret *secret_page(bool *ret_secretmem)
{
    int fd = (int)syscall(NR_MEMFD_SECRET, 0);
    void *page = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, SECRET_PAGE) == 0)
        page = mmap(NULL, SECRET_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    *ret_secretmem = page != MAP_FAILED;
    if (page == MAP_FAILED) {
        page = mmap(NULL, SECRET_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED)
            return NULL;
        mlock(page, SECRET_PAGE);
        madvise(page, SECRET_PAGE, MADV_DONTDUMP);
    }
    madvise(page, SECRET_PAGE, MADV_DONTFORK);
    return page;
}

/* HKDF with the scheme's name as salt: each label gives an independent key. */
bool keys_derive(const struct secret *root, const char *label, struct secret *ret_key)
{
    struct secret prk;
    bool good = hkdf_extract(view_text("secgear-sim-v1"), VIEW_OF(root->bytes), &prk) &&
                hkdf_expand(&prk, view_text(label), ret_key->bytes, sizeof ret_key->bytes);

    wipe(&prk, sizeof prk);
    return good;
}

static bool root_key(const struct secret *root, const char *label, struct ecdsa_key *ret_key)
{
    struct secret seed;
    bool good = keys_derive(root, label, &seed) && ecdsa_from_seed(ret_key, &seed, "p256");

    wipe(&seed, sizeof seed);
    return good;
}

bool keys_attestation_key(const struct secret *root, struct ecdsa_key *ret_key)
{
    return root_key(root, "attestation key", ret_key);
}

bool keys_device_key(const struct secret *root, struct ecdsa_key *ret_key)
{
    return root_key(root, "device key", ret_key);
}

struct authorities {
    struct ecdsa_key vendor;
    struct ecdsa_key device;
    struct ecdsa_key ak;
};

/* Each signed by the key above it. */
static bool certs_issue(const struct authorities *a, enum report_level level, bool expired,
                        struct device_keys *keys)
{
    struct cert ak = {
        .issuer = view_text(CERT_NAME_DEVICE),
        .subject = view_text(CERT_NAME_AK),
        .key_usage = CERT_USAGE_DIGITAL_SIGNATURE,
        .device_id = VIEW_OF(keys->device_id),
        .not_before_s = expired ? EXPIRED_FROM_S : 0,
        .not_after_s = expired ? EXPIRED_TO_S : 0,
    };
    uint8_t point[ECDSA_PUBLIC_SIZE], ak_point[ECDSA_PUBLIC_SIZE];
    struct writer w[STATE_CERT_COUNT];

    for (size_t i = 0; i < STATE_CERT_COUNT; i++)
        w[i] = writer_over(keys->cert_bytes[i], STATE_CERT_MAX_SIZE);
    if (!ecdsa_public(&a->device, point) || !ecdsa_public(&a->ak, ak_point) ||
        !cert_issue_root(&a->vendor, level, &w[STATE_CERT_VENDOR]) ||
        !cert_issue_device(&a->vendor, cert_root_name(level), VIEW_OF(point),
                           VIEW_OF(keys->device_id), &w[STATE_CERT_DEVICE]) ||
        !cert_issue(&a->device, VIEW_OF(ak_point), &ak, &w[STATE_CERT_AK]))
        return false;
    for (size_t i = 0; i < STATE_CERT_COUNT; i++)
        keys->cert_sizes[i] = w[i].size;
    return true;
}

/* The vendor's key lives on this stack only. */
static bool identity_make(enum report_level level, bool expired, struct device_keys *keys)
{
    struct authorities a = {.vendor = {NULL, NULL}};
    struct secret vendor_seed = {{0}};
    bool good = random_reseed() && random_fill(keys->root->bytes, sizeof keys->root->bytes) &&
                random_fill(keys->device_id, sizeof keys->device_id) &&
                random_fill(vendor_seed.bytes, sizeof vendor_seed.bytes) &&
                ecdsa_from_seed(&a.vendor, &vendor_seed, "vendor root") &&
                keys_device_key(keys->root, &a.device) && keys_attestation_key(keys->root, &a.ak) &&
                certs_issue(&a, level, expired, keys);

    wipe(&vendor_seed, sizeof vendor_seed);
    ecdsa_done(&a.vendor);
    ecdsa_done(&a.device);
    ecdsa_done(&a.ak);
    return good;
}

void keys_describe(const struct device_keys *keys, struct device_state *ret_state)
{
    memset(ret_state, 0, sizeof *ret_state);
    memcpy(ret_state->device_id, keys->device_id, sizeof ret_state->device_id);
    ret_state->wrapped = buf_view(&keys->wrapped);
    if (ret_state->wrapped.size == 0)
        memcpy(ret_state->root, keys->root->bytes, sizeof ret_state->root);
    for (size_t i = 0; i < STATE_CERT_COUNT; i++)
        ret_state->certs[i] = keys_cert(keys, (enum state_cert)i);
}

static cc_enclave_result_t root_take(const struct device_state *state, const struct tpm *tpm,
                                     struct device_keys *keys)
{
    if (state->wrapped.size == 0) {
        memcpy(keys->root->bytes, state->root, sizeof keys->root->bytes);
        return CC_SUCCESS;
    }
    if (tpm->tcti == NULL)
        return detail_fail(CC_ERROR_NO_DEVICE,
                           "device: a TPM keeps this device's root secret: start it with --tpm");
    if (!buf_copy(&keys->wrapped, state->wrapped))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory for its root secret");
    return tpm_unseal(tpm, state->wrapped, keys->root);
}

static cc_enclave_result_t identity_take(struct device_keys *keys, const struct device_state *state,
                                         const struct tpm *tpm)
{
    memcpy(keys->device_id, state->device_id, sizeof keys->device_id);
    for (size_t i = 0; i < STATE_CERT_COUNT; i++) {
        memcpy(keys->cert_bytes[i], state->certs[i].data, state->certs[i].size);
        keys->cert_sizes[i] = state->certs[i].size;
    }
    return root_take(state, tpm, keys);
}

/* Makes an identity and keeps it, unless somebody else was first: then theirs is taken. */
static cc_enclave_result_t identity_create(const char *folder, enum report_level level,
                                           bool expired, const struct tpm *tpm,
                                           struct device_keys *keys)
{
    struct device_state state;
    struct identity_file file = {.bytes = BUF_EMPTY};
    cc_enclave_result_t rc = CC_SUCCESS;

    if (!identity_make(level, expired, keys))
        return detail_fail(CC_ERROR_GENERIC, "device: its keys can not be made");
    if (tpm->tcti != NULL)
        rc = tpm_seal(tpm, keys->root, &keys->wrapped);
    if (rc != CC_SUCCESS)
        return rc;
    keys_describe(keys, &state);
    rc = identity_file_create(folder, &state, &keys->persistent);
    if (rc == CC_ERROR_ACCESS_CONFLICT) {
        buf_free(&keys->wrapped);
        rc = identity_file_load(folder, &file);
        if (rc == CC_SUCCESS)
            rc = identity_take(keys, &file.state, tpm);
        keys->persistent = rc == CC_SUCCESS;
    }
    identity_file_done(&file);
    wipe(&state, sizeof state);
    return rc;
}

/* Of a device that had none so far. The disk may keep a copy of what the file said before. */
static cc_enclave_result_t root_wrap(const char *folder, const struct tpm *tpm,
                                     struct device_keys *keys)
{
    struct device_state state;
    cc_enclave_result_t rc = tpm_seal(tpm, keys->root, &keys->wrapped);

    if (rc != CC_SUCCESS)
        return rc;
    keys_describe(keys, &state);
    rc = identity_file_replace(folder, &state);
    wipe(&state, sizeof state);
    return rc;
}

/* An identity that was once in easier reach vouches for no more than it did there. */
static cc_enclave_result_t root_fits(const struct device_keys *keys, const char *folder,
                                     enum report_level level)
{
    struct cert root;
    cc_enclave_result_t rc = cert_decode(keys_cert(keys, STATE_CERT_VENDOR), &root);

    if (rc == CC_SUCCESS && cert_root_level(&root) < level)
        return detail_fail(CC_ERROR_SECURITY,
                           "device: the identity in %s was made at a lower level (its root is "
                           "\"%.*s\"): move it away to get a new one",
                           folder, (int)root.subject.size, (const char *)root.subject.data);
    return rc;
}

cc_enclave_result_t keys_open(const char *folder, enum report_level level, bool expired,
                              const struct tpm *tpm, struct device_keys *keys)
{
    struct identity_file file = {.bytes = BUF_EMPTY};
    cc_enclave_result_t rc;

    memset(keys, 0, sizeof *keys);
    keys->root = secret_page(&keys->root_is_secretmem);
    if (keys->root == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory for its root secret");
    private_folder_tidy(folder);
    rc = identity_file_load(folder, &file);
    if (rc == CC_SUCCESS) {
        rc = identity_take(keys, &file.state, tpm);
        keys->persistent = true;
    } else if (rc == CC_ERROR_ITEM_NOT_FOUND) {
        rc = identity_create(folder, level, expired, tpm, keys);
    }
    identity_file_done(&file);
    if (rc == CC_SUCCESS && tpm->tcti != NULL && keys->wrapped.size == 0)
        rc = root_wrap(folder, tpm, keys);
    if (rc == CC_SUCCESS)
        rc = root_fits(keys, folder, level);
    if (rc == CC_SUCCESS && !keys_attestation_key(keys->root, &keys->ak))
        rc = detail_fail(CC_ERROR_GENERIC, "device: the attestation key can not be derived");
    return rc;
}

struct view keys_cert(const struct device_keys *keys, enum state_cert which)
{
    return view_of(keys->cert_bytes[which], keys->cert_sizes[which]);
}

cc_enclave_result_t keys_report(const struct ecdsa_key *ak, const struct view chain[2],
                                const struct report_body *body, struct writer *w)
{
    uint8_t payload[REPORT_MAX_SIZE], signed_bytes[REPORT_MAX_SIZE];
    uint8_t signature[ECDSA_SIGNATURE_SIZE];
    struct writer payload_w = writer_over(payload, sizeof payload);
    struct writer signed_w = writer_over(signed_bytes, sizeof signed_bytes);
    struct report report = {.body = *body,
                            .protected_header = report_protected_header(),
                            .chain = {chain[0], chain[1]},
                            .chain_count = 2};

    report_body_encode(body, &payload_w);
    report.payload = writer_view(&payload_w);
    if (payload_w.failed || !report_to_be_signed(&report, &signed_w) ||
        !ecdsa_sign(ak, writer_view(&signed_w), signature))
        return detail_fail(CC_ERROR_RA_GET_REPORT, "device: the report can not be signed");
    report.signature = VIEW_OF(signature);
    report_encode(&report, w);
    if (w->failed)
        return detail_fail(CC_ERROR_RA_GET_REPORT, "device: the report is too large");
    return CC_SUCCESS;
}
