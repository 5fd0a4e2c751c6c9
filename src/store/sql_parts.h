/* SPDX-License-Identifier: MIT */
/* Room only: the parts that a list's SQL is put together of. */
#pragma once

#include "store/cursor.h"

/* Takes the number of the parameter with the words. */
#define WEB_SEARCH "websearch_to_tsquery('pg_catalog.english', $%u::text)"

/* ` WHERE …`: all conditions of the listing. */
void sql_clauses(struct buffer *sql, const struct listing *listing);

/* How well `q` is met. */
void sql_rank(struct buffer *sql, const struct listing *listing);

/* A key as it is sorted. */
void sql_key(struct buffer *sql, const struct listing *listing,
             const struct key *key);

/* ` ORDER BY …` of all keys, or its exact reverse. */
void sql_order(struct buffer *sql, const struct listing *listing,
               bool backward);

/* What one page is made by; the cursor may be NULL. */
struct paging {
    struct buffer *sql;
    const struct listing *listing;
    const struct cursor *cursor;
    /* Numbers of parameters; 0: has none. */
    unsigned values[LISTING_KEYS_MAX], limit, offset;
};

/* ` FROM …`: the table, or what is behind the cursor, in no order. */
void sql_source(const struct paging *p);

/* ` ORDER BY … LIMIT …` */
void sql_order_and_limit(const struct paging *p);
