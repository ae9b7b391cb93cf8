/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "fleet.h"
#include "base/detail.h"
#include "base/text.h"
#include "crypto/cert_sign.h"
#include "crypto/random.h"
#include "device_ask.h"
#include "file.h"
#include "wire/pem.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    SEED_TEXT = 64,
    PEM_ROOM = 2048,
    LIST_MAX_SIZE = 1 << 22,
    LINE_ROOM = 64,
};

#define PEM_CERTIFICATE "CERTIFICATE"
#define PEM_REQUEST "SECGEAR DEVICE REQUEST"

struct fleet {
    struct ecdsa_key key;
    uint8_t der[CERT_MAX_SIZE];
    size_t der_size;
    struct cert root; /* borrows from der */
};

static cc_enclave_result_t path_in(const char *folder, const char *name,
                                   char ret_path[static PATH_MAX])
{
    int size = snprintf(ret_path, PATH_MAX, "%s/%s", folder, name);

    return size > 0 && size < PATH_MAX
               ? CC_SUCCESS
               : detail_fail(CC_ERROR_INVALID_PATH, "%.64s...: the path is too long", folder);
}

static cc_enclave_result_t pem_read(const char *path, const char *label, uint8_t *ret_der,
                                    size_t *ret_size)
{
    struct buf file = BUF_EMPTY;
    struct writer w = writer_over(ret_der, CERT_MAX_SIZE);
    cc_enclave_result_t rc = file_read(path, PEM_ROOM, &file);

    if (rc == CC_SUCCESS && !pem_decode(buf_view(&file), label, &w))
        rc = detail_fail(CC_ERROR_BAD_FORMAT, "%s: one PEM block \"%s\" expected", path, label);
    buf_free(&file);
    *ret_size = w.size;
    return rc;
}

static cc_enclave_result_t pem_print(struct view der, const char *label)
{
    char text[PEM_ROOM];
    struct writer w = writer_over(text, sizeof text);

    pem_encode(der, label, &w);
    if (w.failed || fwrite(text, 1, w.size, stdout) != w.size || fflush(stdout) != 0)
        return detail_fail(CC_ERROR_WRITE_DATA, "standard output can't be written");
    return CC_SUCCESS;
}

static cc_enclave_result_t no_root_yet(const char *folder)
{
    char path[PATH_MAX];
    cc_enclave_result_t rc = path_in(folder, "root.key", path);

    if (rc == CC_SUCCESS && access(path, F_OK) == 0)
        rc = detail_fail(CC_ERROR_BAD_STATE,
                         "%s is there: a root is made once; another fleet takes another folder",
                         path);
    return rc;
}

static cc_enclave_result_t seed_write(const char *folder, const struct secret *seed)
{
    char path[PATH_MAX], text[SEED_TEXT + 2];
    cc_enclave_result_t rc = path_in(folder, "root.key", path);

    if (rc != CC_SUCCESS)
        return rc;
    hex_format(VIEW_OF(seed->bytes), text);
    text[SEED_TEXT] = '\n';
    rc = file_write_secret(path, view_of(text, SEED_TEXT + 1));
    wipe(text, sizeof text);
    return rc;
}

static cc_enclave_result_t root_write(const char *folder, const struct ecdsa_key *key,
                                      enum report_level level)
{
    char path[PATH_MAX], text[PEM_ROOM];
    uint8_t der[CERT_MAX_SIZE];
    struct writer d = writer_over(der, sizeof der), t = writer_over(text, sizeof text);
    struct view content;
    cc_enclave_result_t rc = path_in(folder, "root.pem", path);

    if (rc != CC_SUCCESS)
        return rc;
    if (!cert_issue_root(key, level, &d))
        return detail_fail(CC_ERROR_GENERIC, "the root can't be made");
    pem_encode(writer_view(&d), PEM_CERTIFICATE, &t);
    content = writer_view(&t);
    return t.failed ? CC_ERROR_GENERIC : file_write(path, &content, 1);
}

cc_enclave_result_t fleet_provision(const char *folder, enum report_level level)
{
    struct ecdsa_key key = {NULL, NULL};
    struct secret seed = {{0}};
    cc_enclave_result_t rc = no_root_yet(folder);

    if (rc != CC_SUCCESS)
        return rc;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return detail_fail(CC_ERROR_INVALID_PATH, "%s: %s", folder, strerror(errno));
    if (!random_fill(seed.bytes, sizeof seed.bytes) || !ecdsa_from_seed(&key, &seed, "vendor root"))
        rc = detail_fail(CC_ERROR_GENERIC, "no key can be made");
    if (rc == CC_SUCCESS)
        rc = root_write(folder, &key, level);
    if (rc == CC_SUCCESS)
        rc = seed_write(folder, &seed); /* last: killed before, it is made anew */
    wipe(&seed, sizeof seed);
    ecdsa_done(&key);
    return rc;
}

static void fleet_done(struct fleet *fleet)
{
    ecdsa_done(&fleet->key);
}

static cc_enclave_result_t key_read(const char *folder, struct ecdsa_key *ret_key)
{
    char path[PATH_MAX], digits[SEED_TEXT + 1] = "";
    struct buf file = BUF_EMPTY;
    struct secret seed = {{0}};
    cc_enclave_result_t rc = path_in(folder, "root.key", path);

    if (rc == CC_SUCCESS)
        rc = file_read_key(path, &file);
    if (rc != CC_SUCCESS)
        return rc;
    if (file.size >= SEED_TEXT)
        memcpy(digits, file.data, SEED_TEXT);
    if (!hex_parse(digits, seed.bytes, sizeof seed.bytes) ||
        !ecdsa_from_seed(ret_key, &seed, "vendor root"))
        rc =
            detail_fail(CC_ERROR_BAD_FORMAT, "%s: %d hexadecimal digits expected", path, SEED_TEXT);
    wipe(digits, sizeof digits);
    wipe(&seed, sizeof seed);
    buf_free(&file);
    return rc;
}

static cc_enclave_result_t fleet_open(const char *folder, struct fleet *fleet)
{
    char path[PATH_MAX];
    uint8_t point[ECDSA_PUBLIC_SIZE];
    cc_enclave_result_t rc = path_in(folder, "root.pem", path);

    memset(fleet, 0, sizeof *fleet);
    if (rc == CC_SUCCESS)
        rc = pem_read(path, PEM_CERTIFICATE, fleet->der, &fleet->der_size);
    if (rc == CC_SUCCESS)
        rc = cert_decode_root(view_of(fleet->der, fleet->der_size), &fleet->root);
    if (rc == CC_SUCCESS)
        rc = key_read(folder, &fleet->key);
    if (rc == CC_SUCCESS &&
        (!ecdsa_public(&fleet->key, point) || !view_equal(VIEW_OF(point), fleet->root.point)))
        rc = detail_fail(CC_ERROR_BAD_STATE, "%s: root.key and root.pem do not belong together",
                         folder);
    if (rc != CC_SUCCESS)
        fleet_done(fleet);
    return rc;
}

/* One line more, whole or not at all, also when two do it at once. */
static cc_enclave_result_t line_add(const char *folder, const char *name, const char *line)
{
    char path[PATH_MAX];
    cc_enclave_result_t rc = path_in(folder, name, path);
    size_t size = strlen(line);
    int fd;

    if (rc != CC_SUCCESS)
        return rc;
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, size) != (ssize_t)size || fsync(fd) != 0)
        rc = detail_fail(CC_ERROR_WRITE_DATA, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

static cc_enclave_result_t is_revoked(const char *folder, const char *device_id, bool *ret_revoked)
{
    char path[PATH_MAX], line[LINE_ROOM];
    cc_enclave_result_t rc = path_in(folder, "revoked", path);
    FILE *file;

    *ret_revoked = true; /* until the whole list says otherwise */
    if (rc != CC_SUCCESS)
        return rc;
    file = fopen(path, "re");
    if (file == NULL && errno != ENOENT)
        return detail_fail(CC_ERROR_READ_DATA, "%s: %s", path, strerror(errno));
    *ret_revoked = false;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        *ret_revoked |= strncmp(line, device_id, 2 * CERT_DEVICE_ID_SIZE) == 0;
    if (file != NULL)
        fclose(file);
    return CC_SUCCESS;
}

/* Attacker: whoever sends requests. It has the key it asks for, and is not one that was put out. */
static cc_enclave_result_t request_check(const char *folder, const struct fleet *fleet,
                                         const struct cert *request, const char *device_id)
{
    bool revoked;
    cc_enclave_result_t rc;

    if (!cert_is_signed_by(request, request->point))
        return detail_fail(CC_ERROR_BAD_FORMAT, "the request is not signed by its own key");
    if (!view_equal(request->issuer, fleet->root.subject))
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "the request is for a device under \"%.*s\", this root is \"%.*s\" (a "
                           "root vouches for one level)",
                           (int)request->issuer.size, (const char *)request->issuer.data,
                           (int)fleet->root.subject.size, (const char *)fleet->root.subject.data);
    rc = is_revoked(folder, device_id, &revoked);
    if (rc == CC_SUCCESS && revoked)
        rc = detail_fail(CC_ERROR_ACCESS_DENIED, "device %s was revoked", device_id);
    return rc;
}

static cc_enclave_result_t request_issue(const char *folder, const struct fleet *fleet,
                                         const struct cert *request)
{
    char device_id[2 * CERT_DEVICE_ID_SIZE + 1], line[LINE_ROOM];
    uint8_t der[CERT_MAX_SIZE];
    struct writer w = writer_over(der, sizeof der);
    cc_enclave_result_t rc;

    hex_format(request->device_id, device_id);
    rc = request_check(folder, fleet, request, device_id);
    if (rc != CC_SUCCESS)
        return rc;
    if (!cert_issue_device(&fleet->key, fleet->root.subject, request->point, request->device_id,
                           &w))
        return detail_fail(CC_ERROR_GENERIC, "the certificate can't be made");
    snprintf(line, sizeof line, "%s %" PRIu64 "\n", device_id, (uint64_t)time(NULL));
    rc = line_add(folder, "issued", line); /* first: none is out that is not listed */
    if (rc == CC_SUCCESS)
        rc = pem_print(writer_view(&w), PEM_CERTIFICATE);
    if (rc == CC_SUCCESS)
        rc = pem_print(view_of(fleet->der, fleet->der_size), PEM_CERTIFICATE);
    return rc;
}

cc_enclave_result_t fleet_issue(const char *folder, const char *request_path)
{
    uint8_t der[CERT_MAX_SIZE];
    size_t size = 0;
    struct fleet fleet;
    struct cert request;
    cc_enclave_result_t rc = fleet_open(folder, &fleet);

    if (rc != CC_SUCCESS)
        return rc;
    rc = pem_read(request_path, PEM_REQUEST, der, &size);
    if (rc == CC_SUCCESS)
        rc = cert_decode_device(view_of(der, size), &request);
    if (rc == CC_SUCCESS)
        rc = request_issue(folder, &fleet, &request);
    fleet_done(&fleet);
    return rc;
}

cc_enclave_result_t fleet_revoke(const char *folder, const char *device_id)
{
    uint8_t id[CERT_DEVICE_ID_SIZE];
    char text[2 * CERT_DEVICE_ID_SIZE + 1], line[LINE_ROOM];
    struct fleet fleet;
    bool revoked;
    cc_enclave_result_t rc = fleet_open(folder, &fleet);

    if (rc != CC_SUCCESS)
        return rc;
    fleet_done(&fleet);
    if (!hex_parse(device_id, id, sizeof id))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "a device id has %d hexadecimal digits",
                           2 * CERT_DEVICE_ID_SIZE);
    hex_format(VIEW_OF(id), text); /* one spelling */
    rc = is_revoked(folder, text, &revoked);
    if (rc != CC_SUCCESS || revoked)
        return rc;
    snprintf(line, sizeof line, "%s\n", text);
    return line_add(folder, "revoked", line);
}

cc_enclave_result_t fleet_request(void)
{
    static struct link_packet packet;
    cc_enclave_result_t rc = device_ask(DEVICE_REQUEST, DEVICE_REQUEST_IS, &packet);

    return rc == CC_SUCCESS ? pem_print(packet.message.bytes, PEM_REQUEST) : rc;
}

/* Two blocks, as fleet_issue() printed them. */
static cc_enclave_result_t chain_read(const char *path, struct writer *w)
{
    static const char END[] = "-----END CERTIFICATE-----";
    uint8_t device[CERT_MAX_SIZE], root[CERT_MAX_SIZE];
    struct writer d = writer_over(device, sizeof device), r = writer_over(root, sizeof root);
    struct buf file = BUF_EMPTY;
    const uint8_t *end = NULL;
    size_t first;
    cc_enclave_result_t rc = file_read(path, 2 * PEM_ROOM, &file);

    if (rc == CC_SUCCESS)
        end = memmem(file.data, file.size, END, sizeof END - 1);
    first = end != NULL ? (size_t)(end - file.data) + sizeof END - 1 : 0;
    if (rc == CC_SUCCESS &&
        (end == NULL || !pem_decode(view_of(file.data, first), PEM_CERTIFICATE, &d) ||
         !pem_decode(view_of(file.data + first, file.size - first), PEM_CERTIFICATE, &r)))
        rc = detail_fail(CC_ERROR_BAD_FORMAT,
                         "%s: the device's certificate and its root's expected, PEM", path);
    buf_free(&file);
    if (rc != CC_SUCCESS)
        return rc;
    writer_le16(w, (uint16_t)r.size);
    writer_put(w, writer_view(&r));
    writer_le16(w, (uint16_t)d.size);
    writer_put(w, writer_view(&d));
    return CC_SUCCESS;
}

cc_enclave_result_t fleet_renew(const char *chain_path)
{
    static struct link_packet packet;
    struct device_message renew = {.type = DEVICE_RENEW};
    uint8_t chain[2 * (CERT_MAX_SIZE + 2)];
    struct writer w = writer_over(chain, sizeof chain);
    cc_enclave_result_t rc = CC_SUCCESS;

    if (chain_path != NULL)
        rc = chain_read(chain_path, &w);
    if (rc == CC_SUCCESS) {
        renew.bytes = writer_view(&w);
        rc = device_tell(&renew, DEVICE_RENEWED, &packet);
    }
    return rc;
}
