/* SPDX-License-Identifier: MIT */
/* Reading: the near cache, Redis, and the lease to fill both. */
#include "cache/cache_impl.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/feature.h"
#include "cache/entry.h"
#include "cache/refresh.h"
#include "runtime/fiber.h"

#include <stdio.h>

enum { LOOKS = 6, LOOK_AGAIN_MS = 4 };

/* Generations that are found are no answer yet, and are not counted. */
static void count(const struct cache_key *key, const char *layer,
                  const char *result)
{
    static const enum metric metrics[CACHE_SORTS] = {
        [CACHE_OBJECT] = METRIC_CACHE,
        [CACHE_GENERATION] = METRIC_COUNT,
        [CACHE_LIST] = METRIC_CACHE_LISTS,
    };

    if (metrics[key->sort] != METRIC_COUNT)
        series_add(METRIC_SERIES(metrics[key->sort], layer, result), 1);
}

static struct near_key near_key_of(const struct cache_key *key)
{
    return (struct near_key){
        .subject = cache__subject(cache__key(key)),
        .scope = text_from(key->at, key->scope_len),
    };
}

/* --- near ----------------------------------------------------------------- */

static struct cache_value near_value_of(const struct near_value *value,
                                        uint64_t now_ns)
{
    return (struct cache_value){
        .body = value->body ? bytes_ref(value->body) : NULL,
        .version = value->version,
        .layer = CACHE_NEAR,
        .age_ns = now_ns - value->born_ns,
    };
}

static bool find_near(struct cache *cache, const struct cache_key *key,
                      uint64_t now_ns, struct cache_value *ret_value)
{
    struct near_hit hit;

    if (!feature_is_on(FEATURE_NEAR_CACHE))
        return false;
    if (!near_find(cache->near, near_key_of(key), now_ns, &hit) ||
        hit.refresh) {
        count(key, "near", "miss");
        return false;
    }
    count(key, "near", "hit");
    *ret_value = near_value_of(&hit.value, now_ns);
    return true;
}

/* What others may have of it from now on, if nobody marked it meanwhile. */
static void store_near(struct cache_load *load, struct bytes *body,
                       int64_t version, uint64_t age_ns, uint64_t left_ns,
                       uint64_t cost_ns)
{
    struct cache *cache = load->cache;
    struct near_value value = { .body = body,
                                .version = version,
                                .cost_ns = cost_ns };
    uint64_t now_ns;

    if (!feature_is_on(FEATURE_NEAR_CACHE)) {
        near_load_end(&load->placeholder);
        return;
    }
    now_ns = cache->options.now_ns();
    value.born_ns = now_ns > age_ns ? now_ns - age_ns : 0;
    value.expires_ns = now_ns + left_ns;
    near_load_store(cache->near, &load->placeholder, near_key_of(&load->key),
                    &value);
}

/* --- Redis ---------------------------------------------------------------- */

/* What asking Redis came to. */
enum look {
    LOOK_FOUND,
    LOOK_LEASED, /* there is nothing, and we may fill it */
    LOOK_WAIT,   /* there is nothing, and somebody else fills it */
    LOOK_MARKED, /* it is being written */
    LOOK_FAILED,
};

static struct deadline look_until(const struct cache *cache,
                                  struct deadline until)
{
    uint64_t now_ns = loop_now_ns(cache->loop);
    uint64_t quarter_ms = deadline_left_ns(until, now_ns) / 4 / NS_PER_MS;

    return deadline_after(now_ns, quarter_ms < CACHE_READ_MS ? quarter_ms
                                                             : CACHE_READ_MS);
}

/* Bytes that are no entry are removed, or everybody would trip over them. */
static YIELDS void drop(const struct cache_load *load, struct text bytes,
                        struct deadline until)
{
    struct cache *cache = load->cache;
    const struct text arguments[] = { text_of(redis_run_id(cache->redis)),
                                      cache__key(&load->key), bytes };

    cache->stats.corrupt++;
    count(&load->key, "redis", "corrupt");
    if (cache__run(cache, CACHE_SCRIPT_DROP, arguments, ARRAY_LEN(arguments),
                   look_until(cache, until), NULL) < 0)
        return; /* somebody else will */
}

static uint64_t ns_of(uint64_t from_ms, uint64_t to_ms)
{
    return to_ms > from_ms ? (to_ms - from_ms) * NS_PER_MS : 0;
}

static bool read_entry(const struct cache_key *key, struct text bytes,
                       struct cache_entry *ret_entry)
{
    return cache_entry_read(bytes, cache__key(key), ret_entry) &&
           ret_entry->kind != CACHE_MARKER;
}

/* The payload stands at the end. */
static struct bytes *take_payload(struct bytes **bytes_at, struct text payload)
{
    struct bytes *bytes = *bytes_at;

    *bytes_at = NULL;
    bytes_skip(bytes, bytes->len - payload.len);
    return bytes;
}

static struct cache_value value_of(struct bytes **bytes,
                                   const struct cache_entry *entry,
                                   uint64_t wall_ms)
{
    return (struct cache_value){
        .body = entry->kind == CACHE_VALUE ? take_payload(bytes, entry->payload)
                                           : NULL,
        .version = entry->version,
        .layer = CACHE_REDIS,
        .age_ns = ns_of(entry->made_ms, wall_ms),
    };
}

/* Takes the bytes of a value. */
static YIELDS enum look take_entry(struct cache_load *load,
                                   struct bytes **bytes, struct deadline until,
                                   struct cache_value *ret_value)
{
    uint64_t wall_ms = clock_wall_ns() / NS_PER_MS, left_ns;
    struct cache_entry entry;

    if (!read_entry(&load->key, bytes_text(*bytes), &entry)) {
        drop(load, bytes_text(*bytes), until);
        return LOOK_FAILED;
    }
    left_ns = ns_of(wall_ms, entry.expires_ms);
    if (left_ns == 0)
        return LOOK_FAILED;
    *ret_value = value_of(bytes, &entry, wall_ms);
    store_near(load, ret_value->body, entry.version, ret_value->age_ns, left_ns,
               entry.cost_us * NS_PER_US);
    return LOOK_FOUND;
}

/* Somebody has filled it just before we asked for the lease. */
static YIELDS enum look take_item(struct cache_load *load,
                                  struct redis_reply *item,
                                  struct deadline until,
                                  struct cache_value *ret_value)
{
    CLEANUP(bytes_unref) struct bytes *bytes = redis_reply_take(item);

    return bytes ? take_entry(load, &bytes, until, ret_value) : LOOK_FAILED;
}

static YIELDS enum look lease(struct cache_load *load, struct deadline until,
                              struct cache_value *ret_value)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    struct cache *cache = load->cache;
    uint64_t chance;
    struct text arguments[] = { text_of(redis_run_id(cache->redis)),
                                cache__key(&load->key), TEXT_NULL,
                                TEXT("3000") };
    struct text said;

    _Static_assert(CACHE_LEASE_MS == 3000, "as it is told above");
    random_bytes(&chance, sizeof(chance));
    hex_format(&chance, sizeof(chance), load->token);
    arguments[2] = text_of(load->token);
    if (cache__run(cache, CACHE_SCRIPT_LEASE, arguments, ARRAY_LEN(arguments),
                   look_until(cache, until), &reply) < 0)
        return LOOK_FAILED;
    said = redis_reply_text(reply, 0);
    load->leased = text_is(said, "L");
    if (text_is(said, "H") && reply->count > 1)
        return take_item(load, &reply->items[1], until, ret_value);
    return load->leased         ? LOOK_LEASED
           : text_is(said, "W") ? LOOK_WAIT
           : text_is(said, "M") ? LOOK_MARKED
                                : LOOK_FAILED;
}

static YIELDS enum look look(struct cache_load *load, struct deadline until,
                             struct cache_value *ret_value)
{
    CLEANUP(bytes_unref) struct bytes *entry = NULL;
    struct cache *cache = load->cache;

    if (cache__ask(cache, &load->key, look_until(cache, until), &entry) < 0)
        return LOOK_FAILED;
    return entry ? take_entry(load, &entry, until, ret_value)
                 : lease(load, until, ret_value);
}

/* --- both ----------------------------------------------------------------- */

static void begin(struct cache *cache, const struct cache_key *key,
                  struct cache_load *load)
{
    near_load_end(&load->placeholder);
    load->cache = cache;
    load->key = *key;
    load->leased = false;
    load->began_ns = cache->options.now_ns();
    near_load_begin(cache->near, &load->placeholder,
                    cache__subject(cache__key(key)));
}

static const char *const look_names[] = {
    [LOOK_FOUND] = "hit",     [LOOK_LEASED] = "miss",   [LOOK_WAIT] = "wait",
    [LOOK_MARKED] = "marked", [LOOK_FAILED] = "failed",
};

/*
 * Whoever has no lease waits a little for what its holder fills. Each look is a
 * new load: what spoiled the one before is no business of this one.
 */
static YIELDS bool find_shared(struct cache *cache, const struct cache_key *key,
                               struct deadline until, struct cache_load *load,
                               struct cache_value *ret_value)
{
    enum look found = LOOK_WAIT;

    for (unsigned i = 0; found == LOOK_WAIT && i < LOOKS; i++) {
        if (i > 0 && (fiber_sleep(cache__after(cache, (uint64_t)LOOK_AGAIN_MS
                                                          << i)) < 0 ||
                      !cache_serves(cache)))
            break;
        if (i > 0 && find_near(cache, key, cache->options.now_ns(), ret_value))
            return true;
        begin(cache, key, load);
        found = look(load, until, ret_value);
        count(key, "redis", look_names[found]);
        load->said[CACHE_REDIS] = look_names[found];
    }
    return found == LOOK_FOUND;
}

bool cache_get(struct cache *cache, const struct cache_key *key,
               struct deadline until, struct cache_load *load,
               struct cache_value *ret_value)
{
    uint64_t now_ns = cache->options.now_ns();

    OBJ_CHECK(cache, CACHE_MAGIC);
    if (!cache__serves_at(cache, now_ns)) {
        count(key, "redis", "unsure");
        return false;
    }
    load->said[CACHE_REDIS] = NULL;
    load->said[CACHE_NEAR] = "hit";
    if (find_near(cache, key, now_ns, ret_value))
        return true;
    load->said[CACHE_NEAR] = "miss";
    return find_shared(cache, key, until, load, ret_value);
}

static YIELDS bool peek_redis(struct cache *cache, const struct cache_key *key,
                              struct deadline until,
                              struct cache_value *ret_value)
{
    CLEANUP(bytes_unref) struct bytes *bytes = NULL;
    struct cache_entry entry;

    if (cache__ask(cache, key, look_until(cache, until), &bytes) < 0 ||
        !bytes || !read_entry(key, bytes_text(bytes), &entry))
        return false;
    *ret_value = value_of(&bytes, &entry, clock_wall_ns() / NS_PER_MS);
    return true;
}

bool cache_peek(struct cache *cache, const struct cache_key *key,
                enum cache_layer layer, struct deadline until,
                struct cache_value *ret_value)
{
    OBJ_CHECK(cache, CACHE_MAGIC);
    if (!cache_serves(cache))
        return false;
    return layer == CACHE_NEAR
               ? find_near(cache, key, cache->options.now_ns(), ret_value)
               : peek_redis(cache, key, until, ret_value);
}

static bool find_last_near(struct cache *cache, const struct cache_key *key,
                           struct cache_value *ret_value)
{
    struct near_value value;

    if (!feature_is_on(FEATURE_NEAR_CACHE) ||
        !near_find_last(cache->near, near_key_of(key), &value) || !value.body)
        return false;
    *ret_value = near_value_of(&value, cache->options.now_ns());
    return true;
}

/* Marks remove what stands there: a writer that could not has switched caches
 * off, and the next epoch has other keys. */
static YIELDS bool find_last_shared(struct cache *cache,
                                    const struct cache_key *key,
                                    struct deadline until,
                                    struct cache_value *ret_value)
{
    return cache->epoch == CACHE_EPOCH_ACTIVE && cache->run[0] &&
           peek_redis(cache, key, until, ret_value) && ret_value->body;
}

bool cache_last(struct cache *cache, const struct cache_key *key,
                struct deadline until, struct cache_value *ret_value)
{
    bool near;

    OBJ_CHECK(cache, CACHE_MAGIC);
    near = find_last_near(cache, key, ret_value);
    if (!near && !find_last_shared(cache, key, until, ret_value))
        return false;
    count(key, near ? "near" : "redis", "stale_if_error");
    return true;
}

void cache_load_end(struct cache_load *load)
{
    if (load->cache)
        near_load_end(&load->placeholder);
    load->cache = NULL;
    load->leased = false;
}

/* --- filling -------------------------------------------------------------- */

static bool write_entry(const struct cache_load *load, struct bytes *body,
                        int64_t version, uint64_t ttl_ms,
                        struct buffer *ret_bytes)
{
    uint64_t wall_ms = clock_wall_ns() / NS_PER_MS;
    uint64_t took_ns = load->cache->options.now_ns() - load->began_ns;
    struct cache_entry entry = {
        .kind = body ? CACHE_VALUE : CACHE_ABSENT,
        .version = version,
        .made_ms = wall_ms,
        .expires_ms = wall_ms + ttl_ms,
        .cost_us = (uint32_t)(took_ns / NS_PER_US % UINT32_MAX),
        .payload = body ? bytes_text(body) : TEXT(""),
    };

    if (entry.payload.len > CACHE_ENTRY_PAYLOAD_MAX)
        return false;
    cache_entry_write(&entry, cache__key(&load->key), ret_bytes);
    return !buffer_overflown(ret_bytes);
}

static YIELDS bool fill_redis(const struct cache_load *load, struct text bytes,
                              uint64_t ttl_ms, struct deadline until)
{
    CLEANUP(redis_reply_free) struct redis_reply *reply = NULL;
    struct cache *cache = load->cache;
    char life[24];
    struct text arguments[] = { text_of(redis_run_id(cache->redis)),
                                cache__key(&load->key), text_of(load->token),
                                TEXT_NULL, bytes };

    snprintf(life, sizeof(life), "%llu", (unsigned long long)ttl_ms);
    arguments[3] = text_of(life);
    return cache__run(cache, CACHE_SCRIPT_FILL, arguments, ARRAY_LEN(arguments),
                      look_until(cache, until), &reply) == 0 &&
           reply->integer == 1;
}

bool cache_fill(struct cache_load *load, struct bytes *body, int64_t version,
                struct deadline until)
{
    CLEANUP(buffer_fini) struct buffer bytes = { 0 };
    struct cache *cache = load->cache;
    uint64_t chance, ttl_ms;
    bool filled;

    if (!cache || !load->leased || fault_hit(FAULT_CACHE_FILL)) {
        cache_load_end(load);
        return false;
    }
    random_bytes(&chance, sizeof(chance));
    ttl_ms = refresh_jitter(!body                          ? CACHE_ABSENT_MS
                            : load->key.sort == CACHE_LIST ? CACHE_LIST_MS
                                                           : CACHE_VALUE_MS,
                            chance);
    buffer_init(&bytes, CACHE_ENTRY_MAX);
    filled = write_entry(load, body, version, ttl_ms, &bytes) &&
             fill_redis(load, buffer_text(&bytes), ttl_ms, until);
    if (filled) {
        cache->stats.fills++;
        store_near(load, body, version, 0, ttl_ms * NS_PER_MS,
                   cache->options.now_ns() - load->began_ns);
    } else {
        cache->stats.fills_refused++;
    }
    cache_load_end(load);
    return filled;
}
