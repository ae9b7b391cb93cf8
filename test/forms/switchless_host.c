/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Calls with worker threads: at once, and with results that are fetched later. */
#include <stdio.h>
#include "enclave.h"
#include "switchless_u.h"

#define COUNT 8

typedef cc_enclave_result_t (*empty_function)(cc_enclave_t *context);

static const empty_function FUNCTIONS[] = {ecall_empty, ecall_empty_switchless};

static int fetch_all(cc_enclave_t *context, int *task_ids)
{
    int left = COUNT, retval = 0;

    while (left > 0)
        for (int i = 0; i < COUNT; i++) {
            cc_enclave_result_t ret;

            if (task_ids[i] < 0)
                continue;
            ret = cc_sl_get_async_result(context, task_ids[i], &retval);
            if (ret == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
                continue;
            if (ret != CC_SUCCESS)
                return -1;
            task_ids[i] = -1;
            left--;
        }
    return retval;
}

int main(void)
{
    cc_enclave_t context = {0};
    int task_ids[COUNT], retval = 0;
    char buf[32], text[COUNT][32];

    if (cc_enclave_create("enclave.signed.so", AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0,
                          &context) != CC_SUCCESS)
        return 1;
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++)
        if (FUNCTIONS[i](&context) != CC_SUCCESS)
            printf("function %zu\n", i);
    if (get_string_switchless(&context, &retval, buf) != CC_SUCCESS)
        printf("no switchless calls\n");
    for (int i = 0; i < COUNT; i++)
        if (get_string_switchless_async(&context, &task_ids[i], NULL, text[i]) != CC_SUCCESS)
            task_ids[i] = -1;
    if (ecall_two_async(&context, &task_ids[0], &retval, buf, 32, text[0], 32) != CC_SUCCESS ||
        ecall_empty_switchless_async(&context, &task_ids[1]) != CC_SUCCESS)
        task_ids[0] = task_ids[1] = -1;
    retval = fetch_all(&context, task_ids);
    cc_enclave_destroy(&context);
    return retval;
}
