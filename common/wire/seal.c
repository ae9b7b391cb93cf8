/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/seal.h"
#include "base/detail.h"

static const uint8_t MAGIC[8] = {'S', 'G', 'S', 'E', 'A', 'L', 'E', 'D'};

bool seal_size_compute(uint32_t aad_size, uint32_t cipher_size, uint32_t *ret_size)
{
    uint64_t size = (uint64_t)SEAL_HEADER_SIZE + SEAL_TAG_SIZE + aad_size + cipher_size;

    if (size >= UINT32_MAX)
        return false;
    *ret_size = (uint32_t)size;
    return true;
}

void seal_header_encode(const struct seal_header *header, struct writer *w)
{
    uint32_t total = 0;

    if (!seal_size_compute(header->aad_size, header->cipher_size, &total))
        w->failed = true;
    writer_le32(w, total);
    writer_put(w, VIEW_OF(MAGIC));
    writer_le16(w, SEAL_VERSION);
    writer_u8(w, (uint8_t)header->policy);
    writer_u8(w, header->debug);
    writer_le16(w, header->prod_id);
    writer_le16(w, header->svn);
    writer_le16(w, header->tcb_svn);
    writer_le16(w, 0);
    writer_le32(w, header->aad_size);
    writer_le32(w, header->cipher_size);
    writer_put(w, VIEW_OF(header->device_id));
    writer_put(w, VIEW_OF(header->measurement));
    writer_put(w, VIEW_OF(header->salt));
    writer_put(w, VIEW_OF(header->nonce));
}

/* Its fields in their order; false: something has a value that no sealed data has. */
static bool header_take(struct reader *r, struct seal_header *h)
{
    unsigned policy = reader_u8(r), debug = reader_u8(r), reserved;

    h->policy = (enum seal_policy)policy;
    h->debug = debug == 1;
    h->prod_id = reader_le16(r);
    h->svn = reader_le16(r);
    h->tcb_svn = reader_le16(r);
    reserved = reader_le16(r);
    h->aad_size = reader_le32(r);
    h->cipher_size = reader_le32(r);
    reader_copy(r, h->device_id, sizeof h->device_id);
    reader_copy(r, h->measurement, sizeof h->measurement);
    reader_copy(r, h->salt, sizeof h->salt);
    reader_copy(r, h->nonce, sizeof h->nonce);
    return (policy == SEAL_POLICY_MRENCLAVE || policy == SEAL_POLICY_MRSIGNER) && debug <= 1 &&
           reserved == 0 && h->cipher_size > 0;
}

cc_enclave_result_t seal_decode(struct view message, struct seal *ret_seal)
{
    struct reader r = reader_over(message);
    uint32_t total = reader_le32(&r), expected = 0;
    struct view magic = reader_take(&r, sizeof MAGIC);
    unsigned version = reader_le16(&r);
    struct seal seal;
    bool valid = header_take(&r, &seal.header);

    if (r.failed || !view_equal(magic, VIEW_OF(MAGIC)))
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "sealed data: %zu bytes that do not begin as sealed data does",
                           message.size);
    if (version != SEAL_VERSION)
        return detail_fail(CC_ERROR_BAD_FORMAT, "sealed data: version %u, this release reads %d",
                           version, SEAL_VERSION);
    if (!valid)
        return detail_fail(CC_ERROR_BAD_FORMAT, "sealed data: a field of its header is not valid");
    if (!seal_size_compute(seal.header.aad_size, seal.header.cipher_size, &expected) ||
        total != expected || message.size != expected)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "sealed data: %zu bytes, its header says %u in all, of them %u text "
                           "and %u ciphertext",
                           message.size, total, seal.header.aad_size, seal.header.cipher_size);
    seal.total = message.size;
    seal.aad = reader_take(&r, seal.header.aad_size);
    seal.authenticated = view_of(message.data, SEAL_HEADER_SIZE + seal.aad.size);
    seal.tag = reader_take(&r, SEAL_TAG_SIZE);
    seal.cipher = reader_take(&r, seal.header.cipher_size);
    if (!reader_done(&r))
        return CC_ERROR_BAD_FORMAT;
    *ret_seal = seal;
    return CC_SUCCESS;
}
