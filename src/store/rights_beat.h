/* SPDX-License-Identifier: MIT */
/*
 * The sign of life of a process, ten times a second: it tells the database how
 * far the process has seen the generation of rights, and learns of the newest.
 * While beats succeed rights may be used from memory (store/freshness.h). One
 * loop of a process does it, on a connection that it shares with nobody.
 */
#pragma once

#include "database/primary_pools.h"
#include "runtime/fiber.h"
#include "store/freshness.h"

struct rights_beat {
    const struct primary_pools *pools;
    struct freshness *freshness;
    struct fiber *fiber; /* NULL: not running */
    struct condition hurry, ended;
    bool notified; /* the next beat is due at once */
    bool outside;  /* at the last one there were notes (store/outside.h) */
    bool listens;
    unsigned count;
    void (*watcher)(void *arg); /* told of such beats; or NULL */
    void *watcher_arg;
    bool lost;         /* there is no lease, and it was told */
    uint32_t timeline; /* of the database, at the last beat; 0: none yet */
};

/* What such a pool is like, made of another's options. */
struct pool_options rights_beat_pool_options(struct pool_options options);

/*
 * It beats where the primary is. Pools and freshness must outlive it. Without
 * memory for a fiber there is never a lease, and all rights are asked of the
 * database.
 */
void rights_beat_start(struct rights_beat *beat,
                       const struct primary_pools *pools,
                       struct freshness *freshness);

/*
 * From now on it tells of each beat that found notes of writes past the
 * service; `listens`: it hears of them when they are made, by pools whose
 * options have rights_beat_notified(beat) for `notified`.
 */
void rights_beat_watch(struct rights_beat *beat, bool listens,
                       void (*watcher)(void *arg), void *arg);
void rights_beat_notified(void *beat);

/*
 * Ends the lease, leaves the table, so that nobody waits for us any more, and
 * waits for both; harmless when it was not started.
 */
YIELDS void rights_beat_stop(struct rights_beat *beat);
