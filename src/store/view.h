/* SPDX-License-Identifier: MIT */
/*
 * What a reader wants to see of an object: which of its members (`fields=`)
 * and which related objects beside them (`embed=`). Pure.
 */
#pragma once

#include "base/parameters.h"
#include "store/resource.h"

struct view {
    const struct resource *resource;
    struct selection selection;
    uint32_t embeds; /* bit i: resource->embeds[i] */
};

/* All members, nothing embedded. */
void view_all(const struct resource *resource, struct view *ret_view);

/*
 * The parameters of a single object: `fields` and `embed`, each at most once.
 * Every fault is a violation; then -ERR_INVALID_PARAMETER.
 */
int view_parse(const struct resource *resource,
               const struct parameters *parameters, struct diag *diag,
               struct view *ret_view) MUST_CHECK;

/* The same object, seen in full: what is kept and compared by version alone. */
static inline bool view_is_whole(const struct view *view)
{
    return view->embeds == 0 &&
           view->selection.count == shape_count(view->resource->shape);
}

/*
 * Appends an entity tag without quotes: the version; behind it the selection,
 * where there is one; and where something is embedded, whose versions are not
 * the object's, a digest of the body.
 */
void view_tag(const struct view *view, int64_t version, struct text body,
              struct buffer *buffer);
