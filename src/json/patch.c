/* SPDX-License-Identifier: MIT */
#include "json/patch.h"

#include "base/check.h"
#include "json/merge.h"
#include "json/operation.h"
#include "json/read.h"

enum { JUDGE_BYTES_MAX = 16 << 20 };

struct patching {
    struct checking c;
    const struct shape *shape;
    const struct node *patch, *was;
    struct node *now;
};

/* --- both kinds ---------------------------------------------------------- */

static int apply_merge(struct patching *p)
{
    struct member member = { 0 };

    if (node_type(p->patch) != NODE_OBJECT)
        check_fault(&p->c, "wrong_type", "must be an object");
    while (member_next(p->patch, &member)) {
        ptrdiff_t place;

        pointer_add_name(&p->c.pointer, member.name);
        place = check_place(&p->c, p->shape, member.name);
        pointer_cut(&p->c.pointer, 0);
        if (place >= 0)
            merge_member(p->now, shape_field(p->shape, (size_t)place)->inner,
                         &member);
    }
    return 0;
}

static int apply_operations(struct patching *p)
{
    struct operations operations;
    int r;

    operations_read(&p->c, p->shape, p->patch, &operations);
    r = diag_invalid(p->c.diag, ERR_VALIDATION);
    if (r < 0 || p->c.full)
        return r;
    return operations_apply(&operations, p->now, p->c.diag);
}

static int apply(struct patching *p, enum patch_kind kind)
{
    static int (*const kinds[])(struct patching * p) = {
        [PATCH_MERGE] = apply_merge,
        [PATCH_OPERATIONS] = apply_operations,
    };

    return kinds[kind](p);
}

/* --- what changed -------------------------------------------------------- */

static bool is_same(struct text a, struct text b)
{
    return text_is_null(a) == text_is_null(b) && text_equal(a, b);
}

/* Two ways to write one value: the case of a UUID, the zone of a time. */
static bool was_same_sql(const struct patching *p, const struct value *value)
{
    CLEANUP(arena_fini) struct arena arena;
    const struct node *node = node_member(p->was, value->field->name);
    struct checking then = { .mode = p->c.mode, .arena = &arena };
    struct text sql;
    struct diag diag;

    arena_init(&arena, JUDGE_BYTES_MAX);
    diag_init(&diag, NULL);
    then.diag = &diag;
    if (!node)
        return false;
    check_value(&then, value->field, node, &sql);
    return diag.violation_count == 0 && !then.full && is_same(sql, value->text);
}

static void judge_member(struct patching *p, const struct field *field,
                         struct value *slot)
{
    const struct node *was = node_member(p->was, field->name);
    const struct node *now = node_member(p->now, field->name);
    unsigned faults = p->c.diag->violation_count;
    struct value value = { .field = field };

    if (was == now || (was && now && node_equal(was, now)))
        return;
    if (now) {
        pointer_add_name(&p->c.pointer, field_name(field));
        check_value(&p->c, field, now, &value.text);
        pointer_cut(&p->c.pointer, 0);
    } else {
        check_absent(&p->c, field, &value);
    }
    if (p->c.diag->violation_count == faults && !was_same_sql(p, &value))
        *slot = value;
}

static int judge(struct patching *p, struct values **ret_values)
{
    struct value slots[SHAPE_FIELDS_MAX] = { 0 };
    size_t count = shape_count(p->shape);
    struct values *values;
    int r;

    for (size_t i = 0; i < count; i++)
        if (!(shape_field(p->shape, i)->flags & FIELD_READ_ONLY))
            judge_member(p, shape_field(p->shape, i), &slots[i]);
    r = diag_invalid(p->c.diag, ERR_VALIDATION);
    if (r < 0)
        return r;
    values = check_collect(&p->c, slots, count);
    if (p->c.full || node_measure(p->now).tokens > PATCH_TOKENS_MAX)
        return FAIL(p->c.diag, ERR_CONTENT_TOO_LARGE,
                    "the object would be too large");
    *ret_values = values;
    return 0;
}

int patch_apply(const struct shape *shape, struct text current,
                struct text patch, enum patch_kind kind, struct arena *arena,
                struct diag *diag, struct values **ret_values)
{
    CLEANUP(document_free) struct document *stored = NULL;
    CLEANUP(document_free) struct document *document = NULL;
    CLEANUP(node_unref) struct node *now = NULL;
    struct patching p = { .shape = shape };
    int r;

    CHECK(diag != NULL);
    r = document__read_stored(current, diag, &stored);
    if (r == 0)
        r = document__read(patch, diag, &document);
    if (r < 0)
        return r;
    now = node_copy(document_root(stored));
    p.c = (struct checking){ SHAPE_CREATE, .arena = arena, .diag = diag };
    p.patch = document_root(document);
    p.was = document_root(stored);
    p.now = now;
    r = apply(&p, kind);
    return r < 0 ? r : judge(&p, ret_values);
}
