/* SPDX-License-Identifier: MIT */
/*
 * How many objects there are of each kind: the conditions of a list, and
 * instead of its page the values of one of the resource's dimensions with
 * their counts.
 */
#pragma once

#include "store/store.h"

enum { GROUPING_MAX = 8 }; /* dimensions at once */

/* How groups are asked for, and how they are told. */
struct grouping_form {
    const char *parameter; /* with the names of dimensions */
    unsigned max;          /* of them */
    const char *key;       /* member with the value */
    bool frequent_first;   /* or ordered by value, nulls last */
    bool named;            /* an object of lists, or the one list bare */
};

/* {"status": [{"value", "count"}], …} */
extern const struct grouping_form grouping_facets;

/* [{"key", "count"}] */
extern const struct grouping_form grouping_analytics;

struct grouping;

/*
 * The parameters of a list, but for what says which page of it, in which order
 * and which members; and the form's own. Lives in the arena, borrows the
 * parameters. Errors are those of listing_parse().
 */
int grouping_parse(const struct resource *resource,
                   const struct grouping_form *form,
                   const struct parameters *parameters,
                   const struct listing_options *options, struct arena *arena,
                   struct diag *diag, struct grouping **ret_grouping)
    MUST_CHECK;

/* Appends all groups, none left out; of several dimensions from one instant. */
YIELDS int grouping_read(struct store *store, const struct grouping *grouping,
                         struct deadline until, struct buffer *buffer,
                         struct diag *diag) MUST_CHECK;
