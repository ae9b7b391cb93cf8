/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Ordinary, switchless and asynchronous calls, and batches, of functions of several lengths: a
 * table of what one call takes, and a chart of it as SVG when a file for it is named; then how many
 * calls of no length at all several callers make together. */
#include "enclave.h"
#include "secgear_switchless_batch.h"
#include "secgear_uswitchless.h"
#include "speed_u.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WAYS = 4, LENGTHS = 6, DEPTH = 32, ROUNDS = 5, CALLS = 320, CALLERS = 4, TIMES = 10 };

static const uint32_t LENGTH_NS[LENGTHS] = {0, 500, 1000, 5000, 20000, 100000};
static const char *const WAY[WAYS] = {"ordinary", "switchless", "asynchronous, 32 at once",
                                      "batches of 32"};
static const char *const COLOUR[WAYS] = {"#888", "#06c", "#2a2", "#c60"};

static const int CALLERS_AT_ONCE[CALLERS] = {1, 2, 4, 8};

static cc_enclave_t enclave;

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static cc_enclave_result_t some_at_once(uint32_t ns)
{
    cc_enclave_result_t rc = CC_SUCCESS, fetched;
    int tasks[DEPTH], count = 0;

    while (rc == CC_SUCCESS && count < DEPTH) {
        rc = work_switchless_async(&enclave, &tasks[count], ns);
        count += rc == CC_SUCCESS;
    }
    for (int i = 0; i < count; i++) {
        do
            fetched = cc_sl_get_async_result(&enclave, tasks[i], NULL);
        while (fetched == CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED);
        rc = rc == CC_SUCCESS ? fetched : rc;
    }
    return rc;
}

static cc_enclave_result_t in_a_batch(cc_sl_batch_t *batch, uint32_t ns)
{
    cc_enclave_t *context = cc_sl_batch_context(batch);
    cc_enclave_result_t rc = CC_SUCCESS;
    int task;

    for (int i = 0; rc == CC_SUCCESS && i < DEPTH; i++)
        rc = work_switchless_async(context, &task, ns);
    if (rc == CC_SUCCESS)
        rc = cc_sl_batch_submit(batch);
    if (rc == CC_SUCCESS)
        rc = cc_sl_batch_wait(batch);
    for (int i = 0; rc == CC_SUCCESS && i < DEPTH; i++)
        rc = cc_sl_get_async_result(context, i, NULL);
    cc_sl_batch_clear(batch);
    return rc;
}

/* So many calls, all in one way. */
static cc_enclave_result_t run(int way, cc_sl_batch_t *batch, uint32_t ns)
{
    cc_enclave_result_t rc = CC_SUCCESS;

    for (int i = 0; rc == CC_SUCCESS && i < CALLS; i += way >= 2 ? DEPTH : 1)
        rc = way == 0   ? work(&enclave, ns)
             : way == 1 ? work_switchless(&enclave, ns)
             : way == 2 ? some_at_once(ns)
                        : in_a_batch(batch, ns);
    return rc;
}

/* The best of several rounds: what others do on the machine only ever makes it slower. */
static double measure(int way, cc_sl_batch_t *batch, uint32_t ns)
{
    double best = -1;

    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns(), took;

        if (run(way, batch, ns) != CC_SUCCESS)
            return -1;
        took = (now_ns() - start) / CALLS;
        if (best < 0 || took < best)
            best = took;
    }
    return best;
}

/* Each caller has a batch of its own. */
static void *caller_main(void *arg)
{
    cc_sl_batch_t *own = NULL;
    cc_enclave_result_t rc = cc_sl_batch_create(&enclave, &own);

    for (int i = 0; rc == CC_SUCCESS && i < TIMES; i++)
        rc = run(*(const int *)arg, own, 0);
    cc_sl_batch_destroy(own);
    return rc == CC_SUCCESS ? NULL : arg;
}

/* Calls of all of them together in a second, in thousands. */
static double measure_callers(int way, int callers)
{
    pthread_t threads[8];
    double start = now_ns();
    int failed = 0, started = 0;
    void *result;

    while (started < callers && pthread_create(&threads[started], NULL, caller_main, &way) == 0)
        started++;
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], &result);
        failed += result != NULL;
    }
    return failed || started < callers ? -1 : 1e6 * CALLS * TIMES * callers / (now_ns() - start);
}

static int callers_table(void)
{
    int failed = 0;

    printf("%-26s", "1000 calls/s, callers:");
    for (int c = 0; c < CALLERS; c++)
        printf("%10d", CALLERS_AT_ONCE[c]);
    for (int way = 0; way < WAYS; way++) {
        printf("\n%-26s", WAY[way]);
        for (int c = 0; c < CALLERS; c++) {
            double rate = measure_callers(way, CALLERS_AT_ONCE[c]);

            failed += rate < 0;
            printf("%10.0f", rate);
        }
    }
    printf("\n");
    return failed;
}

/* Logarithmic, 10 ns to 1 ms: digits of a logarithm by squaring. */
static double height(double ns)
{
    double log = 0;

    for (; ns >= 10; ns /= 10)
        log++;
    for (double digit = 0.5; log > 0 && digit > 0.001; digit /= 2) {
        ns *= ns;
        if (ns >= 10) {
            ns /= 10;
            log += digit;
        }
    }
    return 350 - 60 * (log < 1 ? 0 : log - 1);
}

static int chart_write(const char *path, double took[WAYS][LENGTHS])
{
    FILE *file = fopen(path, "w");

    if (file == NULL)
        return -1;
    fprintf(file, "<svg xmlns='http://www.w3.org/2000/svg' width='640' height='420' "
                  "font-family='sans-serif' font-size='12'>\n");
    for (double ns = 10; ns <= 1e6; ns *= 10)
        fprintf(file, "<path d='M60 %.0fH600' stroke='#ddd'/><text x='4' y='%.0f'>%g us</text>\n",
                height(ns), height(ns) + 4, ns / 1000);
    for (int l = 0; l < LENGTHS; l++)
        fprintf(file, "<text x='%d' y='372'>%g us</text>\n", 70 + 95 * l, LENGTH_NS[l] / 1000.0);
    fprintf(file, "<text x='230' y='392'>time within the function</text>\n");
    for (int way = 0; way < WAYS; way++) {
        fprintf(file, "<polyline fill='none' stroke='%s' stroke-width='2' points='", COLOUR[way]);
        for (int l = 0; l < LENGTHS; l++)
            fprintf(file, "%d,%.1f ", 80 + 95 * l, height(took[way][l]));
        fprintf(file, "'/><text x='80' y='%d' fill='%s'>%s</text>\n", 30 + 18 * way, COLOUR[way],
                WAY[way]);
    }
    fprintf(file, "</svg>\n");
    return fclose(file);
}

int main(int argc, char **argv)
{
    cc_sl_batch_t *batch;
    cc_sl_config_t config = CC_USWITCHLESS_CONFIG_INITIALIZER;
    enclave_features_t features = {ENCLAVE_FEATURE_SWITCHLESS, &config};
    double took[WAYS][LENGTHS];
    int failed = 0;

    config.workers_policy = WORKERS_POLICY_WAKEUP;
    config.sl_call_pool_size_qwords = 8; /* for 8 callers of 32 calls */
    if (cc_enclave_create(argc > 1 ? argv[1] : "out/enclave.signed.so", AUTO_ENCLAVE_TYPE, 0,
                          SECGEAR_DEBUG_FLAG, &features, 1, &enclave) != CC_SUCCESS ||
        cc_sl_batch_create(&enclave, &batch) != CC_SUCCESS) {
        fprintf(stderr, "%s\n", cc_enclave_error_detail());
        return 1;
    }
    printf("%-26s", "us for each call, within:");
    for (int l = 0; l < LENGTHS; l++)
        printf("%10g", LENGTH_NS[l] / 1000.0);
    for (int way = 0; way < WAYS; way++) {
        printf("\n%-26s", WAY[way]);
        for (int l = 0; l < LENGTHS; l++) {
            took[way][l] = measure(way, batch, LENGTH_NS[l]);
            failed += took[way][l] < 0;
            printf("%10.3f", took[way][l] / 1000);
        }
    }
    printf("\n");
    failed += callers_table();
    if (!failed && argc > 2 && chart_write(argv[2], took) != 0)
        failed = 1;
    if (failed)
        fprintf(stderr, "%s\n", cc_enclave_error_detail());
    cc_sl_batch_destroy(batch);
    cc_enclave_destroy(&enclave);
    return failed ? 1 : 0;
}
