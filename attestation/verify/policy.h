/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * policy.h - a parsed policy: what verify.c compares evidence with. docs/policy.md is the format.
 *
 * Absent lists are empty lists, and an empty list matches nothing.
 * Layer: attestation/verify, private to it. Threads: read-only after parsing.
 */
#ifndef VERIFY_POLICY_H
#define VERIFY_POLICY_H

#include "crypto/ecdsa.h"
#include "verify/tee_policy.h"
#include "verify/verify.h"
#include "wire/cert.h"

enum {
    POLICY_SCHEMA = 1,
    POLICY_SCHEMA_MAX = 2, /* with "tees" */
    POLICY_MAX_SIZE = 1 << 20,
    POLICY_ROOTS_MAX_COUNT = 64,
    POLICY_ENCLAVES_MAX_COUNT = 1024,
    POLICY_LIST_MAX_COUNT = 1024,
};

/* count values of one size, one behind the other. */
struct policy_list {
    uint8_t *items;
    size_t count;
};

struct policy_root {
    struct buf der;
    struct cert cert; /* borrows from der */
    struct ecdsa_key key;
};

struct policy_enclave {
    struct uuid uuid;
    struct policy_list mrenclave;
    struct policy_list mrsigner;
    bool has_prod_id, has_min_svn, has_min_level, has_max_age;
    uint16_t prod_id;
    uint16_t min_svn;
    struct policy_list mrtcb;
    bool any_tcb_insecure;
    enum report_level min_level;
    uint32_t protections;
    bool allow_debug_enclave_insecure;
    struct policy_list device_ids;
    bool pins_devices; /* device_ids was given */
    uint64_t max_age_s;
    bool pins_register[REPORT_REGISTER_COUNT]; /* its list was given */
    struct policy_list registers[REPORT_REGISTER_COUNT];
};

extern const char *const policy_register_keys[REPORT_REGISTER_COUNT]; /* "register_0", ... */

struct policy {
    struct policy_root *roots;
    size_t root_count;
    uint8_t roots_hash[SHA256_SIZE]; /* names the set of roots in a cache */
    struct policy_enclave *enclaves;
    size_t enclave_count;
    bool allow_embedded_device_insecure;
    bool allow_device_states_insecure;
    struct tee_policy tees;     /* evidence of other vendors */
    struct policy_list revoked; /* device ids */
};

const struct policy_enclave *policy_find(const struct policy *policy, const struct uuid *uuid);
const char *policy_level_name(enum report_level level);

#endif
