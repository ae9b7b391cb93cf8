/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Creates an enclave, has it fill a buffer, destroys it. */
#include "enclave.h"
#include "helloworld_u.h"
#include <stdio.h>

static int failed(const char *what, cc_enclave_result_t rc)
{
    fprintf(stderr, "%s: %s\n%s\n", what, cc_enclave_res2_str(rc), cc_enclave_error_detail());
    return 1;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "out/enclave.signed.so";
    cc_enclave_t enclave = {0};
    cc_enclave_result_t rc;
    char text[32];
    int retval = -1;

    rc = cc_enclave_create(path, AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0, &enclave);
    if (rc != CC_SUCCESS)
        return failed("create", rc);
    puts("host create enclave success");

    rc = get_string(&enclave, &retval, text);
    if (rc != CC_SUCCESS || retval != 0)
        return failed("get_string", rc);
    printf("enclave say:%s\n", text);

    rc = cc_enclave_destroy(&enclave);
    if (rc != CC_SUCCESS)
        return failed("destroy", rc);
    puts("host destroy enclave success");
    return 0;
}
