/* SPDX-License-Identifier: MIT */
/*
 * A resource: its shape, and what the shape does not say about its table. All
 * that the store does is driven by these rows; a new resource is one shape,
 * one row beside it and one line in resources.def.
 *
 * A table's columns, constraints and indexes are named as schema/README.md
 * says, so that the name of a broken constraint tells the member at fault.
 */
#pragma once

#include "json/shape.h"

struct resource;

/* What `embed=` can add to each object: by its name, in the shape's order. */
struct embed {
    const char *name;          /* "sponsor" */
    const struct resource *of; /* what is embedded; NULL: parts, by `shape` */
    const struct shape *shape; /* of parts, which are no resource */

    /* One object or null, whose id is in this member of ours … */
    const char *by;
    /* … or a list, of the rows of this table with our id in `parent`. */
    const char *table, *parent;
    const char *child;    /* a table of links: its column with the other's id */
    const char *order[2]; /* columns, by which the list is ordered */
    const char *valid;    /* a condition on the table, or NULL */
};

/* What `q` looks in: one of the two, or nothing. */
struct search {
    const char *words;          /* a tsvector: web search, ranked */
    const char *const *columns; /* each word is in one of these; ends in NULL */
};

/* What its objects can be counted by. Room only: SQL, without a prefix. */
struct dimension {
    const char *name; /* "month" */
    const char *key;  /* an expression */
    const char *from; /* what else it takes, behind the table; or NULL */
};

struct resource {
    const struct shape *shape;
    const char *table;
    const struct embed *embeds; /* ended by a row without a name; or NULL */
    struct search search;
    const char *folded;        /* a text column that is compared without case */
    const char *kept;          /* a boolean column: true cannot be deleted */
    const char *const *sealed; /* columns that only store_create_sealed() sets
                                  and no change touches; ended by NULL */
    const char *owner;         /* the column with the user `…:own` asks for */
    const struct dimension *dimensions; /* ended by one without a name; NULL */
    bool log; /* it only grows, nothing is deleted; read from the newest `at` */
};

#define RESOURCE(name) extern const struct resource name;
#include "store/resources.def"
#undef RESOURCE

/* All of them, in the order of resources.def. */
#define RESOURCE(name) RESOURCE_##name,
enum resource_place {
#include "store/resources.def"
    RESOURCE_COUNT
};
#undef RESOURCE

extern const struct resource *const resource_table[RESOURCE_COUNT];

/* What was done: listed as resources are, but none; nobody writes it. */
extern const struct resource audit_log;

/* NULL when there is none of that name ("bills"). */
const struct resource *resource_find(struct text name);
