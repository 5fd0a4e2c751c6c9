/* SPDX-License-Identifier: MIT */
/*
 * Two instances' caches on a Redis of the test's own, and an object that
 * stands for the database: what is in it was committed.
 */
#pragma once

#include "base/clock.h"
#include "base/fault.h"
#include "cache/cache.h"
#include "runtime/fiber.h"
#include "support/own_redis.h"

struct caches {
    struct own_redis server;
    struct redis_address address;
    struct cache *a, *b;
    struct redis *side; /* for what others do to Redis */
    bool switched_on;   /* PostgreSQL's switch */
    struct cache_key key;
    int64_t committed; /* version; 0: there is no such object */
    char run[CACHE_RUN_BYTES];
};

static inline struct deadline after_ms(uint64_t ms)
{
    return deadline_after(loop_now_ns(loop_current()), ms);
}

#define UNTIL(what)                                    \
    do {                                               \
        for (int i_ = 0; i_ < 4000 && !(what); i_++)   \
            cr_assert_eq(fiber_sleep(after_ms(5)), 0); \
        cr_assert(what);                               \
    } while (0)

static inline bool is_switched_on(void *arg, uint64_t now_ns)
{
    (void)now_ns;
    return ((struct caches *)arg)->switched_on;
}

/* What anybody may say to Redis; the answer's integer, or 0. */
static inline int64_t tell_redis(struct caches *w, const char *first,
                                 const char *second, const char *third)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    const struct text words[] = { text_of(first), text_of(second ? second : ""),
                                  text_of(third ? third : "") };
    unsigned count = second ? (third ? 3 : 2) : 1;

    UNTIL(redis_is_up(w->side));
    cr_assert_eq(
        redis_call(w->side, words, count, after_ms(30000), &reply, NULL), 0);
    cr_assert_neq(reply->kind, REDIS_ERROR, "%.*s", TEXT_ARG(reply->text));
    return reply->integer;
}

/* The key as it stands in Redis. */
static inline const char *redis_key(struct caches *w)
{
    static char at[160];

    snprintf(at, sizeof(at), "c:%s:%.*s", w->run, (int)w->key.len, w->key.at);
    return at;
}

static inline const char *markers_key(const struct caches *w)
{
    static char at[64];

    snprintf(at, sizeof(at), "k:%s", w->run);
    return at;
}

static inline void open_epoch(struct caches *w)
{
    UNTIL(cache_epoch(w->a) == CACHE_EPOCH_NONE);
    cr_assert_eq(cache_epoch_open(w->a, w->run, NULL), 0);
    UNTIL(cache_epoch(w->a) == CACHE_EPOCH_QUARANTINE);
    cr_assert_eq(cache_epoch_activate(w->a, w->run, NULL), 0);
    UNTIL(cache_serves(w->a) && cache_serves(w->b));
}

static inline struct cache *start_cache(struct caches *w)
{
    struct cache_options options = { .address = &w->address,
                                     .connect_timeout_ms = 500,
                                     .near_bytes = 1 << 20,
                                     .now_ns = clock_boottime_ns,
                                     .may_serve = is_switched_on,
                                     .arg = w };

    return cache_start(loop_current(), &options);
}

static inline void caches_run(void (*body)(struct caches *w))
{
    struct caches w = { .switched_on = true, .committed = 10 };
    struct redis_options side = { .address = &w.address,
                                  .name = "side",
                                  .connect_timeout_ms = 500 };
    struct diag diag;

    own_redis_start(&w.server);
    diag_init(&diag, NULL);
    cr_assert_eq(redis_address_parse(text_of(w.server.url), &w.address, &diag),
                 0);
    cache_key_of_object(&w.key, "bills", uuid_v7());
    w.side = redis_start(loop_current(), &side);
    w.a = start_cache(&w);
    w.b = start_cache(&w);
    open_epoch(&w);
    body(&w);
    cache_stop(&w.a);
    cache_stop(&w.b);
    redis_stop(&w.side);
    redis_address_fini(&w.address);
    own_redis_end(&w.server);
}

#define ON_CACHES(suite, name)                       \
    static void name##_body(struct caches *w);       \
    static void name##_fiber(void *arg)              \
    {                                                \
        (void)arg;                                   \
        caches_run(name##_body);                     \
    }                                                \
    Test(suite, name, .timeout = 120)                \
    {                                                \
        fiber_run_alone("test", name##_fiber, NULL); \
    }                                                \
    static void name##_body(struct caches *w)

/* --- reading -------------------------------------------------------------- */

static inline struct bytes *body_of(int64_t version)
{
    char text[32];

    snprintf(text, sizeof(text), "{\"version\":%lld}", (long long)version);
    return version ? bytes_copy(text_of(text)) : NULL;
}

/* A read in parts: what was found, or what it would fill. */
struct reading {
    struct cache_load load;
    bool found;
    struct cache_value value;
    int64_t version; /* that it saw */
};

static inline void begin_read(struct caches *w, struct cache *cache,
                              struct reading *reading)
{
    *reading = (struct reading){ .load = CACHE_LOAD_NONE };
    reading->found = cache_get(cache, &w->key, after_ms(2000), &reading->load,
                               &reading->value);
    reading->version = reading->found ? reading->value.version : w->committed;
}

static inline void end_read(struct reading *reading)
{
    struct bytes *body = body_of(reading->version);

    if (reading->found) {
        cr_expect_eq(reading->value.body == NULL, reading->version == 0);
        bytes_unref(&reading->value.body);
    } else {
        cache_fill(&reading->load, body, reading->version, after_ms(2000));
    }
    cache_load_end(&reading->load);
    bytes_unref(&body);
}

/* The version that a whole read gives. */
static inline int64_t read_on(struct caches *w, struct cache *cache)
{
    struct reading reading;

    begin_read(w, cache, &reading);
    end_read(&reading);
    return reading.version;
}

/* Where it comes from: CACHE_NEAR, CACHE_REDIS, or neither. */
static inline enum cache_layer layer_on(struct caches *w, struct cache *cache)
{
    struct reading reading;
    enum cache_layer layer;

    begin_read(w, cache, &reading);
    layer = reading.found ? reading.value.layer : CACHE_LAYERS;
    if (reading.found)
        bytes_unref(&reading.value.body);
    cache_load_end(&reading.load);
    return layer;
}

/* --- writing -------------------------------------------------------------- */

struct writing {
    struct cache_touch touch;
};

static inline int begin_write(struct caches *w, struct cache *cache,
                              int64_t version, struct writing *writing)
{
    *writing =
        (struct writing){ .touch = { .key = w->key, .version = version } };
    return cache_mark(cache, &writing->touch, 1, DEADLINE_NEVER);
}

static inline int end_write(struct caches *w, struct cache *cache,
                            struct writing *writing)
{
    int r;

    w->committed = writing->touch.version;
    writing->touch.body = body_of(w->committed);
    r = cache_put(cache, &writing->touch, 1);
    bytes_unref(&writing->touch.body);
    return r;
}

static inline void write_on(struct caches *w, struct cache *cache,
                            int64_t version)
{
    struct writing writing;

    cr_assert_eq(begin_write(w, cache, version, &writing), 0);
    cr_assert_eq(end_write(w, cache, &writing), 0);
}
