/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Runs the examples of docs/edl.md through a real enclave; their code is put in by examples.sh.
 */
#include "examples_u.h"
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "host.c"

struct example {
    const char *name;
    int (*run)(cc_enclave_t *enclave);
};

#include "table.inc"

int main(void)
{
    cc_enclave_t enclave = {0};
    unsigned passed = 0, failed = 0;
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 64);
    char *slash;
    cc_enclave_result_t rc;

    path[size > 0 ? size : 0] = '\0';
    slash = strrchr(path, '/');
    strcpy(slash != NULL ? slash : path, "/images/edl_examples.signed.so");
    rc = cc_enclave_create(path, AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave);
    if (rc != CC_SUCCESS)
        fprintf(stderr, "%s: %s\n", path, cc_enclave_error_detail());
    for (size_t i = 0; rc == CC_SUCCESS && i < sizeof EXAMPLES / sizeof EXAMPLES[0]; i++)
        if (EXAMPLES[i].run(&enclave) == 0) {
            passed++;
        } else {
            failed++;
            fprintf(stderr, "the example %s of docs/edl.md: %s\n", EXAMPLES[i].name,
                    cc_enclave_error_detail());
        }
    if (rc == CC_SUCCESS)
        rc = cc_enclave_destroy(&enclave);
    printf("RESULT %u passed %u failed 0 skipped\n", passed, failed + (rc != CC_SUCCESS));
    return failed == 0 && rc == CC_SUCCESS ? 0 : 1;
}
