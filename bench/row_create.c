/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Making an enclave: in a fresh process, which starts its device first; and with a device there. */
#include "bench.h"
#include "enclave.h"
#include "floor/spawn.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CREATES = 8, FLOOR_SPAWNS = 10 };

static cc_enclave_t first;

bool bench_create(cc_enclave_t *ret_enclave)
{
    return bench_create_with(NULL, 0, ret_enclave);
}

bool bench_create_with(const enclave_features_t *features, uint32_t count,
                       cc_enclave_t *ret_enclave)
{
    memset(ret_enclave, 0, sizeof *ret_enclave);
    if (cc_enclave_create(bench_image(), AUTO_ENCLAVE_TYPE, 0, 0, features, count, ret_enclave) ==
        CC_SUCCESS)
        return true;
    bench_say(cc_enclave_error_detail());
    return false;
}

int create_once_main(const char *image)
{
    cc_enclave_t enclave = {0};

    if (cc_enclave_create(image, AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave) != CC_SUCCESS)
        return 1;
    if (write(STDOUT_FILENO, "+", 1) != 1)
        return 1;
    _exit(0); /* the device takes the enclave along */
}

/* From the start of a host program until it has its enclave. */
static double first_value(void)
{
    const char *const argv[] = {bench_program(), "--create-once", bench_image(), NULL};
    double start = now_s(), took = -1;
    int ends[2];
    char done;
    pid_t child;

    if (pipe(ends) != 0)
        return -1;
    child = spawn_program(argv, ends[1]);
    close(ends[1]);
    if (child > 0 && read(ends[0], &done, 1) == 1)
        took = (now_s() - start) * 1e3;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return took;
}

static bool first_start(const struct bench_row *row)
{
    (void)row;
    return true;
}

static bool next_start(const struct bench_row *row)
{
    (void)row;
    return bench_create(&first);
}

static double next_value(void)
{
    cc_enclave_t enclaves[CREATES];
    double start = now_s(), took;
    unsigned count = 0;

    while (count < CREATES && bench_create(&enclaves[count]))
        count++;
    took = now_s() - start;
    for (unsigned i = 0; i < count; i++)
        cc_enclave_destroy(&enclaves[i]);
    return count == CREATES ? took * 1e3 / CREATES : -1;
}

static double cycle_value(void)
{
    double start = now_s();

    for (unsigned i = 0; i < CREATES; i++) {
        cc_enclave_t enclave;

        if (!bench_create(&enclave))
            return -1;
        cc_enclave_destroy(&enclave);
    }
    return (now_s() - start) * 1e3 / CREATES;
}

static double spawn_floor(void)
{
    const char *const argv[] = {bench_floor_program(), NULL};
    double start = now_s();

    for (unsigned i = 0; i < FLOOR_SPAWNS; i++) {
        pid_t child = spawn_program(argv, -1);

        if (child < 0 || waitpid(child, NULL, 0) != child)
            return -1;
    }
    return (now_s() - start) * 1e3 / FLOOR_SPAWNS;
}

static void create_stop(void)
{
    if (first.used_flag)
        cc_enclave_destroy(&first);
}

const struct bench_row CREATE_ROWS[] = {
    {"enclave.create.first", "ms", "", "unpinned", BENCH_MEDIAN, 21, first_start, first_value,
     spawn_floor, create_stop, 0},
    {"enclave.create.next", "ms", "", "unpinned", BENCH_MEDIAN, 21, next_start, next_value,
     spawn_floor, create_stop, 0},
    {"enclave.createdestroy.next", "ms", "<=4.0", "unpinned", BENCH_MEDIAN, 21, next_start,
     cycle_value, spawn_floor, create_stop, 0},
    {.id = NULL},
};
