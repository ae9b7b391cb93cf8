/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attacks.h - what one process can try against another one's memory, descriptors and namespaces:
 * the columns of the table in docs/threat-model.md.
 * Layer: test. Threads: any.
 */
#ifndef SIM_ATTACKS_H
#define SIM_ATTACKS_H

#include <stdint.h>
#include <sys/types.h>

struct attack {
    const char *name;
    /* secret: where ENCLAVE_SECRET lies in the victim. 0: the attack worked, else errno. */
    int (*run)(pid_t victim, uint64_t secret);
};

enum { ATTACKS = 10 };
extern const struct attack attacks[ATTACKS];

#endif
