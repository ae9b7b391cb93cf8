/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * rules_type.c - the rules of structs, unions and enums, and the order in which C needs them.
 */
#include "rules.h"
#include <string.h>

enum { NESTING_MAX = 100 };

/* Which attributes a member may carry: size and count, on a pointer of a struct. */
static const char *member_error(struct rules *rules, const struct composite *c,
                                const struct field *f)
{
    const struct attributes *a = &f->attributes;
    const char *word = a->isptr      ? "isptr"
                       : a->isary    ? "isary"
                       : a->readonly ? "readonly"
                       : a->string   ? "string"
                       : a->wstring  ? "wstring"
                                     : NULL;
    struct arena *arena = &rules->session->arena;

    if (f->type.kind == TYPE_VOID && f->type.stars == 0)
        return arena_format(arena, "%s member `%s' has `void' type.",
                            c->kind == TYPE_UNION ? "union" : "struct", f->name);
    if (f->type.is_const)
        return "`const' is not allowed for a member";
    if (a->in || a->out || a->user_check)
        return "direction attribute is not allowed for structure member.";
    if (word != NULL)
        return arena_format(arena, "`%s', attribute is not allowed for structure member.", word);
    if (a->given && a->size.kind == AMOUNT_NONE && a->count.kind == AMOUNT_NONE)
        return "size/count attributes must be used";
    if (a->given && c->kind == TYPE_UNION)
        return "size/count attributes are not allowed for union member.";
    if (a->given && f->dim_count > 0)
        return arena_format(arena,
                            "`%s': invalid `%s' attribute - `%s' is explicitly declared array.",
                            c->name, a->size.kind != AMOUNT_NONE ? "size" : "count", f->name);
    if (a->given && f->type.stars == 0)
        return arena_format(arena, "unexpected pointer attributes for `%s'", f->type.text);
    if (a->given && f->type.stars > 1)
        return "a pointer to pointers can not be copied with its structure";
    if (a->given && f->type.kind == TYPE_VOID && a->size.kind == AMOUNT_NONE)
        return arena_format(arena, "`%s': void pointer `%s' - buffer size unknown", c->name,
                            f->name);
    return NULL;
}

/* A pointer in a union can not be taken out of what crosses: it may be a number just then. */
static void union_pointer(struct rules *rules, const struct field *f)
{
    if (rules->mode == MODE_SECGEAR)
        message_error(rules->session, f->place,
                      "`%s' is a pointer in a union, and would show an address to the other side - "
                      "use uint64_t for a number, or a struct",
                      f->name);
    else
        message_warning(rules->session, f->place,
                        "`%s' is a pointer in a union, and shows an address to the other side",
                        f->name);
}

static void member_check(struct rules *rules, const struct composite *c, const struct field *f)
{
    const struct composite *inner = edl_composite(rules->edl, &f->type);
    const char *error = member_error(rules, c, f);

    for (const struct field *g = c->fields; g != f; g = g->next)
        if (strcmp(g->name, f->name) == 0)
            message_error(rules->session, f->place, "two members are called `%s'", f->name);
    rules_tag(rules, &f->type);
    if (f->attributes.broken)
        return;
    if (error != NULL) {
        message_error(rules->session, f->place, "%s", error);
        return;
    }
    if (c->kind == TYPE_UNION && f->type.stars > 0)
        union_pointer(rules, f);
    if (rules_amount(rules, c->fields, "member", &f->attributes.size, "size"))
        rules_amount(rules, c->fields, "member", &f->attributes.count, "count");
    if (inner == NULL || inner->kind != TYPE_STRUCT)
        return;
    if (c->kind == TYPE_UNION && inner->has_pointers && f->type.stars == 0)
        message_error(rules->session, f->place,
                      "\"%s\" has pointers and can not be a member of a union: nobody could say "
                      "whether they are meant",
                      inner->name);
}

static void enum_check(struct rules *rules, struct names *seen, struct composite *c)
{
    for (struct enumerator *e = c->enumerators; e != NULL; e = e->next) {
        if (!names_add(seen, e->name, e))
            message_error(rules->session, e->place, "duplicated enumerator `%s'", e->name);
        if (e->value != NULL && (e->value[0] >= '0' && e->value[0] <= '9') &&
            (strlen(e->value) > 10 ||
             (strlen(e->value) == 10 && strcmp(e->value, "2147483647") > 0)))
            message_error(rules->session, e->place, "enumerator `%s' does not fit an int", e->name);
    }
}

struct order {
    struct composite *first;
    struct composite **end;
    unsigned depth;
};

/* Members by value first, as C needs it; a circle is an error. */
static void composite_visit(struct rules *rules, struct order *order, struct composite *c)
{
    if (c->state != 0)
        return;
    if (order->depth > NESTING_MAX) {
        message_error(rules->session, c->place, "`%s' is nested deeper than %d levels", c->name,
                      NESTING_MAX);
        return;
    }
    c->state = 1;
    order->depth++;
    for (struct field *f = c->fields; f != NULL; f = f->next) {
        struct composite *inner = edl_composite(rules->edl, &f->type);

        bool by_value = inner != NULL && inner->kind == TYPE_STRUCT && f->type.stars == 0;

        if (inner == NULL)
            ;
        else if (f->type.stars == 0 && inner->state == 1)
            message_error(rules->session, f->place, "`%s' contains itself", inner->name);
        else if (f->attributes.given && inner->state == 1)
            message_error(rules->session, f->place,
                          "`%s' leads back to \"%s\": a deep copy can not follow a chain of "
                          "unknown length - pass an array",
                          f->name, inner->name);
        else if (f->type.stars == 0 || f->attributes.given || f->type.kind == TYPE_FOREIGN)
            composite_visit(rules, order, inner);
        if (c->kind != TYPE_STRUCT)
            continue;
        c->deep = c->deep || f->attributes.given || (by_value && inner->deep);
        c->has_bools = c->has_bools || (f->type.stars == 0 && type_is_bool(&f->type)) ||
                       (by_value && inner->has_bools);
        c->has_pointers = c->has_pointers || f->type.stars > 0 || (by_value && inner->has_pointers);
    }
    order->depth--;
    c->state = 2;
    for (const struct field *f = c->fields; f != NULL; f = f->next)
        member_check(rules, c, f);
    *order->end = c;
    order->end = &c->next;
}

void rules_composites(struct rules *rules)
{
    struct order order = {.end = &order.first};
    struct names enumerators = {0};
    struct composite *next;
    size_t count = 0, at = 0;
    struct composite **all;

    for (struct composite *c = rules->edl->composites; c != NULL; c = c->next)
        count++;
    all = arena_alloc(&rules->session->arena, (count + 1) * sizeof *all);
    for (struct composite *c = rules->edl->composites; c != NULL; c = next) {
        next = c->next;
        c->next = NULL;
        all[at++] = c;
    }
    for (size_t i = 0; i < count; i++) /* enums first: they need nothing */
        if (all[i]->kind == TYPE_ENUM) {
            enum_check(rules, &enumerators, all[i]);
            composite_visit(rules, &order, all[i]);
        }
    for (size_t i = 0; i < count; i++)
        composite_visit(rules, &order, all[i]);
    rules->edl->composites = order.first;
    names_free(&enumerators);
}
