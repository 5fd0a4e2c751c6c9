/* SPDX-License-Identifier: MIT */
/*
 * What a process knows about how old its memory of rights may be. All of its
 * loops share one; it is atomic, and time comes in by its clock.
 *
 * Rights carry a stamp: an era of ours and, in it, the database's generation
 * of rights (cache_control). They may be used while they are of the newest
 * stamp that anybody in the process has heard of, and the lease holds: a beat
 * (rights_beat.h) less than RIGHTS_LEASE_MS ago has asked for the generation,
 * and the database knew us when it did. Whoever changes rights waits for those
 * it knows (rights_settle.h), so nobody uses rights that were taken back.
 *
 * A new era begins when nothing that was known before can be compared with
 * what the database says now.
 */
#pragma once

#include "base/id.h"

#include <stdatomic.h>

enum {
    RIGHTS_BEAT_MS = 100,   /* from one beat to the next */
    RIGHTS_LEASE_MS = 250,  /* from when a beat was sent */
    RIGHTS_SETTLE_MS = 260, /* and then all that had a lease have none */
};

/* Whether objects may be remembered: store/cache_switch.h. */
enum cache_mode { CACHES_OFF, CACHES_STARTING, CACHES_ON };

struct freshness {
    uint64_t (*now_ns)(void); /* clock_boottime_ns(), but for tests */
    char id[UUID_TEXT_BYTES]; /* the process in the table `instances` */
    atomic_uint_fast64_t newest, lease_ns, joined_ns, caches_since_ns;
    atomic_int caches;   /* enum cache_mode, as of the last beat */
    atomic_bool outside; /* then somebody had written past the service */
};

/* Before other threads know of it. Nothing is fresh yet. */
void freshness_init(struct freshness *freshness);

/* --- whoever remembers rights -------------------------------------------- */

/* The newest stamp; taken before a question for rights is sent. */
uint64_t freshness_newest(const struct freshness *freshness);

/*
 * What rights are worth that are of this generation, asked for when `asked`
 * was the newest stamp: their own stamp. Older ones are out of date by it.
 */
uint64_t freshness_note(struct freshness *freshness, uint64_t asked,
                        uint64_t generation);

/* May rights of this stamp be used now, by freshness->now_ns? */
bool freshness_holds(const struct freshness *freshness, uint64_t stamp,
                     uint64_t now_ns);

/* --- whoever remembers objects --------------------------------------------
 */

/* Is it certain that all may use their caches now? */
bool freshness_caches_are_on(const struct freshness *freshness,
                             uint64_t now_ns);

/* … and that nothing was written that nobody was told of? */
bool freshness_may_serve(const struct freshness *freshness, uint64_t now_ns);

/* … that nobody does, and that nobody believes otherwise any more? */
bool freshness_caches_are_off(const struct freshness *freshness,
                              uint64_t now_ns);

/* --- whoever beats -------------------------------------------------------- */

/* The generation of a stamp, and one as the database writes it. */
uint64_t freshness_generation(uint64_t stamp);
bool generation_read(struct text t, uint64_t *ret_generation) MUST_CHECK;

/* Nothing known before counts any more. */
void freshness_forget(struct freshness *freshness);

/* What the database says of caches; before the lease is extended by it. */
void freshness_note_caches(struct freshness *freshness, enum cache_mode mode);

/* … and whether there are notes of outside_writes; before the lease as well. */
void freshness_note_outside(struct freshness *freshness, bool outside);

/* Extends the lease to this point, or ends it: 0. */
void freshness_lease(struct freshness *freshness, uint64_t until_ns);

/* About to enter the table of instances, as a stranger. */
void freshness_join(struct freshness *freshness);

/*
 * If the database knows us now: can we be sure that it has known the others
 * all the time? A crash of the database empties the table, and those who had a
 * lease then keep it for a while.
 */
bool freshness_has_settled(const struct freshness *freshness);
