/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * stats.h - count, sum, smallest and largest number of each column of a CSV file that comes in
 * pieces. A first line that is no number is a header. The same code runs in the enclave and in the
 * client, which checks one against the other.
 */
#ifndef SAMPLE_STATS_H
#define SAMPLE_STATS_H

#include <stddef.h>
#include <stdint.h>

enum { COLUMNS_MAX = 32, FIELD_MAX_SIZE = 64 };

struct column {
    uint64_t count;
    double sum;
    double smallest;
    double largest;
};

struct stats {
    uint64_t rows;
    uint64_t skipped; /* fields that are no number */
    uint32_t columns;
    uint32_t at; /* the column that the next field belongs to */
    uint32_t field_size;
    uint32_t padding;
    char field[FIELD_MAX_SIZE];
    struct column column[COLUMNS_MAX];
};

void stats_add(struct stats *stats, const uint8_t *bytes, size_t size);
void stats_finish(struct stats *stats); /* a last line without its end */

#endif
