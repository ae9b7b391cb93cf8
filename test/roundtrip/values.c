/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "values.h"
#include "types_args.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { CANARY_SIZE = 32, CANARY = 0xc5, FAILURES_SHOWN = 12, DEEP_TEXT_SIZE = 10 };

/* Which way the bytes go: each has its own, so that an echo can not pass for an answer. */
enum phase { PHASE_THERE, PHASE_BACK };

uint32_t rt_round, rt_failed, rt_called;

void rt_fail(struct spot spot, const char *what, uint64_t expected, uint64_t found)
{
    if (rt_failed++ < FAILURES_SHOWN)
        fprintf(stderr, "round %u, function %u, parameter %u: %s, expected %llu, found %llu\n",
                rt_round, spot.function, spot.param, what, (unsigned long long)expected,
                (unsigned long long)found);
}

static uint64_t scramble(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t rt_mix(struct spot spot, uint64_t what)
{
    return scramble(
        scramble(scramble(((uint64_t)spot.function << 32 | spot.param) + 1) + rt_round) + what);
}

static bool present(struct spot spot)
{
    if (rt_round == ROUND_NULL)
        return false;
    return rt_round < ROUND_MIXED || rt_mix(spot, 3) % 8 != 0;
}

uint64_t rt_amount(struct spot spot, uint64_t limit, uint64_t step)
{
    uint64_t most = rt_round == ROUND_LARGE ? 1500 : 40, value;

    if (rt_round == ROUND_ZERO)
        return 0;
    if (step > 0)
        most = most / step * step < step ? step : most;
    most = most < limit ? most : limit;
    value = rt_round == ROUND_LARGE ? most : rt_mix(spot, 4) % (most + 1);
    if (rt_round == ROUND_PLAIN && value == 0)
        value = most;
    return step > 0 ? value / step * step : value;
}

uint64_t rt_number(struct spot spot)
{
    return present(spot) ? rt_mix(spot, 5) : 0;
}

void rt_number_check(const volatile void *pointer, struct spot spot)
{
    if ((uint64_t)(uintptr_t)pointer != rt_number(spot))
        rt_fail(spot, "a number passed as a pointer", rt_number(spot),
                (uint64_t)(uintptr_t)pointer);
}

/* -------------------------------------------------------------------------------- one element */

static uint64_t element_key(struct spot spot, enum phase phase, size_t index)
{
    return rt_mix(spot, 1000 + 2 * (uint64_t)index + (uint64_t)phase);
}

static void raw_set(void *data, size_t size, uint64_t key)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)data)[i] = (uint8_t)(scramble(key + i / 8) >> i % 8 * 8);
}

static void gap_set(struct gap *g, uint64_t key)
{
    g->small = (uint8_t)key;
    g->large = key * 3;
}

static bool gap_same(const struct gap *g, uint64_t key)
{
    return g->small == (uint8_t)key && g->large == key * 3;
}

static void nest_set(struct nest *n, uint64_t key)
{
    gap_set(&n->each[0], key);
    gap_set(&n->each[1], key + 1);
    n->tail = (uint16_t)key;
    n->at = (struct point){(int32_t)key, (int32_t)(key >> 32)};
}

static bool nest_same(const struct nest *n, uint64_t key)
{
    return gap_same(&n->each[0], key) && gap_same(&n->each[1], key + 1) &&
           n->tail == (uint16_t)key && n->at.x == (int32_t)key && n->at.y == (int32_t)(key >> 32);
}

/* Sets everything but pointers, which each side fills with an address of its own. */
static void element_set(void *element, size_t size, enum form form, uint64_t key)
{
    switch (form) {
    case FORM_BOOL:
        *(bool *)element = key & 1;
        break;
    case FORM_FLOAT:
        *(float *)element = (float)(key % 1000) / 8;
        break;
    case FORM_DOUBLE:
        *(double *)element = (double)(key % 100000) / 64;
        break;
    case FORM_LONG_DOUBLE:
        *(long double *)element = (long double)(key % 100000) / 64;
        break;
    case FORM_ENUM:
        *(enum color *)element = key % 3 == 0 ? RED : key % 3 == 1 ? GREEN : BLUE;
        break;
    case FORM_POINT:
        *(struct point *)element = (struct point){(int32_t)key, (int32_t)(key >> 32)};
        break;
    case FORM_GAP:
        gap_set(element, key);
        break;
    case FORM_NEST:
        nest_set(element, key);
        break;
    case FORM_PACKET:
        ((struct packet *)element)->size = key;
        break;
    default:
        raw_set(element, size, key);
    }
}

static bool element_same(const void *element, size_t size, enum form form, uint64_t key)
{
    union {
        uint8_t bytes[64];
        long double aligned;
    } expected;

    switch (form) {
    case FORM_GAP:
        return gap_same(element, key);
    case FORM_NEST:
        return nest_same(element, key);
    case FORM_PACKET:
        return ((const struct packet *)element)->size == key;
    case FORM_LONG_DOUBLE:
        return *(const long double *)element == (long double)(key % 100000) / 64;
    default:
        element_set(expected.bytes, size, form, key);
        return memcmp(element, expected.bytes, size) == 0;
    }
}

static size_t element_size(enum form form)
{
    static const size_t SIZES[] = {
        [FORM_RAW] = 1,
        [FORM_BOOL] = sizeof(bool),
        [FORM_FLOAT] = sizeof(float),
        [FORM_DOUBLE] = sizeof(double),
        [FORM_LONG_DOUBLE] = sizeof(long double),
        [FORM_ENUM] = sizeof(enum color),
        [FORM_POINT] = sizeof(struct point),
        [FORM_GAP] = sizeof(struct gap),
        [FORM_NEST] = sizeof(struct nest),
        [FORM_PACKET] = sizeof(struct packet),
        [FORM_STRING] = sizeof(char),
        [FORM_WSTRING] = sizeof(wchar_t),
        [FORM_DEEP] = sizeof(struct deep),
        [FORM_DEEP2] = sizeof(struct deep2),
        [FORM_TREE] = sizeof(struct tree),
    };

    return SIZES[form];
}

/* ----------------------------------------------------------------- pointers that do not travel */

static char own_address; /* something to point to */

static void loose_set(void *element, enum form form)
{
    if (form == FORM_PACKET) {
        ((struct packet *)element)->data = (uint8_t *)&own_address;
        ((struct packet *)element)->at = (struct point *)(void *)&own_address;
    }
}

static bool loose_is(const void *element, enum form form, const void *address)
{
    const struct packet *p = element;

    return form != FORM_PACKET ||
           ((const void *)p->data == address && (const void *)p->at == address);
}

static bool is_deep(enum form form)
{
    return form == FORM_DEEP || form == FORM_DEEP2 || form == FORM_TREE;
}

/* ------------------------------------------------------------------------ structs with members */

struct member {
    void **place;
    size_t size;
    enum form form;
};

enum { MEMBERS_MAX = 5 };

static size_t members_of(void *element, enum form form, struct member *members)
{
    struct deep *d = element;
    struct deep2 *e = element;
    struct tree *t = element;

    if (form == FORM_TREE) {
        members[0] = (struct member){(void **)&t->branches, t->n * sizeof(struct deep), FORM_DEEP};
        members[1] =
            (struct member){(void **)&t->roots, (size_t)t->m * sizeof(struct deep2), FORM_DEEP2};
        return 2 + members_of(&t->trunk, FORM_DEEP, members + 2);
    }
    if (form == FORM_DEEP) {
        members[0] = (struct member){(void **)&d->bytes, d->len, FORM_RAW};
        members[1] = (struct member){(void **)&d->numbers, 3 * sizeof(int32_t), FORM_RAW};
        return 2;
    }
    members[0] = (struct member){&e->block, (size_t)e->unit * (size_t)e->many, FORM_RAW};
    members[1] = (struct member){(void **)&e->text, DEEP_TEXT_SIZE, FORM_RAW};
    members[2] = (struct member){(void **)&e->gaps, e->k * sizeof(struct gap), FORM_GAP};
    return 3;
}

static void bytes_set(void *data, size_t size, enum form form, struct spot spot, enum phase phase);
static void bytes_check(const void *data, size_t size, enum form form, struct spot spot,
                        enum phase phase);

static struct spot member_spot(struct spot spot, size_t element, size_t member)
{
    return (struct spot){spot.function,
                         spot.param + 1000 + (uint32_t)(element * MEMBERS_MAX + member)};
}

/* What stands in the element itself; sizes of members do not change on the way back. */
static void deep_scalars(void *element, enum form form, struct spot spot)
{
    struct deep *d = element;
    struct deep2 *e = element;
    struct tree *t = element;

    if (form == FORM_TREE) {
        t->n = (uint16_t)rt_amount(spot, 3, 0);
        t->m = (enum color)rt_amount((struct spot){spot.function, spot.param + 1}, 2, 0);
        t->height = 0.5;
        deep_scalars(&t->trunk, FORM_DEEP, (struct spot){spot.function, spot.param + 2});
        return;
    }
    if (form == FORM_DEEP) {
        d->len = (uint32_t)rt_amount(spot, 600, 0);
        d->loose = &own_address;
        return;
    }
    e->unit = (int)rt_amount(spot, 30, 0);
    e->many = (int64_t)rt_amount((struct spot){spot.function, spot.param + 1}, 30, 0);
    e->k = (uint8_t)rt_amount((struct spot){spot.function, spot.param + 2}, 9, 0);
    e->inner = (struct packet){(uint8_t *)&own_address, rt_mix(spot, 6),
                               (struct point *)(void *)&own_address};
}

static void deep_make(void *data, size_t size, enum form form, struct spot spot)
{
    struct member members[MEMBERS_MAX];
    size_t each = element_size(form);

    memset(data, 0, size);
    for (size_t i = 0; i < size / each; i++) {
        void *element = (uint8_t *)data + i * each;

        deep_scalars(element, form, member_spot(spot, i, MEMBERS_MAX - 1));
        for (size_t m = 0, n = members_of(element, form, members); m < n; m++) {
            struct spot at = member_spot(spot, i, m);

            if (!present(at))
                continue;
            *members[m].place = malloc(members[m].size > 0 ? members[m].size : 1);
            bytes_set(*members[m].place, members[m].size, members[m].form, at, PHASE_THERE);
        }
    }
}

/* Pointers without a size: NULL in the callee, the caller's own afterwards. */
static const void *loose_expected; /* on this side, at this moment */

static void deep_loose_check(const void *data, size_t size, enum form form, struct spot spot)
{
    const struct deep *d = data;
    const struct deep2 *e = data;

    for (size_t i = 0; form == FORM_TREE && i < size / sizeof(struct tree); i++)
        if ((const void *)((const struct tree *)data)[i].trunk.loose != loose_expected)
            rt_fail(spot, "a pointer that does not travel", (uintptr_t)loose_expected, 2);
    for (size_t i = 0; form != FORM_TREE && i < size / element_size(form); i++)
        if (form == FORM_DEEP ? (const void *)d[i].loose != loose_expected
                              : !loose_is(&e[i].inner, FORM_PACKET, loose_expected))
            rt_fail(spot, "a pointer that does not travel", (uintptr_t)loose_expected, 1);
}

/* On both sides: the scalars, which members are there, and what is in them. */
static void deep_check(void *data, size_t size, enum form form, struct spot spot, enum phase phase)
{
    struct member members[MEMBERS_MAX], wanted[MEMBERS_MAX];
    size_t each = element_size(form);

    deep_loose_check(data, size, form, spot);
    for (size_t i = 0; i < size / each; i++) {
        void *element = (uint8_t *)data + i * each;
        union {
            struct deep d;
            struct deep2 e;
            struct tree t;
        } expected;

        memset(&expected, 0, sizeof expected);
        deep_scalars(&expected, form, member_spot(spot, i, MEMBERS_MAX - 1));
        if (form == FORM_DEEP2 && ((struct deep2 *)element)->inner.size != expected.e.inner.size)
            rt_fail(spot, "a member by value", expected.e.inner.size,
                    ((struct deep2 *)element)->inner.size);
        members_of(&expected, form, wanted);
        for (size_t m = 0, n = members_of(element, form, members); m < n; m++) {
            struct spot at = member_spot(spot, i, m);

            if (members[m].size != wanted[m].size)
                rt_fail(at, "a member's size", wanted[m].size, members[m].size);
            else if ((*members[m].place != NULL) != present(at))
                rt_fail(at, "a member", present(at), *members[m].place != NULL);
            else if (present(at))
                bytes_check(*members[m].place, members[m].size, members[m].form, at, phase);
        }
    }
}

/* The callee writes into members and points the loose ones at itself. */
static void deep_answer(void *data, size_t size, enum form form, struct spot spot)
{
    struct member members[MEMBERS_MAX];
    size_t each = element_size(form);

    for (size_t i = 0; i < size / each; i++) {
        void *element = (uint8_t *)data + i * each;

        if (form == FORM_DEEP)
            ((struct deep *)element)->loose = &own_address;
        else if (form == FORM_TREE)
            ((struct tree *)element)->trunk.loose = &own_address;
        else
            loose_set(&((struct deep2 *)element)->inner, FORM_PACKET);
        for (size_t m = 0, n = members_of(element, form, members); m < n; m++)
            if (*members[m].place != NULL)
                bytes_set(*members[m].place, members[m].size, members[m].form,
                          member_spot(spot, i, m), PHASE_BACK);
    }
}

static void deep_free(void *data, size_t size, enum form form)
{
    struct member members[MEMBERS_MAX];
    size_t each = element_size(form);

    for (size_t i = 0; i < size / each; i++)
        for (size_t m = 0, n = members_of((uint8_t *)data + i * each, form, members); m < n; m++) {
            if (*members[m].place != NULL && is_deep(members[m].form))
                deep_free(*members[m].place, members[m].size, members[m].form);
            free(*members[m].place);
        }
}

/* ------------------------------------------------------------------------------------- buffers */

static void text_set(void *data, size_t size, enum form form, struct spot spot, enum phase phase)
{
    size_t each = element_size(form), count = size / each;

    for (size_t i = 0; i < count; i++) {
        uint64_t key = element_key(spot, phase, i);

        if (form == FORM_STRING)
            ((char *)data)[i] = (char)(i + 1 < count ? key % 255 + 1 : 0);
        else
            ((wchar_t *)data)[i] = i + 1 < count ? (wchar_t)(key % 0x10fffe + 1) : 0;
    }
}

static void bytes_set(void *data, size_t size, enum form form, struct spot spot, enum phase phase)
{
    size_t each = element_size(form);

    if (is_deep(form) && phase == PHASE_THERE)
        deep_make(data, size, form, spot);
    else if (is_deep(form))
        deep_answer(data, size, form, spot);
    else if (form == FORM_RAW)
        raw_set(data, size, element_key(spot, phase, 0));
    else if (form == FORM_STRING || form == FORM_WSTRING)
        text_set(data, size, form, spot, phase);
    else
        for (size_t i = 0; i < size / each; i++) {
            element_set((uint8_t *)data + i * each, each, form, element_key(spot, phase, i));
            loose_set((uint8_t *)data + i * each, form);
        }
}

static void bytes_check(const void *data, size_t size, enum form form, struct spot spot,
                        enum phase phase)
{
    size_t each = element_size(form);
    uint8_t *expected;

    if (is_deep(form)) {
        deep_check((void *)(uintptr_t)data, size, form, spot, phase);
        return;
    }
    if (form == FORM_RAW || form == FORM_STRING || form == FORM_WSTRING) {
        expected = malloc(size + 1);
        bytes_set(expected, size, form, spot, phase);
        for (size_t i = 0; i < size; i++)
            if (expected[i] != ((const uint8_t *)data)[i]) {
                rt_fail(spot, "a byte", expected[i], ((const uint8_t *)data)[i]);
                break;
            }
        free(expected);
        return;
    }
    for (size_t i = 0; i < size / each; i++)
        if (!element_same((const uint8_t *)data + i * each, each, form,
                          element_key(spot, phase, i))) {
            rt_fail(spot, "an element", i, phase);
            break;
        }
}

static void loose_check(const void *data, size_t size, enum form form, struct spot spot,
                        const void *address)
{
    for (size_t i = 0; form == FORM_PACKET && i < size / element_size(form); i++)
        if (!loose_is((const struct packet *)data + i, form, address))
            rt_fail(spot, "a pointer that does not travel", (uintptr_t)address, i);
}

static size_t text_size(struct spot spot, enum form form)
{
    return (rt_amount(spot, 1000, 0) + 1) * element_size(form);
}

/* ------------------------------------------------------------------------------ what both use */

void rt_value_make(void *value, size_t size, enum form form, struct spot spot)
{
    memset(value, 0, size);
    element_set(value, size, form, element_key(spot, PHASE_THERE, 0));
    loose_set(value, form);
}

void rt_value_check(const void *value, size_t size, enum form form, struct spot spot)
{
    if (!element_same(value, size, form, element_key(spot, PHASE_THERE, 0)))
        rt_fail(spot, "a value", element_key(spot, PHASE_THERE, 0), *(const uint8_t *)value);
    if (!loose_is(value, form, NULL))
        rt_fail(spot, "an address of the other side", 0, 1);
}

void rt_arg_make(struct arg *arg, size_t size)
{
    bool is_text = arg->form == FORM_STRING || arg->form == FORM_WSTRING;

    arg->size = is_text ? text_size(arg->spot, arg->form) : size;
    arg->data = NULL;
    if (!present(arg->spot))
        return;
    arg->data = malloc(arg->size + CANARY_SIZE);
    if (arg->data == NULL)
        abort();
    memset(arg->data, CANARY, arg->size + CANARY_SIZE);
    if (is_deep(arg->form))
        deep_make(arg->data, arg->size, arg->form, arg->spot);
    else if (arg->way & WAY_IN)
        bytes_set(arg->data, arg->size, arg->form, arg->spot, PHASE_THERE);
}

static void arg_contents_check(struct arg *arg)
{
    enum phase phase = arg->way & WAY_OUT ? PHASE_BACK : PHASE_THERE;

    if (is_deep(arg->form)) {
        loose_expected = &own_address;
        deep_check(arg->data, arg->size, arg->form, arg->spot, phase);
        return;
    }
    bytes_check(arg->data, arg->size, arg->form, arg->spot, phase);
    loose_check(arg->data, arg->size, arg->form, arg->spot,
                arg->way & WAY_IN ? &own_address : NULL);
}

void rt_arg_check(struct arg *arg)
{
    const uint8_t *behind = (const uint8_t *)arg->data + arg->size;

    if (arg->data == NULL)
        return;
    arg_contents_check(arg);
    for (size_t i = 0; i < CANARY_SIZE; i++)
        if (behind[i] != CANARY)
            rt_fail(arg->spot, "a byte behind the buffer", CANARY, behind[i]);
}

void rt_arg_drop(struct arg *arg)
{
    if (arg->data != NULL && is_deep(arg->form))
        deep_free(arg->data, arg->size, arg->form);
    free(arg->data);
    arg->data = NULL;
}

void rt_arrived(void *data, struct arg expected)
{
    struct spot spot = expected.spot;
    size_t size = expected.size;

    if (expected.form == FORM_STRING || expected.form == FORM_WSTRING)
        size = text_size(spot, expected.form);
    if ((data != NULL) != present(spot)) {
        rt_fail(spot, "whether there is a buffer", present(spot), data != NULL);
        return;
    }
    if (data == NULL)
        return;
    if (is_deep(expected.form)) {
        loose_expected = NULL;
        deep_check(data, size, expected.form, spot, PHASE_THERE);
        if (expected.way & WAY_OUT)
            deep_answer(data, size, expected.form, spot);
        return;
    }
    if (expected.way & WAY_IN) {
        bytes_check(data, size, expected.form, spot, PHASE_THERE);
        loose_check(data, size, expected.form, spot, NULL);
    } else {
        for (size_t i = 0; i < size; i++)
            if (((const uint8_t *)data)[i] != 0) {
                rt_fail(spot, "a byte of an [out] buffer", 0, ((const uint8_t *)data)[i]);
                break;
            }
    }
    if (expected.way & WAY_OUT)
        bytes_set(data, size, expected.form, spot, PHASE_BACK);
}
