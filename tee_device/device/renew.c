/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A device under another vendor root: one of its own made anew, or a fleet's. Root secret, device
 * id and every key stay, so what was sealed still opens; only who vouches for the device changes.
 */
#include "base/detail.h"
#include "crypto/cert_sign.h"
#include "crypto/random.h"
#include "device.h"
#include "identity_file.h"
#include "private_file.h"
#include <string.h>
#include <unistd.h>

struct vouching {
    uint8_t root[STATE_CERT_MAX_SIZE];
    size_t root_size;
    uint8_t device[STATE_CERT_MAX_SIZE];
    size_t device_size;
};

static void take(struct view der, uint8_t *ret_bytes, size_t *ret_size)
{
    memcpy(ret_bytes, der.data, der.size);
    *ret_size = der.size;
}

/* The vendor's key lives on this stack only. */
static bool own_root_make(const struct device *device, struct view point, struct vouching *v)
{
    struct ecdsa_key vendor = {NULL, NULL};
    struct secret seed = {{0}};
    struct writer root = writer_over(v->root, sizeof v->root);
    struct writer cert = writer_over(v->device, sizeof v->device);
    bool good = random_reseed() && random_fill(seed.bytes, sizeof seed.bytes) &&
                ecdsa_from_seed(&vendor, &seed, "vendor root") &&
                cert_issue_root(&vendor, device->level, &root) &&
                cert_issue_device(&vendor, cert_root_name(device->level), point,
                                  VIEW_OF(device->keys.device_id), &cert);

    wipe(&seed, sizeof seed);
    ecdsa_done(&vendor);
    v->root_size = root.size;
    v->device_size = cert.size;
    return good;
}

/* Attacker: whoever brings certificates. They must be about this very device, and of its level. */
static cc_enclave_result_t vouching_take(const struct device *device, struct view point,
                                         struct view bytes, struct vouching *v)
{
    struct reader r = reader_over(bytes);
    struct view root_der = reader_take(&r, reader_le16(&r));
    struct view device_der = reader_take(&r, reader_le16(&r));
    struct cert root, own;
    cc_enclave_result_t rc;

    if (!reader_done(&r) || root_der.size > sizeof v->root || device_der.size > sizeof v->device)
        return detail_fail(CC_ERROR_BAD_FORMAT, "device: two certificates expected");
    rc = cert_decode_root(root_der, &root);
    if (rc == CC_SUCCESS)
        rc = cert_decode_device(device_der, &own);
    if (rc != CC_SUCCESS)
        return rc;
    if (!cert_is_signed_by(&own, root.point) || !view_equal(own.issuer, root.subject))
        return detail_fail(CC_ERROR_BAD_FORMAT, "device: this root did not sign the certificate");
    if (!view_equal(own.point, point) ||
        !view_equal(own.device_id, VIEW_OF(device->keys.device_id)))
        return detail_fail(CC_ERROR_BAD_FORMAT, "device: the certificate is another device's");
    if (cert_root_level(&root) != device->level)
        return detail_fail(CC_ERROR_SECURITY,
                           "device: the root is for another level of devices than this one's");
    take(root_der, v->root, &v->root_size);
    take(device_der, v->device, &v->device_size);
    return CC_SUCCESS;
}

/* On disk first: a device never says what its next start would take back. */
static cc_enclave_result_t vouching_keep(struct device *device, const struct vouching *v)
{
    struct device_keys *keys = &device->keys;
    struct device_state state;
    cc_enclave_result_t rc;

    if (!keys->persistent)
        return detail_fail(CC_ERROR_STORAGE_NOT_AVAILABLE,
                           "device: it keeps no identity (%s can not be written)",
                           device->state_folder);
    keys_describe(keys, &state);
    state.certs[STATE_CERT_VENDOR] = view_of(v->root, v->root_size);
    state.certs[STATE_CERT_DEVICE] = view_of(v->device, v->device_size);
    rc = identity_file_replace(device->state_folder, &state);
    wipe(&state, sizeof state);
    if (rc != CC_SUCCESS)
        return rc;
    take(view_of(v->root, v->root_size), keys->cert_bytes[STATE_CERT_VENDOR],
         &keys->cert_sizes[STATE_CERT_VENDOR]);
    take(view_of(v->device, v->device_size), keys->cert_bytes[STATE_CERT_DEVICE],
         &keys->cert_sizes[STATE_CERT_DEVICE]);
    return CC_SUCCESS;
}

/* Who else may say under whom a device stands that several users have? */
static bool may_renew(const struct device *device, const struct connection *connection)
{
    return connection->client == NULL || connection->tenant->uid == 0 ||
           (device->level < REPORT_LEVEL_SYSTEM && connection->tenant->uid == geteuid());
}

void connection_renew(struct device *device, struct connection *connection,
                      const struct device_message *request)
{
    struct device_message answer = {.type = DEVICE_RENEWED};
    struct ecdsa_key key = {NULL, NULL};
    uint8_t point[ECDSA_PUBLIC_SIZE];
    struct vouching v;
    cc_enclave_result_t rc = CC_SUCCESS;

    if (!may_renew(device, connection))
        rc = detail_fail(CC_ERROR_ACCESS_DENIED, "device: only root renews the system's device");
    else if (!keys_device_key(device->keys.root, &key) || !ecdsa_public(&key, point))
        rc = detail_fail(CC_ERROR_GENERIC, "device: its key can not be derived");
    else if (request->bytes.size > 0)
        rc = vouching_take(device, VIEW_OF(point), request->bytes, &v);
    else if (!own_root_make(device, VIEW_OF(point), &v))
        rc = detail_fail(CC_ERROR_GENERIC, "device: no new root can be made");
    if (rc == CC_SUCCESS)
        rc = vouching_keep(device, &v);
    ecdsa_done(&key);
    if (rc != CC_SUCCESS)
        connection_fail(connection, rc, detail_get());
    else
        link_try_send(connection->source.fd, &answer, NULL);
}

/* Signed by the device's own key, which shows that it has it; the issuer's name tells the level. */
void connection_request(struct device *device, struct connection *connection)
{
    struct device_message answer = {.type = DEVICE_REQUEST_IS};
    struct ecdsa_key key = {NULL, NULL};
    uint8_t point[ECDSA_PUBLIC_SIZE], der[CERT_MAX_SIZE];
    struct writer w = writer_over(der, sizeof der);
    bool good = keys_device_key(device->keys.root, &key) && ecdsa_public(&key, point) &&
                cert_issue_device(&key, cert_root_name(device->level), VIEW_OF(point),
                                  VIEW_OF(device->keys.device_id), &w);

    ecdsa_done(&key);
    if (!good) {
        connection_fail(connection, CC_ERROR_GENERIC, "device: no request can be made");
        return;
    }
    answer.bytes = writer_view(&w);
    link_try_send(connection->source.fd, &answer, NULL);
}
