/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "crypto/aead_mb.h"
#include <intel-ipsec-mb.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

/* The library wants the schedule aligned to a cache line. */
struct aead_mb {
    struct gcm_key_data key;
    struct gcm_context_data message; /* holds key stream of the last message */
};

enum { MB_ALIGN = 64 };

/* A table of functions for this CPU: no key in it, read-only once made, so forks may share it. */
static struct {
    pthread_once_t once;
    IMB_MGR *manager; /* NULL: not there */
} mb = {.once = PTHREAD_ONCE_INIT};

static void manager_make(void)
{
    const uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_AVX2 |
                            IMB_FEATURE_SAFE_DATA | IMB_FEATURE_SAFE_PARAM;
    IMB_MGR *manager = alloc_mb_mgr(0);

    if (manager == NULL)
        return;
    init_mb_mgr_auto(manager, NULL);
    if (imb_get_errno(manager) == 0 && (manager->features & needed) == needed)
        mb.manager = manager;
    else
        free_mb_mgr(manager);
}

bool aead_mb_there(void)
{
    pthread_once(&mb.once, manager_make);
    return mb.manager != NULL;
}

struct aead_mb *aead_mb_new(const uint8_t key[static AEAD_KEY_SIZE])
{
    void *room = NULL;
    struct aead_mb *made;

    if (!aead_mb_there() || posix_memalign(&room, MB_ALIGN, sizeof *made) != 0)
        return NULL;
    made = room;
    IMB_AES256_GCM_PRE(mb.manager, key, &made->key);
    return made;
}

void aead_mb_free(struct aead_mb *made)
{
    if (made != NULL)
        wipe(made, sizeof *made);
    free(made);
}

/* The library refuses arguments silently; what passes here it takes. */
static bool arguments_good(struct view aad, struct view in, const void *out)
{
    return aad.size <= INT_MAX && in.size <= INT_MAX && (aad.size == 0 || aad.data != NULL) &&
           (in.size == 0 || (in.data != NULL && out != NULL));
}

bool aead_mb_seal(struct aead_mb *made, const uint8_t nonce[static AEAD_NONCE_SIZE],
                  struct view aad, struct view plain, uint8_t *ret_cipher,
                  uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    if (!arguments_good(aad, plain, ret_cipher))
        return false;
    IMB_AES256_GCM_ENC(mb.manager, &made->key, &made->message, ret_cipher, plain.data, plain.size,
                       nonce, aad.data, aad.size, ret_tag, AEAD_TAG_SIZE);
    return true;
}

bool aead_mb_open(struct aead_mb *made, const uint8_t nonce[static AEAD_NONCE_SIZE],
                  struct view aad, struct view cipher, const uint8_t tag[static AEAD_TAG_SIZE],
                  uint8_t *ret_plain)
{
    uint8_t expected[AEAD_TAG_SIZE];
    bool good;

    if (!arguments_good(aad, cipher, ret_plain))
        return false;
    for (size_t i = 0; i < sizeof expected; i++)
        expected[i] = (uint8_t)~tag[i]; /* wrong, should the library write nothing */
    IMB_AES256_GCM_DEC(mb.manager, &made->key, &made->message, ret_plain, cipher.data, cipher.size,
                       nonce, aad.data, aad.size, expected, AEAD_TAG_SIZE);
    good = equal_ct(VIEW_OF(expected), view_of(tag, AEAD_TAG_SIZE));
    wipe(expected, sizeof expected); /* the right tag of what somebody made up */
    if (!good)
        wipe(ret_plain, cipher.size);
    return good;
}

void aead_mb_begin(struct aead_mb *made, const uint8_t nonce[static AEAD_NONCE_SIZE],
                   struct view aad)
{
    IMB_AES256_GCM_INIT(mb.manager, &made->key, &made->message, nonce, aad.data, aad.size);
}

void aead_mb_piece(struct aead_mb *made, enum aead_use use, struct view in, uint8_t *ret_out)
{
    if (use == AEAD_SEAL)
        IMB_AES256_GCM_ENC_UPDATE(mb.manager, &made->key, &made->message, ret_out, in.data,
                                  in.size);
    else
        IMB_AES256_GCM_DEC_UPDATE(mb.manager, &made->key, &made->message, ret_out, in.data,
                                  in.size);
}

void aead_mb_end(struct aead_mb *made, enum aead_use use, uint8_t ret_tag[static AEAD_TAG_SIZE])
{
    if (use == AEAD_SEAL)
        IMB_AES256_GCM_ENC_FINALIZE(mb.manager, &made->key, &made->message, ret_tag, AEAD_TAG_SIZE);
    else
        IMB_AES256_GCM_DEC_FINALIZE(mb.manager, &made->key, &made->message, ret_tag, AEAD_TAG_SIZE);
}
