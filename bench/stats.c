/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "stats.h"
#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

double stats_quantile(double *values, size_t count, double q)
{
    double at = q * (double)(count - 1);
    size_t low = (size_t)at;
    size_t high = low + 1 < count ? low + 1 : low;

    qsort(values, count, sizeof *values, compare);
    return values[low] + (values[high] - values[low]) * (at - (double)low);
}

double stats_nearest_rank(double *values, size_t count, double q)
{
    size_t rank = (size_t)ceil(q * (double)count);

    qsort(values, count, sizeof *values, compare);
    return values[rank > 0 ? rank - 1 : 0];
}

bool stats_noisy(double *values, size_t count)
{
    double spread = stats_quantile(values, count, 0.75) - stats_quantile(values, count, 0.25);

    return spread > 0.4 * stats_quantile(values, count, 0.5);
}

bool stats_meets(double value, const char *goal)
{
    if (goal[0] == '\0')
        return true;
    return goal[0] == '<' ? value <= strtod(goal + 2, NULL) : value >= strtod(goal + 2, NULL);
}
