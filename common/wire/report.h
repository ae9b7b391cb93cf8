/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * report.h - the signed statement of the simulated device about one enclave: a COSE_Sign1 (RFC
 * 9052) over an EAT claims set (RFC 9711) in CBOR (RFC 8949, 4.2.1 deterministic encoding).
 *
 * The claims table stands in docs/protocol.md. Reports of this format always say that they are
 * simulated: the profile claim is mandatory and fixed.
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_REPORT_H
#define CC_WIRE_REPORT_H

#include "base/text.h"
#include "status.h"
#include "wire/states.h"

enum {
    REPORT_MAX_SIZE = 2048,
    REPORT_USER_DATA_SIZE = 64,
    REPORT_HASH_SIZE = 32,
    REPORT_DEVICE_ID_SIZE = 16,
    REPORT_REGISTER_COUNT = 4,
    REPORT_CHAIN_MAX_COUNT = 3, /* attestation key first, then device; the root is not sent */
};

/* Who chose the user data. */
enum report_origin { REPORT_ORIGIN_TA = 1, REPORT_ORIGIN_REE = 2 };

/* What the report may be used for; each verifier accepts its own only. */
enum report_purpose {
    REPORT_PURPOSE_APP = 1,
    REPORT_PURPOSE_CHANNEL = 2,
    REPORT_PURPOSE_RA_TLS = 3,
    REPORT_PURPOSE_LOCAL = 4,
    REPORT_PURPOSE_CLIENT = 5,
};

/* How the device was started (docs/threat-model.md): higher keeps more people out. */
enum report_level {
    REPORT_LEVEL_DEBUG = 0,
    REPORT_LEVEL_EMBEDDED = 1,
    REPORT_LEVEL_INSTALLED = 2,
    REPORT_LEVEL_SYSTEM = 3,
};

/* Protections in force, one bit each; names for users in protection_names[]. */
enum report_protection {
    PROTECTION_NODUMP = 1 << 0,          /* memory closed to ptrace and /proc */
    PROTECTION_SECCOMP = 1 << 1,         /* system calls of the enclave filtered */
    PROTECTION_NAMESPACES = 1 << 2,      /* own user, pid, mount, net, ipc, uts namespaces */
    PROTECTION_LANDLOCK = 1 << 3,        /* no file or network access by landlock either */
    PROTECTION_SECRETMEM = 1 << 4,       /* the root secret in memfd_secret */
    PROTECTION_MSEAL = 1 << 5,           /* code and relocated tables sealed */
    PROTECTION_MDWE = 1 << 6,            /* memory never writable then executable */
    PROTECTION_PERSISTENT = 1 << 7,      /* device identity survives the device */
    PROTECTION_OWN_UID = 1 << 8,         /* enclave runs under another uid than the host */
    PROTECTION_ROOTKEY_PRIVATE = 1 << 9, /* the host's user can not read the root secret */
    PROTECTION_STARTER_CLEAN = 1 << 10,  /* no foreign seccomp filter, tracer, LD_* at start */
    PROTECTION_ROLLBACK = 1 << 11,       /* counters protected against rollback */
    PROTECTION_TPM = 1 << 12,            /* at rest the root secret is wrapped by a TPM */
    PROTECTION_ALL = (1 << 13) - 1,
};

enum { PROTECTION_COUNT = 13 };
extern const char *const protection_names[PROTECTION_COUNT]; /* "nodump", "seccomp", ... */
/* What a device of this level can have; others belong to higher ones, or need a TPM. */
uint32_t report_level_protections(enum report_level level);

struct report_body {
    enum report_origin origin;
    enum report_purpose purpose;
    enum report_level level;
    uint32_t protections; /* enum report_protection bits */
    bool debug;
    uint16_t prod_id;
    uint16_t svn;
    uint64_t issued_at_s; /* device clock, seconds since 1970 */
    struct uuid uuid;
    uint8_t device_id[REPORT_DEVICE_ID_SIZE];
    uint8_t mrenclave[REPORT_HASH_SIZE];
    uint8_t mrsigner[REPORT_HASH_SIZE];
    uint8_t mrtcb[REPORT_HASH_SIZE];
    uint8_t user_data[REPORT_USER_DATA_SIZE];
    bool has_registers;            /* false: of profile 1, which had none */
    char states[STATES_TEXT_ROOM]; /* what the device pretends (profile 3); "": nothing */
    uint8_t registers[REPORT_REGISTER_COUNT][REPORT_HASH_SIZE]; /* zero when it has none */
};

/* A decoded report: everything borrows from the message. */
struct report {
    struct report_body body;
    struct view protected_header;              /* for the signature */
    struct view payload;                       /* for the signature */
    struct view signature;                     /* r | s */
    struct view chain[REPORT_CHAIN_MAX_COUNT]; /* DER certificates */
    size_t chain_count;
};

/* What protected_header must be before report_to_be_signed(): {alg: ES256}. */
struct view report_protected_header(void);

/* The Sig_structure to sign or verify (RFC 9052, 4.4); false when room is too small. */
bool report_to_be_signed(const struct report *report, struct writer *w)
    __attribute__((warn_unused_result));

/* Payload alone, then the whole message around it; both fail by w->failed. The signer encodes the
 * body, sets payload and protected_header, signs what report_to_be_signed() wrote, sets signature
 * and chain (2 or more certificates), and calls report_encode(), which ignores body. */
void report_body_encode(const struct report_body *body, struct writer *w);
void report_encode(const struct report *report, struct writer *w);
bool report_body_decode(struct view payload, struct report_body *ret_body)
    __attribute__((warn_unused_result)); /* false, output untouched */

cc_enclave_result_t report_decode(struct view message, struct report *ret_report)
    __attribute__((warn_unused_result)); /* CC_ERROR_BAD_FORMAT, ret_report untouched */

#endif
