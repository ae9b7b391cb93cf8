/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * detail.h - what went wrong, in one line, for the last failing call of this thread.
 *
 * Whoever first knows what is wrong says so with detail_fail(): layer, object, expected, found,
 * remedy. Callers above pass the code up and leave the line alone. Each public entry begins with
 * detail_clear(). Never put a secret or a caller's data into it.
 *
 * Layer: common/base. Threads: thread-local, no sharing. Each library has its own copy.
 */
#ifndef CC_BASE_DETAIL_H
#define CC_BASE_DETAIL_H

#include "status.h"
#include <stdbool.h>

enum { DETAIL_ROOM = 512 };

/* Of detail.c: the line counts. Here, for each public call clears it. */
extern _Thread_local bool detail_failed __attribute__((tls_model("initial-exec")));

static inline void detail_clear(void)
{
    detail_failed = false;
}

const char *detail_get(void); /* "" after detail_clear(); valid until this thread's next call */

/* Keeps the line and hands the code back: return detail_fail(CC_ERROR_X, "device: ..."). */
cc_enclave_result_t detail_fail(cc_enclave_result_t code, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold)); /* keeps what fails out of the way of the rest */

/* Puts text in front of the line, as a layer above adds the object it worked on. */
void detail_prefix(const char *format, ...) __attribute__((format(printf, 1, 2), cold));

#endif
