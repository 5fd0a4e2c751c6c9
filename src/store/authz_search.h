/* SPDX-License-Identifier: MIT */
/*
 * Whom, what and which action a permission is for (AuthZEN § 8). Complete and
 * in pages by key; the store must be bound to `authz:check`. What is answered
 * is what routes/authzen_decide.c would decide.
 */
#pragma once

#include "auth/permission_set.h"
#include "store/authz.h"

/* Where a page begins and how long it is. */
struct search_page {
    struct text after; /* the last one before it, or TEXT_NULL */
    unsigned limit;
};

/* Whose the resource is that subjects are searched for. */
struct search_owner {
    bool is_known;
    struct text user_id; /* TEXT_NULL: of nobody who is a user of ours */
};

/* Each of these gives up to limit + 1 rows, ordered by their one column. */

/* Ids of active users who may do it. */
YIELDS int authz_subjects(struct store *store, const struct asked_keys *asked,
                          const struct search_owner *owner,
                          const struct search_page *page, struct deadline until,
                          struct rows **ret_rows, struct diag *diag) MUST_CHECK;

/*
 * Ids of living objects to which the user may do it. No rows (NULL) where
 * nothing can be: asked for a type that is none of ours, or without a right.
 */
YIELDS int authz_resources(struct store *store, const struct asked_keys *asked,
                           enum may may, struct text user_id,
                           const struct search_page *page, struct arena *arena,
                           struct deadline until, struct rows **ret_rows,
                           struct diag *diag) MUST_CHECK;

/* Names of the type's actions that any permission knows. */
YIELDS int authz_actions(struct store *store, const struct asked_keys *asked,
                         const struct search_page *page, struct deadline until,
                         struct rows **ret_rows, struct diag *diag) MUST_CHECK;

/*
 * A place in the results of this query, as a text that only we can make, in
 * the arena. -ERR_INVALID_CURSOR: it is none of ours; -ERR_CURSOR_MISMATCH: of
 * another query.
 */
int search_page_seal(const struct store *store, const struct search_page *page,
                     struct text query, struct arena *arena,
                     struct text *ret_token, struct diag *diag) MUST_CHECK;
int search_page_open(const struct store *store, struct text token,
                     struct text query, struct arena *arena,
                     struct search_page *ret_page, struct diag *diag)
    MUST_CHECK;
