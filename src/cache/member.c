/* SPDX-License-Identifier: MIT */
/*
 * Being one of those who are told of marks: what the subscription brings, and
 * the heartbeat that says how far we may trust it.
 */
#include "cache/cache_impl.h"

#include "base/check.h"
#include "base/fault.h"
#include "base/feature.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>

enum { BEHIND_MAX = 10 }; /* heartbeats, and then the subscription is dead */

/* --- not being one -------------------------------------------------------- */

/* Nothing counts any more that is remembered. */
static void leave(struct cache *cache, enum cache_epoch epoch)
{
    near_leave(cache->near);
    cache->run[0] = '\0';
    cache->epoch = epoch;
    cache->behind = 0;
}

void cache__lost(void *arg)
{
    leave(arg, CACHE_EPOCH_UNKNOWN);
}

/* --- marks ---------------------------------------------------------------- */

/* "I have heard it", for who waits with a COMMIT. */
static void acknowledge(struct cache *cache, struct text run,
                        struct text number, struct text writer)
{
    char channel[64], message[64];
    struct text words[] = { TEXT("PUBLISH"), TEXT_NULL, TEXT_NULL };

    if (text_is(writer, cache->id) || fault_hit(FAULT_CACHE_ACK))
        return;
    snprintf(channel, sizeof(channel), "cache:acks:%.*s", TEXT_ARG(writer));
    snprintf(message, sizeof(message), "%.*s %.*s %s", TEXT_ARG(run),
             TEXT_ARG(number), cache->id);
    words[1] = text_of(channel);
    words[2] = text_of(message);
    redis_tell(cache->redis, words, ARRAY_LEN(words),
               cache__after(cache, CACHE_WRITE_MS));
}

static bool read_number(struct text t, uint64_t *ret_number)
{
    int64_t value;

    if (text_is_null(t) || !text_to_int64(t, &value) || value < 0)
        return false;
    *ret_number = (uint64_t)value;
    return true;
}

/* "run number writer key…" */
static void hear_mark(struct cache *cache, struct text message)
{
    struct text run, number_text, writer, key;
    uint64_t number;

    if (!text_cut(&message, ' ', &run) ||
        !text_cut(&message, ' ', &number_text) ||
        !read_number(number_text, &number) || !text_cut(&message, ' ', &writer))
        return;
    while (text_cut(&message, ' ', &key))
        near_invalidate(cache->near, cache__subject(key));
    if (text_is(run, cache->run))
        near_heard(cache->near, number);
    acknowledge(cache, run, number_text, writer);
}

/* --- acknowledgements ----------------------------------------------------- */

static const struct cache_member *find_member(const struct cache *cache,
                                              struct text id)
{
    for (unsigned i = 0; i < cache->member_count; i++)
        if (text_is(id, cache->members[i].id))
            return &cache->members[i];
    return NULL;
}

/* When they are too many all are forgotten: those who are alive come again. */
static struct cache_member *take_member(struct cache *cache, struct text id)
{
    const struct cache_member *found = find_member(cache, id);
    struct cache_member *member;

    if (found)
        return &cache->members[found - cache->members];
    if (cache->member_count == CACHE_MEMBERS_MAX)
        cache->member_count = 0;
    member = &cache->members[cache->member_count++];
    *member = (struct cache_member){ .number = 0 };
    snprintf(member->id, sizeof(member->id), "%.*s", TEXT_ARG(id));
    return member;
}

uint64_t cache__acknowledged(const struct cache *cache, const char *run,
                             struct text id)
{
    const struct cache_member *member = find_member(cache, id);

    return member && strcmp(member->run, run) == 0 ? member->number : 0;
}

/* "run number member". It may come before the writer has its number. */
static void hear_acknowledgement(struct cache *cache, struct text message)
{
    struct cache_member *member;
    struct text run, number_text, id;
    uint64_t number;

    if (!text_cut(&message, ' ', &run) ||
        !text_cut(&message, ' ', &number_text) ||
        !read_number(number_text, &number) || !text_cut(&message, ' ', &id))
        return;
    member = take_member(cache, id);
    if (!text_is(run, member->run)) {
        snprintf(member->run, sizeof(member->run), "%.*s", TEXT_ARG(run));
        member->number = 0;
    }
    if (member->number < number)
        member->number = number;
    condition_broadcast(&cache->acknowledged);
}

void cache__heard(void *arg, struct text channel, struct text message)
{
    struct cache *cache = arg;

    if (text_is(channel, cache->acks))
        hear_acknowledgement(cache, message);
    else
        hear_mark(cache, message);
}

/* --- the heartbeat -------------------------------------------------------- */

static void join(struct cache *cache, struct text run, uint64_t number)
{
    leave(cache, CACHE_EPOCH_ACTIVE);
    snprintf(cache->run, sizeof(cache->run), "%.*s", TEXT_ARG(run));
    near_join(cache->near, number);
}

/* A subscription that brings nothing is dead, whatever its socket says. */
static void watch_subscription(struct cache *cache, uint64_t number)
{
    cache->behind = near_number(cache->near) < number ? cache->behind + 1 : 0;
    if (cache->behind > BEHIND_MAX)
        redis_reset(cache->listener, "marks do not arrive");
}

static void learn(struct cache *cache, uint64_t sent_ns,
                  const struct redis_reply *reply)
{
    struct text state = redis_reply_text(reply, 0);
    struct text run = redis_reply_text(reply, 1);
    uint64_t number;

    if (!text_is(state, "A") ||
        !read_number(redis_reply_text(reply, 2), &number)) {
        leave(cache,
              text_is(state, "Q") ? CACHE_EPOCH_QUARANTINE : CACHE_EPOCH_NONE);
        return;
    }
    if (!redis_is_up(cache->listener))
        return; /* it was lost meanwhile */
    if (!text_is(run, cache->run))
        join(cache, run, number);
    cache->epoch = CACHE_EPOCH_ACTIVE;
    near_beat(cache->near, sent_ns, number);
    watch_subscription(cache, number);
}

static YIELDS void beat_once(struct cache *cache)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    uint64_t sent_ns = cache->options.now_ns();
    char beat[24];
    struct text arguments[3];

    if (!redis_is_up(cache->redis) || !redis_is_up(cache->listener) ||
        fault_hit(FAULT_CACHE_BEAT))
        return;
    if (!feature_is_on(FEATURE_REDIS_CACHE)) {
        leave(cache, CACHE_EPOCH_UNKNOWN);
        return;
    }
    snprintf(beat, sizeof(beat), "%" PRIu64, ++cache->beats);
    arguments[0] = text_of(redis_run_id(cache->redis));
    arguments[1] = text_of(cache->id);
    arguments[2] = text_of(beat);
    if (cache__run(cache, CACHE_SCRIPT_BEAT, arguments, ARRAY_LEN(arguments),
                   cache__after(cache, CACHE_WRITE_MS), &reply) == 0)
        learn(cache, sent_ns, reply);
}

void cache__beat(void *arg)
{
    struct cache *cache = arg;
    int slept = 0;

    while (slept == 0 && !cache->stopping) {
        uint64_t now_ns = loop_now_ns(cache->loop);

        beat_once(cache);
        slept = fiber_sleep(deadline_after(now_ns, NEAR_BEAT_MS));
    }
    cache->beat = NULL;
    condition_broadcast(&cache->beat_ended);
}

/* --- epochs --------------------------------------------------------------- */

enum cache_epoch cache_epoch(const struct cache *cache)
{
    return cache->epoch;
}

static const char *doubt_at(const struct cache *cache, uint64_t now_ns)
{
    if (!feature_is_on(FEATURE_REDIS_CACHE))
        return "redis_cache is off";
    if (!near_serves(cache->near, now_ns))
        return "no heartbeat of Redis is known that is young enough";
    if (!cache->options.may_serve(cache->options.arg, now_ns))
        return "PostgreSQL has not said that caches are on";
    return NULL;
}

const char *cache_doubt(const struct cache *cache)
{
    return doubt_at(cache, cache->options.now_ns());
}

bool cache__serves_at(const struct cache *cache, uint64_t now_ns)
{
    return !doubt_at(cache, now_ns);
}

const char *cache_epoch_name(const struct cache *cache)
{
    return cache->run;
}

bool cache_serves(const struct cache *cache)
{
    return cache__serves_at(cache, cache->options.now_ns());
}

int cache_epoch_open(struct cache *cache, char ret_run[static CACHE_RUN_BYTES],
                     struct diag *diag)
{
    const struct text run_id = text_of(redis_run_id(cache->redis));
    uint64_t chance;

    random_bytes(&chance, sizeof(chance));
    hex_format(&chance, sizeof(chance), ret_run);
    return redis_run(cache->redis, CACHE_SCRIPT_OPEN,
                     (const struct text[]){ run_id, text_of(ret_run) }, 2,
                     cache__after(cache, CACHE_WRITE_MS), NULL, diag);
}

int cache_epoch_activate(struct cache *cache,
                         const char run[static CACHE_RUN_BYTES],
                         struct diag *diag)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    const struct text run_id = text_of(redis_run_id(cache->redis));
    int r = redis_run(cache->redis, CACHE_SCRIPT_ACTIVATE,
                      (const struct text[]){ run_id, text_of(run) }, 2,
                      cache__after(cache, CACHE_WRITE_MS), &reply, diag);

    if (r == 0 && reply->integer != 1)
        return FAIL(diag, ERR_UNAVAILABLE, "another epoch has begun");
    return r;
}
