/* SPDX-License-Identifier: MIT */
/*
 * A JSON pointer (RFC 6901) in the making, for violations. A name that does not
 * fit is cut between two code points.
 */
#pragma once

#include "base/text.h"

enum { POINTER_BYTES = 512 };

struct pointer {
    size_t len;
    char at[POINTER_BYTES]; /* with a NUL behind it */
};

void pointer_add_name(struct pointer *pointer, struct text name);
void pointer_add_place(struct pointer *pointer, size_t place);

/* Back to an earlier length. */
void pointer_cut(struct pointer *pointer, size_t len);
