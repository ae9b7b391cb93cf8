/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tls13.h - the floor of a channel's handshake: OpenSSL's TLS 1.3, both ends in this thread over a
 * pair of memory BIOs; P-256 key agreement, an ECDSA P-256 certificate that the client verifies up
 * to a root it has loaded; no tickets, no resumption. Layer: bench. Threads: one.
 */
#ifndef BENCH_TLS13_H
#define BENCH_TLS13_H

#include <stdbool.h>
#include <stddef.h>

bool tls13_start(bool mutual);                /* mutual: the client shows a certificate, too */
double tls13_per_second(unsigned handshakes); /* negative: one failed */
/* Messages of one size through one connection, written at one end and read at the other. */
bool tls13_records_start(void);
bool tls13_records_run(const void *message, size_t size, unsigned count);
void tls13_stop(void);

#endif
