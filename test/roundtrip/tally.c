/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "signature.h"
#include <string.h>

enum { EACH_AT_LEAST = 100, PAIR_AT_LEAST = 1 };

#define ATTRIBUTE_TEXT_(name, text) text,
static const char *const NAMES[ATTRIBUTE_COUNT] = {ATTRIBUTES(ATTRIBUTE_TEXT_)};
#undef ATTRIBUTE_TEXT_

/* What one parameter can have at once; every pair that is not here the compiler refuses. */
static const struct {
    enum attribute one;
    uint32_t others;
} TOGETHER[] = {
    {A_IN, BIT(OUT) | BIT(SIZE) | BIT(COUNT) | BIT(STRING) | BIT(WSTRING) | BIT(ISPTR) |
               BIT(ISARY) | BIT(READONLY) | BIT(CONST) | BIT(ARRAY) | BIT(DEEP)},
    {A_OUT, BIT(SIZE) | BIT(COUNT) | BIT(STRING) | BIT(WSTRING) | BIT(ISPTR) | BIT(ISARY) |
                BIT(ARRAY) | BIT(DEEP)},
    {A_SIZE, BIT(COUNT) | BIT(ISPTR) | BIT(READONLY) | BIT(CONST) | BIT(DEEP)},
    {A_COUNT, BIT(ISPTR) | BIT(READONLY) | BIT(CONST) | BIT(DEEP)},
    {A_STRING, BIT(ISPTR) | BIT(READONLY) | BIT(CONST)},
    {A_WSTRING, BIT(ISPTR) | BIT(READONLY) | BIT(CONST)},
    {A_USER_CHECK, BIT(ISPTR) | BIT(READONLY) | BIT(CONST) | BIT(ARRAY)},
    {A_ISPTR, BIT(READONLY)},
    {A_CONST, BIT(DEEP)},
    {A_ARRAY, BIT(DEEP)},
};

static unsigned functions, by_side[2], by_count[SIGNATURE_PARAMS_MAX + 1], each[ATTRIBUTE_COUNT],
    together[ATTRIBUTE_COUNT][ATTRIBUTE_COUNT], within[ATTRIBUTE_COUNT][ATTRIBUTE_COUNT],
    by_type[TYPE_COUNT], results;

static void pairs_add(unsigned pairs[ATTRIBUTE_COUNT][ATTRIBUTE_COUNT], uint32_t attributes)
{
    for (int a = 0; a < ATTRIBUTE_COUNT; a++)
        for (int b = a + 1; b < ATTRIBUTE_COUNT; b++)
            if (attributes >> a & attributes >> b & 1)
                pairs[a][b]++;
}

void tally_add(const struct signature *s)
{
    uint32_t all = signature_attributes(s);

    functions++;
    by_side[s->attributes & BIT(OCALL) ? 1 : 0]++;
    by_count[s->count]++;
    results += s->result != TYPE_VOID;
    pairs_add(within, all);
    for (int a = 0; a < ATTRIBUTE_COUNT; a++)
        each[a] += s->attributes >> a & 1;
    for (int i = 0; i < s->count; i++) {
        pairs_add(together, s->params[i].attributes);
        for (int a = 0; a < ATTRIBUTE_COUNT; a++)
            each[a] += s->params[i].attributes >> a & 1;
        if (s->params[i].type >= 0)
            by_type[s->params[i].type]++;
    }
}

/* Whether one function can have both: an ecall has nothing of an ocall, and one convention only. */
static bool possible(int a, int b)
{
    const uint32_t ecall = BIT(PUBLIC) | BIT(PRIVATE),
                   convention = BIT(CDECL) | BIT(STDCALL) | BIT(FASTCALL);
    const uint32_t ocall =
        BIT(OCALL) | BIT(ALLOW) | BIT(ERRNO) | BIT(THREADS) | BIT(DLLIMPORT) | convention;
    uint32_t both = UINT32_C(1) << a | UINT32_C(1) << b;

    if ((both & ecall) && (both & ocall))
        return false;
    return both != ecall && (both & ~convention) != 0;
}

static unsigned demand(FILE *to, bool demanded, const char *what, const char *with, unsigned found,
                       unsigned least)
{
    if (!demanded || found >= least)
        return 0;
    fprintf(to, "too few: %s%s%s: %u, at least %u\n", what, *with != '\0' ? " with " : "", with,
            found, least);
    return 1;
}

static void counts_print(FILE *to)
{
    fprintf(to, "%u signatures: %u ecalls, %u ocalls, %u with a result\nparameters:", functions,
            by_side[0], by_side[1], results);
    for (int i = 1; i <= SIGNATURE_PARAMS_MAX; i++)
        fprintf(to, " %d: %u", i, by_count[i]);
    fprintf(to, "\nattributes:");
    for (int a = 0; a < ATTRIBUTE_COUNT; a++)
        fprintf(to, " %s: %u", NAMES[a], each[a]);
    fprintf(to, "\ntypes:");
    for (int i = 0; i < TYPE_COUNT; i++)
        fprintf(to, " %s: %u", TYPES[i].text, by_type[i]);
    fprintf(to, "\n");
}

bool tally_print(FILE *to, bool demanded)
{
    unsigned short_of = 0, pairs = 0, least = 0;

    counts_print(to);
    for (int a = 0; a < ATTRIBUTE_COUNT; a++)
        short_of += demand(to, demanded, NAMES[a], "", each[a], EACH_AT_LEAST);
    fprintf(to, "pairs on one parameter:");
    for (size_t i = 0; i < sizeof TOGETHER / sizeof TOGETHER[0]; i++)
        for (int b = 0; b < ATTRIBUTE_COUNT; b++)
            if (TOGETHER[i].others >> b & 1) {
                int low = (int)TOGETHER[i].one < b ? (int)TOGETHER[i].one : b;
                unsigned found = together[low][low == b ? (int)TOGETHER[i].one : b];

                fprintf(to, " %s+%s: %u", NAMES[TOGETHER[i].one], NAMES[b], found);
                short_of +=
                    demand(to, demanded, NAMES[TOGETHER[i].one], NAMES[b], found, PAIR_AT_LEAST);
            }
    for (int a = 0; a < ATTRIBUTE_COUNT; a++)
        for (int b = a + 1; b < ATTRIBUTE_COUNT; b++)
            if (possible(a, b)) {
                pairs++;
                least = pairs == 1 || within[a][b] < least ? within[a][b] : least;
                short_of += demand(to, demanded, NAMES[a], NAMES[b], within[a][b], PAIR_AT_LEAST);
            }
    fprintf(to, "\npairs in one function: %u, the rarest %u times\n", pairs, least);
    return short_of == 0;
}
