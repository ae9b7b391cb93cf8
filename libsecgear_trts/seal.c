/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/seal.h"
#include "control.h"
#include "crypto/random.h"
#include "crypto/seal_cipher.h"
#include "memory_check.h"
#include "secgear_dataseal.h"
#include "secgear_identity.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Keys that the device gave us; each piece of data gets one of its own from them, by its salt. */
enum { KEPT_COUNT = 8 };

struct kept_key {
    bool used;
    enum seal_policy policy;
    uint16_t svn;
    uint16_t tcb_svn;
    struct secret key;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept_key kept[KEPT_COUNT];
static size_t kept_next;

static bool kept_fits(const struct kept_key *k, const struct seal_header *header)
{
    return k->used && k->policy == header->policy && k->svn == header->svn &&
           k->tcb_svn == header->tcb_svn;
}

static cc_enclave_result_t kept_fetch(const struct seal_header *header, struct secret *ret_key)
{
    struct device_message question = {
        .type = DEVICE_SEAL_KEY,
        .numbers = {(uint64_t)header->policy, header->svn, header->tcb_svn}};
    cc_enclave_result_t rc = control_key(&question, ret_key);

    if (rc != CC_SUCCESS)
        return rc;
    kept[kept_next] =
        (struct kept_key){true, header->policy, header->svn, header->tcb_svn, *ret_key};
    kept_next = (kept_next + 1) % KEPT_COUNT;
    return CC_SUCCESS;
}

/* Under the lock that is held while the device is asked: several threads ask once. */
static cc_enclave_result_t kept_take(const struct seal_header *header, struct secret *ret_key)
{
    cc_enclave_result_t rc = CC_ERROR_ITEM_NOT_FOUND;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; rc != CC_SUCCESS && i < KEPT_COUNT; i++)
        if (kept_fits(&kept[i], header)) {
            *ret_key = kept[i].key;
            rc = CC_SUCCESS;
        }
    if (rc != CC_SUCCESS)
        rc = kept_fetch(header, ret_key);
    pthread_mutex_unlock(&lock);
    return rc;
}

static cc_enclave_result_t cipher_init(const struct seal_header *header, enum aead_use use,
                                       struct aead *ret_aead)
{
    struct secret base = {{0}};
    cc_enclave_result_t rc = kept_take(header, &base);

    if (rc == CC_SUCCESS && !seal_cipher_init(ret_aead, &base, header->salt, use))
        rc = CC_FAIL;
    wipe(&base, sizeof base);
    return rc;
}

static const uint8_t *measurement_of(const cc_enclave_identity_t *self, enum seal_policy policy)
{
    return policy == SEAL_POLICY_MRENCLAVE ? self->mrenclave : self->mrsigner;
}

static cc_enclave_result_t header_fill(const cc_seal_input_t *input, struct seal_header *ret_header)
{
    uint8_t random[SEAL_SALT_SIZE + SEAL_NONCE_SIZE];
    cc_enclave_identity_t self;
    cc_enclave_result_t rc = cc_enclave_get_identity(&self);

    if (rc != CC_SUCCESS)
        return rc;
    if (!random_fill(random, sizeof random))
        return CC_FAIL;
    *ret_header = (struct seal_header){
        .policy = (enum seal_policy)input->policy,
        .debug = self.debug,
        .prod_id = self.prod_id,
        .svn = self.svn,
        .tcb_svn = self.tcb_svn,
        .aad_size = input->additional_text_len,
        .cipher_size = input->seal_data_len,
    };
    memcpy(ret_header->device_id, self.device_id, SEAL_DEVICE_ID_SIZE);
    memcpy(ret_header->measurement, measurement_of(&self, ret_header->policy),
           SEAL_MEASUREMENT_SIZE);
    memcpy(ret_header->salt, random, SEAL_SALT_SIZE);
    memcpy(ret_header->nonce, random + SEAL_SALT_SIZE, SEAL_NONCE_SIZE);
    return CC_SUCCESS;
}

/* room: of the right size, and the enclave's alone: what is authenticated stands in it already. */
static cc_enclave_result_t sealed_write(const cc_seal_input_t *input, uint8_t *room, size_t size)
{
    struct writer w = writer_over(room, size);
    struct view authenticated;
    struct seal_header header;
    struct aead aead;
    uint8_t *tag, *cipher;
    cc_enclave_result_t rc = header_fill(input, &header);

    if (rc != CC_SUCCESS)
        return rc;
    seal_header_encode(&header, &w);
    writer_put(&w, view_of(input->additional_text, input->additional_text_len));
    authenticated = writer_view(&w);
    tag = writer_claim(&w, SEAL_TAG_SIZE);
    cipher = writer_claim(&w, input->seal_data_len);
    if (w.failed)
        return CC_FAIL;
    rc = cipher_init(&header, AEAD_SEAL, &aead);
    if (rc != CC_SUCCESS)
        return rc;
    if (!aead_seal(&aead, header.nonce, authenticated,
                   view_of(input->seal_data, input->seal_data_len), cipher, tag))
        rc = CC_FAIL;
    aead_done(&aead);
    return rc;
}

static bool overlaps(const void *a, size_t a_size, const void *b, size_t b_size)
{
    uintptr_t at = (uintptr_t)a, other = (uintptr_t)b;

    return a_size > 0 && b_size > 0 && (at <= other ? other - at < a_size : at - other < b_size);
}

static bool input_valid(const cc_seal_input_t *input)
{
    return input != NULL && input->seal_data != NULL && input->seal_data_len > 0 &&
           (input->additional_text != NULL || input->additional_text_len == 0) &&
           (input->policy == CC_SEAL_POLICY_MRENCLAVE || input->policy == CC_SEAL_POLICY_MRSIGNER);
}

/* Attacker: the host, which may write to shared memory while we authenticate what stands there. */
static cc_enclave_result_t sealed_write_outside(const cc_seal_input_t *input, void *outside,
                                                size_t size)
{
    struct buf room = BUF_EMPTY;
    cc_enclave_result_t rc;

    if (!buf_alloc(&room, size))
        return CC_ERROR_OUT_OF_MEMORY;
    rc = sealed_write(input, room.data, size);
    if (rc == CC_SUCCESS)
        memcpy(outside, room.data, size);
    buf_free(&room);
    return rc;
}

cc_enclave_result_t cc_enclave_seal_data_ex(const cc_seal_input_t *input,
                                            cc_enclave_sealed_data_t *sealed_data,
                                            uint32_t sealed_data_len)
{
    cc_seal_input_t in;
    cc_enclave_result_t rc;
    uint32_t size = 0;

    if (!input_valid(input) || sealed_data == NULL || sealed_data_len == 0)
        return CC_ERROR_BAD_PARAMETERS;
    in = *input;
    if (!seal_size_compute(in.additional_text_len, in.seal_data_len, &size) ||
        size > sealed_data_len)
        return CC_ERROR_SHORT_BUFFER;
    if (overlaps(sealed_data, size, in.seal_data, in.seal_data_len) ||
        overlaps(sealed_data, size, in.additional_text, in.additional_text_len))
        return CC_ERROR_BAD_PARAMETERS;
    if (!cc_enclave_memory_in_enclave(sealed_data, size))
        return sealed_write_outside(&in, sealed_data, size);
    rc = sealed_write(&in, (uint8_t *)sealed_data, size);
    if (rc != CC_SUCCESS)
        wipe(sealed_data, size);
    return rc;
}

cc_enclave_result_t cc_enclave_seal_data(const uint8_t *seal_data, uint32_t seal_data_len,
                                         cc_enclave_sealed_data_t *sealed_data,
                                         uint32_t sealed_data_len, const uint8_t *additional_text,
                                         uint32_t additional_text_len)
{
    const cc_seal_input_t input = {CC_SEAL_POLICY_MRSIGNER, seal_data, seal_data_len,
                                   additional_text, additional_text_len};

    return cc_enclave_seal_data_ex(&input, sealed_data, sealed_data_len);
}

/* The size that the data claims, read once: the host may own the memory. */
static uint32_t claimed_size(const void *sealed_data)
{
    uint32_t size;

    memcpy(&size, sealed_data, sizeof size);
    return le32toh(size);
}

/* sealed_data as it stands, when no one else can change it; else a copy, which is ours to free. */
static cc_enclave_result_t sealed_take(const void *sealed_data, struct buf *ret_copy,
                                       struct seal *ret_seal)
{
    uint32_t size = claimed_size(sealed_data);
    struct view message = view_of(sealed_data, size);

    if (size < SEAL_HEADER_SIZE + SEAL_TAG_SIZE)
        return CC_ERROR_BAD_FORMAT;
    if (!cc_enclave_memory_in_enclave(sealed_data, size)) {
        if (!cc_enclave_memory_out_enclave(sealed_data, size))
            return CC_ERROR_BAD_FORMAT; /* half in the window: its length is a lie */
        if (!buf_copy(ret_copy, message))
            return CC_ERROR_OUT_OF_MEMORY;
        message = buf_view(ret_copy);
    }
    return seal_decode(message, ret_seal);
}

/* What its header says first, so that the reason is clear; forging the header opens nothing. */
static cc_enclave_result_t header_judge(const struct seal_header *header)
{
    cc_enclave_identity_t self;
    cc_enclave_result_t rc = cc_enclave_get_identity(&self);

    if (rc != CC_SUCCESS)
        return rc;
    if (!view_equal(VIEW_OF(header->device_id), VIEW_OF(self.device_id)) ||
        !view_equal(VIEW_OF(header->measurement),
                    view_of(measurement_of(&self, header->policy), SEAL_MEASUREMENT_SIZE)) ||
        header->debug != self.debug || header->prod_id != self.prod_id)
        return CC_ERROR_ACCESS_DENIED;
    if (header->svn > self.svn)
        return CC_ERROR_INVALID_ISVSVN;
    return header->tcb_svn > self.tcb_svn ? CC_ERROR_INVALID_CPUSVN : CC_SUCCESS;
}

static cc_enclave_result_t seal_open(const struct seal *seal, uint8_t *ret_plain)
{
    struct aead aead;
    cc_enclave_result_t rc = header_judge(&seal->header);

    if (rc == CC_SUCCESS)
        rc = cipher_init(&seal->header, AEAD_OPEN, &aead);
    if (rc != CC_SUCCESS)
        return rc;
    if (!aead_open(&aead, seal->header.nonce, seal->authenticated, seal->cipher, seal->tag.data,
                   ret_plain))
        rc = CC_ERROR_MAC_INVALID;
    aead_done(&aead);
    return rc;
}

/* Where the caller wants it; too little room: how much it takes. */
struct outputs {
    uint8_t *data;
    uint32_t *data_len;
    uint8_t *text;
    uint32_t *text_len;
};

static cc_enclave_result_t outputs_fill(const struct seal *seal, const struct outputs *out)
{
    bool fits =
        *out->data_len >= seal->header.cipher_size && *out->text_len >= seal->header.aad_size;
    cc_enclave_result_t rc;

    if ((out->text == NULL && seal->header.aad_size > 0) ||
        overlaps(out->data, seal->cipher.size, seal->authenticated.data, seal->total) ||
        overlaps(out->text, seal->aad.size, seal->authenticated.data, seal->total))
        return CC_ERROR_BAD_PARAMETERS;
    rc = fits ? seal_open(seal, out->data) : CC_ERROR_SHORT_BUFFER;
    if (rc == CC_SUCCESS && seal->aad.size > 0)
        memcpy(out->text, seal->aad.data, seal->aad.size);
    if (rc == CC_SUCCESS || !fits) {
        *out->data_len = seal->header.cipher_size;
        *out->text_len = seal->header.aad_size;
    }
    return rc;
}

cc_enclave_result_t cc_enclave_unseal_data(const cc_enclave_sealed_data_t *sealed_data,
                                           uint8_t *decrypted_data, uint32_t *decrypted_data_len,
                                           uint8_t *additional_text, uint32_t *additional_text_len)
{
    const struct outputs out = {decrypted_data, decrypted_data_len, additional_text,
                                additional_text_len};
    struct buf copy = BUF_EMPTY;
    struct seal seal;
    cc_enclave_result_t rc;

    if (sealed_data == NULL || decrypted_data == NULL || decrypted_data_len == NULL ||
        additional_text_len == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    rc = sealed_take(sealed_data, &copy, &seal);
    if (rc == CC_SUCCESS)
        rc = outputs_fill(&seal, &out);
    buf_free(&copy);
    return rc;
}

cc_enclave_result_t cc_enclave_check_sealed_data(const void *sealed_data, size_t size)
{
    struct seal seal;

    if (sealed_data == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    return seal_decode(view_of(sealed_data, size), &seal);
}

uint32_t cc_enclave_get_sealed_data_size(const uint32_t add_len, const uint32_t seal_data_len)
{
    uint32_t size = 0;

    return seal_size_compute(add_len, seal_data_len, &size) ? size : UINT32_MAX;
}

/* The sizes of a piece that decodes; UINT32_MAX twice otherwise. */
static void sizes_read(const void *sealed_data, uint32_t *ret_data, uint32_t *ret_text)
{
    struct buf copy = BUF_EMPTY;
    struct seal seal;
    bool good = sealed_data != NULL && sealed_take(sealed_data, &copy, &seal) == CC_SUCCESS;

    *ret_data = good ? seal.header.cipher_size : UINT32_MAX;
    *ret_text = good ? seal.header.aad_size : UINT32_MAX;
    buf_free(&copy);
}

uint32_t cc_enclave_get_encrypted_text_size(const cc_enclave_sealed_data_t *sealed_data)
{
    uint32_t data, text;

    sizes_read(sealed_data, &data, &text);
    return data;
}

uint32_t cc_enclave_get_add_text_size(const cc_enclave_sealed_data_t *sealed_data)
{
    uint32_t data, text;

    sizes_read(sealed_data, &data, &text);
    return text;
}
