/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The tail of an image, decoded and then checked as the device does. */
#include "crypto/image_check.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[IMAGE_TAIL_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);
    struct image_identity identity;
    struct image image;

    (void)!image_verify(view_of(data, size), &identity);
    if (image_decode(view_of(data, size), &image) != CC_SUCCESS)
        return 0;
    image_tail_encode(&image, &w);
    if (!view_equal(writer_view(&w), view_of(data + image.elf.size, size - image.elf.size)))
        abort();
    return 0;
}
