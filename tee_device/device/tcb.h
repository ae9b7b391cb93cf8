/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tcb.h - what every enclave runs on: the preloaded libraries, copied and sealed before anybody
 * loads them, and MRTCB over them, the zygote, the device, libc and its loader.
 *
 *   MRTCB = SHA-256("SGSIM-TCB-1" | for each part, in this order: u16 size of its name, name,
 *           SHA-256 of its bytes)                                     size little-endian
 *
 * Libraries are hashed from the very copies that are loaded, the zygote from the open file that is
 * executed; the device, libc and its loader from their files, since the kernel loaded them before
 * we could.
 *
 * Layer: tee_device/device. Threads: one.
 */
#ifndef DEVICE_TCB_H
#define DEVICE_TCB_H

#include "base/bytes.h"
#include "status.h"
#include <limits.h>

enum {
    TCB_LIBRARIES_MAX = 12,
    TCB_PARTS_MAX = TCB_LIBRARIES_MAX + 6,
    TCB_HASH_SIZE = 32,
    TCB_FD_FIRST = 64, /* all are above it: sources of dup2 in a zygote that is being started */
};

struct tcb_part {
    char name[64];
    int fd; /* owned */
};

struct tcb {
    struct tcb_part parts[TCB_PARTS_MAX]; /* libraries first, in loading order; then the zygote */
    size_t library_count;
    size_t part_count;
    int tpm_helper; /* of the part secgear-tpm; -1: there is none */
    char zygote[PATH_MAX];
    bool root_only;
    bool measured;
    uint8_t mrtcb[TCB_HASH_SIZE];
};

/* root_only: each file must belong to root and be writable by nobody else, or CC_ERROR_SECURITY.
 * with_tpm: secgear-tpm is a part; CC_ERROR_NOT_SUPPORTED where it was not built. */
cc_enclave_result_t tcb_open(struct tcb *ret_tcb, bool root_only, bool with_tpm)
    __attribute__((warn_unused_result));
/* Hashes on first use: at level L1, 5 MB of libcrypto are not on the way of the first enclave. */
bool tcb_measure(struct tcb *tcb, uint8_t ret_mrtcb[static TCB_HASH_SIZE])
    __attribute__((warn_unused_result));
void tcb_done(struct tcb *tcb);

#endif
