/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * image_key.h - the key of an encrypted image, from the file that the application names to the
 * device, which alone can tell whether it is one.
 *
 * Layer: libsecgear_urts. Threads: no state.
 */
#ifndef URTS_IMAGE_KEY_H
#define URTS_IMAGE_KEY_H

#include "base/bytes.h"
#include "status.h"

/*
 * desc: a cesgx_plc_config_t. *ret_key is secret: buf_free() wipes it.
 * CC_ERROR_BAD_PARAMETERS: no path, or a file of a size that no key has; CC_ERROR_INVALID_PATH,
 * CC_ERROR_ACCESS_DENIED: of the file.
 */
cc_enclave_result_t image_key_read(const void *desc, struct buf *ret_key)
    __attribute__((warn_unused_result));

#endif
