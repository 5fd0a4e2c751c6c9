/* SPDX-License-Identifier: MIT */
/*
 * Room only: the objects that a transaction has changed, and the telling of
 * it: before COMMIT, so that nobody is given what was before, and after it.
 * The one caller is store/scope.c, which sees every write of a store.
 */
#pragma once

#include "cache/cache.h"
#include "store/scope.h"

/* Zeroed it is empty. */
struct touched {
    struct cache_touch *items;
    unsigned count, capacity;
    bool many;   /* more than are kept, or nobody knows which */
    bool marked; /* told to Redis */
};

void touched_fini(struct touched *touched);

/* Begins anew: the transaction does. */
void touched_clear(struct touched *touched);

/* What the write came to, if it changed an object that may be remembered. */
int touched_note(const struct store *store, struct touched *touched,
                 const struct writing *writing, struct diag *diag) MUST_CHECK;

/* Must nobody be told of a write that ends by then? */
bool touched_is_nobodys_business(const struct store *store,
                                 struct deadline until) MUST_CHECK;

/* As the last of a transaction that will be committed. */
YIELDS int touched_tell(const struct store *store, struct touched *touched,
                        struct transaction *transaction) MUST_CHECK;

/*
 * The transaction's result was r, which is given back; or -ERR_OUTCOME_UNKNOWN
 * when it is committed and cannot be acknowledged.
 */
YIELDS int touched_end(const struct store *store, struct touched *touched,
                       int r, struct diag *diag) MUST_CHECK;
