/* SPDX-License-Identifier: MIT */
/*
 * Room only: what an answer of the database must hold, taken out of it. It
 * comes over a link that may garble it, so what makes no sense ends the request
 * (ERR_QUERY_FAILED) and not the process.
 */
#pragma once

#include "base/error.h"
#include "base/id.h"
#include "database/rows.h"

int cell_number(struct text cell, int64_t *ret, struct diag *diag) MUST_CHECK;
int cell_uuid(struct text cell, struct uuid *ret, struct diag *diag) MUST_CHECK;

/* There is exactly one row. */
int cell_one_row(const struct rows *rows, struct diag *diag) MUST_CHECK;
