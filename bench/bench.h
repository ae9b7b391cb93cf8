/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bench.h - what the driver and its rows share. A row runs in a process and a session of its own,
 * so that its placement, its device and its kills concern nobody else.
 *
 * Each round measures ours and the floor, at once one after the other; ratios are taken inside a
 * round, so that a machine that is slow for a while slows both. Rows without a floor only have
 * values. docs/performance.md says what each row means.
 *
 * Layer: bench; installed headers only. Threads: one, but for the callers of the death rows.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "enclave.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_ROUNDS_MAX = 256 };

enum bench_summary { BENCH_MEDIAN, BENCH_P99 };

struct bench_row {
    const char *id;
    const char *unit;
    const char *goal;      /* "<=1.15": of the ratio, or of the value without a floor; "" none */
    const char *placement; /* where both sides run */
    enum bench_summary summary;
    unsigned rounds; /* after one that warms up; 15 with a floor, unless a round takes seconds */
    bool (*start)(const struct bench_row *row);
    double (*value)(void); /* negative: could not be measured */
    double (*floor)(void); /* NULL: none */
    void (*stop)(void);
    size_t size; /* of a message, for rows that differ in nothing else */
};

extern const struct bench_row ECALL_ROWS[], TRACED_ROWS[], HANDSHAKE_ROWS[], RECORD_ROWS[],
    FILE_ROWS[], CREATE_ROWS[], MANY_ROWS[], SWITCHLESS_ROWS[], DEATH_ROWS[], KEYS_ROWS[],
    CODEGEN_ROWS[], VERIFY_ROWS[]; /* each ends with id NULL */

/* What run.sh names: the signed image and the policy that accepts it. */
const char *bench_image(void);
const char *bench_policy(void);
const char *bench_program(void); /* this program, to start it again */
const char *bench_floor_program(void);
const char *bench_codegen(void); /* the compiler of the installed tree */
const char *bench_forged(void);  /* folder of what bench/forge wrote */

double now_s(void);               /* monotonic */
bool cpu_pin(void);               /* this process and what it starts: the last CPU it may use */
int cpu_chosen(void);             /* that CPU */
void bench_say(const char *what); /* why a row fails */
/* false, for start(): the row is not applicable here, because what it needs is not there. */
bool bench_absent(const char *what);

/* row_create.c: an enclave of the image; false, having said why. */
bool bench_create(cc_enclave_t *ret_enclave);
bool bench_create_with(const enclave_features_t *features, uint32_t count,
                       cc_enclave_t *ret_enclave);
int bench_enclave_pid(void); /* row_death.c: of the one enclave that there is; -1 */
/* row_create.c: what this program does when it is started again as a fresh host. */
int create_once_main(const char *image);
/* row_traced.c: and as one that makes calls when it is told to. */
int calls_main(const char *image);

#endif
