/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * counting.h - monotonic counters: numbers that only grow, of an enclave or of its signer, in a
 * file of the state folder that several devices of one user share. A value that was handed out is
 * on disk, so no value is handed out twice, whoever is killed when; a killed writer may skip one.
 *
 * Who can write to the folder can bring back an older file: no protection against rollback at level
 * L1, and no report claims it.
 *
 * Layer: tee_device/device. Threads: processes exclude each other by the folder's lock.
 */
#ifndef DEVICE_COUNTING_H
#define DEVICE_COUNTING_H

#include "crypto/hash.h"
#include "wire/counters.h"

#define COUNTERS_FILE_NAME "device.counters"

enum { COUNTERS_OWNER_MAX = 64, COUNTERS_USER_MAX = 128 };

struct counter_store {
    const char *folder;
    const struct secret *root;
    const uint8_t *device_id;
};

struct counter_request {
    enum counter_op op;
    struct counter_name name;
    uint16_t svn;     /* of who asks */
    uint32_t creator; /* the user of its host program */
    bool is_shared;   /* several users have this device: each may have COUNTERS_USER_MAX */
};

/*
 * CC_ERROR_MC_NOT_FOUND; CC_ERROR_ACCESS_CONFLICT: it exists; CC_ERROR_MC_NO_ACCESS_RIGHT: a higher
 * SVN counted on it; CC_ERROR_MC_OVER_QUOTA, CC_ERROR_MC_USED_UP; CC_ERROR_BUSY: another process is
 * at it, ask again; CC_ERROR_CORRUPT_OBJECT, CC_ERROR_STORAGE_...: the file, see private_file.h.
 */
cc_enclave_result_t counter_run(const struct counter_store *store,
                                const struct counter_request *request, uint64_t *ret_value)
    __attribute__((warn_unused_result));

#endif
