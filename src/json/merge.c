/* SPDX-License-Identifier: MIT */
#include "json/merge.h"

/* Free members may go, and those that may be null. */
static bool may_go(const struct shape *shape, const struct field *field)
{
    return !shape || (field && (field->flags & FIELD_NULLABLE));
}

static void drop_member(struct node *object, const char *name)
{
    CLEANUP(node_unref) struct node *gone = NULL;

    if (node_member(object, name))
        gone = node_take(object, name);
}

static void merge_object(struct node *object, const struct shape *shape,
                         const struct node *patch)
{
    struct member member = { 0 };

    while (member_next(patch, &member)) {
        const struct field *field =
            shape ? shape_find(shape, member.name) : NULL;

        if (node_type(member.value) == NODE_NULL && may_go(shape, field))
            drop_member(object, member.name.at);
        else
            merge_member(object, field ? field->inner : NULL, &member);
    }
}

/* The object that is the member; where it is none, it becomes an empty one. */
static struct node *object_at(struct node *object, const char *name)
{
    const struct node *value = node_member(object, name);

    if (!value || node_type(value) != NODE_OBJECT)
        node_put(object, name, node_new_object());
    return node_own(node_member(object, name));
}

void merge_member(struct node *object, const struct shape *inner,
                  const struct member *patch)
{
    const char *name = patch->name.at;

    if (node_type(patch->value) == NODE_OBJECT)
        merge_object(object_at(object, name), inner, patch->value);
    else
        node_put(object, name, node_ref(patch->value));
}
