/* SPDX-License-Identifier: MIT */
/* Room only: what all writes have in common. */
#pragma once

#include "store/store_impl.h"

/* Parameters of a write: two that are always there, then the members. */
enum { WRITE_ID, WRITE_SECOND, WRITE_MEMBERS, WRITE_PARAMS_MAX = 66 };

/*
 * The values of all writable members in the shape's order, of which there must
 * be one for each. Returns how many.
 */
unsigned write_all_values(const struct shape *shape,
                          const struct values *values, struct text *ret);

/* The one row that came back: notes id and version, appends the object. */
int write_row(const struct entry *entry, const struct rows *rows,
              struct buffer *buffer, struct stored *ret_stored,
              struct diag *diag) MUST_CHECK;

/* Without appending it. */
int write_row_noted(const struct rows *rows, struct stored *ret_stored,
                    struct diag *diag) MUST_CHECK;
