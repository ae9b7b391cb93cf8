/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * image_path.h - where an image lies. GlobalPlatform programs name a trusted application by its
 * UUID, as in /data/<uuid>.sec: where there is no such file, the folders of SECGEAR_ENCLAVE_PATH
 * are looked into, then $XDG_DATA_HOME/secgear/enclaves and /usr/lib/secgear/enclaves; and what
 * runs must have that UUID.
 *
 * Layer: libsecgear_urts. Threads: no state.
 */
#ifndef URTS_IMAGE_PATH_H
#define URTS_IMAGE_PATH_H

#include "base/text.h"
#include "status.h"

/* *ret_path is the caller's to free. CC_ERROR_INVALID_PATH, CC_ERROR_ACCESS_DENIED,
 * CC_ERROR_OUT_OF_MEMORY. */
cc_enclave_result_t image_path_resolve(const char *path, char **ret_path)
    __attribute__((warn_unused_result));

/* Whether the file's name is a UUID, with .sec behind it or nothing. */
bool image_path_uuid(const char *path, struct uuid *ret_uuid);

#endif
