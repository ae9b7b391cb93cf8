/* SPDX-License-Identifier: MulanPSL-2.0 */
/* enclave.c - the fixed part of each random enclave (types.edl). Layer: test. */
#include "functions.h"
#include "rt_t.h"

void rt_begin(uint32_t round)
{
    rt_round = round;
}

void rt_run(uint32_t which)
{
    cc_enclave_result_t rc = CC_ERROR_BAD_PARAMETERS;

    if (which < rt_function_count && rt_functions[which].call != NULL)
        rc = rt_functions[which].call();
    if (rc != CC_SUCCESS)
        rt_fail((struct spot){which, PARAM_RETURN}, "result of an ocall", CC_SUCCESS, rc);
}

void rt_through(uint32_t which)
{
    cc_enclave_result_t rc = rt_reenter(which);

    if (rc != CC_SUCCESS)
        rt_fail((struct spot){which, PARAM_RETURN}, "result of rt_reenter", CC_SUCCESS, rc);
}

uint32_t rt_calls(void)
{
    return rt_called;
}

uint32_t rt_failures(void)
{
    return rt_failed;
}
