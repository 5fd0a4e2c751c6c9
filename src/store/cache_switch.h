/* SPDX-License-Identifier: MIT */
/*
 * PostgreSQL's word on whether caches may be used (the table cache_mode), for
 * when Redis cannot be reached by everybody: a reader uses them only while a
 * beat less than 250 ms ago has told that they are on (store/freshness.h); a
 * writer that cannot mark what it changes sees to it that they are off, and
 * that nobody believes otherwise any more, before it commits.
 *
 *     off ──► starting ──► on ──► off
 *
 * `starting` lasts for longer than any transaction that began when caches were
 * off. Only store/cache_keeper.h leads to `on`.
 */
#pragma once

#include "database/connection.h"
#include "database/primary_pools.h"
#include "database/transaction.h"
#include "store/freshness.h"

struct cache_switch;

/* What its pool is like, made of another's options: one connection, if any. */
struct pool_options cache_switch_pool_options(struct pool_options options);

/* One loop's; it asks where the primary is. Both must outlive it. */
struct cache_switch *cache_switch_new(const struct primary_pools *pools,
                                      struct freshness *freshness) MUST_CHECK;

/* The pool that it asks now. */
struct pool *cache_switch_pool(const struct cache_switch *cache_switch);

void cache_switch_free(struct cache_switch **cache_switch);

/*
 * Are caches off for certain, and stay so until a transaction has ended that
 * begins now and has this deadline? Then it need tell nobody of anything.
 */
bool cache_switch_is_off(const struct cache_switch *cache_switch,
                         struct deadline until) MUST_CHECK;

/*
 * Inside a transaction, as the last before COMMIT: when it returns 0, nobody
 * uses a cache until that is over. At once when they are off, else after
 * RIGHTS_SETTLE_MS.
 */
YIELDS int cache_switch_guard(struct cache_switch *cache_switch,
                              struct transaction *transaction) MUST_CHECK;

/* After COMMIT, where marks were lost: the same for what is committed. */
YIELDS int cache_switch_off(struct cache_switch *cache_switch,
                            struct diag *diag) MUST_CHECK;

/* --- for commands --------------------------------------------------------- */

/*
 * A command changes rows and tells nobody. Before its transaction it switches
 * caches off, and as the first in it keeps them so: when that returns 0, nobody
 * uses a cache until the transaction is over. -ERR_ABORTED: somebody has
 * switched them on in between; roll back, and both again. The connection must
 * be one that may update cache_mode: the service's role or the owner.
 */
YIELDS int caches_switch_off(struct connection *connection, struct diag *diag)
    MUST_CHECK;
YIELDS int caches_keep_off(struct connection *connection, struct diag *diag)
    MUST_CHECK;
