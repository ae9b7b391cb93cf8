/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Encrypted images: the parts of whatever is accepted fill the file, and its header has one
 * encoding. The same bytes as a key. */
#include "wire/encrypted_image.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[ENCRYPTED_IMAGE_HEADER_SIZE];
    struct writer w = writer_over(again, sizeof again);
    struct encrypted_image image;
    struct image_key key;

    if (image_key_decode(view_of(data, size), &key) != (size == IMAGE_KEY_SIZE))
        abort();
    if (encrypted_image_decode(view_of(data, size), &image) != CC_SUCCESS)
        return 0;
    encrypted_image_header_encode(&image, image.cipher.size, &w);
    if (w.failed || memcmp(again, data, sizeof again) != 0 || !encrypted_image_is(image.header) ||
        image.header.size + image.cipher.size + image.tag.size != size)
        abort();
    return 0;
}
