/* SPDX-License-Identifier: MIT */
/*
 * Token buckets by name, so many and no more: whoever was not seen for longest
 * makes room. One for each loop.
 */
#pragma once

#include "base/text.h"
#include "resilience/token_bucket.h"

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
struct token_bucket *token_table_get(struct token_table *table,
                                     struct text name);

/* Buckets there are. */
size_t token_table_count(const struct token_table *table);
