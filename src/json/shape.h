/* SPDX-License-Identifier: MIT */
/*
 * A resource as one table. The rows (json/field.h) drive everything between
 * HTTP and SQL that depends on what a resource looks like:
 *
 *   in:   shape_read() or shape_validate() turn a body into SQL parameters
 *   out:  a selection says which columns to ask for, in which order;
 *         shape_encode() writes a row of them as JSON
 *   ask:  shape_find() and field_parse_value() serve filters and sort
 *
 * Shapes are constants and may be used by all loops at once.
 */
#pragma once

#include "base/buffer.h"
#include "json/document.h"
#include "json/field.h"

enum {
    SHAPE_COMMON = 5,      /* id, version, created_at, updated_at, deleted_at */
    SHAPE_FIELDS_MAX = 64, /* together with those */
};

struct shape {
    const char *name;         /* "bills" */
    const char *singular;     /* "bill" */
    const struct field *rows; /* without the common members */
    size_t row_count;
    bool bare;                 /* an inner object: has no common members */
    const char *const *embeds; /* what `embed=` takes, ended by NULL; or NULL */
};

/* .rows and .row_count of a table. */
#define SHAPE_ROWS(table) .rows = (table), .row_count = ARRAY_LEN(table)

/* All members: the common ones first, then the rows, at places 0 … count-1. */
size_t shape_count(const struct shape *shape);
const struct field *shape_field(const struct shape *shape, size_t place);

/* NULL when there is none of that name. */
const struct field *shape_find(const struct shape *shape, struct text name);

/* ---- in ---------------------------------------------------------------- */

enum shape_mode {
    SHAPE_CREATE,  /* POST: every writable member gets a value */
    SHAPE_REPLACE, /* PUT, import: the same; read-only members are ignored */
    SHAPE_MERGE,   /* PATCH (RFC 7396): only members that are there */
};

/* A member and its parameter: PostgreSQL text, or TEXT_NULL for SQL NULL. */
struct value {
    const struct field *field;
    struct text text; /* a NUL stands behind it */
};

struct values {
    size_t count;
    struct value items[]; /* in the shape's order */
};

/* NULL when the member got no value. */
const struct value *values_find(const struct values *values, const char *name);

/*
 * Checks every member and notes every fault as a violation; with faults the
 * answer is -ERR_VALIDATION. Codes: required, not_null, unknown_field,
 * read_only, wrong_type, too_short, too_long, too_many, out_of_range,
 * not_allowed, invalid_format. Lists become array literals, JSON is dumped; on
 * SHAPE_MERGE an object is a merge patch of what is stored, nulls included.
 * Members named by `embeds` count as read-only. The values live in the arena
 * and need the body no more; -ERR_CONTENT_TOO_LARGE when that is full.
 */
int shape_validate(const struct shape *shape, const struct node *body,
                   enum shape_mode mode, struct arena *arena, struct diag *diag,
                   struct values **ret_values) MUST_CHECK;

/*
 * document_parse() and shape_validate() in one, with the faults of both in one
 * list: `nul` stands beside the others.
 */
int shape_read(const struct shape *shape, struct text body,
               enum shape_mode mode, struct arena *arena, struct diag *diag,
               struct values **ret_values) MUST_CHECK;

/* ---- out --------------------------------------------------------------- */

/*
 * Which members, always in the shape's order: the mask (bit = place) alone
 * says it all and may name a statement, an ETag or a cache key.
 */
struct selection {
    const struct shape *shape;
    uint64_t mask;
    size_t count; /* never 0 */
    const struct field *fields[SHAPE_FIELDS_MAX];
};

void selection_all(const struct shape *shape, struct selection *ret_selection);

/*
 * The value of `fields=`: names with commas between. An unknown name is noted
 * as a violation of the parameter "fields" and returned as
 * -ERR_INVALID_PARAMETER; the caller ends with diag_invalid().
 */
int selection_parse(const struct shape *shape, struct text names,
                    struct diag *diag, struct selection *ret_selection)
    MUST_CHECK;

bool selection_has(const struct selection *selection, const char *name);

/*
 * Writes one object: columns[i] is the text of selection->fields[i], or
 * TEXT_NULL.
 */
void shape_encode(const struct selection *selection, const struct text *columns,
                  struct buffer *buffer);

/*
 * The same without the closing brace, so that the caller may go on with
 * `,"sponsor":…` before it.
 */
void shape_encode_open(const struct selection *selection,
                       const struct text *columns, struct buffer *buffer);
