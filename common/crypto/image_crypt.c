/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/image_crypt.h"
#include "base/detail.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include <string.h>

static bool key_digest(const struct image_key *key, uint8_t ret_digest[static SHA256_SIZE])
{
    struct hash hash;

    hash_init(&hash);
    hash_add(&hash, view_text(IMAGE_KEY_LABEL));
    hash_add(&hash, VIEW_OF(key->secret));
    return hash_final(&hash, ret_digest);
}

bool image_key_make(struct image_key *ret_key)
{
    return random_fill(ret_key->id, sizeof ret_key->id) &&
           random_fill(ret_key->secret, sizeof ret_key->secret);
}

cc_enclave_result_t image_encrypt(const struct image_key *key, struct view plain, struct writer *w)
{
    struct encrypted_image image;
    struct view header;
    struct aead aead;
    uint8_t *cipher, *tag;
    bool good;

    memcpy(image.key_id, key->id, sizeof image.key_id);
    if (plain.size == 0 || plain.size > ENCRYPTED_IMAGE_MAX_SIZE)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE,
                           "encrypted image: 1 .. %d bytes can be encrypted, found %zu",
                           ENCRYPTED_IMAGE_MAX_SIZE, plain.size);
    if (!key_digest(key, image.key_digest) || !random_fill(image.nonce, sizeof image.nonce) ||
        !aead_init(&aead, key->secret, AEAD_SEAL))
        return detail_fail(CC_ERROR_GENERIC, "encrypted image: the crypto library failed");
    encrypted_image_header_encode(&image, plain.size, w);
    header = writer_view(w);
    cipher = writer_claim(w, plain.size);
    tag = writer_claim(w, AEAD_TAG_SIZE);
    good = !w->failed && aead_seal(&aead, image.nonce, header, plain, cipher, tag);
    aead_done(&aead);
    return good ? CC_SUCCESS
                : detail_fail(CC_ERROR_GENERIC, "encrypted image: the crypto library failed");
}

cc_enclave_result_t image_decrypt(const struct image_key *key, const struct encrypted_image *image,
                                  uint8_t *ret_plain)
{
    uint8_t digest[SHA256_SIZE];
    struct aead aead;
    bool good;

    if (!view_equal(VIEW_OF(key->id), VIEW_OF(image->key_id)))
        return detail_fail(CC_ERROR_PCL_GUID_MISMATCH,
                           "encrypted image: the key given is not the one it names");
    if (!key_digest(key, digest) || !aead_init(&aead, key->secret, AEAD_OPEN))
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "encrypted image: the crypto library failed");
    good = equal_ct(VIEW_OF(digest), VIEW_OF(image->key_digest));
    if (!good) {
        aead_done(&aead);
        return detail_fail(CC_ERROR_PCL_SHA_MISMATCH,
                           "encrypted image: the key given has the right name and is another one");
    }
    good = aead_open(&aead, image->nonce, image->header, image->cipher, image->tag.data, ret_plain);
    aead_done(&aead);
    return good ? CC_SUCCESS
                : detail_fail(CC_ERROR_PCL_MAC_MISMATCH,
                              "encrypted image: it was changed after it was encrypted");
}
