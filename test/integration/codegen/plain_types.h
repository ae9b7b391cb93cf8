/* SPDX-License-Identifier: MulanPSL-2.0 */
#ifndef TEST_PLAIN_TYPES_H
#define TEST_PLAIN_TYPES_H
typedef int *int_ptr;
typedef const int *const_int_ptr;
typedef int four[4];
#endif
