/* SPDX-License-Identifier: MIT */
/*
 * Room only: a place between two rows of a list, as text that only we can
 * make: the sort keys of the row it lies behind (or before), the direction to
 * go, and a mark of the query it belongs to.
 */
#pragma once

#include "auth/mac.h"
#include "store/listing_impl.h"

/* Of a longer text the cursor holds the beginning; the row has the rest. */
enum { CURSOR_TEXT_MAX = 200 };

struct cursor {
    bool backward;
    int64_t position; /* of the first row behind it, or last before it */
    unsigned count;   /* of values: one for each key of the listing */
    struct {
        struct text text; /* SQL text, or TEXT_NULL */
        bool cut;         /* it is only the beginning */
    } values[LISTING_KEYS_MAX];
};

/* In the arena; -ERR_TOO_LARGE when that is full. */
int cursor_seal(const struct cursor *cursor, const struct mac_key *key,
                uint64_t query, struct arena *arena, struct text *ret_text)
    MUST_CHECK;

/* -ERR_INVALID_CURSOR, or -ERR_CURSOR_MISMATCH: it is of another query. */
int cursor_open(struct text text, const struct mac_key *key, uint64_t query,
                struct arena *arena, struct diag *diag,
                struct cursor *ret_cursor) MUST_CHECK;

/* A value for a cursor: cut, between two code points, when it is long. */
void cursor_set(struct cursor *cursor, unsigned place, struct text value,
                bool may_cut);
