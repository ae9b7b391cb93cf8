/* SPDX-License-Identifier: MulanPSL-2.0 */
/* An enclave that asks its host for data and treats every answer as untrusted. */
#include "enclave.h"
#include "ocall_u.h"
#include <stdio.h>

static int32_t next_value = 1;

int read_source(int32_t *values, size_t room)
{
    size_t count = 0;

    while (count < room && next_value <= 100)
        values[count++] = next_value++;
    return (int)count;
}

void show_progress(const char *text)
{
    printf("enclave: %s\n", text);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "out/enclave.signed.so";
    cc_enclave_t enclave = {0};
    cc_enclave_result_t rc;
    int64_t sum = 0;
    int retval = -1;

    rc = cc_enclave_create(path, AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0, &enclave);
    if (rc == CC_SUCCESS) {
        rc = sum_source(&enclave, &retval, &sum);
        cc_enclave_destroy(&enclave);
    }
    if (rc != CC_SUCCESS || retval != 0) {
        fprintf(stderr, "%s\n%s\n", cc_enclave_res2_str(rc), cc_enclave_error_detail());
        return 1;
    }
    printf("sum: %lld\n", (long long)sum);
    return sum == 5050 ? 0 : 1;
}
