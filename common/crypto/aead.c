/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/aead.h"
#include "crypto/aead_mb.h"
#include "crypto/fetched.h"
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <pthread.h>
#include <string.h>

static bool evp_init_by(struct aead *aead, const EVP_CIPHER *cipher, const uint8_t *key,
                        enum aead_use use)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx == NULL || cipher == NULL ||
        EVP_CipherInit_ex2(ctx, cipher, key, NULL, use == AEAD_SEAL, NULL) != 1) {
        EVP_CIPHER_CTX_free(ctx);
        return false;
    }
    *aead = (struct aead){.ctx = ctx};
    return true;
}

static bool evp_init(struct aead *aead, const uint8_t key[static AEAD_KEY_SIZE], enum aead_use use)
{
    return evp_init_by(aead, fetched_aes_256_gcm(), key, use);
}

/* --- where a message begins ------------------------------------------------------------------- */

/* A size of -1 means the nonce as a whole: EVP_CTRL_GCM_SET_IV_FIXED of EVP_CIPHER_CTX_ctrl(). */
#define WHOLE_NONCE ((size_t)-1)

/* EVP's parameters are writable in type, though it only reads those that it is given. */
static void *only_read(const uint8_t *bytes)
{
    return (void *)(uintptr_t)bytes;
}

/* The tag of a message to open; NULL: to seal. */
static bool evp_begin(const struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE],
                      const uint8_t *tag)
{
    OSSL_PARAM given[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED,
                                                  only_read(nonce), WHOLE_NONCE),
                          OSSL_PARAM_END, OSSL_PARAM_END};

    if (tag != NULL)
        given[1] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, only_read(tag),
                                                     AEAD_TAG_SIZE);
    if (aead->nonce_alone)
        return EVP_CIPHER_CTX_set_params(aead->ctx, given) == 1;
    return EVP_CipherInit_ex2(aead->ctx, NULL, NULL, nonce, -1, NULL) == 1 &&
           (tag == NULL || EVP_CIPHER_CTX_set_params(aead->ctx, given + 1) == 1);
}

/* The tag of nothing with no data, which every bit of the nonce changes. */
static bool tag_of_nothing(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE],
                           uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    return aead_seal(aead, nonce, VIEW_EMPTY, VIEW_EMPTY, ret_tag, ret_tag);
}

/*
 * Whether libcrypto takes a nonce as a parameter, 50 ns less than to begin anew. That way is as old
 * as its GCM, but hardly documented; so it must seal as the documented one does, twice: it would be
 * the end of a key if the first nonce stayed.
 */
static bool nonce_alone_works(void)
{
    static const uint8_t key[AEAD_KEY_SIZE], nonces[][AEAD_NONCE_SIZE] = {{1}, {2}};
    struct aead alone = {.ctx = NULL}, anew = {.ctx = NULL};
    uint8_t tag[AEAD_TAG_SIZE], expected[AEAD_TAG_SIZE];
    bool works = evp_init(&alone, key, AEAD_SEAL) && evp_init(&anew, key, AEAD_SEAL);

    alone.nonce_alone = true;
    for (size_t i = 0; works && i < 2; i++)
        works = tag_of_nothing(&alone, nonces[i], tag) &&
                tag_of_nothing(&anew, nonces[i], expected) &&
                equal_ct(VIEW_OF(tag), VIEW_OF(expected));
    aead_done(&alone);
    aead_done(&anew);
    return works;
}

static struct {
    pthread_once_t once;
    bool works;
} nonce_alone = {.once = PTHREAD_ONCE_INIT};

static void nonce_alone_try(void)
{
    nonce_alone.works = nonce_alone_works();
}

/* --- making and ending ------------------------------------------------------------------------ */

bool aead_backend_there(enum aead_backend backend)
{
    pthread_once(&nonce_alone.once, nonce_alone_try);
    switch (backend) {
    case AEAD_OPENSSL:
        return nonce_alone.works;
    case AEAD_OPENSSL_ANEW:
        return true;
    case AEAD_IPSEC_MB:
        return aead_mb_there();
    }
    return false;
}

bool aead_init_by(struct aead *aead, enum aead_backend backend,
                  const uint8_t key[static AEAD_KEY_SIZE], enum aead_use use)
{
    struct aead_mb *mb;

    if (!aead_backend_there(backend))
        return false;
    if (backend != AEAD_IPSEC_MB) {
        if (!evp_init(aead, key, use))
            return false;
        aead->nonce_alone = backend == AEAD_OPENSSL;
        return true;
    }
    mb = aead_mb_new(key);
    if (mb == NULL)
        return false;
    *aead = (struct aead){.mb = mb};
    return true;
}

bool aead_init(struct aead *aead, const uint8_t key[static AEAD_KEY_SIZE], enum aead_use use)
{
    static const enum aead_backend FASTEST_FIRST[] = {AEAD_IPSEC_MB, AEAD_OPENSSL,
                                                      AEAD_OPENSSL_ANEW};
    size_t i = 0;

    while (!aead_backend_there(FASTEST_FIRST[i]))
        i++;
    return aead_init_by(aead, FASTEST_FIRST[i], key, use);
}

bool aead_sm4_there(void)
{
    return fetched_sm4_gcm() != NULL;
}

/* Each message begins anew: whether its nonce alone would do was seen of AES only. */
bool aead_init_sm4(struct aead *aead, const uint8_t key[static AEAD_SM4_KEY_SIZE],
                   enum aead_use use)
{
    return evp_init_by(aead, fetched_sm4_gcm(), key, use);
}

void aead_done(struct aead *aead)
{
    EVP_CIPHER_CTX_free(aead->ctx); /* cleanses the key schedule */
    aead_mb_free(aead->mb);
    *aead = (struct aead){.ctx = NULL};
}

/* EVP takes int. */
static bool sizes_fit(struct view aad, struct view in)
{
    return aad.size <= INT_MAX && in.size <= INT_MAX;
}

bool aead_seal(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
               struct view plain, uint8_t *ret_cipher, uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    /* Directly: EVP_CIPHER_CTX_ctrl() would only build the same. */
    OSSL_PARAM tag[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, ret_tag, AEAD_TAG_SIZE),
                        OSSL_PARAM_END};
    uint8_t none[AEAD_TAG_SIZE];
    int size = 0;

    if (aead->mb != NULL)
        return aead_mb_seal(aead->mb, nonce, aad, plain, ret_cipher, ret_tag);
    if (sizes_fit(aad, plain) && evp_begin(aead, nonce, NULL) &&
        (aad.size == 0 ||
         EVP_EncryptUpdate(aead->ctx, NULL, &size, aad.data, (int)aad.size) == 1) &&
        (plain.size == 0 ||
         EVP_EncryptUpdate(aead->ctx, ret_cipher, &size, plain.data, (int)plain.size) == 1) &&
        EVP_EncryptFinal_ex(aead->ctx, none, &size) == 1 &&
        EVP_CIPHER_CTX_get_params(aead->ctx, tag) == 1)
        return true;
    wipe(ret_cipher, plain.size);
    return false;
}

bool aead_open(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
               struct view cipher, const uint8_t tag[static AEAD_TAG_SIZE], uint8_t *ret_plain)
{
    uint8_t none[AEAD_TAG_SIZE];
    int size = 0;

    if (aead->mb != NULL)
        return aead_mb_open(aead->mb, nonce, aad, cipher, tag, ret_plain);
    if (sizes_fit(aad, cipher) && evp_begin(aead, nonce, tag) &&
        (aad.size == 0 ||
         EVP_DecryptUpdate(aead->ctx, NULL, &size, aad.data, (int)aad.size) == 1) &&
        (cipher.size == 0 ||
         EVP_DecryptUpdate(aead->ctx, ret_plain, &size, cipher.data, (int)cipher.size) == 1) &&
        EVP_DecryptFinal_ex(aead->ctx, none, &size) == 1)
        return true;
    wipe(ret_plain, cipher.size); /* unauthenticated plaintext never leaves */
    return false;
}

/* --- a message in pieces ---------------------------------------------------------------------- */

/* Sealed pieces pass through the stack; opened ones only stay in the first cache. */
enum { SEAL_PIECE_SIZE = 4096, OPEN_PIECE_SIZE = 16384 };

static bool begin(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE], struct view aad,
                  struct view in, const uint8_t *tag)
{
    int size = 0;

    if (!sizes_fit(aad, in))
        return false;
    if (aead->mb != NULL) {
        aead_mb_begin(aead->mb, nonce, aad);
        return true;
    }
    return evp_begin(aead, nonce, tag) &&
           (aad.size == 0 ||
            EVP_CipherUpdate(aead->ctx, NULL, &size, aad.data, (int)aad.size) == 1);
}

static bool piece(struct aead *aead, enum aead_use use, struct view in, uint8_t *ret_out)
{
    int size = 0;

    if (aead->mb == NULL)
        return EVP_CipherUpdate(aead->ctx, ret_out, &size, in.data, (int)in.size) == 1;
    aead_mb_piece(aead->mb, use, in, ret_out);
    return true;
}

static size_t least(size_t left, size_t most)
{
    return left < most ? left : most;
}

static bool seal_end(struct aead *aead, uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    OSSL_PARAM tag[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, ret_tag, AEAD_TAG_SIZE),
                        OSSL_PARAM_END};
    uint8_t none[AEAD_TAG_SIZE];
    int size = 0;

    if (aead->mb == NULL)
        return EVP_EncryptFinal_ex(aead->ctx, none, &size) == 1 &&
               EVP_CIPHER_CTX_get_params(aead->ctx, tag) == 1;
    aead_mb_end(aead->mb, AEAD_SEAL, ret_tag);
    return true;
}

bool aead_seal_shared(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE],
                      struct view aad, struct view plain, uint8_t *ret_cipher,
                      uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    uint8_t room[SEAL_PIECE_SIZE], tag[AEAD_TAG_SIZE];
    bool good = begin(aead, nonce, aad, plain, NULL);

    for (size_t at = 0, size; good && at < plain.size; at += size) {
        size = least(plain.size - at, SEAL_PIECE_SIZE);
        good = piece(aead, AEAD_SEAL, view_of(plain.data + at, size), room);
        if (good)
            memcpy(ret_cipher + at, room, size);
    }
    good = good && seal_end(aead, tag);
    if (good)
        memcpy(ret_tag, tag, sizeof tag);
    else
        wipe(ret_cipher, plain.size);
    return good;
}

static bool open_end(struct aead *aead, const uint8_t tag[static AEAD_TAG_SIZE])
{
    uint8_t expected[AEAD_TAG_SIZE];
    int size = 0;
    bool good;

    if (aead->mb == NULL) /* which has the tag since the beginning */
        return EVP_DecryptFinal_ex(aead->ctx, expected, &size) == 1;
    for (size_t i = 0; i < sizeof expected; i++)
        expected[i] = (uint8_t)~tag[i];
    aead_mb_end(aead->mb, AEAD_OPEN, expected);
    good = equal_ct(VIEW_OF(expected), view_of(tag, AEAD_TAG_SIZE));
    wipe(expected, sizeof expected);
    return good;
}

bool aead_open_shared(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE],
                      struct view aad, struct view cipher, const uint8_t tag[static AEAD_TAG_SIZE],
                      uint8_t *ret_plain)
{
    uint8_t mine[AEAD_TAG_SIZE];
    bool good;

    memcpy(mine, tag, sizeof mine);
    good = begin(aead, nonce, aad, cipher, mine);
    for (size_t at = 0, size; good && at < cipher.size; at += size) {
        size = least(cipher.size - at, OPEN_PIECE_SIZE);
        memcpy(ret_plain + at, cipher.data + at, size); /* then only the copy */
        good = piece(aead, AEAD_OPEN, view_of(ret_plain + at, size), ret_plain + at);
    }
    if (good && open_end(aead, mine))
        return true;
    wipe(ret_plain, cipher.size);
    return false;
}
