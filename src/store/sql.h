/* SPDX-License-Identifier: MIT */
/*
 * Room only: the SQL of what is the same for each call, made from the shape
 * (sql.c: names, types, by key; sql_list.c: lists; sql_write.c: changes). All
 * SQL text of the store is in these files: another dialect has one place. They
 * append to a buffer; values are parameters.
 */
#pragma once

#include "store/resource.h"

/* "text", "bigint": what a parameter for this member is cast to. */
const char *sql_type(enum field_type type);

/* The column as it is compared and sorted: text by code point. */
void sql_ordered(struct buffer *sql, const char *prefix,
                 const struct field *field);

/* One column as shape_encode() wants it. The prefix is "" or "t.". */
void sql_column(struct buffer *sql, const char *prefix,
                const struct field *field);

/* All columns of the selection, with commas between them. */
void sql_columns(struct buffer *sql, const char *prefix,
                 const struct selection *selection);

/* The living with ids in $1, a list of uuids; columns in the shape's order. */
void sql_by_id(struct buffer *sql, const struct resource *resource);

/* Objects that one embedding may hold, on a page as in a single object. */
enum { EMBEDDED_MAX = 20000 };

/*
 * What is embedded into objects: $1 is a list of their ids or, of a single
 * object, of the values of embed->by. Column 0 is that key, by which the rows
 * are ordered; the columns of the embedded shape follow. Of too many there is
 * one row above EMBEDDED_MAX.
 */
void sql_embedded(struct buffer *sql, const struct embed *embed);

/*
 * $1 the id, $2 created_by, $3 … the writable members in the shape's order,
 * then the sealed columns.
 */
void sql_create(struct buffer *sql, const struct resource *resource);

/*
 * Changes: $1 is the id, $2 a list of versions, of which it must have one, or
 * null, $3 … the values.
 * Each answers with the row as it is then, or no row; delete and purge tell
 * only id and version.
 */
void sql_replace(struct buffer *sql, const struct resource *resource);
void sql_merge(struct buffer *sql, const struct resource *resource,
               const struct values *values);
void sql_delete(struct buffer *sql, const struct resource *resource);
void sql_restore(struct buffer *sql, const struct resource *resource);
void sql_purge(struct buffer *sql, const struct resource *resource);

/* $1 an id; version, is it deleted, is it kept from being deleted? */
void sql_state(struct buffer *sql, const struct resource *resource);

/*
 * $1 an id: no other transaction makes or purges an object with it until this
 * one ends (why: schema/system/0003-versions.up.sql).
 */
void sql_lock_id(struct buffer *sql, const struct resource *resource);
