/* SPDX-License-Identifier: MIT */
#include "store/constraint.h"

#include "store/fault.h"

#include <stdio.h>

static const struct kind_of_rule {
    const char *kind, *code, *detail;
} kinds[] = {
    { "length", "too_long", "has a length that is not allowed" },
    { "range", "out_of_range", "is out of range" },
    { "format", "invalid_format", "has not the form asked for" },
    { "value", "not_allowed", "is not one of the values allowed" },
    { "type", "wrong_type", "is of the wrong type" },
    { "fkey", "unknown_reference", "refers to an object that does not exist" },
    { "key", "duplicate", "is taken" },
    { "null", "not_null", "must not be null" },
};

/* What broke: the member, or NULL where it is the natural key of several. */
struct broken {
    const struct kind_of_rule *kind;
    const struct field *field;
};

static const struct kind_of_rule *find_kind(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (text_is(name, kinds[i].kind))
            return &kinds[i];
    return NULL;
}

static const struct field *find_column(const struct shape *shape,
                                       struct text column)
{
    for (size_t i = 0; i < shape_count(shape); i++)
        if (text_is(column, field_column(shape_field(shape, i))))
            return shape_field(shape, i);
    return NULL;
}

/* An enumeration's values may stand in a table: that is no object. */
static const struct kind_of_rule *kind_of(struct text name,
                                          const struct field *field)
{
    if (field && field->type == FIELD_ENUM && text_is(name, "fkey"))
        name = TEXT("value");
    return find_kind(name);
}

/* A broken NOT NULL has no name: it is known by its column. */
static struct broken find_not_null(const struct resource *resource,
                                   struct text column)
{
    const struct field *field = find_column(resource->shape, column);

    return (struct broken){ field ? find_kind(TEXT("null")) : NULL, field };
}

/* <table>_<column>_<kind>; a kind is one word. */
static struct broken find_broken(const struct resource *resource,
                                 struct text name)
{
    size_t table = strlen(resource->table) + 1, end = name.len;
    struct broken broken = { 0 };
    struct text column;

    while (end > 0 && name.at[end - 1] != '_')
        end--;
    if (!text_starts_with(name, resource->table) || end <= table)
        return find_not_null(resource, name);
    column = text_from(name.at + table, end - 1 - table);
    broken.field = find_column(resource->shape, column);
    broken.kind = kind_of(text_skip(name, end), broken.field);
    if (!broken.field && !text_is(column, "natural"))
        broken.kind = NULL;
    return broken;
}

static void note(struct diag *diag, const struct kind_of_rule *kind,
                 struct text member)
{
    char pointer[LABEL_BYTES + 1];

    snprintf(pointer, sizeof(pointer), "/%s", text_label(member).at);
    diag_violation(diag, pointer, kind->code, "%s", kind->detail);
}

/* Notes each member at fault and adds it to the names. */
static void note_members(const struct resource *resource,
                         const struct broken *broken, struct diag *diag,
                         struct fault_list *names)
{
    const struct shape *shape = resource->shape;

    for (size_t i = 0; i < shape_count(shape); i++) {
        const struct field *field = shape_field(shape, i);

        if (broken->field ? field != broken->field
                          : !(field->flags & FIELD_NATURAL_KEY))
            continue;
        note(diag, broken->kind, field_name(field));
        fault_list_add(names, field_name(field));
    }
}

/* The first error is kept by a diag, so ours goes in before it is told. */
static int tell(const struct resource *resource, const struct broken *broken,
                int code, struct diag *diag)
{
    struct fault_list names = { 0 };

    diag_clear(diag);
    note_members(resource, broken, diag, &names);
    if (code == -ERR_DUPLICATE)
        return FAIL(diag, ERR_DUPLICATE, "a %s with the same %s exists already",
                    resource->shape->singular, names.at);
    return diag_invalid(diag, ERR_VALIDATION);
}

int constraint_tell(const struct resource *resource, int code,
                    struct diag *diag)
{
    struct broken broken = { 0 };
    struct diag was;
    int r;

    if (!diag)
        return code;
    if (code == -ERR_DUPLICATE || code == -ERR_VALIDATION)
        broken = find_broken(resource, text_of(diag->constraint));
    if (!broken.kind)
        return code;
    was = *diag;
    r = tell(resource, &broken, code, diag);
    memcpy(diag->cause, was.cause, sizeof(was.cause));
    memcpy(diag->sqlstate, was.sqlstate, sizeof(was.sqlstate));
    memcpy(diag->constraint, was.constraint, sizeof(was.constraint));
    return r;
}
