/* SPDX-License-Identifier: MIT */
/* Writing: marks before COMMIT, the wait for all who must know, and after it.
 */
#include "cache/cache_impl.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/memory.h"
#include "cache/entry.h"
#include "runtime/fiber.h"

#include <signal.h>
#include <stdio.h>

enum {
    MARK_HEAD = 3,
    PUT_HEAD = 2,
    BARRIER_MS = NEAR_LEASE_MS + 10,
    MARKS_BYTES_MAX = 1 << 20,
    PUT_BYTES_MAX = 32 << 20,
    SILENT_MAX = 64,
    ARGUMENTS_MAX = PUT_HEAD + 3 * CACHE_TOUCHES_MAX,
};

/* The arguments of a script, with the bytes that they point at; too much for a
 * stack. */
struct call {
    struct text arguments[ARGUMENTS_MAX];
    unsigned count;
    char life[24];
    struct buffer bytes;
    size_t ends[2 * CACHE_TOUCHES_MAX]; /* of entries in bytes */
};

static struct call *call_new(unsigned head, size_t limit_bytes)
{
    struct call *call = NEW(struct call);

    call->count = head;
    buffer_init(&call->bytes, limit_bytes);
    return call;
}

static void call_free(struct call **call)
{
    buffer_fini(&(*call)->bytes);
    memory_free(call);
}

/* --- entries -------------------------------------------------------------- */

/* The same bytes each time, so that a writer knows its own marker. */
static void add_marker(const struct cache *cache,
                       const struct cache_touch *touch, struct buffer *bytes)
{
    const struct cache_entry entry = { .kind = CACHE_MARKER,
                                       .version = touch->version,
                                       .payload = text_of(cache->id) };

    cache_entry_write(&entry, cache__key(&touch->key), bytes);
}

static void add_value(const struct cache_touch *touch, struct buffer *bytes)
{
    uint64_t wall_ms = clock_wall_ns() / NS_PER_MS;
    const struct cache_entry entry = {
        .kind = CACHE_VALUE,
        .version = touch->version,
        .made_ms = wall_ms,
        .expires_ms = wall_ms + CACHE_VALUE_MS,
        .payload = touch->body ? bytes_text(touch->body) : TEXT(""),
    };

    if (touch->body && entry.payload.len <= CACHE_ENTRY_PAYLOAD_MAX)
        cache_entry_write(&entry, cache__key(&touch->key), bytes);
}

/* --- marking -------------------------------------------------------------- */

static YIELDS int send_marks(struct cache *cache,
                             const struct cache_touch *touches, unsigned count,
                             struct redis_reply **ret_reply)
{
    CLEANUP(call_free) struct call *call = call_new(MARK_HEAD, MARKS_BYTES_MAX);
    size_t at = 0;

    snprintf(call->life, sizeof(call->life), "%d", CACHE_MARKER_MS);
    call->arguments[0] = text_of(redis_run_id(cache->redis));
    call->arguments[1] = text_of(cache->id);
    call->arguments[2] = text_of(call->life);
    for (unsigned i = 0; i < count; i++) {
        add_marker(cache, &touches[i], &call->bytes);
        call->ends[i] = call->bytes.len;
    }
    for (unsigned i = 0; i < count; i++) {
        call->arguments[call->count++] = cache__key(&touches[i].key);
        call->arguments[call->count++] =
            text_from(call->bytes.at + at, call->ends[i] - at);
        at = call->ends[i];
    }
    return cache__run(cache, CACHE_SCRIPT_MARK, call->arguments, call->count,
                      cache__after(cache, CACHE_WRITE_MS), ret_reply);
}

/* --- the barrier ---------------------------------------------------------- */

/* A mark that others must have heard, and who they are. */
struct barrier {
    char run[CACHE_RUN_BYTES];
    uint64_t number;
    const struct redis_reply *members; /* each with its last heartbeat */
};

static bool has_heard(const struct cache *cache, const struct barrier *barrier,
                      struct text id)
{
    return id.len == 0 || text_is(id, cache->id) ||
           cache__acknowledged(cache, barrier->run, id) >= barrier->number;
}

static bool have_all_heard(const struct cache *cache,
                           const struct barrier *barrier)
{
    const struct redis_reply *members = barrier->members;

    for (unsigned i = 0; i + 1 < members->count; i += 2)
        if (!has_heard(cache, barrier, redis_reply_text(members, i)))
            return false;
    return true;
}

/* They have no lease any more, and nobody need wait for them again. */
static YIELDS void forget_silent(struct cache *cache,
                                 const struct barrier *barrier)
{
    const struct redis_reply *members = barrier->members;
    struct text arguments[1 + 2 * SILENT_MAX];
    unsigned count = 0;

    arguments[count++] = text_of(redis_run_id(cache->redis));
    for (unsigned i = 0; i + 1 < members->count; i += 2) {
        struct text id = redis_reply_text(members, i);

        if (has_heard(cache, barrier, id) || count + 2 > ARRAY_LEN(arguments))
            continue;
        arguments[count++] = id;
        arguments[count++] = redis_reply_text(members, i + 1);
    }
    cache->stats.barriers_timed_out++;
    if (cache__run(cache, CACHE_SCRIPT_FORGET, arguments, count,
                   cache__after(cache, CACHE_WRITE_MS), NULL) < 0)
        return; /* the next writer will */
}

/*
 * Until every other near cache has heard the mark. One that has not had its
 * last heartbeat before the mark, so after this time it has no lease.
 */
static YIELDS int wait_barrier(struct cache *cache,
                               const struct barrier *barrier,
                               struct deadline until)
{
    uint64_t began_ns = cache->options.now_ns();
    struct deadline leases_end = cache__after(cache, BARRIER_MS);
    bool in_time = leases_end.at_ns <= until.at_ns;
    int r = 0;

    fiber_shield();
    while (r == 0 && !have_all_heard(cache, barrier))
        r = condition_wait(&cache->acknowledged,
                           deadline_earlier(leases_end, until));
    if (r < 0 && in_time)
        forget_silent(cache, barrier);
    fiber_unshield();
    series_observe(metric_series(METRIC_CACHE_BARRIER, NULL),
                   (double)(cache->options.now_ns() - began_ns) / NS_PER_S);
    return r < 0 && !in_time ? -ERR_DEADLINE : 0;
}

static void take_barrier(struct barrier *barrier,
                         const struct redis_reply *reply)
{
    snprintf(barrier->run, sizeof(barrier->run), "%.*s",
             TEXT_ARG(redis_reply_text(reply, 0)));
    barrier->number = (uint64_t)redis_reply_integer(reply, 1);
    barrier->members = &reply->items[2];
}

int cache_mark(struct cache *cache, const struct cache_touch *touches,
               unsigned count, struct deadline until)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    struct barrier barrier;
    int r;

    OBJ_CHECK(cache, CACHE_MAGIC);
    CHECK(count <= CACHE_TOUCHES_MAX);
    if (fault_hit(FAULT_CACHE_MARK))
        return -ERR_UNAVAILABLE;
    if (fault_hit(FAULT_CACHE_MARK_FORGOTTEN))
        return 0;
    r = send_marks(cache, touches, count, &reply);
    if (r < 0 || reply->count < 3)
        return -ERR_UNAVAILABLE; /* or there is no epoch */
    for (unsigned i = 0; i < count; i++)
        near_invalidate(cache->near,
                        cache__subject(cache__key(&touches[i].key)));
    cache->stats.marks++;
    take_barrier(&barrier, reply);
    return wait_barrier(cache, &barrier, until);
}

/* --- afterwards ----------------------------------------------------------- */

static void prepare_put(const struct cache *cache, struct call *call,
                        const struct cache_touch *touches, unsigned count,
                        bool with_values)
{
    size_t at = 0;

    snprintf(call->life, sizeof(call->life), "%d", CACHE_VALUE_MS);
    call->arguments[0] = text_of(redis_run_id(cache->redis));
    call->arguments[1] = text_of(call->life);
    for (unsigned i = 0; i < count; i++) {
        add_marker(cache, &touches[i], &call->bytes);
        call->ends[2 * i] = call->bytes.len;
        if (with_values)
            add_value(&touches[i], &call->bytes);
        call->ends[2 * i + 1] = call->bytes.len;
    }
    for (unsigned i = 0; i < 2 * count; i++) {
        if (i % 2 == 0)
            call->arguments[call->count++] = cache__key(&touches[i / 2].key);
        call->arguments[call->count++] =
            text_from(call->bytes.at + at, call->ends[i] - at);
        at = call->ends[i];
    }
}

/* 0, -ERR_ABORTED when a marker was lost, or Redis' failure. */
static YIELDS int send_values(struct cache *cache,
                              const struct cache_touch *touches, unsigned count,
                              bool with_values)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    CLEANUP(call_free) struct call *call = call_new(PUT_HEAD, PUT_BYTES_MAX);
    int r;

    prepare_put(cache, call, touches, count, with_values);
    r = cache__run(cache, CACHE_SCRIPT_PUT, call->arguments, call->count,
                   cache__after(cache, CACHE_WRITE_MS), &reply);
    if (r < 0)
        return r;
    return text_is(reply->text, "O") ? 0 : -ERR_ABORTED;
}

/*
 * When Redis does not answer, the markers stand or the epoch is over
 * (mark.lua): either way nobody is given what was before. When a marker was
 * lost, somebody may have filled what was before: it is marked again, and then
 * only taken away, as by now there may be something newer.
 */
int cache_put(struct cache *cache, const struct cache_touch *touches,
              unsigned count)
{
    int r;

    OBJ_CHECK(cache, CACHE_MAGIC);
    if (fault_hit(FAULT_CACHE_PUT))
        return 0;
    if (fault_hit(FAULT_CACHE_PUT_KILLED))
        raise(SIGKILL);
    r = send_values(cache, touches, count, true);
    if (r != -ERR_ABORTED)
        return 0;
    cache->stats.marks_lost++;
    r = cache_mark(cache, touches, count, DEADLINE_NEVER);
    if (r == 0 && send_values(cache, touches, count, false) < 0)
        return 0; /* the markers stand */
    return r;
}

void cache_abort(struct cache *cache, const struct cache_touch *touches,
                 unsigned count)
{
    OBJ_CHECK(cache, CACHE_MAGIC);
    if (send_values(cache, touches, count, false) < 0)
        return; /* the markers die by themselves */
}
