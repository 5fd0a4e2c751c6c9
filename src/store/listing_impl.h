/* SPDX-License-Identifier: MIT */
/* Room only: what a listing is made of. */
#pragma once

#include "store/listing.h"

/* Suffixes of a parameter's name; OP_EQ is its bare name. */
enum op {
    OP_EQ,
    OP_NE,
    OP_GT,
    OP_GTE,
    OP_LT,
    OP_LTE,
    OP_LIKE,
    OP_PREFIX,
    OP_IN,
    OP_NULL,
    OP_COUNT
};

/* With `field` NULL it is what `q` asks for: a search, or one word of it. */
struct clause {
    const struct field *field;
    enum op op;
    bool many;       /* the value is a list of which any will do */
    bool null;       /* of OP_NULL, which has no value: is it, or is it not? */
    unsigned number; /* of its parameter: $1 … */
};

/* A member to sort by; NULL: by how well `q` is met. */
struct key {
    const struct field *field;
    bool down;
};

enum deleted { DELETED_NONE, DELETED_INCLUDED, DELETED_ONLY };

/* Conditions; the cursor's values; offset and limit. */
enum { PARAMS_MAX = LISTING_CLAUSES_MAX + LISTING_KEYS_MAX + 2 };

struct params {
    unsigned count, number_count;
    struct text items[PARAMS_MAX];
    char numbers[2][24];
};

/* Returns the parameter's number. The value is borrowed. */
unsigned params_add(struct params *params, struct text value);

/* The same for a number, whose text is kept in here: no copy has it. */
unsigned params_add_number(struct params *params, int64_t value);

/* Columns behind those of the selection: keys, and what is embedded by. */
enum { EXTRAS_MAX = LISTING_KEYS_MAX + 8 };

struct listing {
    const struct resource *resource;
    struct arena *arena;
    struct view view;
    struct params params;
    unsigned clause_count, key_count, extra_count;
    struct clause clauses[LISTING_CLAUSES_MAX];
    struct key keys[LISTING_KEYS_MAX];      /* the last one is unique */
    const struct field *extras[EXTRAS_MAX]; /* NULL: the rank */
    unsigned key_columns[LISTING_KEYS_MAX];
    enum deleted deleted;
    unsigned limit;
    bool by_position;
    int64_t offset;
    struct text cursor; /* as it came; TEXT_NULL: the first page */
    enum counting count;
};

/* Our member by whose value an embed finds what is embedded. */
const struct field *embed_key(const struct resource *resource,
                              const struct embed *embed);

/* Number of the column with this member; it must have been asked for. */
unsigned listing_column(const struct listing *listing,
                        const struct field *field);
