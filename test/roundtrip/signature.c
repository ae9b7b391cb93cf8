/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "signature.h"
#include <stddef.h>
#include <string.h>

const struct type_row TYPES[] = {
    {"char", "FORM_RAW", "FORM_RAW", 1, false},
    {"unsigned char", "FORM_RAW", "FORM_RAW", 1, false},
    {"short", "FORM_RAW", "FORM_RAW", 2, false},
    {"unsigned short", "FORM_RAW", "FORM_RAW", 2, false},
    {"int", "FORM_RAW", "FORM_RAW", 4, false},
    {"unsigned", "FORM_RAW", "FORM_RAW", 4, false},
    {"unsigned int", "FORM_RAW", "FORM_RAW", 4, false},
    {"long", "FORM_RAW", "FORM_RAW", 8, false},
    {"unsigned long", "FORM_RAW", "FORM_RAW", 8, false},
    {"long long", "FORM_RAW", "FORM_RAW", 8, false},
    {"unsigned long long", "FORM_RAW", "FORM_RAW", 8, false},
    {"int8_t", "FORM_RAW", "FORM_RAW", 1, false},
    {"int16_t", "FORM_RAW", "FORM_RAW", 2, false},
    {"int32_t", "FORM_RAW", "FORM_RAW", 4, false},
    {"int64_t", "FORM_RAW", "FORM_RAW", 8, false},
    {"uint8_t", "FORM_RAW", "FORM_RAW", 1, false},
    {"uint16_t", "FORM_RAW", "FORM_RAW", 2, false},
    {"uint32_t", "FORM_RAW", "FORM_RAW", 4, false},
    {"uint64_t", "FORM_RAW", "FORM_RAW", 8, false},
    {"size_t", "FORM_RAW", "FORM_RAW", 8, false},
    {"wchar_t", "FORM_RAW", "FORM_RAW", 4, false},
    {"float", "FORM_FLOAT", "FORM_RAW", 4, false},
    {"double", "FORM_DOUBLE", "FORM_RAW", 8, false},
    {"long double", "FORM_LONG_DOUBLE", "FORM_LONG_DOUBLE", sizeof(long double), true},
    {"bool", "FORM_BOOL", "FORM_BOOL", 1, true},
    {"enum color", "FORM_ENUM", "FORM_RAW", 4, false},
    {"struct point", "FORM_POINT", "FORM_POINT", 8, true},
    {"struct gap", "FORM_GAP", "FORM_GAP", 16, true},
    {"struct nest", "FORM_NEST", "FORM_NEST", 48, true},
    {"struct packet", "FORM_PACKET", "FORM_PACKET", 24, true},
    {"union mixed", "FORM_RAW", "FORM_RAW", 8, false},
    {"word_t", "FORM_RAW", "FORM_RAW", 4, false},
};
_Static_assert(sizeof TYPES / sizeof TYPES[0] == TYPE_COUNT, "TYPE_COUNT");

static const struct amount_row AMOUNTS[] = {
    {"int", 100000},     {"unsigned", 100000}, {"size_t", 100000},     {"int64_t", 100000},
    {"long", 100000},    {"uint32_t", 100000}, {"long long", 100000},  {"uint64_t", 100000},
    {"uint16_t", 65535}, {"int16_t", 32767},   {"wchar_t", 100000},    {"uint8_t", 255},
    {"char", 127},       {"bool", 1},          {"enum color", 100000},
};
enum {
    AMOUNT_COUNT = sizeof AMOUNTS / sizeof AMOUNTS[0],
    AMOUNTS_WIDE = 8,
    PRODUCT_MAX = 60,
    MANY_DEEP = 12
};

static unsigned pick(uint64_t *state, unsigned below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (unsigned)(*state * UINT64_C(0x2545f4914f6cdd1d) >> 33) % below;
}

static bool chance(uint64_t *state, unsigned percent)
{
    return pick(state, 100) < percent;
}

static int random_type(uint64_t *state)
{
    return (int)pick(state, TYPE_COUNT);
}

static uint32_t random_way(uint64_t *state)
{
    static const uint32_t WAYS[] = {BIT(IN), BIT(OUT), BIT(IN) | BIT(OUT)};

    return WAYS[pick(state, 3)];
}

static struct param *param_add(struct signature *s, enum param_kind kind)
{
    struct param *p = &s->params[s->count++];

    *p = (struct param){.kind = kind, .type = TYPE_VOID};
    return p;
}

static void value_add(struct signature *s, uint64_t *state)
{
    struct param *p = param_add(s, PARAM_VALUE);

    p->type = random_type(state);
    p->attributes = BIT(VALUE);
}

/* Bytes that whole elements come in; 1 where any number of bytes will do. */
static unsigned unit_of(const struct param *p)
{
    if (p->type <= TYPE_DEEP)
        return 0; /* only counted */
    return p->type >= 0 && TYPES[p->type].whole ? TYPES[p->type].size : 1;
}

/* A parameter that the amount can name: one that is there and fits, or a new one. */
static int amount_param(struct signature *s, uint64_t *state, unsigned step, unsigned limit)
{
    const struct amount_row *row =
        &AMOUNTS[pick(state, step > 1 ? (unsigned)AMOUNTS_WIDE : (unsigned)AMOUNT_COUNT)];
    struct param *p;

    if (chance(state, 40))
        for (int i = 0; i < s->count; i++)
            if (s->params[i].kind == PARAM_AMOUNT && s->params[i].limit <= limit &&
                (step <= 1 || (s->params[i].step > 0 && s->params[i].step % step == 0)))
                return i;
    if (s->count == SIGNATURE_PARAMS_MAX)
        return NO_PARAM;
    p = param_add(s, PARAM_AMOUNT);
    p->text = row->text;
    p->limit = row->limit < limit ? row->limit : limit;
    p->step = step > 1 ? step : 0;
    p->attributes = BIT(VALUE);
    return s->count - 1;
}

static void amount_set(struct signature *s, struct param *p, struct sized *amount, uint64_t *state,
                       unsigned step)
{
    bool both = (p->attributes & BIT(SIZE)) && (p->attributes & BIT(COUNT));
    unsigned limit = both ? (step > 1 ? step * 2 : PRODUCT_MAX) : 100000;

    amount->kind = SIZED_PARAM;
    amount->param = chance(state, 70) ? amount_param(s, state, step, limit) : NO_PARAM;
    if (amount->param != NO_PARAM)
        return;
    amount->kind = SIZED_NUMBER;
    amount->number = step > 1 ? step * (pick(state, 3) + 1) : pick(state, 40) + 1;
}

/* size=, count=, both or neither, as the type allows. */
static void amounts_add(struct signature *s, struct param *p, uint64_t *state)
{
    unsigned unit = unit_of(p);
    bool can_size = unit > 0, is_void = p->type == TYPE_VOID && p->text == NULL;

    if (can_size && (is_void || chance(state, 45)))
        p->attributes |= BIT(SIZE);
    if (chance(state, 50))
        p->attributes |= BIT(COUNT);
    if (p->attributes & BIT(SIZE))
        amount_set(s, p, &p->size, state, unit);
    if (p->attributes & BIT(COUNT))
        amount_set(s, p, &p->count, state, 1);
}

static void pointer_add(struct signature *s, uint64_t *state)
{
    struct param *p = param_add(s, PARAM_BUFFER);

    p->attributes = random_way(state);
    p->type = chance(state, 15) ? TYPE_VOID : random_type(state);
    p->stars = 1;
    if (p->attributes == BIT(IN) && chance(state, 50))
        p->attributes |= BIT(CONST);
    amounts_add(s, p, state);
}

static void deep_add(struct signature *s, uint64_t *state)
{
    struct param *p = param_add(s, PARAM_BUFFER);

    p->attributes = BIT(DEEP) | (chance(state, 50) ? BIT(IN) : BIT(IN) | BIT(OUT));
    p->type = TYPE_DEEP - (int)pick(state, 3);
    if (chance(state, 30)) {
        p->attributes |= BIT(ARRAY);
        p->dims[p->dim_count++] = pick(state, 3) + 1;
        return;
    }
    p->stars = 1;
    if (p->attributes == (BIT(DEEP) | BIT(IN)) && chance(state, 30))
        p->attributes |= BIT(CONST);
    if (chance(state, 60)) {
        p->attributes |= BIT(COUNT);
        amount_set(s, p, &p->count, state, 1);
        if (p->count.kind == SIZED_PARAM && s->params[p->count.param].limit > MANY_DEEP)
            s->params[p->count.param].limit = MANY_DEEP;
    } else if (chance(state, 50)) {
        p->attributes |= BIT(SIZE);
        amount_set(s, p, &p->size, state,
                   p->type == TYPE_DEEP    ? DEEP_SIZE
                   : p->type == TYPE_DEEP2 ? DEEP2_SIZE
                                           : TREE_SIZE);
        if (p->size.kind == SIZED_PARAM && s->params[p->size.param].limit > MANY_DEEP * TREE_SIZE)
            s->params[p->size.param].limit = MANY_DEEP * TREE_SIZE;
    }
}

static void text_add(struct signature *s, uint64_t *state)
{
    bool wide = chance(state, 50), foreign = chance(state, 30);
    struct param *p = param_add(s, PARAM_BUFFER);

    p->attributes = wide ? BIT(WSTRING) : BIT(STRING);
    p->attributes |= chance(state, 50) ? BIT(IN) : BIT(IN) | BIT(OUT);
    p->form = wide ? "FORM_WSTRING" : "FORM_STRING";
    p->text = wide ? "wchar_t" : "char";
    p->pointee = p->text;
    if (!foreign) {
        p->stars = 1;
        if (!(p->attributes & BIT(OUT)) && chance(state, 50))
            p->attributes |= BIT(CONST);
        return;
    }
    p->attributes |= BIT(ISPTR);
    p->text = wide ? "wide_ptr" : "text_ptr";
    if (!(p->attributes & BIT(OUT)) && chance(state, 50)) {
        p->attributes |= BIT(READONLY);
        p->text = wide ? "const_wide_ptr" : "const_text_ptr";
    }
}

static void array_add(struct signature *s, uint64_t *state)
{
    struct param *p = param_add(s, PARAM_BUFFER);

    p->attributes = BIT(ARRAY) | random_way(state);
    p->type = random_type(state);
    p->dim_count = pick(state, SIGNATURE_DIMS_MAX) + 1;
    for (unsigned i = 0; i < p->dim_count; i++)
        p->dims[i] = pick(state, 4) + 1;
}

static void foreign_add(struct signature *s, uint64_t *state)
{
    struct param *p = param_add(s, PARAM_BUFFER);

    p->attributes = random_way(state);
    p->pointee = "int32_t";
    p->form = "FORM_RAW";
    if (chance(state, 50)) {
        p->attributes |= BIT(ISARY);
        p->text = "four";
        return;
    }
    p->attributes |= BIT(ISPTR);
    p->text = "int_ptr";
    if (p->attributes == (BIT(ISPTR) | BIT(IN)) && chance(state, 60)) {
        p->attributes |= BIT(READONLY);
        p->text = "const_int_ptr";
    }
    amounts_add(s, p, state);
}

/* user_check: a number, whatever the type says. */
static void number_add(struct signature *s, uint64_t *state)
{
    struct param *p = param_add(s, PARAM_NUMBER);

    p->attributes = BIT(USER_CHECK);
    p->type = chance(state, 30) ? TYPE_VOID : random_type(state);
    switch (pick(state, 5)) {
    case 0:
        p->attributes |= BIT(ARRAY);
        p->type = random_type(state);
        p->dims[p->dim_count++] = 3;
        break;
    case 1:
        p->attributes |= BIT(ISPTR);
        p->text = "int_ptr";
        p->pointee = "int32_t";
        if (chance(state, 50)) {
            p->attributes |= BIT(READONLY);
            p->text = "const_int_ptr";
        }
        break;
    case 2:
        p->stars = 2;
        break;
    case 3:
        p->attributes |= BIT(CONST);
        p->stars = 1;
        break;
    default:
        p->stars = 1;
    }
}

static void param_make(struct signature *s, uint64_t *state)
{
    unsigned kind = pick(state, 100);

    if (kind < 18)
        value_add(s, state);
    else if (kind < 50)
        pointer_add(s, state);
    else if (kind < 62)
        text_add(s, state);
    else if (kind < 73)
        array_add(s, state);
    else if (kind < 84)
        foreign_add(s, state);
    else if (kind < 92)
        number_add(s, state);
    else
        deep_add(s, state);
}

static void ocall_decorate(struct signature *s, uint64_t *state, int last_private)
{
    static const uint32_t CONVENTIONS[] = {0, 0, BIT(CDECL), BIT(STDCALL), BIT(FASTCALL)};

    s->attributes = BIT(OCALL) | CONVENTIONS[pick(state, 5)];
    if (chance(state, 30))
        s->attributes |= BIT(DLLIMPORT);
    if (chance(state, 40))
        s->attributes |= BIT(ERRNO);
    if (chance(state, 30))
        s->attributes |= BIT(THREADS);
    if (last_private != NO_PARAM && chance(state, 40)) {
        s->attributes |= BIT(ALLOW);
        s->allowed = last_private;
    }
}

void signature_make(struct signature *s, unsigned id, uint64_t *state, int last_private)
{
    int wanted;

    memset(s, 0, sizeof *s);
    s->id = id;
    s->allowed = NO_PARAM;
    s->result = TYPE_VOID;
    if (chance(state, 45))
        ocall_decorate(s, state, last_private);
    else
        s->attributes = chance(state, 70) ? BIT(PUBLIC) : BIT(PRIVATE);
    if (chance(state, 65)) {
        s->result = random_type(state);
        s->attributes |= BIT(RETURN);
    }
    wanted = (int)pick(state, SIGNATURE_PARAMS_MAX) + 1;
    while (s->count < wanted)
        param_make(s, state);
}

uint32_t signature_attributes(const struct signature *s)
{
    uint32_t all = s->attributes;

    for (int i = 0; i < s->count; i++)
        all |= s->params[i].attributes;
    return all;
}
