/* SPDX-License-Identifier: MIT */
/* What a cache is made of; for this room only. */
#pragma once

#include "cache/cache.h"
#include "telemetry/metrics.h"

enum {
    CACHE_MAGIC = 0x43414348,
    CACHE_READ_MS = 50,      /* longest wait of a read for Redis */
    CACHE_WRITE_MS = 100,    /* … of a write, or a heartbeat */
    CACHE_MEMBERS_MAX = 256, /* whose acknowledgements are kept */
    CACHE_MARKER_MS = 10000, /* a marker's life: twice CACHE_COMMIT_MS */
    CACHE_VALUE_MS = 3600 * 1000,
    CACHE_ABSENT_MS = 60 * 1000,
    CACHE_LIST_MS = 60 * 1000, /* nobody takes it away when it is out of use */
    CACHE_LEASE_MS = 3000,
    CACHE_ENTRY_MAX = 5 << 20, /* bytes of an entry, with its head */
};

/* In the order of cache__scripts. */
enum cache_script {
    CACHE_SCRIPT_LEASE,
    CACHE_SCRIPT_FILL,
    CACHE_SCRIPT_MARK,
    CACHE_SCRIPT_PUT,
    CACHE_SCRIPT_BEAT,
    CACHE_SCRIPT_FORGET,
    CACHE_SCRIPT_DROP,
    CACHE_SCRIPT_OPEN,
    CACHE_SCRIPT_ACTIVATE,
    CACHE_SCRIPTS
};

/* Another near cache, and how far it has heard marks of which epoch. */
struct cache_member {
    char id[CACHE_RUN_BYTES], run[CACHE_RUN_BYTES];
    uint64_t number;
};

struct cache {
    unsigned magic;
    struct loop *loop;
    struct cache_options options;
    struct redis_script scripts[CACHE_SCRIPTS];
    const struct redis_script *script_list[CACHE_SCRIPTS];
    struct redis *redis, *listener;
    struct near *near;
    char id[CACHE_RUN_BYTES]; /* ours, as a member */
    char acks[32];            /* the channel of acknowledgements to us */
    const char *channels[3];
    char run[CACHE_RUN_BYTES]; /* of the epoch that we have joined; or "" */
    enum cache_epoch epoch;
    struct fiber *beat; /* NULL: it has ended */
    struct condition beat_ended;
    bool stopping;
    uint64_t beats;
    unsigned behind; /* heartbeats in a row whose number was not heard */
    struct cache_member members[CACHE_MEMBERS_MAX];
    unsigned member_count;
    struct condition acknowledged;
    struct cache_batch *gathering, *spare; /* of entries; each may be NULL */
    struct turn_hook asks;                 /* for those that have gathered */
    struct cache_stats stats;
};

/* --- cache.c -------------------------------------------------------------- */

/* With a deadline of its own, no later than `until`. */
YIELDS int cache__run(struct cache *cache, enum cache_script script,
                      const struct text *arguments, unsigned count,
                      struct deadline until, struct redis_reply **ret_reply)
    MUST_CHECK;

struct deadline cache__after(const struct cache *cache, uint64_t ms);
struct text cache__key(const struct cache_key *key);

/* What stands behind the scope. */
struct text cache__subject(struct text key);

/* --- ask.c ---------------------------------------------------------------- */

/*
 * What stands in Redis under the key, by a question that leaves at the end of
 * the turn, together with those of others. A copy, nobody else's; NULL:
 * nothing. -ERR_UNAVAILABLE, -ERR_LINK_LOST, -ERR_DEADLINE, -ERR_CANCELLED
 */
YIELDS int cache__ask(struct cache *cache, const struct cache_key *key,
                      struct deadline until, struct bytes **ret_entry)
    MUST_CHECK;

void cache__asks_init(struct cache *cache);

/* Nobody asks any more, and the connection is gone. */
void cache__asks_fini(struct cache *cache);

/* --- member.c: marks heard, heartbeats ------------------------------------ */

/* As cache_serves(), at this time. */
bool cache__serves_at(const struct cache *cache, uint64_t now_ns);

void cache__heard(void *cache, struct text channel, struct text message);
void cache__lost(void *cache);
void cache__beat(void *cache);

/* How far this member has acknowledged in this epoch. */
uint64_t cache__acknowledged(const struct cache *cache, const char *run,
                             struct text id);
