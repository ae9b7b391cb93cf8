/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "keys.h"
#include "base/detail.h"
#include "crypto/random.h"
#include "identity_file.h"
#include "private_file.h"
#include "wire/cert.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NR_MEMFD_SECRET = 447, SECRET_PAGE = 4096 };

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

/* Certificates, each signed by the key above it. */
struct issue {
    const struct ecdsa_key *signer;
    const struct ecdsa_key *subject_key;
    struct cert cert;
};

static bool cert_issue(struct issue *issue, uint8_t *ret_der, size_t *ret_size)
{
    uint8_t point[ECDSA_PUBLIC_SIZE], serial[16], tbs[CERT_MAX_SIZE];
    uint8_t signature[ECDSA_SIGNATURE_SIZE];
    struct writer w = writer_over(tbs, sizeof tbs);
    struct writer out = writer_over(ret_der, STATE_CERT_MAX_SIZE);

    if (!ecdsa_public(issue->subject_key, point) || !random_fill(serial, sizeof serial))
        return false;
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, full length */
    issue->cert.serial = VIEW_OF(serial);
    issue->cert.point = VIEW_OF(point);
    issue->cert.not_before_s = (uint64_t)time(NULL) - 24 * 3600; /* clocks differ */
    issue->cert.not_after_s = DER_TIME_MAX_S; /* RFC 5280, 4.1.2.5: no well-defined end */
    cert_encode_tbs(&issue->cert, &w);
    if (w.failed || !ecdsa_sign(issue->signer, writer_view(&w), signature))
        return false;
    cert_encode(writer_view(&w), signature, &out);
    *ret_size = out.size;
    return !out.failed;
}

struct authorities {
    struct ecdsa_key vendor;
    struct ecdsa_key device;
    struct ecdsa_key ak;
};

/* The name says how well the root secret is kept, so that a stolen one can not claim more. */
static struct view root_name(enum report_level level)
{
    if (level == REPORT_LEVEL_SYSTEM)
        return view_text("secGear simulated vendor root");
    if (level == REPORT_LEVEL_INSTALLED)
        return view_text("secGear simulated vendor root" CERT_ROOT_INSTALLED_SUFFIX);
    return view_text("secGear simulated vendor root" CERT_ROOT_EMBEDDED_SUFFIX);
}

static bool certs_issue(const struct authorities *a, enum report_level level,
                        struct device_keys *keys)
{
    struct view vendor = root_name(level);
    struct view device = view_text("secGear simulated device");
    struct view ak = view_text("secGear simulated attestation key");
    struct issue issues[STATE_CERT_COUNT] = {
        {&a->vendor,
         &a->vendor,
         {.issuer = vendor,
          .subject = vendor,
          .is_ca = true,
          .path_len = 1,
          .key_usage = CERT_USAGE_CERT_SIGN | CERT_USAGE_CRL_SIGN}},
        {&a->vendor,
         &a->device,
         {.issuer = vendor,
          .subject = device,
          .is_ca = true,
          .path_len = 0,
          .key_usage = CERT_USAGE_CERT_SIGN,
          .device_id = VIEW_OF(keys->device_id)}},
        {&a->device,
         &a->ak,
         {.issuer = device,
          .subject = ak,
          .key_usage = CERT_USAGE_DIGITAL_SIGNATURE,
          .device_id = VIEW_OF(keys->device_id)}},
    };

    for (size_t i = 0; i < STATE_CERT_COUNT; i++)
        if (!cert_issue(&issues[i], keys->cert_bytes[i], &keys->cert_sizes[i]))
            return false;
    return true;
}

/* The vendor's key lives on this stack only. */
static bool identity_make(enum report_level level, struct device_keys *keys)
{
    struct authorities a = {.vendor = {NULL, NULL}};
    struct secret vendor_seed = {{0}};
    bool good = random_reseed() && random_fill(keys->root->bytes, sizeof keys->root->bytes) &&
                random_fill(keys->device_id, sizeof keys->device_id) &&
                random_fill(vendor_seed.bytes, sizeof vendor_seed.bytes) &&
                ecdsa_from_seed(&a.vendor, &vendor_seed, "vendor root") &&
                root_key(keys->root, "device key", &a.device) &&
                keys_attestation_key(keys->root, &a.ak) && certs_issue(&a, level, keys);

    wipe(&vendor_seed, sizeof vendor_seed);
    ecdsa_done(&a.vendor);
    ecdsa_done(&a.device);
    ecdsa_done(&a.ak);
    return good;
}

static void identity_describe(const struct device_keys *keys, struct device_state *ret_state)
{
    memcpy(ret_state->device_id, keys->device_id, sizeof ret_state->device_id);
    memcpy(ret_state->root, keys->root->bytes, sizeof ret_state->root);
    for (size_t i = 0; i < STATE_CERT_COUNT; i++)
        ret_state->certs[i] = keys_cert(keys, (enum state_cert)i);
}

static void identity_take(struct device_keys *keys, const struct device_state *state)
{
    memcpy(keys->device_id, state->device_id, sizeof keys->device_id);
    memcpy(keys->root->bytes, state->root, sizeof keys->root->bytes);
    for (size_t i = 0; i < STATE_CERT_COUNT; i++) {
        memcpy(keys->cert_bytes[i], state->certs[i].data, state->certs[i].size);
        keys->cert_sizes[i] = state->certs[i].size;
    }
}

/* Makes an identity and keeps it, unless somebody else was first: then theirs is taken. */
static cc_enclave_result_t identity_create(const char *folder, enum report_level level,
                                           struct device_keys *keys)
{
    struct device_state state = {.device_id = {0}};
    struct identity_file file = {.bytes = BUF_EMPTY};
    cc_enclave_result_t rc;

    if (!identity_make(level, keys))
        return detail_fail(CC_ERROR_GENERIC, "device: its keys can not be made");
    identity_describe(keys, &state);
    rc = identity_file_create(folder, &state, &keys->persistent);
    if (rc == CC_ERROR_ACCESS_CONFLICT) {
        rc = identity_file_load(folder, &file);
        if (rc == CC_SUCCESS)
            identity_take(keys, &file.state);
        keys->persistent = rc == CC_SUCCESS;
    }
    identity_file_done(&file);
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

cc_enclave_result_t keys_open(const char *folder, enum report_level level, struct device_keys *keys)
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
        identity_take(keys, &file.state);
        keys->persistent = true;
    } else if (rc == CC_ERROR_ITEM_NOT_FOUND) {
        rc = identity_create(folder, level, keys);
    }
    identity_file_done(&file);
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
