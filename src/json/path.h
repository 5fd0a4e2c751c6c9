/* SPDX-License-Identifier: MIT */
/* Room only: JSON pointers (RFC 6901) that come in, and where they lead. */
#pragma once

#include "base/arena.h"
#include "json/edit.h"

/* The names one after the other, without their escapes. */
struct path {
    struct text raw;
    size_t count;
    const char *const *names;
};

/* The whole document, or names with a slash before each; `~0` and `~1`. */
bool path_is_valid(struct text raw);

/* Of a valid one: how many names. */
size_t path_length(struct text raw);

/* Splits a valid one, which must outlive the path; false: the arena is full. */
bool path_read(struct text raw, struct arena *arena, struct path *ret_path)
    MUST_CHECK;

/* Does `path` lead into what `outer` leads to, and not just to it? */
bool path_is_inside(const struct path *path, const struct path *outer);

/* Its first `count` names as they came, cut where that is too long to tell. */
struct text path_shown(const struct path *path, size_t count);

/* Why there is nothing: "/a/b does not exist". */
struct miss {
    size_t count; /* of names up to the one that leads nowhere */
    const char *code, *what;
};

/* NULL with a miss. */
const struct node *path_find(const struct path *path, const struct node *root,
                             struct miss *ret_miss);

/* A place in an object or a list that may be changed. */
struct slot {
    struct node *parent;
    const char *name;         /* of a member; NULL: an item */
    size_t place;             /* of an item */
    const struct node *value; /* NULL: there is nothing yet */
};

/*
 * Where a path of at least one name ends, or would: in a list that is also the
 * place behind the last item. False with a miss when there is no such place.
 */
bool slot_find(const struct path *path, struct node *root,
               struct slot *ret_slot, struct miss *ret_miss) MUST_CHECK;

/* The same, where something is. */
bool slot_find_value(const struct path *path, struct node *root,
                     struct slot *ret_slot, struct miss *ret_miss) MUST_CHECK;

/* Each of these once for a slot. Inserting sets a member that was there. */
void slot_insert(const struct slot *slot, struct node *value);
void slot_put(const struct slot *slot, struct node *value);
struct node *slot_take(const struct slot *slot) MUST_CHECK;
