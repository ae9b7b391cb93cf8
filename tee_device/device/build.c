/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What a new enclave is made of: the image, copied and judged, the window, the control socket. */
#include "base/detail.h"
#include "device.h"
#include "image_decrypt.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static cc_enclave_result_t window_make(struct enclave *enclave)
{
    const struct image_manifest *manifest = &enclave->identity.manifest;
    cc_enclave_result_t rc;
    size_t size;
    void *slots;

    if (!window_size_compute(manifest->tcs_count, manifest->shared_size, &size) ||
        !window_layout_compute(manifest->tcs_count, size, &enclave->layout))
        return detail_fail(CC_ERROR_INVALID_METADATA, "device: the manifest gives no window");
    if (!window_address_valid(enclave->window_address, size))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "device: no window can lie at 0x%llx",
                           (unsigned long long)enclave->window_address);
    rc = sealed_window(size, &enclave->window_fd);
    if (rc != CC_SUCCESS)
        return rc;
    enclave->slots_size = enclave->layout.arenas;
    slots =
        mmap(NULL, enclave->slots_size, PROT_READ | PROT_WRITE, MAP_SHARED, enclave->window_fd, 0);
    if (slots == MAP_FAILED)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no memory for the window's slots");
    enclave->slots = slots;
    return CC_SUCCESS;
}

static cc_enclave_result_t control_make(struct enclave *enclave)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "device: no socket for the enclave: %s",
                           strerror(errno));
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    enclave->control = (struct source){pair[0], enclave_heard, enclave};
    enclave->control_far = pair[1];
    return CC_SUCCESS;
}

static void flags_grant(struct enclave *enclave, uint64_t flags)
{
    enclave->debug = (flags & DEVICE_FLAG_DEBUG) && enclave->identity.manifest.debug_allowed;
    enclave->dumpable = (flags & DEVICE_FLAG_DUMPABLE) && enclave->debug;
    enclave->traced = (flags & DEVICE_FLAG_TRACED) && enclave->debug;
    enclave->held = (flags & DEVICE_FLAG_HELD) && enclave->dumpable;
}

static cc_enclave_result_t image_take_encrypted(const struct device *device,
                                                struct enclave *enclave, int file,
                                                struct view key_file, uint64_t flags)
{
    struct image_key_opened key;
    cc_enclave_result_t rc = image_key_open(&device->keys, key_file, &key);

    if (rc == CC_SUCCESS)
        rc = image_decrypt_file(file, &key.key, &enclave->image_fd, &enclave->identity);
    flags_grant(enclave, flags);
    if (rc == CC_SUCCESS)
        rc = image_key_permits(&key, &enclave->identity, enclave->debug);
    wipe(&key, sizeof key);
    return rc;
}

static cc_enclave_result_t image_take(const struct device *device, struct enclave *enclave,
                                      int file, struct view key_file, uint64_t flags)
{
    cc_enclave_result_t rc;

    if (key_file.size > 0 && image_says_encrypted(file))
        return image_take_encrypted(device, enclave, file, key_file, flags);
    if (key_file.size > 0)
        return detail_fail(CC_ERROR_PCL_NOT_ENCRYPTED,
                           "device: a key came with an image that is not encrypted "
                           "(ENCLAVE_FEATURE_PROTECTED_CODE_LOADER)");
    if (image_says_encrypted(file))
        return detail_fail(CC_ERROR_PCL_ENCRYPTED,
                           "device: the image is encrypted: create it with its key "
                           "(ENCLAVE_FEATURE_PROTECTED_CODE_LOADER)");
    rc = image_cache_take(&enclave->tenant->images, file, &enclave->image_fd, &enclave->identity);
    flags_grant(enclave, flags);
    return rc;
}

cc_enclave_result_t enclave_build(const struct device *device, struct enclave *enclave,
                                  const struct device_message *create, int file)
{
    struct reader r = reader_over(create->bytes);
    struct view key_file = reader_take(&r, (size_t)create->numbers[2]);
    cc_enclave_result_t rc;

    enclave->window_address = create->numbers[0];
    if (r.failed || key_file.size > IMAGE_KEY_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "device: the image's key is malformed");
    if (r.rest.size > 0 && switchless_decode(r.rest, &enclave->switchless) != CC_SUCCESS)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "device: the configuration of switchless calls is malformed");
    rc = image_take(device, enclave, file, key_file, create->numbers[1]);
    if (rc != CC_SUCCESS)
        return rc;
    if (device->states.tool != STATES_TOOL_NONE && !enclave->debug)
        return detail_fail(CC_ERROR_NOT_SUPPORTED,
                           "device: enclaves are not confined here (unconfined_insecure): debug "
                           "enclaves only (SECGEAR_DEBUG_FLAG, and an image that allows it)");
    rc = window_make(enclave);
    if (rc != CC_SUCCESS)
        return rc;
    return control_make(enclave);
}
