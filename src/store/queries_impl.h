/* SPDX-License-Identifier: MIT */
/* Room only: how queries are gathered. */
#pragma once

#include "base/check.h"
#include "store/queries.h"
#include "store/resource.h"

/*
 * Adds one with the text in `sql`, which is emptied, or with the statement's
 * own when that is empty; NULL when the arena is full. Nothing is expected yet.
 */
struct query *queries_add(struct queries *queries, struct statement statement,
                          struct buffer *sql, unsigned parameter_count,
                          unsigned column_count);

/* A statement still without its text, by its name in metrics. */
struct statement queries_named(struct queries *queries, const char *table,
                               const char *what);

/* Columns `first` … are these members. NULL is taken. */
void query_reads(struct query *query, unsigned first,
                 const struct selection *selection);

/* Parameter `place`, from 0, is such a member. NULL is taken. */
void query_takes(struct query *query, unsigned place,
                 const struct field *field);

/* Those of queries_lists.c; false when the arena is full. */
bool queries_add_lists(struct queries *queries, struct buffer *sql) MUST_CHECK;
