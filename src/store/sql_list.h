/* SPDX-License-Identifier: MIT */
/* Room only: the SQL of lists. See sql.h. */
#pragma once

#include "store/cursor.h"

/*
 * One page: the selection's columns, then the listing's extras. It asks for
 * one row more than the limit, to tell whether there are more. The cursor may
 * be NULL; when it goes backward, so do the rows. What the listing's own
 * parameters are followed by is added to `params`.
 *
 * Behind a cursor the page is found by index wherever the order has one: the
 * rows to come are a few ranges, each read for itself and then put together.
 */
void sql_page(struct buffer *sql, const struct listing *listing,
              const struct cursor *cursor, struct params *params);

/* The same without the text: what it is to be asked with. */
void sql_page_params(const struct listing *listing, const struct cursor *cursor,
                     struct params *params);

/* The limit where pages of it have a statement of their own; otherwise 0. */
unsigned sql_usual_limit(unsigned limit);

/* Column 0: how many rows there are on all pages together. */
void sql_count(struct buffer *sql, const struct listing *listing);

/* The planner's thoughts, whose estimate sql_estimate_read() finds. */
void sql_estimate(struct buffer *sql, const struct listing *listing);
int64_t sql_estimate_read(struct text plan);

/* A cursor by the name of `exported` over the selection's columns, all rows. */
void sql_export(struct buffer *sql, const struct listing *listing);

/* Conditions and order: what a cursor is bound to. Values are not in it. */
void sql_query(struct buffer *sql, const struct listing *listing);

/* A list of values as one parameter. False when the arena is full. */
bool sql_list_value(const struct text *items, size_t count, struct arena *arena,
                    struct text *ret_value) MUST_CHECK;

/* What OP_LIKE takes: contains this. False when the arena is full. */
bool sql_like_value(struct text part, struct arena *arena,
                    struct text *ret_value) MUST_CHECK;
