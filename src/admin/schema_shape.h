/* SPDX-License-Identifier: MIT */
/*
 * What a database's catalogs say of its schema, object by object, to be held
 * against another's: tables, columns, constraints, indexes, triggers,
 * functions, policies, types, extensions and grants. Partitions are left out:
 * which there are is a matter of time.
 */
#pragma once

#include "base/buffer.h"
#include "database/connection.h"

/* Rows (name, definition), ordered by name byte by byte. */
YIELDS int schema_shape_read(struct connection *connection,
                             struct deadline until, struct rows **ret_shape,
                             struct diag *diag) MUST_CHECK;

enum shape_kind { SHAPE_MISSING, SHAPE_UNKNOWN, SHAPE_DIFFERENT };

typedef void shape_fn(enum shape_kind kind, struct text name,
                      struct text wanted, struct text found, void *arg);

/* Calls fn for each object that is missing, unknown to `wanted`, or another
 * one. Pure. */
void schema_shape_compare(const struct rows *wanted, const struct rows *found,
                          shape_fn *fn, void *arg);
