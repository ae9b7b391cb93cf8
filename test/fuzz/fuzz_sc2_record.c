/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A record: what decodes encodes to the same bytes; and a session opens none that it did not seal.
 */
#include "channel/session.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct session *receiver(void)
{
    static const struct traffic_keys keys;
    static struct session session;

    if (!aead_there(&session.sender.aead) &&
        !session_init(&session, SESSION_ENCLAVE, UINT64_C(0x1122334455667788), &keys, NULL))
        abort();
    return &session;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t header[SC2_RECORD_HEADER_SIZE], plain[4096];
    size_t plain_size = sizeof plain;
    struct sc2_record record;

    if (session_open(receiver(), view_of(data, size), plain, &plain_size) == CC_SUCCESS ||
        session_open_close(receiver(), view_of(data, size)) == CC_SUCCESS)
        abort();
    if (sc2_record_decode(view_of(data, size), &record) != CC_SUCCESS)
        return 0;
    sc2_record_header_encode(&record, header);
    if (!view_equal(VIEW_OF(header), view_of(data, sizeof header)))
        abort();
    return 0;
}
