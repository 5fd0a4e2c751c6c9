/* SPDX-License-Identifier: MIT */
/* Room only: related objects, read for all objects of a page at once. */
#pragma once

#include "database/rows.h"
#include "store/store_impl.h"

/* What was found for one `embed=` name; the rows are ordered by their key. */
struct embedded {
    const struct embed_plan *plan;
    struct rows *rows; /* NULL: nothing was asked for */
};

/*
 * `keys` is a list of uuids as a parameter; TEXT_NULL asks nothing.
 * -ERR_INVALID_PARAMETER where there are more than EMBEDDED_MAX.
 */
YIELDS int embedded_read(struct store *store, const struct embed_plan *plan,
                         struct text keys, struct deadline until,
                         struct embedded *ret_embedded, struct diag *diag)
    MUST_CHECK;

/* Writes `,"name":` and the object or null, or the list, of this key. */
void embedded_encode(const struct embedded *embedded, struct text key,
                     struct buffer *buffer);

/* Writes `,"name":` alone. */
void embedded_encode_name(const struct embed *embed, struct buffer *buffer);

/* Fits CLEANUP. */
void embedded_end(struct embedded *embedded);
