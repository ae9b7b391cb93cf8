/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * log.h - where messages of enclaves go: stderr, or syslog under SECGEAR_ENCLAVE_LOG=syslog, with
 * [secGear] in each, by which rsyslog sorts them.
 *
 * Layer: libsecgear_urts. Threads: any.
 */
#ifndef URTS_LOG_H
#define URTS_LOG_H

#include "base/bytes.h"

bool log_to_syslog(void);
void log_syslog(struct view line);

#endif
