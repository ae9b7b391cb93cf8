/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/seal_cipher.h"
#include <string.h>

bool seal_cipher_init(struct aead *aead, const struct secret *base,
                      const uint8_t salt[static SEAL_SALT_SIZE], enum aead_use use)
{
    uint8_t info[8 + SEAL_SALT_SIZE], key[AEAD_KEY_SIZE];
    bool good;

    memcpy(info, "SEALED-1", 8);
    memcpy(info + 8, salt, SEAL_SALT_SIZE);
    good = hkdf_expand(base, VIEW_OF(info), key, sizeof key) && aead_init(aead, key, use);
    wipe(key, sizeof key);
    return good;
}
