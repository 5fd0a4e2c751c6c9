/* SPDX-License-Identifier: MIT */
/*
 * What one loop has of the caches: its near cache, Redis behind it, and the
 * protocol that keeps both from ever giving what is out of date
 * (docs/coherence.md). It knows keys and bytes, no resources.
 *
 * Who reads asks cache_get(); on a miss it reads the primary and gives what it
 * found to cache_fill(). Who writes calls cache_mark() when the rows are
 * changed and locked, before COMMIT, and cache_put() behind it.
 */
#pragma once

#include "base/bytes.h"
#include "base/id.h"
#include "cache/near.h"
#include "redis/redis.h"

struct cache;

struct cache_options {
    const struct redis_address *address; /* must outlive it */
    unsigned connect_timeout_ms;
    size_t near_bytes;        /* budget of the near cache */
    uint64_t (*now_ns)(void); /* clock_boottime_ns(), but for tests */
    /* May caches be used at this time, by now_ns? It must be certain of it. */
    bool (*may_serve)(void *arg, uint64_t now_ns);
    void *arg;
};

/* Begins to connect; never waits, never fails. The options are copied. */
struct cache *cache_start(struct loop *loop,
                          const struct cache_options *options) MUST_CHECK;

/* NULL is taken. Nobody may be using it any more. */
YIELDS void cache_stop(struct cache **cache);

/* --- keys ----------------------------------------------------------------- */

enum { CACHE_KEY_BYTES = 80 };

enum cache_sort {
    CACHE_OBJECT,
    CACHE_GENERATION, /* of all lists of a resource */
    CACHE_LIST,       /* under a generation */
    CACHE_SORTS
};

/* "r:bills/018f…": who may see it so, and what it is. */
struct cache_key {
    enum cache_sort sort;
    size_t len, scope_len;
    char at[CACHE_KEY_BYTES];
};

/* Of an object as everybody sees it who may read all of its resource. */
void cache_key_of_object(struct cache_key *key, const char *resource,
                         struct uuid id);

/*
 * Of the generation of a resource's lists. Who writes marks it as it marks the
 * object, with any number that nobody else has for a version.
 */
void cache_key_of_generation(struct cache_key *key, const char *resource);

enum { CACHE_DIGEST_BYTES = 32 };

/* Of a list: a digest of what was asked, and of the generations it is under. */
void cache_key_of_list(struct cache_key *key, const char *resource,
                       const unsigned char digest[static CACHE_DIGEST_BYTES]);

/* --- reading -------------------------------------------------------------- */

enum cache_layer { CACHE_NEAR, CACHE_REDIS, CACHE_LAYERS };

struct cache_value {
    struct bytes *body; /* NULL: there is no such object; else the caller's */
    int64_t version;
    enum cache_layer layer; /* where it came from */
    uint64_t age_ns;        /* since it was read from the database */
};

/*
 * A read on its way: the placeholder that a mark spoils, and the lease.
 *     CLEANUP(cache_load_end) struct cache_load load = CACHE_LOAD_NONE;
 */
struct cache_load {
    struct cache *cache; /* NULL: nothing is to be filled */
    struct cache_key key;
    struct near_load placeholder;
    const char *said[CACHE_LAYERS]; /* NULL: it was not asked */
    bool leased;
    char token[17];
    uint64_t began_ns;
};

#define CACHE_LOAD_NONE \
    ((struct cache_load){ .cache = NULL, .placeholder = { .link = { 0 } } })

/*
 * True: the newest acknowledged value, or a newer one. False: read it from the
 * primary, from now on, and give it to cache_fill(), or end the load. Answers
 * from the near cache come without a wait; Redis is waited for 50 ms at the
 * most, and never fails a read.
 */
YIELDS bool cache_get(struct cache *cache, const struct cache_key *key,
                      struct deadline until, struct cache_load *load,
                      struct cache_value *ret_value) MUST_CHECK;

enum { CACHE_GENERATION_BYTES = 17 };

/*
 * The name of the state that a resource is in, so that what is read from the
 * primary from now on may be remembered under it: each write has another one,
 * and while one is under way there is none: false.
 */
YIELDS bool cache_generation(struct cache *cache, const char *resource,
                             struct deadline until,
                             char ret_name[static CACHE_GENERATION_BYTES])
    MUST_CHECK;

/* Has what was read, or that there is none (NULL, 0), remembered where that is
 * safe; true if it was. */
YIELDS bool cache_fill(struct cache_load *load, struct bytes *body,
                       int64_t version, struct deadline until);

/* Harmless when it was filled, or never begun. */
void cache_load_end(struct cache_load *load);

/*
 * The same look into one layer, by which nothing changes: who is answered so
 * must not be given what is older than what the primary said before it began.
 */
YIELDS bool cache_peek(struct cache *cache, const struct cache_key *key,
                       enum cache_layer layer, struct deadline until,
                       struct cache_value *ret_value) MUST_CHECK;

/*
 * What is still held of it when the database cannot be asked, for who takes
 * what may be out of date: no mark that was heard of has removed it, and it is
 * of the epoch that we are in; but nobody vouches for it any more. Never that
 * there is none. The nearest layer first; counted as "stale_if_error".
 */
YIELDS bool cache_last(struct cache *cache, const struct cache_key *key,
                       struct deadline until, struct cache_value *ret_value)
    MUST_CHECK;

/* --- writing -------------------------------------------------------------- */

/* A version for who marks a generation: nobody has the same. */
int64_t cache_mark_number(void);

/* What a generation is called next: nobody has called one so before. */
void cache_generation_name(char ret_name[static CACHE_GENERATION_BYTES]);

enum { CACHE_TOUCHES_MAX = 256, CACHE_COMMIT_MS = 5000 };

/* An object that a transaction has changed. */
struct cache_touch {
    struct cache_key key;
    int64_t version;    /* the new one, or of what was deleted */
    struct bytes *body; /* what it is now; NULL: let who reads it look */
};

/*
 * Before COMMIT, which must be over CACHE_COMMIT_MS after this returned: from
 * now on nobody is given what was before. 0, or
 *   -ERR_DEADLINE     `until` came before all had heard it; the marks stand
 *   -ERR_UNAVAILABLE  it is not certain, and caches must be switched off before
 *                     the commit
 */
YIELDS int cache_mark(struct cache *cache, const struct cache_touch *touches,
                      unsigned count, struct deadline until) MUST_CHECK;

/*
 * After COMMIT and before it is acknowledged. -ERR_x: marks were lost, and
 * could not be set again: somebody may be given what was before.
 */
YIELDS int cache_put(struct cache *cache, const struct cache_touch *touches,
                     unsigned count) MUST_CHECK;

/* The transaction was rolled back, for certain. */
YIELDS void cache_abort(struct cache *cache, const struct cache_touch *touches,
                        unsigned count);

/* --- epochs --------------------------------------------------------------- */

/* What Redis holds is good within one epoch only. */
enum cache_epoch {
    CACHE_EPOCH_UNKNOWN,    /* Redis is not reached */
    CACHE_EPOCH_NONE,       /* flushed, restarted, or new: one must be opened */
    CACHE_EPOCH_QUARANTINE, /* marks count already; nothing is kept */
    CACHE_EPOCH_ACTIVE,
};

/* As of the last heartbeat. */
enum cache_epoch cache_epoch(const struct cache *cache);

enum { CACHE_RUN_BYTES = 17 };

/* Begins a new one in quarantine and tells its name. */
YIELDS int cache_epoch_open(struct cache *cache,
                            char ret_run[static CACHE_RUN_BYTES],
                            struct diag *diag) MUST_CHECK;

/* -ERR_UNAVAILABLE when another has begun meanwhile. */
YIELDS int cache_epoch_activate(struct cache *cache,
                                const char run[static CACHE_RUN_BYTES],
                                struct diag *diag) MUST_CHECK;

/* --- what it is ----------------------------------------------------------- */

/* May it answer anything now? */
bool cache_serves(const struct cache *cache);

/* In words why not; NULL: it may. */
const char *cache_doubt(const struct cache *cache);

/* What it goes by in Redis' keys; "" before one was joined. */
const char *cache_epoch_name(const struct cache *cache);

struct cache_stats {
    struct near_stats near;
    struct redis_stats redis;
    uint64_t marks, marks_lost, barriers_timed_out, fills, fills_refused;
    uint64_t corrupt; /* entries that were none */
};

void cache_stats(const struct cache *cache, struct cache_stats *ret_stats);
