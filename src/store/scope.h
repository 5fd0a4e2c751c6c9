/* SPDX-License-Identifier: MIT */
/*
 * Room only: the one way from a store to its database, and the one place that
 * tells the database who asks. A store asks its pool, each write a transaction
 * of its own in one round trip; a store inside a transaction
 * (store_together()) asks everything there. Errors of a transaction are moved
 * to the caller's diag.
 */
#pragma once

#include "database/transaction.h"
#include "store/store_impl.h"

/* The same, whose reads outside of transactions all ask the primary. */
struct store scope_at_primary(const struct store *store);

/* A read by key, shared with the reads of others; pool_read(). */
YIELDS int scope_read(struct store *store, const struct statement *statement,
                      const struct text *params, unsigned count,
                      struct deadline until, struct rows **ret_rows,
                      struct diag *diag) MUST_CHECK;

/* One that may be slow; pool_read_alone(). */
YIELDS int scope_read_alone(struct store *store,
                            const struct statement *statement,
                            const struct text *params, unsigned count,
                            struct deadline until, struct rows **ret_rows,
                            struct diag *diag) MUST_CHECK;

/* The living object with this id; loader_get(). */
YIELDS int scope_get(struct store *store, struct entry *entry, struct uuid id,
                     struct deadline until, struct row *ret_row,
                     struct diag *diag) MUST_CHECK;

/* A write, and what it came to. */
struct writing {
    const struct statement *lock; /* goes first, with params[0]; or NULL */
    /* It writes one object of this entry, whose id is params[0], and gives id
     * and version, or all of it: found again by store/recall.h. Or NULL. */
    const struct entry *entry;
    const struct statement *statement;
    const struct text *params;
    unsigned count;
    /* The object that it changes, if others may remember it. */
    const struct resource *touches; /* NULL: none */
    struct text id;                 /* TEXT_NULL: column 0 of the row */
    unsigned version_column;        /* NULL there: it was not changed */
    bool whole;                     /* the row is all of it */
    bool unversioned;     /* changes only what lists show beside the object */
    struct rows *rows;    /* the caller's, to be unreferenced */
    struct commit commit; /* nothing is known of one that is to come */
};

YIELDS int scope_write(struct store *store, struct writing *writing,
                       struct deadline until, struct diag *diag) MUST_CHECK;

/*
 * A transaction of the store's own actor, who is added to the options (may be
 * NULL; without settings); for a store outside of one. transaction_run().
 */
YIELDS int scope_run(const struct store *store,
                     const struct transaction_options *options,
                     transaction_fn *body, void *arg, struct deadline until,
                     struct commit *ret_commit, struct diag *diag) MUST_CHECK;
