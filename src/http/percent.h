/* SPDX-License-Identifier: MIT */
/* Percent-encoding (RFC 3986 § 2.1) and query strings. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/parameters.h"

/*
 * Decodes once. Text without a '%' is returned as it is, other text lives in
 * the arena. With `plus`, '+' stands for a space, as in HTML forms.
 *   -ERR_BAD_REQUEST   a '%' without two hexadecimal digits, a NUL, or no UTF-8
 *   -ERR_TOO_LARGE     the arena is full
 */
int percent_decode(struct text t, bool plus, struct arena *arena,
                   struct text *ret_text) MUST_CHECK;

/* Appends text with everything but RFC 3986's unreserved characters encoded. */
struct buffer;
void percent_encode(struct buffer *buffer, struct text t);

/* More than the ids of a largest page, one by one: `id=…&id=…`. */
enum { PARAMETERS_MAX = 256 };

/*
 * Splits `a=1&b=2` at '&', decodes names and values; `a` alone has the value
 * "". Empty pieces are skipped. Lives in the arena. -ERR_INVALID_PARAMETER
 * broken encoding, or more than PARAMETERS_MAX
 */
int parameters_parse(struct text query, struct arena *arena, struct diag *diag,
                     struct parameters *ret_parameters) MUST_CHECK;
