/* SPDX-License-Identifier: MulanPSL-2.0 */
/* der_time.c - dates of certificates (RFC 5280, 4.1.2.5). Layer: common/wire. Threads: no state. */
#include "wire/der.h"

enum { UTC_YEAR_FIRST = 1950, UTC_YEAR_LAST = 2049, YEAR_EPOCH = 1970, DAY_S = 86400 };

struct civil {
    unsigned year, month, day, hour, minute, second;
};

/* Days since 1970-01-01 of a Gregorian date, counted in years that begin in March. */
static uint64_t days_from_civil(const struct civil *c)
{
    unsigned y = c->month <= 2 ? c->year - 1 : c->year;
    unsigned march_month = (c->month + 9) % 12;
    unsigned day_of_year = (153 * march_month + 2) / 5 + c->day - 1;

    return (uint64_t)y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static bool year_is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const uint8_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return DAYS[month - 1] + (month == 2 && year_is_leap(year) ? 1u : 0u);
}

static struct civil civil_from_seconds(uint64_t seconds)
{
    struct civil c = {.year = YEAR_EPOCH, .month = 1};
    uint64_t days = seconds / DAY_S;
    unsigned rest = (unsigned)(seconds % DAY_S);

    for (; days >= (year_is_leap(c.year) ? 366u : 365u); c.year++)
        days -= year_is_leap(c.year) ? 366u : 365u;
    for (; days >= month_days(c.year, c.month); c.month++)
        days -= month_days(c.year, c.month);
    c.day = (unsigned)days + 1;
    c.hour = rest / 3600;
    c.minute = rest / 60 % 60;
    c.second = rest % 60;
    return c;
}

static unsigned digits_take(struct reader *r, unsigned count)
{
    unsigned value = 0;

    for (; count > 0; count--) {
        uint8_t c = reader_u8(r);

        if (c < '0' || c > '9')
            r->failed = true;
        value = value * 10 + (unsigned)(c - '0');
    }
    return r->failed ? 0 : value;
}

/* RFC 5280, 4.1.2.5: YYMMDDHHMMSSZ through 2049, YYYYMMDDHHMMSSZ after. Before 1970 is refused. */
uint64_t der_take_time(struct reader *r)
{
    bool utc = der_next_is(r, DER_UTC_TIME);
    struct reader t = der_enter(r, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME);
    struct civil c;

    c.year = digits_take(&t, utc ? 2 : 4);
    if (utc)
        c.year += c.year < UTC_YEAR_FIRST % 100 ? 2000 : 1900;
    c.month = digits_take(&t, 2);
    c.day = digits_take(&t, 2);
    c.hour = digits_take(&t, 2);
    c.minute = digits_take(&t, 2);
    c.second = digits_take(&t, 2);
    if (reader_u8(&t) != 'Z')
        r->failed = true;
    der_leave(r, &t);
    if (r->failed || c.year < YEAR_EPOCH || (!utc && c.year <= UTC_YEAR_LAST) || c.month < 1 ||
        c.month > 12 || c.day < 1 || c.day > month_days(c.year, c.month) || c.hour > 23 ||
        c.minute > 59 || c.second > 59) {
        r->failed = true;
        return 0;
    }
    return days_from_civil(&c) * DAY_S + c.hour * 3600 + c.minute * 60 + c.second;
}

static void digits_put(struct writer *w, unsigned value, unsigned count)
{
    uint8_t *place = writer_claim(w, count);

    for (; place != NULL && count > 0; count--, value /= 10)
        place[count - 1] = (uint8_t)('0' + value % 10);
}

void der_put_time(struct writer *w, uint64_t seconds)
{
    struct civil c;
    size_t opened;
    bool utc;

    if (seconds > DER_TIME_MAX_S) {
        w->failed = true;
        return;
    }
    c = civil_from_seconds(seconds);
    utc = c.year <= UTC_YEAR_LAST;
    opened = der_open(w, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME);
    digits_put(w, c.year, utc ? 2 : 4);
    digits_put(w, c.month, 2);
    digits_put(w, c.day, 2);
    digits_put(w, c.hour, 2);
    digits_put(w, c.minute, 2);
    digits_put(w, c.second, 2);
    writer_u8(w, 'Z');
    der_close(w, opened);
}
