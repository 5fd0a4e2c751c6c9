/* SPDX-License-Identifier: MIT */
/*
 * The connections of one loop to one node. Some are lent to one fiber at a
 * time (writes, lists, COPY); a few, the lanes, are shared by all fibers for
 * reads by key. A connection's state is the list it is on.
 */
#pragma once

#include "database/connection.h"
#include "resilience/breaker.h"
#include "resilience/retry.h"
#include "runtime/loop.h"

struct driver;
struct pool;
struct slow_log;
struct target;

struct pool_options {
    const char *name;             /* metric label, static: "primary" */
    const char *connect_name;     /* its breakers', static: */
    const char *query_name;       /* "primary_connect", "primary_query" */
    const char *application_name; /* how the database's views name us */
    unsigned lanes;               /* connections shared for reads by key */
    unsigned min, max;            /* connections to be lent, kept and at most */
    unsigned waiters_max;         /* fibers waiting for one, at most */
    unsigned wait_max_ms;         /* longest wait for one */
    unsigned connect_timeout_ms;
    unsigned statement_timeout_ms; /* the sessions' default, … */
    unsigned statement_longest_ms; /* … and what a deadline makes of it */
    unsigned idle_timeout_ms;      /* above min; 0: kept for ever */
    unsigned lifetime_ms;          /* jittered by a tenth; 0: for ever */
    bool pooled;                   /* see open_options in driver.h */
    struct slow_log *slow_log;     /* told of what takes long; or NULL */
    /* Told when somebody notified a channel that a connection listens to; or
     * NULL. On the loop, outside of any fiber. */
    void (*notified)(void *arg);
    void *notified_arg;
    bool once; /* nothing is tried again: who asks knows another node */
};

/* 2 lanes, 0..8 to be lent, 250 ms wait, 500 ms connect, … */
struct pool_options pool_options_default(void);

/*
 * Makes the pool and begins to open its lanes and `min` connections in the
 * background; on the loop's thread. It never waits and never fails. Driver and
 * target must outlive the pool; the options are copied (their strings are not).
 */
struct pool *pool_start(struct loop *loop, const struct driver *driver,
                        const struct target *target,
                        const struct pool_options *options) MUST_CHECK;

/*
 * Other options, without a break: what is open and does not suit them any more
 * is replaced, or closed, once nobody uses it. The names and lanes stay.
 */
void pool_adjust(struct pool *pool, const struct pool_options *options);

/*
 * Lends no more, waits until what was lent is back (until the deadline, then
 * the links are cut), closes all and frees the pool. Connections cut must
 * still be put back before this returns, so holders must not wait for it.
 */
YIELDS void pool_stop(struct pool **pool, struct deadline until);

/* Waits until a connection was made: for starting up. */
YIELDS int pool_wait_ready(struct pool *pool, struct deadline until,
                           struct diag *diag) MUST_CHECK;

/* --- lending ------------------------------------------------------------- */

/*
 * Lends a connection. It waits for one at most half of the time left and
 * wait_max_ms. -ERR_OVERLOADED, -ERR_CONNECT_FAILED, -ERR_TOO_MANY_CONNECTIONS,
 * -ERR_DRAINING, -ERR_DEADLINE, -ERR_CANCELLED; and at once, without asking the
 * database anything, -ERR_UNAVAILABLE while a breaker is open.
 */
YIELDS int pool_get(struct pool *pool, struct deadline until,
                    struct connection **ret_connection, struct diag *diag)
    MUST_CHECK;

/*
 * Gives it back; fits CLEANUP, NULL is taken. What is not clean is cancelled
 * and rolled back in the background before anybody gets it, or closed.
 */
void pool_put(struct connection **connection);

/* --- reads --------------------------------------------------------------- */

/*
 * One read by key on a lane, shared with the reads of other fibers, each in
 * its own scope (may be NULL). The statement must be a read and quick: what
 * waits behind it waits for it. Tried again as resilience/retry.def says.
 */
YIELDS int pool_read(struct pool *pool, const struct scope *scope,
                     const struct statement *statement,
                     const struct text *params, unsigned count,
                     struct deadline until, struct rows **ret_rows,
                     struct diag *diag) MUST_CHECK;

/*
 * A read that may be slow (lists, search), on a connection of its own. When
 * the deadline passes or the fiber is cancelled the database is told to stop.
 * Tried again as pool_read().
 */
YIELDS int pool_read_alone(struct pool *pool, const struct scope *scope,
                           const struct statement *statement,
                           const struct text *params, unsigned count,
                           struct deadline until, struct rows **ret_rows,
                           struct diag *diag) MUST_CHECK;

/* --- trying again -------------------------------------------------------- */

/*
 * An operation of `attempts` attempts so far has failed: is it to be tried
 * again? The table, the deadline, the pool's budget and the switch `retries`
 * say so; then it waits for a little, forgets the error and counts the retry.
 * Who asks tries at once. The only place where that is decided.
 */
YIELDS bool pool_tries_again(struct pool *pool, enum retry_phase phase,
                             int code, unsigned attempts, struct deadline until,
                             struct diag *diag) MUST_CHECK;

/* --- what it is ---------------------------------------------------------- */

struct pool_stats {
    unsigned opening, idle, busy, draining, lanes; /* now */
    unsigned waiting;
    unsigned size, max;                /* that may be lent: now, and at most */
    enum breaker_state connect, query; /* of this loop */
    /* -ERR_READ_ONLY or -ERR_STORAGE_FULL: so a write was refused of late */
    int refusal;
    uint64_t opened, open_failures, lost, expired; /* since the start */
    uint64_t waits, wait_timeouts, overloads, cancels, broken, retries;
};

void pool_stats(const struct pool *pool, struct pool_stats *ret_stats);

/*
 * -ERR_UNAVAILABLE with the time to come again while a breaker keeps reads away
 * from the database, else 0.
 */
int pool_is_broken(struct pool *pool, struct diag *diag) MUST_CHECK;

/* The error of the last attempt to connect if it failed, else 0. */
int pool_last_failure(const struct pool *pool, struct diag *diag);

struct loop *pool_loop(const struct pool *pool);
const struct driver *pool_driver(const struct pool *pool);
const char *pool_node(const struct pool *pool);
