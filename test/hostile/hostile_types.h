/* SPDX-License-Identifier: MulanPSL-2.0 */
/* hostile_types.h - foreign types of hostile.edl. Layer: test. */
#ifndef HOSTILE_TYPES_H
#define HOSTILE_TYPES_H

#include <stdint.h>
#include <wchar.h>

typedef int32_t *ints_t;
typedef int32_t ints4_t[4];

/* The enclave leaves these bytes lying about in its memory; they may never come out. */
enum { SECRET_BYTE = 0xd7, SECRET_RUN = 6 };

#endif
