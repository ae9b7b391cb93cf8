/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sandbox.h - takes the world away: namespaces, root folder, capabilities, landlock, memory
 * sealing, system calls. Each step returns whether it is in force; the caller judges.
 *
 * Layer: tee_device/zygote. Threads: single-threaded process.
 */
#ifndef ZYGOTE_SANDBOX_H
#define ZYGOTE_SANDBOX_H

#include "base/bytes.h"
#include <sys/types.h>

enum { NR_MSEAL = 462 }; /* newer than the headers that distributions of today ship */

bool sandbox_closed(void); /* not dumpable, no core files; must hold before anything is loaded */

bool sandbox_namespaces(void); /* of the children forked from now on (pid) and of us (the rest) */
bool sandbox_empty_root(void); /* in the new mount namespace */
void sandbox_drop_capabilities(void);
bool sandbox_own_uid(uid_t uid); /* as root only, before the namespaces */
bool sandbox_own_group(void);    /* that of the program's file, if it has one, is given up */

bool sandbox_landlock_works(void);
bool sandbox_landlock(void); /* no file, no network, no signal outside */
bool sandbox_mdwe_works(void);
bool sandbox_mdwe(void);
bool sandbox_mseal_works(void);
/* Code and read-only data of each object that was loaded since the last time. */
bool sandbox_mseal_code(void);

#endif
