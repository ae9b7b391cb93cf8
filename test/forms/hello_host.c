/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The smallest host: makes an enclave, asks it for a text. */
#include <limits.h>
#include <stdio.h>
#include "enclave.h"
#include "hello_u.h"

#define BUF_LEN 32

int main(void)
{
    int retval = 0;
    const char *path = "enclave.signed.so";
    char buf[BUF_LEN];
    cc_enclave_t context = {0};
    cc_enclave_result_t res = CC_FAIL;
    char real_p[PATH_MAX];

    if (realpath(path, real_p) == NULL)
        return -1;
    res = cc_enclave_create(real_p, AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0, &context);
    if (res != CC_SUCCESS) {
        printf("create: %x %s\n", res, cc_enclave_res2_str(res));
        return res;
    }
    res = get_string(&context, &retval, buf);
    if (res != CC_SUCCESS || retval != (int)CC_SUCCESS)
        printf("get_string: %x\n", res);
    else
        printf("%s\n", buf);
    return cc_enclave_destroy(&context);
}
