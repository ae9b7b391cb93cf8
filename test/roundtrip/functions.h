/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * functions.h - the table of the random functions, which generated code fills: what can be called
 * from this side, and how. Host and enclave. Layer: test.
 */
#ifndef ROUNDTRIP_FUNCTIONS_H
#define ROUNDTRIP_FUNCTIONS_H

#include "status.h"
#include "values.h"
#include <errno.h>

enum rt_kind { RT_PUBLIC, RT_PRIVATE, RT_OCALL };

struct rt_function {
    uint32_t id;
    enum rt_kind kind;
    cc_enclave_result_t (*call)(void); /* makes the arguments, calls, checks; NULL: other side */
};
extern const struct rt_function rt_functions[];
extern const uint32_t rt_function_count;

static inline int rt_errno_of(uint32_t function)
{
    return (int)(rt_mix((struct spot){function, PARAM_ERRNO}, 0) % 120 + 1);
}

static inline void rt_errno_set(uint32_t function)
{
    errno = rt_errno_of(function);
}

static inline void rt_errno_check(uint32_t function)
{
    if (errno != rt_errno_of(function))
        rt_fail((struct spot){function, PARAM_ERRNO}, "errno", (uint64_t)rt_errno_of(function),
                (uint64_t)errno);
}

#endif
