/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "image_decrypt.h"
#include "base/detail.h"
#include "crypto/image_crypt.h"
#include "crypto/seal_cipher.h"
#include "io/sealed.h"
#include "sealing.h"
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct seal_origin origin_of(const struct seal_header *header)
{
    struct seal_origin origin = {
        .policy = header->policy,
        .debug = header->debug,
        .prod_id = header->prod_id,
        .svn = header->svn,
        .tcb_svn = header->tcb_svn,
    };

    memcpy(origin.measurement, header->measurement, sizeof origin.measurement);
    return origin;
}

/* The header is believed no further than that whoever it names sealed it: its key says so. */
static bool sealed_key_open(const struct device_keys *keys, const struct seal *seal,
                            uint8_t ret_plain[static IMAGE_KEY_SIZE])
{
    struct seal_origin origin = origin_of(&seal->header);
    struct secret base = {{0}};
    struct aead aead;
    bool good = seal_key_derive(keys->root, &origin, &base) &&
                seal_cipher_init(&aead, &base, seal->header.salt, AEAD_OPEN);

    if (good) {
        good = aead_open(&aead, seal->header.nonce, seal->authenticated, seal->cipher,
                         seal->tag.data, ret_plain);
        aead_done(&aead);
    }
    wipe(&base, sizeof base);
    return good;
}

static cc_enclave_result_t sealed_key_take(const struct device_keys *keys, struct view file,
                                           struct image_key_opened *key)
{
    uint8_t plain[IMAGE_KEY_SIZE];
    struct seal seal;
    bool good;

    if (seal_decode(file, &seal) != CC_SUCCESS)
        return detail_fail(
            CC_ERROR_BAD_PARAMETERS,
            "device: the image's key: %d bytes, or those sealed, expected, found %zu "
            "bytes of something else",
            IMAGE_KEY_SIZE, file.size);
    if (!view_equal(VIEW_OF(seal.header.device_id), VIEW_OF(keys->device_id)) ||
        seal.header.policy != SEAL_POLICY_MRSIGNER || seal.cipher.size != IMAGE_KEY_SIZE ||
        seal.header.tcb_svn > DEVICE_TCB_SVN || !view_equal(seal.aad, view_text(IMAGE_KEY_LABEL)))
        return detail_fail(
            CC_ERROR_ACCESS_DENIED,
            "device: what came as the image's key was not sealed on this device, for "
            "its signer and for this use (secgear seal inspect shows its header)");
    good = sealed_key_open(keys, &seal, plain) &&
           image_key_decode(view_of(plain, sizeof plain), &key->key);
    wipe(plain, sizeof plain);
    if (!good)
        return detail_fail(CC_ERROR_ACCESS_DENIED, "device: the image's sealed key was changed");
    key->sealed = true;
    key->by = seal.header;
    return CC_SUCCESS;
}

cc_enclave_result_t image_key_open(const struct device_keys *keys, struct view file,
                                   struct image_key_opened *ret_key)
{
    *ret_key = (struct image_key_opened){.sealed = false};
    if (image_key_decode(file, &ret_key->key))
        return CC_SUCCESS;
    return sealed_key_take(keys, file, ret_key);
}

cc_enclave_result_t image_key_permits(const struct image_key_opened *key,
                                      const struct image_identity *identity, bool debug)
{
    if (!key->sealed || (view_equal(VIEW_OF(key->by.measurement), VIEW_OF(identity->mrsigner)) &&
                         key->by.prod_id == identity->manifest.prod_id &&
                         key->by.svn <= identity->manifest.svn && key->by.debug == debug))
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_ACCESS_DENIED,
                       "device: the image's key was sealed by another signer, product, later "
                       "release or debug twin than the image inside");
}

bool image_says_encrypted(int file)
{
    uint8_t start[8];
    ssize_t size = pread(file, start, sizeof start, 0);

    return size == (ssize_t)sizeof start && encrypted_image_is(VIEW_OF(start));
}

static cc_enclave_result_t plain_verify(int fd, size_t size, struct image_identity *ret_identity)
{
    void *plain = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    cc_enclave_result_t rc;

    if (plain == MAP_FAILED)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory to measure the image");
    rc = image_verify(view_of(plain, size), ret_identity);
    munmap(plain, size);
    return rc;
}

static cc_enclave_result_t plain_make(const struct encrypted_image *image,
                                      const struct image_key *key, int *ret_fd)
{
    const size_t size = image->cipher.size;
    cc_enclave_result_t rc;
    void *plain;
    int fd;

    rc = sealed_blank(size, "sg-image", &fd);
    if (rc != CC_SUCCESS)
        return rc;
    plain = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (plain == MAP_FAILED) {
        close(fd);
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory to decrypt the image");
    }
    rc = image_decrypt(key, image, plain);
    munmap(plain, size);
    if (rc == CC_SUCCESS)
        rc = sealed_finish(fd, "sg-image");
    if (rc == CC_SUCCESS)
        *ret_fd = fd;
    else
        close(fd);
    return rc;
}

cc_enclave_result_t image_decrypt_file(int file, const struct image_key *key, int *ret_fd,
                                       struct image_identity *ret_identity)
{
    struct encrypted_image image;
    cc_enclave_result_t rc;
    struct stat st;
    void *bytes;
    int copy, plain = -1;

    rc = sealed_copy(file, "sg-encrypted", &copy); /* nobody changes it while we look */
    if (rc != CC_SUCCESS)
        return rc;
    if (fstat(copy, &st) != 0 ||
        (bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, copy, 0)) == MAP_FAILED) {
        close(copy);
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory to decrypt the image");
    }
    rc = encrypted_image_decode(view_of(bytes, (size_t)st.st_size), &image);
    if (rc == CC_SUCCESS)
        rc = plain_make(&image, key, &plain);
    if (rc == CC_SUCCESS)
        rc = plain_verify(plain, image.cipher.size, ret_identity);
    munmap(bytes, (size_t)st.st_size);
    close(copy);
    if (rc == CC_SUCCESS)
        *ret_fd = plain;
    else if (plain >= 0)
        close(plain);
    return rc;
}
