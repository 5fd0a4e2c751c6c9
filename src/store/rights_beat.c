/* SPDX-License-Identifier: MIT */
#include "store/rights_beat.h"

#include "base/check.h"
#include "base/fault.h"
#include "database/transaction.h"
#include "store/sql_fixed.h"
#include "telemetry/log.h"

#include <inttypes.h>
#include <stdio.h>

enum { ASK_MS = 200, AGAIN_MS = 5, LISTEN_EVERY = 10 };

/*
 * Acknowledges what we knew before it was sent. The generation is of the same
 * snapshot in which the database knows us: who changes rights after that sees
 * our row, and waits.
 */
const struct statement sql_rights_beat = {
    .name = "instances_beat",
    .collection = "instances",
    .sql = "UPDATE instances SET beat_at = clock_timestamp(),"
           " rights_seen = $2::bigint WHERE id = $1::uuid"
           " RETURNING (SELECT rights FROM cache_control),"
           " (SELECT mode FROM cache_mode),"
           " EXISTS (SELECT FROM outside_writes)",
};

/* Again and again: the connection may be another one than before. */
const struct statement sql_rights_listen = {
    .name = "instances_listen",
    .collection = "outside_writes",
    .sql = "LISTEN portcullis_outside",
};

/* A stranger uses nothing that it remembers, so it has seen all there is. */
const struct statement sql_rights_enter = {
    .name = "instances_enter",
    .collection = "instances",
    .sql = "INSERT INTO instances (id, beat_at, rights_seen)"
           " SELECT $1::uuid, clock_timestamp(), rights FROM cache_control"
           " ON CONFLICT (id) DO NOTHING",
};

const struct statement sql_rights_leave = {
    .name = "instances_leave",
    .collection = "instances",
    .sql = "DELETE FROM instances WHERE id = $1::uuid",
};

/* --- one beat ------------------------------------------------------------- */

static YIELDS int ask(const struct rights_beat *beat,
                      const struct statement *statement,
                      const struct text *params, unsigned count,
                      struct rows **ret_rows, struct commit *ret_commit,
                      struct diag *diag)
{
    struct pool *pool = primary_pool(beat->pools);
    uint64_t now_ns = loop_now_ns(pool_loop(pool));

    return transaction_once(pool, NULL, statement, params, count,
                            deadline_after(now_ns, ASK_MS), ret_rows,
                            ret_commit, diag);
}

static YIELDS int say_alive(const struct rights_beat *beat, uint64_t seen,
                            struct rows **ret_rows, struct commit *ret_commit,
                            struct diag *diag)
{
    struct text params[2] = { text_of(beat->freshness->id) };
    char generation[24];

    snprintf(generation, sizeof(generation), "%" PRIu64, seen);
    params[1] = text_of(generation);
    return ask(beat, &sql_rights_beat, params, ARRAY_LEN(params), ret_rows,
               ret_commit, diag);
}

/*
 * A promoted standby may lack what its predecessor had acknowledged, and Redis
 * have it: nothing of that epoch counts. Each instance sees to it before it
 * believes a word of the new one's.
 */
static YIELDS int follow(struct rights_beat *beat, const struct commit *commit,
                         enum cache_mode *mode, struct diag *diag)
{
    uint32_t timeline = commit->point.timeline;
    int r = 0;

    if (timeline == beat->timeline)
        return 0;
    if (beat->timeline != 0)
        *mode = CACHES_STARTING; /* not on, as far as we know */
    if (timeline != 0 && beat->timeline != 0)
        r = ask(beat, &sql_caches_off, NULL, 0, NULL, NULL, diag);
    if (r == 0 && timeline != 0)
        beat->timeline = timeline;
    return r;
}

/* A database that knows less than we do is another than before. */
static void learn(struct freshness *freshness, uint64_t asked,
                  uint64_t generation)
{
    if (generation < freshness_generation(asked)) {
        freshness_forget(freshness);
        asked = freshness_newest(freshness);
    }
    freshness_note(freshness, asked, generation);
}

static enum cache_mode mode_of(struct text t)
{
    return text_is(t, "on")         ? CACHES_ON
           : text_is(t, "starting") ? CACHES_STARTING
                                    : CACHES_OFF;
}

/* There is no lease before the first beat that the database knows us at. */
static YIELDS int enter(const struct rights_beat *beat, struct diag *diag)
{
    struct text id = text_of(beat->freshness->id);

    freshness_join(beat->freshness);
    return ask(beat, &sql_rights_enter, &id, 1, NULL, NULL, diag);
}

/* Somebody else's notes are a matter of milliseconds: we look again soon. */
static void note_outside(struct rights_beat *beat, bool outside)
{
    freshness_note_outside(beat->freshness, outside);
    beat->outside = outside;
    if (outside && beat->watcher)
        beat->watcher(beat->watcher_arg);
}

static YIELDS int listen(struct rights_beat *beat, struct diag *diag)
{
    if (!beat->listens || beat->count++ % LISTEN_EVERY != 0)
        return 0;
    return ask(beat, &sql_rights_listen, NULL, 0, NULL, NULL, diag);
}

/* *ret_again: somebody may be waiting for the next one. */
static YIELDS int beat_once(struct rights_beat *beat, bool *ret_again,
                            struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct freshness *freshness = beat->freshness;
    uint64_t newest = freshness_newest(freshness);
    uint64_t sent_ns = freshness->now_ns(), generation;
    struct commit commit = { 0 };
    enum cache_mode mode;
    int r;

    *ret_again = false;
    if (fault_hit(FAULT_RIGHTS_BEAT))
        return FAIL(diag, ERR_LINK_LOST, "the beat was lost");
    r = say_alive(beat, freshness_generation(newest), &rows, &commit, diag);
    if (r < 0)
        return r;
    *ret_again = true;
    if (rows_count(rows) == 0)
        return enter(beat, diag);
    if (!generation_read(rows_get(rows, 0, 0), &generation))
        return FAIL(diag, ERR_INTERNAL, "the table cache_control has no row");
    mode = mode_of(rows_get(rows, 0, 1));
    r = follow(beat, &commit, &mode, diag);
    if (r < 0)
        return r;
    learn(freshness, newest, generation);
    note_outside(beat, text_is(rows_get(rows, 0, 2), "t"));
    freshness_note_caches(freshness, mode);
    freshness_lease(freshness, sent_ns + RIGHTS_LEASE_MS * NS_PER_MS);
    *ret_again = freshness_generation(newest) != generation || beat->outside;
    return listen(beat, diag);
}

/* --- beating -------------------------------------------------------------- */

/* A lease that is lost or there again is worth a line; each beat is not. */
static void tell(struct rights_beat *beat, int r, const struct diag *diag)
{
    const struct freshness *freshness = beat->freshness;
    bool lost = freshness->now_ns() >= atomic_load(&freshness->lease_ns);
    struct event event;

    if (lost == beat->lost || (lost && r == 0))
        return;
    beat->lost = lost;
    event_begin(&event, lost ? LOG_WARN : LOG_INFO,
                lost ? "rights_not_remembered" : "rights_remembered");
    if (lost)
        event_diag(&event, diag);
    event_end(&event);
}

/* Until the next beat is due, or somebody said that something was written. */
static YIELDS bool rest(struct rights_beat *beat, struct deadline until)
{
    int r = 0;

    while (r == 0 && !beat->notified)
        r = condition_wait(&beat->hurry, until);
    beat->notified = false;
    return r != -ERR_CANCELLED;
}

static void run(void *arg)
{
    struct rights_beat *beat = arg;
    struct loop *loop = pool_loop(primary_pool(beat->pools));
    bool goes_on = true;

    while (goes_on) {
        uint64_t now_ns = loop_now_ns(loop);
        struct diag diag;
        bool again;
        int r;

        diag_init(&diag, NULL);
        r = beat_once(beat, &again, &diag);
        tell(beat, r, &diag);
        goes_on = rest(beat, r == 0 && again
                                 ? deadline_after(loop_now_ns(loop), AGAIN_MS)
                                 : deadline_after(now_ns, RIGHTS_BEAT_MS));
    }
    beat->fiber = NULL;
    condition_broadcast(&beat->ended);
}

/* --- life ----------------------------------------------------------------- */

struct pool_options rights_beat_pool_options(struct pool_options options)
{
    options.name = "beat";
    options.connect_name = "beat_connect";
    options.query_name = "beat_query";
    options.lanes = 0;
    options.min = options.max = 1;
    options.wait_max_ms = ASK_MS;
    return options;
}

void rights_beat_start(struct rights_beat *beat,
                       const struct primary_pools *pools,
                       struct freshness *freshness)
{
    struct loop *loop = pool_loop(primary_pool(pools));

    *beat = (struct rights_beat){ .pools = pools, .freshness = freshness };
    condition_init(&beat->hurry);
    condition_init(&beat->ended);
    if (fiber_start(loop, "beat", run, beat, &beat->fiber) < 0)
        log_line(LOG_WARN, "rights_not_remembered", "no memory for a fiber");
}

void rights_beat_watch(struct rights_beat *beat, bool listens,
                       void (*watcher)(void *arg), void *arg)
{
    beat->listens = listens;
    beat->watcher = watcher;
    beat->watcher_arg = arg;
}

void rights_beat_notified(void *arg)
{
    struct rights_beat *beat = arg;

    beat->notified = true;
    if (beat->fiber)
        condition_broadcast(&beat->hurry);
}

void rights_beat_stop(struct rights_beat *beat)
{
    struct text id;

    if (!beat->fiber)
        return;
    id = text_of(beat->freshness->id);
    fiber_shield();
    fiber_end(&beat->fiber, &beat->ended);
    freshness_lease(beat->freshness, 0);
    if (ask(beat, &sql_rights_leave, &id, 1, NULL, NULL, NULL) < 0)
        log_line(LOG_DEBUG, "instance_stays", "others will find it dead");
    fiber_unshield();
}
