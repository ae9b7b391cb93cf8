/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * stats.h - medians and quartiles of a few dozen numbers. Layer: bench. Threads: no state.
 */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Between the two nearest values, linearly; q from 0 to 1. Sorts in place; count is not 0. */
double stats_quantile(double *values, size_t count, double q);
/* The smallest value that at least a part q of all does not exceed. Sorts in place. */
double stats_nearest_rank(double *values, size_t count, double q);
/* Quartiles differ by more than 40 % of the median: nothing should be concluded from such a floor.
 */
bool stats_noisy(double *values, size_t count);
/* Whether value meets "<=1.15" or ">=2.0"; an empty goal is met. */
bool stats_meets(double value, const char *goal);

#endif
