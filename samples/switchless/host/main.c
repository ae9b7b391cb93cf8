/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Switchless calls: at once, with results that are fetched later, and with shared memory. */
#include "enclave.h"
#include "secgear_shared_memory.h"
#include "secgear_uswitchless.h"
#include "switchless_u.h"
#include <sched.h>
#include <stdio.h>
#include <string.h>

enum { BLOCKS = 16, BLOCK_SIZE = 4096 };

static int report(cc_enclave_result_t rc)
{
    fprintf(stderr, "%s\n%s\n", cc_enclave_res2_str(rc), cc_enclave_error_detail());
    return 1;
}

static cc_enclave_result_t fetch(cc_enclave_t *enclave, int task, uint64_t *ret_sum)
{
    cc_enclave_result_t rc;

    while ((rc = cc_sl_get_async_result(enclave, task, ret_sum)) ==
           CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
        sched_yield(); /* a program has something better to do here */
    return rc;
}

/* All blocks of shared memory at once; inside is one address of the block that it belongs to. */
static cc_enclave_result_t sum_all(cc_enclave_t *enclave, uint8_t *blocks, uint64_t *ret_sums)
{
    cc_enclave_result_t rc = CC_SUCCESS;
    int tasks[BLOCKS], count = 0;

    while (rc == CC_SUCCESS && count < BLOCKS) {
        rc = checksum_async(enclave, &tasks[count], &ret_sums[count], blocks + count * BLOCK_SIZE,
                            BLOCK_SIZE);
        count += rc == CC_SUCCESS;
    }
    for (int i = 0; i < count; i++)
        if (tasks[i] >= 0 && rc == CC_SUCCESS) /* -1: it was done at once, as an ordinary call */
            rc = fetch(enclave, tasks[i], &ret_sums[i]);
    return rc;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "out/enclave.signed.so";
    cc_sl_config_t config = CC_USWITCHLESS_CONFIG_INITIALIZER;
    enclave_features_t features = {ENCLAVE_FEATURE_SWITCHLESS, &config};
    cc_enclave_t enclave = {0};
    uint64_t sums[BLOCKS], again = 0;
    cc_enclave_result_t rc;
    uint8_t *blocks;
    int same = 1;

    config.num_tworkers = 2;
    config.workers_policy = WORKERS_POLICY_WAKEUP;
    config.rollback_to_common = 1;
    rc = cc_enclave_create(path, AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, &features, 1, &enclave);
    if (rc != CC_SUCCESS)
        return report(rc);
    blocks = cc_malloc_shared_memory(&enclave, BLOCKS * BLOCK_SIZE);
    rc = blocks != NULL ? CC_SUCCESS : CC_ERROR_OUT_OF_MEMORY;
    for (int i = 0; blocks != NULL && i < BLOCKS; i++)
        memset(blocks + i * BLOCK_SIZE, i, BLOCK_SIZE);
    if (rc == CC_SUCCESS)
        rc = sum_all(&enclave, blocks, sums);
    for (int i = 0; rc == CC_SUCCESS && i < BLOCKS; i++) {
        uint8_t own[BLOCK_SIZE]; /* not shared: copied */

        memset(own, i, sizeof own);
        rc = checksum(&enclave, &again, own, sizeof own);
        same = same && again == sums[i];
    }
    if (rc == CC_SUCCESS)
        rc = cc_free_shared_memory(&enclave, blocks);
    if (rc != CC_SUCCESS)
        report(rc);
    else
        printf("%d blocks, the last one %016llx, %s\n", BLOCKS,
               (unsigned long long)sums[BLOCKS - 1], same ? "the same both ways" : "DIFFERENT");
    cc_enclave_destroy(&enclave);
    return rc == CC_SUCCESS && same ? 0 : 1;
}
