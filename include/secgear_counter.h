/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_counter.h - numbers that only grow, kept by the device, so that an enclave can tell
 * whether its host brought back an older state. An addition to secGear's interface.
 *
 * A value that was handed out is on disk and is never handed out again, whoever is killed when.
 * What counters do NOT do at level L1: stop somebody with the user's account from restoring an
 * older file of the device. cc_counter_t.rollback_protected says which it is; see docs/keys.md.
 */
#ifndef SECGEAR_COUNTER_H
#define SECGEAR_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "secgear_dataseal.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CC_COUNTER_OWNER_MAX 64 /* counters of one owner */

/* Which counter: its owner, this very image or its signer and product, chooses the number. */
typedef struct {
    cc_seal_policy_t policy;
    uint64_t id;
} cc_counter_name_t;

typedef struct {
    uint64_t value;
    bool rollback_protected; /* false: who can write the device's files can set it back */
} cc_counter_t;

/**
 * Makes a counter, with value 0. It stays for as long as the device does.
 *
 * in      name     not NULL
 * out     counter  its value
 *
 * returns CC_SUCCESS                     made
 *         CC_ERROR_BAD_PARAMETERS        a NULL, or another policy
 *         CC_ERROR_ACCESS_CONFLICT       there is one of that name
 *         CC_ERROR_MC_OVER_QUOTA         the owner has CC_COUNTER_OWNER_MAX
 *         CC_ERROR_MC_USED_UP            the device has no room for more
 *         as cc_counter_increment()      of the device and its files
 *
 * owner   the caller
 * threads any
 * source  docs/protocol.md, Counters
 * sample  samples/counter/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_counter_create(const cc_counter_name_t *name, cc_counter_t *counter);

/**
 * Reads a counter.
 *
 * in      name     not NULL
 * out     counter  its value
 *
 * returns CC_SUCCESS                   read
 *         CC_ERROR_BAD_PARAMETERS      a NULL, or another policy
 *         CC_ERROR_MC_NOT_FOUND        there is none of that name
 *         CC_ERROR_MC_NO_ACCESS_RIGHT  policy MRSIGNER: a release with a higher SVN has counted
 *         as cc_counter_increment()    of the device and its files
 *
 * owner   the caller
 * threads any
 * source  docs/protocol.md, Counters
 * sample  samples/counter/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_counter_read(const cc_counter_name_t *name, cc_counter_t *counter);

/**
 * Adds one and says the new value, which nobody was told before. It writes to disk: milliseconds.
 *
 * in      name     not NULL
 * out     counter  its new value
 *
 * returns CC_SUCCESS                      counted
 *         CC_ERROR_BAD_PARAMETERS         a NULL, or another policy
 *         CC_ERROR_MC_NOT_FOUND           there is none of that name
 *         CC_ERROR_MC_NO_ACCESS_RIGHT     policy MRSIGNER: a release with a higher SVN has counted
 *         CC_ERROR_OVERFLOW               it can grow no further
 *         CC_ERROR_STORAGE_NOT_AVAILABLE  the device can keep no state at all
 *         CC_ERROR_STORAGE_NO_SPACE       the disk is full; the value is as before
 *         CC_ERROR_STORAGE_EROFS          the folder can not be written; the value is as before
 *         CC_ERROR_STORAGE_EIO            the disk failed; the value may have grown
 *         CC_ERROR_CORRUPT_OBJECT         the device's file was changed; it is left alone
 *         CC_ERROR_SECURITY               others may write to the device's file or folder
 *         CC_ERROR_BUSY                   other devices of this user held the file for seconds
 *         CC_ERROR_COMMUNICATION          the device did not answer; the value may have grown
 *
 * owner   the caller; nothing is written on error
 * threads any
 * source  docs/protocol.md, Counters
 * sample  samples/counter/enclave/enclave.c
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_counter_increment(const cc_counter_name_t *name, cc_counter_t *counter);

#ifdef __cplusplus
}
#endif

#endif
