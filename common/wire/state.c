/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/state.h"
#include "base/detail.h"

static const uint8_t MAGIC[8] = {'S', 'G', 'S', 'I', 'M', '-', 'D', 'S'};
enum { STATE_PLAIN = 1, STATE_WRAPPED = 2 }; /* versions */

cc_enclave_result_t state_decode(struct view file, struct device_state *ret_state)
{
    struct reader r = reader_over(file);
    struct device_state state = {.wrapped = VIEW_EMPTY};
    struct view magic = reader_take(&r, sizeof MAGIC);
    uint32_t version = reader_le32(&r);
    bool bounded = true;

    reader_copy(&r, state.device_id, sizeof state.device_id);
    if (version == STATE_WRAPPED) {
        size_t size = reader_le16(&r);

        bounded = size > 0 && size <= STATE_WRAPPED_MAX_SIZE;
        state.wrapped = reader_take(&r, size);
    } else {
        reader_copy(&r, state.root, sizeof state.root);
    }
    for (size_t i = 0; i < STATE_CERT_COUNT; i++) {
        size_t size = reader_le16(&r);

        bounded = bounded && size > 0 && size <= STATE_CERT_MAX_SIZE;
        state.certs[i] = reader_take(&r, size);
    }
    state.checked = view_of(file.data, file.size - r.rest.size);
    state.check = reader_take(&r, STATE_CHECK_SIZE);

    if (!view_equal(magic, VIEW_OF(MAGIC)))
        detail_fail(CC_ERROR_CORRUPT_OBJECT, "device state: it does not begin with SGSIM-DS");
    else if (version != STATE_PLAIN && version != STATE_WRAPPED)
        detail_fail(CC_ERROR_CORRUPT_OBJECT,
                    "device state: version %u, this release reads %d and %d", version, STATE_PLAIN,
                    STATE_WRAPPED);
    else if (!bounded || !reader_done(&r))
        detail_fail(CC_ERROR_CORRUPT_OBJECT,
                    "device state: cut off, or bytes left over, at %zu of %zu",
                    file.size - r.rest.size, file.size);
    else {
        *ret_state = state;
        wipe(&state, sizeof state);
        return CC_SUCCESS;
    }
    wipe(&state, sizeof state);
    return CC_ERROR_CORRUPT_OBJECT;
}

void state_encode(const struct device_state *state, struct writer *w)
{
    writer_put(w, VIEW_OF(MAGIC));
    writer_le32(w, state->wrapped.size > 0 ? STATE_WRAPPED : STATE_PLAIN);
    writer_put(w, VIEW_OF(state->device_id));
    if (state->wrapped.size > STATE_WRAPPED_MAX_SIZE)
        w->failed = true;
    if (state->wrapped.size > 0) {
        writer_le16(w, (uint16_t)state->wrapped.size);
        writer_put(w, state->wrapped);
    } else {
        writer_put(w, VIEW_OF(state->root));
    }
    for (size_t i = 0; i < STATE_CERT_COUNT; i++) {
        if (state->certs[i].size == 0 || state->certs[i].size > STATE_CERT_MAX_SIZE)
            w->failed = true;
        writer_le16(w, (uint16_t)state->certs[i].size);
        writer_put(w, state->certs[i]);
    }
}
