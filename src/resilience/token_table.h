/* SPDX-License-Identifier: MIT */
/*
 * Token buckets by name, so many and no more: whoever was not seen for longest
 * makes room. Those of which something is to be told elsewhere stand in a line.
 */
#pragma once

#include "base/text.h"
#include "resilience/token_share.h"

#include <stddef.h>

struct token_table;

enum { TOKEN_KEY_BYTES = 64 };

/*
 * Of at most `capacity` buckets. The seed keeps names from being chosen so that
 * they collide: it must be random.
 */
struct token_table *token_table_new(size_t capacity, uint64_t seed) MUST_CHECK;
void token_table_free(struct token_table **table);

/*
 * The bucket of a name, a full one when it is new; valid until the next call.
 * The first TOKEN_KEY_BYTES of the name count, and its length.
 */
struct token_share *token_table_get(struct token_table *table,
                                    struct text name);

/* Buckets there are. */
size_t token_table_count(const struct token_table *table);

/* --- what is to be told --------------------------------------------------- */

/* Puts it at the end of the line, unless it stands there. */
void token_table_queue(struct token_table *table, struct token_share *share);

/* A bucket by its place, for as long as its name has it. */
struct token_place {
    size_t entry;
    uint64_t life;
};

/*
 * Takes the first out of the line; NULL when nobody stands there. *ret_name is
 * what is kept of its name, valid as the bucket is; *ret_len its whole length.
 */
struct token_share *token_table_next(struct token_table *table,
                                     struct token_place *ret_place,
                                     struct text *ret_name, size_t *ret_len);

/* Whose place it was, or NULL: it made room for another. */
struct token_share *token_table_at(struct token_table *table,
                                   struct token_place place);
