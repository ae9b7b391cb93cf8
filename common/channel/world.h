/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * world.h - what the client's code asks of where it runs: a remote machine (libcsecure_channel) or
 * an enclave (libtsecure_client). Each of the two has one; what is NULL in it is not there.
 *
 * Layer: common/channel. Threads: constant.
 */
#ifndef CHANNEL_WORLD_H
#define CHANNEL_WORLD_H

#include "channel/evidence.h"
#include <limits.h>

/* What is asked of evidence that is not of our device. Freshness: it repeats the user data. */
struct foreign_request {
    struct view policy_json;
    struct view evidence;
    struct view user_data;
    uint64_t now_s;
};

struct client_world {
    /* The policy file at path, or the user's; CC_ERROR_OUT_OF_MEMORY or another, with detail. */
    cc_enclave_result_t (*policy_read)(const char *path, struct buf *ret_json,
                                       char ret_from[static PATH_MAX]);
    /* CC_ERROR_SEC_CHL_INVALID_REPORT: no verifier knows it; _INIT_VERIFY_REPORT: refused. */
    cc_enclave_result_t (*foreign_check)(const struct foreign_request *request, bool *ret_debug);
    /* A report of purpose `client` about the enclave that the client is part of. */
    cc_enclave_result_t (*own_evidence)(const uint8_t user_data[static SCHEDULE_USER_DATA_SIZE],
                                        struct evidence *ret_evidence);
};

extern const struct client_world client_world;

#endif
