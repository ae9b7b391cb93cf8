/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/encrypted_image.h"
#include "base/detail.h"
#include <inttypes.h>

enum { VERSION = 1 };

static const uint8_t MAGIC[8] = {'S', 'G', 'P', 'C', 'L', 'I', 'M', 'G'};

bool encrypted_image_is(struct view file)
{
    return file.size >= sizeof MAGIC &&
           view_equal(view_of(file.data, sizeof MAGIC), VIEW_OF(MAGIC));
}

cc_enclave_result_t encrypted_image_decode(struct view file, struct encrypted_image *ret_image)
{
    struct reader r = reader_over(file);
    struct view magic = reader_take(&r, sizeof MAGIC);
    struct encrypted_image image = {.header = VIEW_EMPTY};
    uint32_t version = reader_le32(&r), reserved = reader_le32(&r);
    uint64_t plain_size;

    reader_copy(&r, image.key_id, sizeof image.key_id);
    reader_copy(&r, image.key_digest, sizeof image.key_digest);
    reader_copy(&r, image.nonce, sizeof image.nonce);
    reserved |= reader_le32(&r);
    plain_size = reader_le64(&r);
    if (r.failed || !view_equal(magic, VIEW_OF(MAGIC)) || reserved != 0)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE, "encrypted image: malformed header");
    if (version != VERSION)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE,
                           "encrypted image: version %d expected, found %u", VERSION, version);
    if (plain_size == 0 || plain_size > ENCRYPTED_IMAGE_MAX_SIZE ||
        r.rest.size != plain_size + ENCRYPTED_IMAGE_TAG_SIZE)
        return detail_fail(CC_ERROR_INVALID_ENCLAVE,
                           "encrypted image: %" PRIu64 " bytes and a tag announced, %zu follow",
                           plain_size, r.rest.size);
    image.header = view_of(file.data, ENCRYPTED_IMAGE_HEADER_SIZE);
    image.cipher = reader_take(&r, (size_t)plain_size);
    image.tag = reader_take(&r, ENCRYPTED_IMAGE_TAG_SIZE);
    *ret_image = image;
    return CC_SUCCESS;
}

void encrypted_image_header_encode(const struct encrypted_image *image, uint64_t plain_size,
                                   struct writer *w)
{
    writer_put(w, VIEW_OF(MAGIC));
    writer_le32(w, VERSION);
    writer_le32(w, 0);
    writer_put(w, VIEW_OF(image->key_id));
    writer_put(w, VIEW_OF(image->key_digest));
    writer_put(w, VIEW_OF(image->nonce));
    writer_le32(w, 0);
    writer_le64(w, plain_size);
}

bool image_key_decode(struct view bytes, struct image_key *ret_key)
{
    struct reader r = reader_over(bytes);

    if (bytes.size != IMAGE_KEY_SIZE)
        return false;
    reader_copy(&r, ret_key->id, sizeof ret_key->id);
    reader_copy(&r, ret_key->secret, sizeof ret_key->secret);
    return true;
}
