/* SPDX-License-Identifier: MIT */
#include "json/operation.h"
#include "json/patch.h"

#include <stdio.h>

/* A copy is charged for: of itself it doubles with each operation. */
enum { COPIED_BYTES_MAX = 4 << 20 };

struct operating {
    const struct operation *operation;
    size_t place; /* of the operation */
    struct node *root;
    struct diag *diag;
    struct node_size copied;
};

static int fault(struct operating *o, const char *member, const char *code,
                 struct text path, const char *what)
{
    char pointer[32];

    snprintf(pointer, sizeof(pointer), "/%zu/%s", o->place, member);
    diag_violation(o->diag, pointer, code, "%.*s %s", TEXT_ARG(path), what);
    return diag_invalid(o->diag, ERR_VALIDATION);
}

static int fault_miss(struct operating *o, const char *member,
                      const struct path *path, const struct miss *miss)
{
    return fault(o, member, miss->code, path_shown(path, miss->count),
                 miss->what);
}

/* What can be changed at `path` gets no deeper than documents may be. */
static int check_depth(struct operating *o, const struct node *value)
{
    const struct path *path = &o->operation->path;

    if (path->count + node_measure(value).depth <= DOCUMENT_DEPTH_MAX)
        return 0;
    return fault(o, "path", "too_deep", path_shown(path, path->count),
                 "would be nested too deep");
}

/* Takes the value over. */
static int insert(struct operating *o, struct node *value)
{
    CLEANUP(node_unref) struct node *owned = value;
    const struct path *path = &o->operation->path;
    struct slot slot;
    struct miss miss;
    int r;

    if (!slot_find(path, o->root, &slot, &miss))
        return fault_miss(o, "path", path, &miss);
    r = check_depth(o, value);
    if (r < 0)
        return r;
    slot_insert(&slot, owned);
    owned = NULL;
    return 0;
}

static int take(struct operating *o, const char *member,
                const struct path *path, struct node **ret_value)
{
    struct slot slot;
    struct miss miss;

    if (!slot_find_value(path, o->root, &slot, &miss))
        return fault_miss(o, member, path, &miss);
    *ret_value = slot_take(&slot);
    return 0;
}

static int charge(struct operating *o, const struct node *value)
{
    struct node_size size = node_measure(value);

    o->copied.tokens += size.tokens;
    o->copied.bytes += size.bytes;
    if (o->copied.tokens <= PATCH_TOKENS_MAX &&
        o->copied.bytes <= COPIED_BYTES_MAX)
        return 0;
    return FAIL(o->diag, ERR_CONTENT_TOO_LARGE,
                "operation %zu: too much is copied", o->place);
}

/* --- one function for each ----------------------------------------------- */

static int apply_add(struct operating *o)
{
    return insert(o, node_ref(o->operation->value));
}

static int apply_remove(struct operating *o)
{
    CLEANUP(node_unref) struct node *gone = NULL;

    return take(o, "path", &o->operation->path, &gone);
}

static int apply_replace(struct operating *o)
{
    const struct path *path = &o->operation->path;
    const struct node *value = o->operation->value;
    struct slot slot;
    struct miss miss;
    int r;

    if (!slot_find_value(path, o->root, &slot, &miss))
        return fault_miss(o, "path", path, &miss);
    r = check_depth(o, value);
    if (r == 0)
        slot_put(&slot, node_ref(value));
    return r;
}

static int apply_move(struct operating *o)
{
    const struct path *path = &o->operation->path, *from = &o->operation->from;
    struct node *value = NULL;
    int r;

    if (path_is_inside(path, from))
        return fault(o, "path", "not_allowed", path_shown(path, path->count),
                     "is inside of what is moved");
    r = take(o, "from", from, &value);
    return r < 0 ? r : insert(o, value);
}

static int apply_copy(struct operating *o)
{
    const struct path *from = &o->operation->from;
    const struct node *value;
    struct miss miss;
    int r;

    value = path_find(from, o->root, &miss);
    if (!value)
        return fault_miss(o, "from", from, &miss);
    r = charge(o, value);
    return r < 0 ? r : insert(o, node_copy(value));
}

static int fail_test(struct operating *o, const struct path *path, size_t count,
                     const char *what)
{
    struct text shown = path_shown(path, count);

    if (count == 0)
        shown = TEXT("the object");
    return FAIL(o->diag, ERR_TEST_FAILED, "operation %zu: %.*s %s", o->place,
                TEXT_ARG(shown), what);
}

static int apply_test(struct operating *o)
{
    const struct path *path = &o->operation->path;
    const struct node *value;
    struct miss miss;

    value = path_find(path, o->root, &miss);
    if (!value)
        return fail_test(o, path, miss.count, miss.what);
    if (!node_equal(value, o->operation->value))
        return fail_test(o, path, path->count, "has another value");
    return 0;
}

int operations_apply(const struct operations *operations, struct node *root,
                     struct diag *diag)
{
    static int (*const apply[OPERATION_KINDS])(struct operating * o) = {
        [OPERATION_ADD] = apply_add,         [OPERATION_REMOVE] = apply_remove,
        [OPERATION_REPLACE] = apply_replace, [OPERATION_MOVE] = apply_move,
        [OPERATION_COPY] = apply_copy,       [OPERATION_TEST] = apply_test,
    };
    struct operating o = { .root = root, .diag = diag };
    int r = 0;

    for (; r == 0 && o.place < operations->count; o.place++) {
        o.operation = &operations->items[o.place];
        r = apply[o.operation->kind](&o);
    }
    return r;
}
