/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Two enclaves of one program: each finds out who the other is; the host only carries messages. */
#include "enclave.h"
#include "local_attest_u.h"
#include <stdio.h>

enum { REPORT_ROOM = 1024 };

struct name {
    char taid[37];
    char hash[65];
};

static int fail(const char *what, cc_enclave_result_t rc, int retval)
{
    fprintf(stderr, "%s: %s\n%s\n", what,
            cc_enclave_res2_str(rc != CC_SUCCESS ? rc : (cc_enclave_result_t)retval),
            cc_enclave_error_detail());
    return 1;
}

/* verifier checks prover by its UUID and hash. */
static int attest_by_name(cc_enclave_t *verifier, cc_enclave_t *prover)
{
    struct name name;
    int retval = 0;
    cc_enclave_result_t rc = who_am_i(prover, &retval, name.taid, name.hash);

    if (rc == CC_SUCCESS && retval == CC_SUCCESS)
        rc = local_attest_test(verifier, &retval, name.taid, name.hash, name.hash);
    if (rc != CC_SUCCESS || retval != CC_SUCCESS)
        return fail("by name", rc, retval);
    printf("%s runs %.16s...\n", name.taid, name.hash);
    return 0;
}

/* verifier challenges prover. */
static int attest_by_report(cc_enclave_t *verifier, cc_enclave_t *prover)
{
    uint8_t nonce[32], mrenclave[32], report[REPORT_ROOM];
    size_t report_size = 0;
    bool debug = false;
    int retval = 0;
    cc_enclave_result_t rc = challenge(verifier, &retval, nonce, mrenclave, &debug);

    if (rc == CC_SUCCESS && retval == CC_SUCCESS)
        rc = respond(prover, &retval, nonce, mrenclave, debug, report, &report_size);
    if (rc == CC_SUCCESS && retval == CC_SUCCESS)
        rc = check(verifier, &retval, report, report_size);
    if (rc != CC_SUCCESS || retval != CC_SUCCESS)
        return fail("by report", rc, retval);
    printf("report of %zu bytes accepted\n", report_size);
    return 0;
}

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "out/enclave.signed.so";
    const char *second = argc > 2 ? argv[2] : "out/partner.signed.so";
    cc_enclave_t a = {0}, b = {0};
    cc_enclave_result_t rc;
    int failed = 1;

    rc = cc_enclave_create(first, AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0, &a);
    if (rc != CC_SUCCESS)
        return fail(first, rc, 0);
    rc = cc_enclave_create(second, AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0, &b);
    if (rc == CC_SUCCESS)
        failed = attest_by_name(&a, &b) || attest_by_name(&b, &a) || attest_by_report(&a, &b) ||
                 attest_by_report(&b, &a);
    else
        fail(second, rc, 0);
    if (rc == CC_SUCCESS)
        cc_enclave_destroy(&b);
    cc_enclave_destroy(&a);
    return failed;
}
