/* SPDX-License-Identifier: MIT */
/*
 * The near cache: answers that one loop remembers, as ready bytes and within a
 * budget. Pure: it does no I/O, and time comes in, by clock_boottime_ns(). Who
 * reads takes it after the request came: a time kept from before then may still
 * have the lease that ended since.
 *
 * What near_find() gives is never out of date, if its users keep to this:
 *
 *  - A writer's mark names a subject and has a number, one more than the mark
 *    before it. What the subscription brings is told in its order: first
 *    near_invalidate(), for each subject of the mark, then near_heard().
 *  - Every answer to a heartbeat is told by near_beat(). The next one
 *    acknowledges near_number().
 *  - A load is begun before anybody is asked, and stored only when Redis had
 *    the value or took it under our lease.
 *
 * A writer commits once everybody has acknowledged its number or NEAR_LEASE_MS
 * have passed since its mark: whoever did not hear of it does not serve then.
 */
#pragma once

#include "base/bytes.h"
#include "base/list.h"

enum {
    NEAR_LEASE_MS = 250, /* from when a heartbeat was sent */
    NEAR_BEAT_MS = 50,   /* from one heartbeat to the next */
};

struct near;

/* The seed keeps keys from being chosen so that they collide: random. */
struct near *near_new(size_t limit_bytes, uint64_t seed) MUST_CHECK;
void near_free(struct near **near);

/* --- the lease ------------------------------------------------------------ */

/*
 * The subscription stands, and this number was asked for after it did. From
 * here on nothing counts that was remembered or loaded before.
 */
void near_join(struct near *near, uint64_t number);

/* The subscription is lost, or another epoch began: nothing is served, and
 * nothing counts, until it joins again. Harmless when it has not joined. */
void near_leave(struct near *near);

/* Nothing counts any more that is remembered of this subject, in any scope, or
 * is being loaded. */
void near_invalidate(struct near *near, struct text subject);

/*
 * The mark of this number has been told. When marks are missing before it,
 * nothing counts any more. Numbers of before near_join() may come late.
 */
void near_heard(struct near *near, uint64_t number);

/*
 * A heartbeat that was sent at this time has learnt this number: from when the
 * mark of that number was heard, what is remembered may be served until
 * NEAR_LEASE_MS after `sent_ns`. If the mark does not come for that long it is
 * taken for lost, and nothing counts that was remembered before.
 */
void near_beat(struct near *near, uint64_t sent_ns, uint64_t number);

/* The mark up to which all were heard; 0 when it has not joined. */
uint64_t near_number(const struct near *near);

/* May anything be served at this time? */
bool near_serves(const struct near *near, uint64_t now_ns);

/* --- reading -------------------------------------------------------------- */

/*
 * What is asked for: `subject` is what marks name ("bills/018f…"), `scope` who
 * may see it so. A subject has few scopes.
 */
struct near_key {
    struct text subject, scope;
};

struct near_value {
    struct bytes *body; /* NULL: there is no such object */
    int64_t version;
    uint64_t born_ns;    /* when it was read from the database */
    uint64_t expires_ns; /* to be read again by then */
    uint64_t cost_ns;    /* what reading it took */
};

struct near_hit {
    struct near_value value; /* the body is borrowed until the next call; who
                                keeps it longer takes a reference */
    bool refresh;            /* it is time for somebody to read it again */
};

/* The newest acknowledged value, or a newer one; false when it is not
 * remembered, has expired, or nothing may be served. */
bool near_find(struct near *near, struct near_key key, uint64_t now_ns,
               struct near_hit *ret_hit) MUST_CHECK;

/*
 * What is remembered though it may be out of date: the lease may be over, and
 * it may have expired; but no mark was heard of it, and nothing was forgotten
 * since. The body is borrowed as above.
 */
bool near_find_last(struct near *near, struct near_key key,
                    struct near_value *ret_value) MUST_CHECK;

/* --- loading -------------------------------------------------------------- */

/*
 * A placeholder: what is being loaded of a subject. It belongs to the caller,
 * who ends it, and must not move meanwhile:
 *
 *     CLEANUP(near_load_end) struct near_load load = NEAR_LOAD_NONE;
 */
struct near_load {
    struct list link;
    uint64_t hash, era;
    bool spoiled; /* an invalidation hit it */
};

#define NEAR_LOAD_NONE ((struct near_load){ .link = { NULL, NULL } })

/* Before Redis or the database are asked. */
void near_load_begin(struct near *near, struct near_load *load,
                     struct text subject);

/*
 * Remembers what was loaded, and ends the load. The key may be of another
 * subject than the load, which then must be one that nobody invalidates. False
 * when it is not remembered: an invalidation hit the load, or it is too large.
 */
bool near_load_store(struct near *near, struct near_load *load,
                     struct near_key key, const struct near_value *value);

/* Without a value. Harmless when it has ended, or was never begun. */
void near_load_end(struct near_load *load);

/* --- for operators -------------------------------------------------------- */

/* Forgets everything, for good. */
void near_flush(struct near *near);

struct near_stats {
    size_t entries, bytes;             /* now */
    uint64_t hits, misses, unsure;     /* unsure: nothing could be served */
    uint64_t stored, spoiled, evicted; /* spoiled: loads not stored */
    uint64_t invalidated, gaps;
};

struct near_stats near_stats(const struct near *near);
