/* SPDX-License-Identifier: MIT */
/* JSON Patch over the model, by the words of RFC 6902, and patches at random.
 */
#pragma once

#include "json/model.h"

enum { WAY_MAX = 6, STEPS_MAX = 8 };

enum step_kind { ADD, REMOVE, REPLACE, MOVE, COPY, TEST, STEP_KINDS };

/* A path. */
struct way {
    unsigned count;
    const char *names[WAY_MAX];
};

struct step {
    enum step_kind kind;
    struct way path, from;
    const struct model *value;
};

struct steps {
    unsigned count;
    struct step items[STEPS_MAX];
};

/* --- done ----------------------------------------------------------------- */

/* Changes one kid; NULL when it cannot be. */
typedef const struct model *(*change_fn)(const struct model *parent,
                                         const char *name,
                                         const struct model *value);

static inline const struct model *change_add(const struct model *parent,
                                             const char *name,
                                             const struct model *value)
{
    if (parent->kind == OBJECTS)
        return model_set(parent, name, value);
    if (parent->kind != LISTS || model_place(parent, name) < 0)
        return NULL;
    return model_grow(parent, (unsigned)model_place(parent, name), NULL, value);
}

static inline unsigned kid_place(const struct model *parent, const char *name)
{
    return parent->kind == LISTS ? (unsigned)model_place(parent, name)
                                 : model_at(parent, name);
}

static inline const struct model *change_remove(
    const struct model *parent, const char *name,
    const struct model *value UNUSED)
{
    return model_kid(parent, name) ? model_cut(parent, kid_place(parent, name))
                                   : NULL;
}

static inline const struct model *change_replace(const struct model *parent,
                                                 const char *name,
                                                 const struct model *value)
{
    return model_kid(parent, name)
               ? model_swap(parent, kid_place(parent, name), value)
               : NULL;
}

static inline const struct model *change_at(const struct model *root,
                                            const struct way *way,
                                            unsigned done, change_fn change,
                                            const struct model *value)
{
    const char *name = way->names[done];
    const struct model *kid = model_kid(root, name);

    if (done + 1 == way->count)
        return change(root, name, value);
    kid = kid ? change_at(kid, way, done + 1, change, value) : NULL;
    return kid ? change_replace(root, name, kid) : NULL;
}

static inline const struct model *find(const struct model *root,
                                       const struct way *way)
{
    for (unsigned i = 0; root && i < way->count; i++)
        root = model_kid(root, way->names[i]);
    return root;
}

static inline bool leads_into(const struct way *way, const struct way *outer)
{
    for (unsigned i = 0; i < outer->count; i++)
        if (i == way->count || strcmp(way->names[i], outer->names[i]) != 0)
            return false;
    return way->count > outer->count;
}

static inline const struct model *move(const struct model *root,
                                       const struct step *step)
{
    const struct model *value = find(root, &step->from);

    if (!value || leads_into(&step->path, &step->from))
        return NULL;
    root = change_at(root, &step->from, 0, change_remove, NULL);
    return change_at(root, &step->path, 0, change_add, value);
}

/* NULL when it cannot be done, or the test fails. */
static inline const struct model *step_do(const struct model *root,
                                          const struct step *step)
{
    const struct model *found = find(root, &step->path);
    const struct model *from = find(root, &step->from);

    switch (step->kind) {
    case ADD:
        return change_at(root, &step->path, 0, change_add, step->value);
    case REMOVE:
        return change_at(root, &step->path, 0, change_remove, NULL);
    case REPLACE:
        return change_at(root, &step->path, 0, change_replace, step->value);
    case MOVE:
        return move(root, step);
    case COPY:
        return from ? change_at(root, &step->path, 0, change_add, from) : NULL;
    default:
        return found && model_equal(found, step->value) ? root : NULL;
    }
}

/* The place of the first step that fails, or the count. */
static inline unsigned steps_do(const struct model **root,
                                const struct steps *steps)
{
    for (unsigned i = 0; i < steps->count; i++) {
        const struct model *next = step_do(*root, &steps->items[i]);

        if (!next)
            return i;
        *root = next;
    }
    return steps->count;
}

/* --- at random ------------------------------------------------------------ */

/* Mostly a kid that is there, in lists also "-" and places behind the end. */
static inline const char *any_name(const struct model *at)
{
    static const char *const places[] = { "0", "1", "2", "3", "4", "-", "00" };

    if (model_is(at, OBJECTS) && at->count > 0 && any(4) > 0)
        return at->names[any(at->count)];
    if (model_is(at, LISTS))
        return places[any(any(4) ? 4 : ARRAY_LEN(places))];
    return model_names[any(MODEL_NAMES)];
}

/* At least into `data`, which stays an object so. */
static inline struct way any_way(const struct model *root)
{
    struct way way = { .count = 1, .names = { "data" } };
    const struct model *at = model_kid(root, "data");

    do {
        const char *name = any_name(at);

        way.names[way.count++] = name;
        at = model_kid(at, name);
    } while (way.count < WAY_MAX && any(3) && (at || any(8) == 0));
    return way;
}

static inline struct step any_step(const struct model *root)
{
    struct step step = { .kind = any(STEP_KINDS) };
    const struct model *found;

    step.path = any_way(root);
    step.from = any_way(root);
    found = find(root, &step.path);
    step.value = found && step.kind == TEST && any(8)
                     ? found
                     : model_random(any(KINDS), 2);
    return step;
}

/* Steps that mostly can be done, one after the other. */
static inline void any_steps(const struct model *root, unsigned count,
                             struct steps *ret)
{
    ret->count = 0;
    while (ret->count < count) {
        struct step step = any_step(root);
        const struct model *next = step_do(root, &step);

        if (next || any(16) == 0)
            ret->items[ret->count++] = step;
        root = next ? next : root;
    }
}

/* --- written -------------------------------------------------------------- */

static inline void way_print(const char *name, const struct way *way,
                             struct buffer *json)
{
    buffer_add_format(json, ",\"%s\":\"", name);
    for (unsigned i = 0; i < way->count; i++) {
        buffer_add_byte(json, '/');
        for (const char *at = way->names[i]; *at; at++)
            if (*at == '~' || *at == '/')
                buffer_add_string(json, *at == '~' ? "~0" : "~1");
            else
                buffer_add_byte(json, *at);
    }
    buffer_add_byte(json, '"');
}

static inline void step_print(const struct step *step, struct buffer *json)
{
    static const char *const names[] = { "add",  "remove", "replace",
                                         "move", "copy",   "test" };

    buffer_add_format(json, "{\"op\":\"%s\"", names[step->kind]);
    way_print("path", &step->path, json);
    if (step->kind == MOVE || step->kind == COPY)
        way_print("from", &step->from, json);
    buffer_add_string(json, ",\"value\":");
    model_print(step->value, json);
    buffer_add_byte(json, '}');
}

static inline void steps_print(const struct steps *steps, struct buffer *json)
{
    buffer_add_byte(json, '[');
    for (unsigned i = 0; i < steps->count; i++) {
        buffer_add_string(json, i ? "," : "");
        step_print(&steps->items[i], json);
    }
    buffer_add_byte(json, ']');
}
