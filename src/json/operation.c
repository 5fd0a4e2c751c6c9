/* SPDX-License-Identifier: MIT */
#include "json/operation.h"

#include "json/patch.h"

struct verb {
    const char *name;
    bool value, from;   /* has such a member */
    bool writes, takes; /* changes what `path` leads to, what `from` does */
};

static const struct verb verbs[OPERATION_KINDS] = {
    [OPERATION_ADD] = { "add", .value = true, .writes = true },
    [OPERATION_REMOVE] = { "remove", .writes = true },
    [OPERATION_REPLACE] = { "replace", .value = true, .writes = true },
    [OPERATION_MOVE] = { "move", .from = true, .writes = true, .takes = true },
    [OPERATION_COPY] = { "copy", .from = true, .writes = true },
    [OPERATION_TEST] = { "test", .value = true },
};

/* A fault of a member of the operation that is looked at. */
static void fault_at(struct checking *c, const char *member, const char *code,
                     const char *detail)
{
    size_t here = c->pointer.len;

    pointer_add_name(&c->pointer, text_of(member));
    check_fault(c, code, detail);
    pointer_cut(&c->pointer, here);
}

static const struct node *read_member(struct checking *c,
                                      const struct node *object,
                                      const char *name)
{
    const struct node *node = node_member(object, name);

    if (!node)
        fault_at(c, name, "required", "must be given");
    return node;
}

/* NULL with a fault. */
static const struct node *read_text(struct checking *c,
                                    const struct node *object, const char *name)
{
    const struct node *node = read_member(c, object, name);

    if (!node || node_type(node) == NODE_TEXT)
        return node;
    fault_at(c, name, "wrong_type", "must be text");
    return NULL;
}

/* NULL with a fault. */
static const struct verb *read_verb(struct checking *c,
                                    const struct node *object)
{
    const struct node *op = read_text(c, object, "op");

    if (!op)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (text_is(node_text(op), verbs[i].name))
            return &verbs[i];
    fault_at(c, "op", "not_allowed",
             "must be one of add, remove, replace, move, copy, test");
    return NULL;
}

static bool read_path(struct checking *c, const struct node *object,
                      const char *name, struct path *ret_path)
{
    const struct node *node = read_text(c, object, name);
    struct text raw;

    if (!node)
        return false;
    raw = node_text(node);
    if (!path_is_valid(raw)) {
        fault_at(c, name, "invalid_format", "must be a JSON pointer");
        return false;
    }
    if (path_length(raw) > DOCUMENT_DEPTH_MAX) {
        fault_at(c, name, "too_deep", "leads deeper than an object may be");
        return false;
    }
    c->full |= !path_read(raw, c->arena, ret_path);
    return !c->full;
}

/* The shapes tell as deep as they go. */
static void check_target(struct checking *c, const struct shape *shape,
                         const char *name, const struct path *path)
{
    size_t here = c->pointer.len;

    pointer_add_name(&c->pointer, text_of(name));
    if (path->count == 0)
        check_fault(c, "read_only", "must lead to a member of the object");
    for (size_t i = 0; shape && i < path->count; i++) {
        ptrdiff_t place = check_place(c, shape, text_of(path->names[i]));

        shape = place < 0 ? NULL : shape_field(shape, (size_t)place)->inner;
    }
    pointer_cut(&c->pointer, here);
}

static void read_operation(struct checking *c, const struct shape *shape,
                           const struct node *object, struct operation *ret)
{
    const struct verb *verb;

    if (node_type(object) != NODE_OBJECT) {
        check_fault(c, "wrong_type", "must be an object");
        return;
    }
    verb = read_verb(c, object);
    if (read_path(c, object, "path", &ret->path) && verb && verb->writes)
        check_target(c, shape, "path", &ret->path);
    if (!verb)
        return;
    ret->kind = (enum operation_kind)(verb - verbs);
    if (verb->value)
        ret->value = read_member(c, object, "value");
    if (verb->from && read_path(c, object, "from", &ret->from) && verb->takes)
        check_target(c, shape, "from", &ret->from);
}

void operations_read(struct checking *c, const struct shape *shape,
                     const struct node *patch, struct operations *ret)
{
    *ret = (struct operations){ .count = node_count(patch) };
    if (node_type(patch) != NODE_LIST) {
        check_fault(c, "wrong_type", "must be a list of operations");
        return;
    }
    if (ret->count > PATCH_OPERATIONS_MAX) {
        diag_violation(c->diag, "", "too_many", "must be at most %d operations",
                       PATCH_OPERATIONS_MAX);
        return;
    }
    ret->items = ARENA_ARRAY(c->arena, struct operation, ret->count);
    c->full |= !ret->items;
    for (size_t i = 0; !c->full && i < ret->count; i++) {
        pointer_add_place(&c->pointer, i);
        read_operation(c, shape, node_item(patch, i), &ret->items[i]);
        pointer_cut(&c->pointer, 0);
    }
}
