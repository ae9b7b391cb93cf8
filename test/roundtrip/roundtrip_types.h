/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * roundtrip_types.h - the types that the random EDL files take from a header, and what each of them
 * includes. Host and enclave. Layer: test.
 */
#ifndef ROUNDTRIP_TYPES_H
#define ROUNDTRIP_TYPES_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t word_t;
typedef int32_t *int_ptr;
typedef const int32_t *const_int_ptr;
typedef char *text_ptr;
typedef const char *const_text_ptr;
typedef wchar_t *wide_ptr;
typedef const wchar_t *const_wide_ptr;
typedef int32_t four[4];

#endif
