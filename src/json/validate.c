/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "json/check.h"
#include "json/place.h"
#include "json/read.h"

static bool is_embed(const struct shape *shape, struct text name)
{
    for (const char *const *embed = shape->embeds; embed && *embed; embed++)
        if (text_is(name, *embed))
            return true;
    return false;
}

/* Members that nobody may set: PUT sends back what GET gave and is forgiven. */
static void refuse_member(struct checking *c, const struct shape *shape,
                          bool known)
{
    if (!known)
        diag_violation(c->diag, c->pointer.at, "unknown_field",
                       "is no member of %s", shape->name);
    else if (c->mode != SHAPE_REPLACE)
        check_fault(c, "read_only", "is set by the service");
}

ptrdiff_t check_place(struct checking *c, const struct shape *shape,
                      struct text name)
{
    ptrdiff_t place = shape__place(shape, name);

    if (place >= 0 &&
        !(shape_field(shape, (size_t)place)->flags & FIELD_READ_ONLY))
        return place;
    refuse_member(c, shape, place >= 0 || is_embed(shape, name));
    return -1;
}

void check_absent(struct checking *c, const struct field *field,
                  struct value *slot)
{
    size_t here = c->pointer.len;

    if (field->flags & FIELD_READ_ONLY)
        return;
    if (field_is_required(field)) {
        pointer_add_name(&c->pointer, field_name(field));
        check_fault(c, "required", "must be given");
        pointer_cut(&c->pointer, here);
    } else if (slot) {
        *slot = (struct value){ field, text_of(field->initial) };
    }
}

void check_members(struct checking *c, const struct shape *shape,
                   const struct node *object, struct value *slots)
{
    struct member member = { 0 };
    size_t here = c->pointer.len;
    uint64_t seen = 0;

    while (member_next(object, &member)) {
        ptrdiff_t place;
        struct text sql;

        pointer_add_name(&c->pointer, member.name);
        place = check_place(c, shape, member.name);
        if (place >= 0) {
            const struct field *field = shape_field(shape, (size_t)place);

            seen |= UINT64_C(1) << place;
            check_value(c, field, member.value, &sql);
            if (slots)
                slots[place] = (struct value){ field, sql };
        }
        pointer_cut(&c->pointer, here);
    }
    for (size_t i = 0; c->mode != SHAPE_MERGE && i < shape_count(shape); i++)
        if (!(seen >> i & 1))
            check_absent(c, shape_field(shape, i), slots ? &slots[i] : NULL);
}

struct values *check_collect(struct checking *c, const struct value *slots,
                             size_t slot_count)
{
    struct values *values =
        arena_zero(c->arena, sizeof(*values) + slot_count * sizeof(*slots));

    for (size_t i = 0; values && i < slot_count; i++)
        if (slots[i].field)
            values->items[values->count++] = slots[i];
    c->full |= values == NULL;
    return values;
}

int shape_validate(const struct shape *shape, const struct node *body,
                   enum shape_mode mode, struct arena *arena, struct diag *diag,
                   struct values **ret_values)
{
    struct value slots[SHAPE_FIELDS_MAX] = { 0 };
    struct checking c = { .mode = mode, .arena = arena, .diag = diag };
    struct values *values;
    int r;

    CHECK(diag != NULL);
    if (node_type(body) == NODE_OBJECT)
        check_members(&c, shape, body, slots);
    else
        check_fault(&c, "wrong_type", "must be an object");
    r = diag_invalid(diag, ERR_VALIDATION);
    if (r < 0)
        return r;
    values = check_collect(&c, slots, shape_count(shape));
    if (c.full)
        return FAIL(diag, ERR_CONTENT_TOO_LARGE, "the body is too large");
    *ret_values = values;
    return 0;
}

int shape_read(const struct shape *shape, struct text body,
               enum shape_mode mode, struct arena *arena, struct diag *diag,
               struct values **ret_values)
{
    CLEANUP(document_free) struct document *document = NULL;
    int r = document__read(body, diag, &document);

    if (r < 0)
        return r;
    return shape_validate(shape, document_root(document), mode, arena, diag,
                          ret_values);
}
