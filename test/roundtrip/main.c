/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * main.c - calls every random function of one image in every round, through a real enclave.
 *
 *   this program -- rt_u.c -- libsecgear_urts ==== window ==== libsecgear_trts -- rt_t.c -- image
 *
 * Layer: test; installed headers only. Threads: one.
 */
#include "host.h"
#include "rt_u.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT_S = 120 };

cc_enclave_t enclave;

static struct spot spot_of(uint32_t which)
{
    return (struct spot){rt_functions[which].id, PARAM_RETURN};
}

/* In an ocall that allows every private function. */
void rt_reenter(uint32_t which)
{
    cc_enclave_result_t rc = rt_functions[which].call();

    if (rc != CC_SUCCESS)
        rt_fail(spot_of(which), "result of a private ecall", CC_SUCCESS, rc);
}

static void function_run(uint32_t which)
{
    const struct rt_function *f = &rt_functions[which];
    cc_enclave_result_t rc = f->kind == RT_OCALL     ? rt_run(&enclave, which)
                             : f->kind == RT_PRIVATE ? rt_through(&enclave, which)
                                                     : f->call();

    if (rc != CC_SUCCESS)
        rt_fail(spot_of(which), cc_enclave_error_detail(), CC_SUCCESS, rc);
    if (f->kind == RT_PRIVATE && rt_round == ROUND_PLAIN) {
        rc = f->call();
        if (rc != CC_ERROR_ECALL_NOT_ALLOWED)
            rt_fail(spot_of(which), "a private ecall from outside", CC_ERROR_ECALL_NOT_ALLOWED, rc);
    }
}

static cc_enclave_result_t rounds_run(void)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    uint32_t failed = 0, called = 0;

    for (uint32_t round = 0; rc == CC_SUCCESS && round < ROUNDS; round++) {
        rt_round = round;
        rc = rt_begin(&enclave, round);
        for (uint32_t i = 0; rc == CC_SUCCESS && i < rt_function_count; i++)
            function_run(i);
    }
    if (rc == CC_SUCCESS)
        rc = rt_failures(&enclave, &failed);
    if (rc == CC_SUCCESS)
        rc = rt_calls(&enclave, &called);
    rt_failed += failed;
    rt_called += called;
    return rc;
}

/* The image stands in a folder beside this program and has its name. */
static void image_find(char *path, size_t room)
{
    char own[PATH_MAX], *name;
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);

    own[size > 0 ? size : 0] = '\0';
    name = strrchr(own, '/');
    if (name == NULL)
        exit(1);
    *name = '\0';
    snprintf(path, room, "%s/images/%s.signed.so", own, name + 1);
}

static bool enclave_start(void)
{
    const char *tmp = getenv("TMPDIR"); /* of the run: it goes with the run */
    char folder[PATH_MAX], path[2 * PATH_MAX];

    snprintf(folder, sizeof folder, "%s/roundtrip-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(folder) == NULL)
        return false;
    setenv("XDG_STATE_HOME", folder, 1);
    image_find(path, sizeof path);
    if (cc_enclave_create(path, AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave) == CC_SUCCESS)
        return true;
    fprintf(stderr, "%s: %s\n", path, cc_enclave_error_detail());
    return false;
}

int main(void)
{
    cc_enclave_result_t rc = CC_ERROR_GENERIC;
    bool good = false;

    alarm(LIMIT_S);
    if (enclave_start()) {
        rc = rounds_run();
        good = rc == CC_SUCCESS && rt_failed == 0 && rt_called == ROUNDS * rt_function_count;
        cc_enclave_destroy(&enclave);
    }
    printf("%u functions, %u calls that arrived, %u wrong, %s\n", rt_function_count, rt_called,
           rt_failed, cc_enclave_res2_str(rc));
    printf("RESULT %d passed %d failed 0 skipped\n", good, !good);
    return good ? 0 : 1;
}
