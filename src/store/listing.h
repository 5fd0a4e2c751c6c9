/* SPDX-License-Identifier: MIT */
/*
 * A list as it was asked for (api.md § 2): conditions, order, page, view.
 * Parsing is pure and checks every name against the shape, so that the SQL
 * made of a listing holds names of ours only; values travel as parameters.
 */
#pragma once

#include "base/parameters.h"
#include "store/view.h"

enum {
    LISTING_LIMIT = 25,      /* rows of a page when nobody says how many */
    LISTING_LIMIT_MAX = 200, /* … and at most, unless the options say so */
    LISTING_KEYS_MAX = 8,    /* members to sort by, `id` included */
    LISTING_CLAUSES_MAX = 64,
};

enum counting {
    COUNT_DEFAULT, /* by position exactly, by cursor not */
    COUNT_NONE,
    COUNT_ESTIMATED,
    COUNT_EXACT,
};

struct listing_options {
    enum counting count;     /* Prefer: count=… */
    bool may_see_deleted;    /* the caller has <resource>:restore */
    struct text owner;       /* only what belongs to this user; or TEXT_NULL */
    const char *const *also; /* parameters that are the route's; or NULL */
    unsigned limit_max;      /* of a page's rows; 0: LISTING_LIMIT_MAX */
    bool whole; /* all rows, bare: `embed`, `limit` and the like are unknown */
};

struct listing;

/*
 * The listing lives in the arena and borrows the parameters. Every fault is a
 * violation named by its parameter; then -ERR_INVALID_PARAMETER.
 * -ERR_FORBIDDEN for `deleted` without the right to see them, -ERR_TOO_LARGE
 * when the arena is full. Options may be NULL.
 */
int listing_parse(const struct resource *resource,
                  const struct parameters *parameters,
                  const struct listing_options *options, struct arena *arena,
                  struct diag *diag, struct listing **ret_listing) MUST_CHECK;

const struct resource *listing_resource(const struct listing *listing);
const struct view *listing_view(const struct listing *listing);
unsigned listing_limit(const struct listing *listing);

/* Of living objects alone, and of nothing beside them. */
bool listing_is_plain(const struct listing *listing);

/*
 * The resources whose objects it shows, its own first: whoever may read all of
 * each sees what all such readers see. 0 where others may not have it: deleted
 * objects, and links that end by themselves.
 */
enum { LISTING_SHOWS_MAX = 4 };
unsigned listing_shows(const struct listing *listing,
                       const struct resource *ret_shown[LISTING_SHOWS_MAX]);

enum { LISTING_RIGHTS_BYTES = 128 };

/* The rights of such a reader, "bills:read people:read", or "". */
void listing_rights(const struct listing *listing,
                    char ret_rights[static LISTING_RIGHTS_BYTES]);

/* By `offset`, `_start`, `range`, not by cursor. */
bool listing_is_by_position(const struct listing *listing);

enum { TOTAL_NONE = -1 };

/* What was found, beside the rows. The cursors live in the listing's arena. */
struct page {
    unsigned count; /* of rows; 0 to the limit */
    /*
     * The first row's place among all. Behind cursors it is counted along the
     * way from the first page: exact as long as nobody writes meanwhile.
     */
    int64_t first;
    bool has_next, has_prev;
    struct text next, prev; /* cursors; TEXT_NULL by position and at the ends */
    int64_t total;          /* or TOTAL_NONE */
    bool total_is_estimate;
};
