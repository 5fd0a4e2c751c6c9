/* SPDX-License-Identifier: MIT */
/*
 * JSON once more, as naive as can be: trees that never change, in an arena
 * that is never full. The properties of patches hold against this.
 */
#pragma once

#include "base/buffer.h"
#include "base/check.h"
#include "support/property.h"

#include <stdio.h>

enum { MODEL_MAX = 64, MODEL_NAMES = 6 };

/* What is tried: names that need an escape, look like places, are long. */
static const char *const model_names[MODEL_NAMES] = { "a", "b", "~1/",
                                                      "0", "é", "-" };

enum model_kind { NULLS, BOOLEANS, NUMBERS, TEXTS, LISTS, OBJECTS, KINDS };

struct model {
    enum model_kind kind;
    int number; /* what kind of boolean, number or text */
    unsigned count;
    const char *names[MODEL_MAX]; /* of an object */
    const struct model *kids[MODEL_MAX];
};

static inline struct model *model_new(enum model_kind kind, int number)
{
    struct model *model = ARENA_NEW(&cases, struct model);

    CHECK(model != NULL);
    model->kind = kind;
    model->number = number;
    return model;
}

static inline struct model *model_copy(const struct model *of)
{
    struct model *model = model_new(of->kind, of->number);

    *model = *of;
    return model;
}

static inline bool model_is(const struct model *model, enum model_kind kind)
{
    return model && model->kind == kind;
}

/* --- members and items ---------------------------------------------------- */

/* Where a name is; `count` when it is not there. */
static inline unsigned model_at(const struct model *object, const char *name)
{
    unsigned i = 0;

    while (i < object->count && strcmp(object->names[i], name) != 0)
        i++;
    return i;
}

/* The same of a list's places, by the words of RFC 6901; -1: it is none. */
static inline int model_place(const struct model *list, const char *name)
{
    char again[24];
    int place = atoi(name);

    if (strcmp(name, "-") == 0)
        return (int)list->count;
    snprintf(again, sizeof(again), "%d", place);
    return strcmp(again, name) == 0 && place >= 0 && place <= (int)list->count
               ? place
               : -1;
}

static inline const struct model *model_kid(const struct model *model,
                                            const char *name)
{
    int at = -1;

    if (model_is(model, OBJECTS))
        at = (int)model_at(model, name);
    if (model_is(model, LISTS))
        at = model_place(model, name);
    return at >= 0 && at < (int)model->count ? model->kids[at] : NULL;
}

/* One kid less. */
static inline const struct model *model_cut(const struct model *of, unsigned at)
{
    struct model *model = model_copy(of);

    for (unsigned i = at; i + 1 < model->count; i++) {
        model->names[i] = model->names[i + 1];
        model->kids[i] = model->kids[i + 1];
    }
    model->count--;
    return model;
}

/* One more, at a place. */
static inline const struct model *model_grow(const struct model *of,
                                             unsigned at, const char *name,
                                             const struct model *kid)
{
    struct model *model = model_copy(of);

    CHECK(model->count < MODEL_MAX);
    for (unsigned i = model->count++; i > at; i--) {
        model->names[i] = model->names[i - 1];
        model->kids[i] = model->kids[i - 1];
    }
    model->names[at] = name;
    model->kids[at] = kid;
    return model;
}

static inline const struct model *model_swap(const struct model *of,
                                             unsigned at,
                                             const struct model *kid)
{
    struct model *model = model_copy(of);

    model->kids[at] = kid;
    return model;
}

static inline const struct model *model_set(const struct model *object,
                                            const char *name,
                                            const struct model *kid)
{
    unsigned at = model_at(object, name);

    return at < object->count ? model_swap(object, at, kid)
                              : model_grow(object, at, name, kid);
}

static inline bool model_equal(const struct model *a, const struct model *b)
{
    if (a->kind != b->kind || a->number != b->number || a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++) {
        unsigned at = a->kind == OBJECTS ? model_at(b, a->names[i]) : i;

        if (at == b->count || !model_equal(a->kids[i], b->kids[at]))
            return false;
    }
    return true;
}

/* --- made and written ----------------------------------------------------- */

static inline const struct model *model_random(enum model_kind kind,
                                               unsigned depth)
{
    const struct model *model = model_new(kind, 0);

    if (kind == BOOLEANS || kind == NUMBERS || kind == TEXTS)
        return model_new(kind, (int)any(2));
    for (unsigned i = any(4); kind >= LISTS && i > 0; i--) {
        enum model_kind of = any(depth > 0 ? KINDS : LISTS);
        const struct model *kid = model_random(of, depth - (depth > 0));

        if (kind == LISTS)
            model = model_grow(model, model->count, NULL, kid);
        else
            model = model_set(model, model_names[any(MODEL_NAMES)], kid);
    }
    return model;
}

static inline void model_print(const struct model *model, struct buffer *json)
{
    static const char *const words[][2] = {
        [NULLS] = { "null", "null" }, [BOOLEANS] = { "false", "true" },
        [NUMBERS] = { "0", "-7" },    [TEXTS] = { "\"\"", "\"é\\\"\"" },
        [LISTS] = { "[", "]" },       [OBJECTS] = { "{", "}" },
    };

    buffer_add_string(json, words[model->kind][model->number]);
    for (unsigned i = 0; i < model->count; i++) {
        buffer_add_string(json, i ? "," : "");
        if (model->kind == OBJECTS)
            buffer_add_format(json, "\"%s\":", model->names[i]);
        model_print(model->kids[i], json);
    }
    if (model->kind >= LISTS)
        buffer_add_string(json, words[model->kind][1]);
}

/* --- RFC 7396, section 2, as it is written there ---------------------------
 */

static inline const struct model *model_merge(const struct model *target,
                                              const struct model *patch)
{
    if (!model_is(patch, OBJECTS))
        return patch;
    if (!model_is(target, OBJECTS))
        target = model_new(OBJECTS, 0);
    for (unsigned i = 0; i < patch->count; i++) {
        const char *name = patch->names[i];
        const struct model *kid = patch->kids[i];

        if (!model_is(kid, NULLS))
            target = model_set(target, name,
                               model_merge(model_kid(target, name), kid));
        else if (model_kid(target, name))
            target = model_cut(target, model_at(target, name));
    }
    return target;
}
