/* SPDX-License-Identifier: MIT */
/*
 * The objects of one loop's database: read one, read many, write. It knows
 * what to ask and how rows become JSON; it knows no HTTP.
 *
 * All functions that write JSON append to the buffer and answer
 * -ERR_TOO_LARGE when its limit was passed; after any error the buffer's bytes
 * are to be thrown away. Beside the errors named here there are those of
 * database/connection.h and pool.h.
 */
#pragma once

#include "auth/mac.h"
#include "base/bytes.h"
#include "base/id.h"
#include "database/nodes.h"
#include "database/transaction.h"
#include "store/listing.h"

/*
 * On whose behalf, which goes to the database with all that is asked: its
 * policies judge by the rights, its audit tells of the rest. The texts are
 * borrowed, TEXT_NULL where there is none.
 */
struct actor {
    struct text user_id;    /* a UUID: whose own things are */
    struct text rights;     /* permission keys between spaces; "*:*": all */
    struct text request_id; /* of writes: for the audit */
    struct text route;      /* of writes: the route's template */
};

/* Where an object came from, when caches were asked for it. */
struct provenance {
    enum { FROM_NO_CACHE, FROM_NEAR, FROM_REDIS, FROM_DATABASE } from;
    bool stored;    /* from the database, and others may now have it */
    int instead_of; /* -ERR_x of the database, which it was asked for in vain */
    uint64_t age_ns; /* since it was read from the database */
};

/* What a caller may want to know of all that a store did on its behalf. */
struct trail {
    struct provenance provenance;
    struct log_point written;  /* behind its last write; nowhere: none */
    uint64_t age_ms;           /* of the oldest that it read; 0: it was new */
    struct cache_story *story; /* to be made; NULL: nobody asks */
};

enum { CACHE_STORY_BYTES = 256 };

/* Why it came from there: members of a field Cache-Status (RFC 9211). */
struct cache_story {
    char members[CACHE_STORY_BYTES];
};

/*
 * What all functions ask: the objects of one loop's database, for one actor.
 * Light, to be copied at will; its members are the store's own.
 */
struct store {
    unsigned magic;
    struct stock *stock;             /* what all of a loop's share */
    struct transaction *transaction; /* all is asked inside it; NULL: none */
    bool *ret_rights_written;        /* there: it writes what rights are of */
    struct touched *touched;         /* there: the objects it changes */
    struct actor actor;
    struct consistency consistency; /* of reads outside of transactions */
    struct trail *trail;            /* or NULL */
};

/*
 * Nobody's: it sees nothing and may do nothing, so it is for store_as(). The
 * pool must outlive it and its copies. `key` seals cursors; all instances of
 * the service must have the same.
 */
struct store *store_new(struct pool *pool, const struct mac_key *key)
    MUST_CHECK;

/* The same over nodes: reads go where their consistency lets them. */
struct store *store_new_over(struct nodes *nodes, const struct mac_key *key)
    MUST_CHECK;

struct freshness;

/*
 * From now on a write of what rights are made of (users, roles, grants …) is
 * acknowledged when no process uses the rights of before any more; see
 * rights_settle(). Without it whoever writes sees to that.
 */
void store_settle_rights(struct store *store, struct freshness *freshness);

struct cache;
struct cache_switch;

/*
 * From now on writes are told to all who remember objects, through the switch,
 * and through the cache if there is one (else NULL), from which reads of single
 * objects are answered. Without this nobody is told, which is for programs that
 * run when no service does. Both must outlive the store.
 */
void store_use_caches(struct store *store, struct cache_switch *cache_switch,
                      struct cache *cache);

/* Nobody may be reading any more. NULL is taken. */
void store_free(struct store **store);

/*
 * The same for this actor. A store inside a transaction stays its actor's, who
 * was told to the database when that began.
 */
struct store store_as(const struct store *store, const struct actor *actor);

/* ---- reading ----------------------------------------------------------- */

/*
 * Appends one living object. -ERR_NOT_FOUND. Reads that wait at the same time
 * share one statement.
 */
YIELDS int store_get(struct store *store, const struct view *view,
                     struct uuid id, struct deadline until,
                     struct buffer *buffer, int64_t *ret_version,
                     struct diag *diag) MUST_CHECK;

/*
 * The same as bytes, to be unreferenced, of which others may be given the same:
 * whole objects that everybody sees alike are remembered (cache/cache.h).
 */
YIELDS int store_get_bytes(struct store *store, const struct view *view,
                           struct uuid id, struct deadline until,
                           struct bytes **ret_body, int64_t *ret_version,
                           struct diag *diag) MUST_CHECK;

/*
 * The page as a bare array, to be unreferenced; the page's texts live in the
 * listing's arena. Those who ask for the same at the same time, and may see
 * the same, share one answer, which is read after each of them asked.
 * -ERR_INVALID_CURSOR when the cursor is none of ours, -ERR_CURSOR_MISMATCH
 * when it belongs to another filter or order.
 */
YIELDS int store_list(struct store *store, const struct listing *listing,
                      struct deadline until, struct bytes **ret_body,
                      struct page *ret_page, struct diag *diag) MUST_CHECK;

/* ---- writing ----------------------------------------------------------- */

struct stored {
    struct uuid id;
    int64_t version;
};

/*
 * Makes an object of what shape_read(…, SHAPE_CREATE) found and appends it.
 * Violations are named by JSON pointers:
 *   -ERR_DUPLICATE   the members of the key that is taken
 *   -ERR_VALIDATION  `unknown_reference`, and what only the database can tell
 *   -ERR_OUTCOME_UNKNOWN
 * Each write is a transaction of its own, but for those inside one
 * (store_together()).
 */
YIELDS int store_create(struct store *store, const struct resource *resource,
                        const struct values *values, struct deadline until,
                        struct buffer *buffer, struct stored *ret_stored,
                        struct diag *diag) MUST_CHECK;

enum { IF_VERSIONS_MAX = 8 };

/* The same of a resource with sealed columns: a text for each of them. */
YIELDS int store_create_sealed(struct store *store,
                               const struct resource *resource,
                               const struct values *values,
                               const struct text *sealed, struct deadline until,
                               struct buffer *buffer, struct stored *ret_stored,
                               struct diag *diag) MUST_CHECK;

/* How an object that is there already is changed. */
struct change {
    unsigned if_count; /* only these versions of it; 0: whichever it is */
    int64_t if_versions[IF_VERSIONS_MAX];
};

/*
 * The changes below find the object by its id and write it anew, but for what
 * is said of each. What they have in common:
 *   -ERR_NOT_FOUND            there is none, or none that the actor sees; a
 *                             deleted one is none
 *   -ERR_FORBIDDEN            the actor sees it and may not do this to it
 *   -ERR_PRECONDITION_FAILED  it is of none of if_versions; nothing changed
 * and the errors of store_create(). The same values again are no change: the
 * version stays.
 */

/* All writable members, as shape_read(…, SHAPE_REPLACE) found them. */
YIELDS int store_replace(struct store *store, const struct resource *resource,
                         struct uuid id, const struct values *values,
                         const struct change *change, struct deadline until,
                         struct buffer *buffer, struct stored *ret_stored,
                         struct diag *diag) MUST_CHECK;

/*
 * The members that patch_apply() found to be changed, as whole values; maybe
 * none. An object is not merged with the one that is stored.
 */
YIELDS int store_merge(struct store *store, const struct resource *resource,
                       struct uuid id, const struct values *values,
                       const struct change *change, struct deadline until,
                       struct buffer *buffer, struct stored *ret_stored,
                       struct diag *diag) MUST_CHECK;

/* Makes an object with this id; -ERR_PRECONDITION_FAILED when it is taken. */
YIELDS int store_create_as(struct store *store, const struct resource *resource,
                           struct uuid id, const struct values *values,
                           struct deadline until, struct buffer *buffer,
                           struct stored *ret_stored, struct diag *diag)
    MUST_CHECK;

/* So that it is not seen any more. Writes nothing. -ERR_SYSTEM */
YIELDS int store_delete(struct store *store, const struct resource *resource,
                        struct uuid id, const struct change *change,
                        struct deadline until, struct stored *ret_stored,
                        struct diag *diag) MUST_CHECK;

/* The reverse; -ERR_NOT_FOUND when no deleted object has this id. */
YIELDS int store_restore(struct store *store, const struct resource *resource,
                         struct uuid id, const struct change *change,
                         struct deadline until, struct buffer *buffer,
                         struct stored *ret_stored, struct diag *diag)
    MUST_CHECK;

/*
 * For good, also of what was deleted before. Writes nothing; the version is
 * the last it had. -ERR_SYSTEM, -ERR_REFERENCED
 */
YIELDS int store_purge(struct store *store, const struct resource *resource,
                       struct uuid id, const struct change *change,
                       struct deadline until, struct stored *ret_stored,
                       struct diag *diag) MUST_CHECK;

/* ---- several together -------------------------------------------------- */

/*
 * Asks the store it is given, inside which everything above is one
 * transaction, and returns 0 to commit or -ERR_x to roll back. After an error
 * of the store there is nothing more to ask. It may run more than once, so it
 * must not do anything a rollback does not undo. Errors are handed on.
 */
typedef int store_fn(struct store *inside, void *arg);

/*
 * Runs the body in a transaction; given a store that is inside one already, in
 * that. What fails is rolled back when this returns, but for want of time.
 * -ERR_x of the body or of the database, or -ERR_OUTCOME_UNKNOWN.
 */
YIELDS int store_together(struct store *store, store_fn *body, void *arg,
                          struct deadline until, struct diag *diag) MUST_CHECK;

/*
 * Runs a body that asks the database by itself, for work in bulk: once,
 * whatever fails, since what it takes or gives cannot be had again. Only for a
 * store outside of transactions.
 */
YIELDS int store_bulk(struct store *store, transaction_fn *body, void *arg,
                      struct deadline until, struct diag *diag) MUST_CHECK;
