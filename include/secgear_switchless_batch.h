/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear_switchless_batch.h - many switchless calls handed over as one, for throughput: what it
 * costs to tell a worker of the enclave, and to be told, is paid once for all of them.
 *
 *     cc_sl_batch_create(&enclave, &batch);
 *     for (i = 0; i < 64; i++)
 *         checksum_async(cc_sl_batch_context(batch), &task[i], &sum[i], bytes[i], size);
 *     cc_sl_batch_submit(batch);
 *     cc_sl_batch_wait(batch);
 *     for (i = 0; i < 64; i++)
 *         rc = cc_sl_get_async_result(cc_sl_batch_context(batch), task[i], &sum[i]);
 *     cc_sl_batch_clear(batch);
 *
 * One worker runs them in their order. Whoever wants several at work makes several batches.
 * docs/switchless.md says when that pays.
 */
#ifndef SECGEAR_SWITCHLESS_BATCH_H
#define SECGEAR_SWITCHLESS_BATCH_H

#include "enclave.h"
#include "secgear_defs.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CC_SL_BATCH_CALLS_MAX 512

typedef struct cc_sl_batch cc_sl_batch_t;

/**
 * Makes an empty batch.
 *
 * in      enclave  created with ENCLAVE_FEATURE_SWITCHLESS; its struct must outlive the batch
 * out     batch    the batch
 *
 * returns CC_SUCCESS                    done
 *         CC_ERROR_BAD_PARAMETERS       a NULL, or no enclave
 *         CC_ERROR_SWITCHLESS_DISABLED  the enclave was created without the feature
 *         CC_ERROR_OUT_OF_MEMORY        out of memory
 *
 * owner   the caller ends it by cc_sl_batch_destroy()
 * threads any; a batch is one thread's at a time
 * source  ours
 * sample  samples/switchless_performance/host/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sl_batch_create(cc_enclave_t *enclave, cc_sl_batch_t **batch);

/**
 * What <name>_async() and cc_sl_get_async_result() take in place of the enclave, for calls of this
 * batch. <name>_async() copies values and [in] buffers and adds the call; [out] buffers are filled
 * when its result is fetched, and must live until then. Task numbers count from 0.
 *
 * in      batch  the batch
 *
 * returns the context, or NULL for NULL; all but those two refuse it
 *         <name>_async():  CC_ERROR_BAD_STATE while the batch is on its way or has results,
 *                          CC_ERROR_SWITCHLESS_TASK_POOL_FULL behind CC_SL_BATCH_CALLS_MAX calls,
 *                          CC_ERROR_SWITCHLESS_INVALID_ARG_NUM, CC_ERROR_OUT_OF_MEMORY
 *         cc_sl_get_async_result(): as of any task; CC_ERROR_BAD_STATE before cc_sl_batch_submit()
 *
 * owner   the batch
 * threads that of the batch
 * source  ours
 * sample  samples/switchless_performance/host/main.c
 */
CC_API_SPEC cc_enclave_t *cc_sl_batch_context(cc_sl_batch_t *batch);

/**
 * Hands all calls of the batch to one worker of the enclave; does not wait.
 *
 * in      batch  with at least one call
 *
 * returns CC_SUCCESS                          it is on its way
 *         CC_ERROR_BAD_PARAMETERS             NULL, an empty batch, or its enclave was destroyed
 *         CC_ERROR_BAD_STATE                  it was submitted before; cc_sl_batch_clear() first
 *         CC_ERROR_SWITCHLESS_TASK_POOL_FULL  every task of the pool is in use; a batch takes one
 *         CC_ERROR_OUT_OF_MEMORY              its frames do not fit the enclave's shared memory
 *         CC_ERROR_ENCLAVE_DEAD               the enclave or its device died
 *
 * owner   the batch; after a failure its calls are as they were
 * threads that of the batch
 * source  ours
 * sample  samples/switchless_performance/host/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sl_batch_submit(cc_sl_batch_t *batch);

/**
 * Waits until every call of the batch is done; ocalls of its functions run in here.
 *
 * in      batch  submitted
 *
 * returns CC_SUCCESS               all are done; cc_sl_get_async_result() says how each ended
 *         CC_ERROR_BAD_PARAMETERS  NULL, or its enclave was destroyed meanwhile
 *         CC_ERROR_BAD_STATE       it was not submitted
 *         CC_ERROR_ENCLAVE_DEAD    the enclave or its device died
 *         others                   the enclave refused the batch as a whole; no call was made
 *
 * owner   the batch
 * threads that of the batch
 * source  ours
 * sample  samples/switchless_performance/host/main.c
 */
CC_API_SPEC cc_enclave_result_t cc_sl_batch_wait(cc_sl_batch_t *batch);

/**
 * Forgets calls and results, for the next use; waits first for a batch that is on its way.
 *
 * in      batch  the batch; NULL: nothing happens
 *
 * returns nothing
 *
 * owner   the batch
 * threads that of the batch
 * source  ours
 * sample  samples/switchless_performance/host/main.c
 */
CC_API_SPEC void cc_sl_batch_clear(cc_sl_batch_t *batch);

/**
 * Ends a batch; waits first for one that is on its way.
 *
 * in      batch  the batch; NULL: nothing happens
 *
 * returns nothing
 *
 * owner   batch and its context are gone
 * threads that of the batch
 * source  ours
 * sample  samples/switchless_performance/host/main.c
 */
CC_API_SPEC void cc_sl_batch_destroy(cc_sl_batch_t *batch);

#ifdef __cplusplus
}
#endif

#endif
