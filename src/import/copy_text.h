/* SPDX-License-Identifier: MIT */
/*
 * Rows in the text form of COPY: columns with tabs between them, a line end
 * behind, a backslash before what would be taken for one of these.
 */
#pragma once

#include "base/buffer.h"

/* Begins a row with a number as its first column. */
void copy_row(struct buffer *rows, uint64_t first);

/* A further column; TEXT_NULL is NULL. */
void copy_column(struct buffer *rows, struct text t);
void copy_number(struct buffer *rows, int64_t value);

void copy_row_end(struct buffer *rows);
