/* SPDX-License-Identifier: MIT */
/*
 * A pool as its files share it: pool.c lends, pool_wait.c holds those who wait,
 * pool_slot.c moves a connection through its states, pool_keeper.c decides how
 * many there are, pool_lane.c reads on those that all share, pool_size.c
 * decides how many there may be, pool_guard.c keeps away from a database that
 * fails.
 */
#pragma once

#include "database/driver.h"
#include "database/pool.h"
#include "resilience/retry_budget.h"
#include "resilience/sizer.h"
#include "telemetry/metrics.h"

/* A connection's state is the list its slot is on. */
enum slot_state {
    SLOT_DEAD, /* no connection: to be used again */
    SLOT_OPENING,
    SLOT_IDLE,
    SLOT_BUSY,     /* lent */
    SLOT_LANE,     /* shared */
    SLOT_DRAINING, /* being brought to a clean end, in the background */
    SLOT_STATES
};

struct slot {
    unsigned magic;
    enum slot_state state;
    struct list link;
    struct pool *pool;
    bool lane; /* what it is for */
    struct connection *connection;
    struct fiber *fiber; /* that opens or drains it */
    uint64_t expires_ns;
    uint64_t idle_since_ns;
    uint64_t moved_ns, moved_answers; /* a lane's last sign of life */
};

/* A fiber that waits, on its own stack. */
struct waiter {
    struct list link; /* in one of the pool's two queues */
    struct pool *pool;
    struct fiber *fiber;
    bool for_lane;
    uint64_t since_ns;
    struct slot *slot; /* what it was given */
    int result;        /* -ERR_x: it waits in vain; see pool->failure */
    bool done;
};

struct pool {
    unsigned magic;
    struct loop *loop;
    const struct driver *driver;
    const struct target *target;
    struct pool_options options;
    struct list on[SLOT_STATES];
    unsigned count[SLOT_STATES];
    unsigned opening_lanes;
    struct list waiters, lane_waiters;
    unsigned waiting_to_lend, waiting_for_lane;
    unsigned guests; /* fibers in pool__wait(), also those woken already */
    struct timer tick;
    unsigned failures; /* attempts to connect that failed, in a row */
    uint64_t retry_at_ns;
    struct failure failure; /* the last one's */
    struct breaker connect, query;
    struct retry_budget budget;
    struct sizer sizer;       /* how many may be lent */
    uint64_t shared_asked_ns; /* reads wait together: see next_try() */
    unsigned shared_attempts;
    struct deadline shared_at;
    uint64_t heard_ns; /* the database's last sign of life */
    bool listening;
    int refusal;         /* what the last write was refused by, that was; */
    uint64_t refused_ns; /* and when */
    uint64_t trusted_from_ns; /* what was opened before is not lent again */
    bool stopping;
    struct condition changed;
    struct pool_stats stats;
    struct series *size_series;
    struct series *wait_series, *pending_series, *state_series[SLOT_STATES];
};

enum { POOL_MAGIC = 0x504f4f4c, SLOT_MAGIC = 0x534c4f54 };

/* --- pool.c -------------------------------------------------------------- */

/*
 * A read that was just submitted may take as long as its deadline lets it,
 * also where the sessions' default is less.
 */
void pool__allow(struct pool *pool, struct call *call, struct deadline until);

/* --- pool_slot.c --------------------------------------------------------- */

/* The only writer of a slot's state. */
void slot_become(struct slot *slot, enum slot_state next);

/* Begins to open a connection in the background. */
void slot_open(struct pool *pool, bool lane);

/* Ends an idle, busy, draining or lane slot's connection at once. */
void slot_retire(struct slot *slot);

/* Stops, rolls back and frees it for the next, or retires it. */
void slot_drain(struct slot *slot);

/* It is clean: gives it to who waits longest, or lets it idle. */
void slot_release(struct slot *slot);

bool slot_is_expired(const struct slot *slot);

/* When its connection, if there is one, is to be replaced. */
void slot_set_expiry(struct slot *slot);

/*
 * A link that ended without a word, or does not answer, may be one of many that
 * a broken network has left half-open: what idled beside it goes as well.
 */
void pool__distrust_idle(struct pool *pool);

/* --- pool_wait.c --------------------------------------------------------- */

/* Connections made and not yet ended, but for lanes. */
unsigned pool__lent_up(const struct pool *pool);

/* For a connection (into *ret_slot), or until there is a lane. */
YIELDS int pool__wait(struct pool *pool, bool for_lane, struct deadline until,
                      struct slot **ret_slot, struct diag *diag) MUST_CHECK;
void pool__fail_waiters(struct list *queue, int code);
void pool__wake(struct waiter *waiter, struct slot *slot, int result);
unsigned pool__waiting(const struct pool *pool);

/* --- pool_keeper.c ------------------------------------------------------- */

/* Opens what is wanted and allowed now; to be called after any change. */
void pool__balance(struct pool *pool);
void pool__on_tick(void *arg);

/* An attempt to connect has ended. */
void pool__note_opened(struct pool *pool);
void pool__note_failure(struct pool *pool, int code, const struct diag *diag);

/* --- pool_size.c --------------------------------------------------------- */

void pool__size_init(struct pool *pool);

/* The options have changed. */
void pool__size_adjust(struct pool *pool);

/* A connection was asked for at `since_ns`, and got or not. */
void pool__size_note(struct pool *pool, uint64_t since_ns);

/* Looks whether the size still fits; at every tick. */
void pool__size_look(struct pool *pool);

/* The database takes no more connections. */
void pool__size_refused(struct pool *pool);

/* Asks those that idle whether they still can be asked. */
void pool__feel_pulses(struct pool *pool);

/* --- pool_guard.c -------------------------------------------------------- */

void pool__guard_init(struct pool *pool);

/*
 * Is the database not to be asked now? By who has `up` connections that could
 * be used: without one it matters, too, whether another can be made.
 */
bool pool__is_broken(const struct pool *pool, unsigned up);

/* Notes why it is, for who asked; -ERR_UNAVAILABLE. */
int pool__tell_broken(struct pool *pool, struct diag *diag);

/* An attempt to connect has ended. */
void pool__note_connect(struct pool *pool, bool good);

/*
 * A read on a lane, asked at `since_ns`, has ended by r. The loss of a link is
 * not told here but by pool__note_silence(), once for all who had asked on it.
 */
void pool__note_read(struct pool *pool, int r, const char *sqlstate,
                     uint64_t since_ns);

/* So has one on a lent connection, or a transaction. */
void pool__note_lent(struct pool *pool, int r, const char *sqlstate);

/* A link was lost, or does not answer. */
void pool__note_silence(struct pool *pool);

/* Probes queries in the background when it is time to. */
void pool__probe(struct pool *pool);

/* Some lane is held up: asks on another whether the database is there. */
void pool__listen(struct pool *pool);

/* --- pool_lane.c --------------------------------------------------------- */

/*
 * A lane is held up when what is first in its line takes long: a read by key
 * then waits for a lock. Others keep away from it, and those that read the same
 * collection (may be NULL) go nowhere else, so that one locked table holds up
 * no more than the lanes it already has.
 */
bool lane_is_held_up(const struct slot *slot);

/*
 * The lane with least to do for a read of this collection, or NULL: there is
 * none, or all are held up and another is on its way.
 */
struct slot *pool__lane(struct pool *pool, const char *collection);

/* Waits until there is one. */
YIELDS int pool__wait_lane(struct pool *pool, const char *collection,
                           struct deadline until, struct connection **ret_lane,
                           struct diag *diag) MUST_CHECK;

/* pool_read(), one attempt of it, of which the breakers do not learn. */
YIELDS int pool__read_once(struct pool *pool, const struct scope *scope,
                           const struct statement *statement,
                           const struct text *params, unsigned count,
                           struct deadline until, struct rows **ret_rows,
                           struct diag *diag) MUST_CHECK;

/* How many are held up. */
unsigned pool__held_up(const struct pool *pool);

/* Sends the reads that such a lane holds up to look for another one. */
void pool__displace(struct pool *pool);

/* With so many held up, may there be one more? */
bool pool__may_have_lane(const struct pool *pool);
