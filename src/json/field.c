/* SPDX-License-Identifier: MIT */
#include "json/field.h"

#include "json/kind.h"

bool field_is_required(const struct field *field)
{
    return !(field->flags & (FIELD_NULLABLE | FIELD_READ_ONLY)) &&
           !field->initial;
}

bool field_can_filter(const struct field *field)
{
    return kinds[field->type].can_filter && !(field->flags & FIELD_NO_FILTER);
}

bool field_can_sort(const struct field *field)
{
    return kinds[field->type].can_sort && !(field->flags & FIELD_NO_SORT);
}

const char *field_type_name(enum field_type type)
{
    return kinds[type].name;
}

int field_parse_value(const struct field *field, struct text raw,
                      struct arena *arena, struct diag *diag,
                      const char *parameter, struct text *ret_value)
{
    const struct kind *kind = &kinds[field->type];
    char made[KIND_BYTES];
    const char *copy;
    struct text sql;

    if (!kind->parse || !kind->parse(field, raw, made, &sql)) {
        kind_fault(field, diag, parameter, kind->code);
        return -ERR_INVALID_PARAMETER;
    }
    copy = arena_copy(arena, sql);
    if (!copy)
        return FAIL(diag, ERR_TOO_LARGE, "the query is too large");
    *ret_value = text_from(copy, sql.len);
    return 0;
}
