/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "common/stats.h"
#include <stdbool.h>

/* Digits with an optional sign and point, nothing else: the same result everywhere. */
static bool number_parse(const char *text, size_t size, double *number)
{
    double value = 0, scale = 1;
    bool negative = size > 0 && text[0] == '-', point = false;
    size_t digits = 0;

    for (size_t i = negative ? 1 : 0; i < size; i++) {
        if (text[i] == '.' && !point) {
            point = true;
        } else if (text[i] >= '0' && text[i] <= '9') {
            value = value * 10 + (text[i] - '0');
            scale = point ? scale * 10 : scale;
            digits++;
        } else {
            return false;
        }
    }
    *number = (negative ? -value : value) / scale;
    return digits > 0;
}

static void field_end(struct stats *stats)
{
    struct column *column = &stats->column[stats->at < COLUMNS_MAX ? stats->at : COLUMNS_MAX - 1];
    double number;

    if (number_parse(stats->field, stats->field_size, &number)) {
        column->smallest =
            column->count == 0 || number < column->smallest ? number : column->smallest;
        column->largest = column->count == 0 || number > column->largest ? number : column->largest;
        column->sum += number;
        column->count++;
    } else {
        stats->skipped++;
    }
    if (stats->at < COLUMNS_MAX)
        stats->at++;
    if (stats->at > stats->columns)
        stats->columns = stats->at;
    stats->field_size = 0;
}

static void line_end(struct stats *stats)
{
    if (stats->at == 0 && stats->field_size == 0)
        return; /* an empty line */
    field_end(stats);
    stats->rows++;
    stats->at = 0;
}

void stats_add(struct stats *stats, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n')
            line_end(stats);
        else if (bytes[i] == ',')
            field_end(stats);
        else if (bytes[i] != '\r' && stats->field_size < FIELD_MAX_SIZE)
            stats->field[stats->field_size++] = (char)bytes[i];
    }
}

void stats_finish(struct stats *stats)
{
    line_end(stats);
    stats->field_size = 0;
}
