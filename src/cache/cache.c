/* SPDX-License-Identifier: MIT */
#include "cache/cache_impl.h"

#include "base/check.h"
#include "base/embedded.h"
#include "base/memory.h"
#include "runtime/fiber.h"
#include "telemetry/log.h"

#include <stdio.h>

extern const struct embedded_file cache_scripts[];

static const char *const script_names[CACHE_SCRIPTS] = {
    [CACHE_SCRIPT_LEASE] = "lease",       [CACHE_SCRIPT_FILL] = "fill",
    [CACHE_SCRIPT_MARK] = "mark",         [CACHE_SCRIPT_PUT] = "put",
    [CACHE_SCRIPT_BEAT] = "beat",         [CACHE_SCRIPT_FORGET] = "forget",
    [CACHE_SCRIPT_DROP] = "drop",         [CACHE_SCRIPT_OPEN] = "open",
    [CACHE_SCRIPT_ACTIVATE] = "activate",
};

/* --- keys ----------------------------------------------------------------- */

/* "r:bills/018f…". By hand: every read that may be remembered makes one. */
static void write_key(struct cache_key *key, enum cache_sort sort,
                      const char *resource, char mark, const char *rest)
{
    size_t resource_len = strlen(resource), rest_len = strlen(rest);
    char *at;

    *key = (struct cache_key){ .sort = sort, .scope_len = 1 };
    CHECK(strlen("r:/") + resource_len + rest_len <= sizeof(key->at));
    at = mempcpy(key->at, "r:", 2);
    at = mempcpy(at, resource, resource_len);
    *at++ = mark;
    at = mempcpy(at, rest, rest_len);
    key->len = (size_t)(at - key->at);
}

void cache_key_of_object(struct cache_key *key, const char *resource,
                         struct uuid id)
{
    char text[UUID_TEXT_BYTES];

    uuid_format(id, text);
    write_key(key, CACHE_OBJECT, resource, '/', text);
}

/* The scripts know it by its last character. */
void cache_key_of_generation(struct cache_key *key, const char *resource)
{
    write_key(key, CACHE_GENERATION, resource, '/', "*");
}

void cache_key_of_list(struct cache_key *key, const char *resource,
                       const unsigned char digest[static CACHE_DIGEST_BYTES])
{
    char text[2 * CACHE_DIGEST_BYTES + 1];

    hex_format(digest, CACHE_DIGEST_BYTES, text);
    write_key(key, CACHE_LIST, resource, '?', text);
}

struct text cache__key(const struct cache_key *key)
{
    return text_from(key->at, key->len);
}

struct text cache__subject(struct text key)
{
    return text_skip(key, (size_t)(text_find(key, ':') + 1));
}

/* --- asking --------------------------------------------------------------- */

struct deadline cache__after(const struct cache *cache, uint64_t ms)
{
    return deadline_after(loop_now_ns(cache->loop), ms);
}

int cache__run(struct cache *cache, enum cache_script script,
               const struct text *arguments, unsigned count,
               struct deadline until, struct redis_reply **ret_reply)
{
    return redis_run(cache->redis, script, arguments, count, until, ret_reply,
                     NULL);
}

/* --- life ----------------------------------------------------------------- */

/* The files are embedded with a NUL behind them. */
static const char *source_of(const char *name)
{
    for (const struct embedded_file *file = cache_scripts; file->name; file++) {
        struct text given = text_of(file->name);

        if (text_starts_with(given, name) &&
            text_is(text_skip(given, strlen(name)), ".lua"))
            return file->begin;
    }
    check_failed("a script of cache/lua is missing", __FILE__, __LINE__);
}

static void connect(struct cache *cache)
{
    struct redis_options options = {
        .address = cache->options.address,
        .name = "redis",
        .connect_timeout_ms = cache->options.connect_timeout_ms,
        .scripts = cache->script_list,
        .script_count = CACHE_SCRIPTS,
        .down = cache__lost,
        .arg = cache,
    };

    cache->redis = redis_start(cache->loop, &options);
    options.name = "redis_marks";
    options.scripts = NULL;
    options.script_count = 0;
    options.channels = cache->channels;
    options.message = cache__heard;
    cache->listener = redis_start(cache->loop, &options);
}

struct cache *cache_start(struct loop *loop,
                          const struct cache_options *options)
{
    struct cache *cache = NEW(struct cache);
    uint64_t chance[2];

    random_bytes(chance, sizeof(chance));
    cache->magic = CACHE_MAGIC;
    cache->loop = loop;
    cache->options = *options;
    cache->near = near_new(options->near_bytes, chance[0]);
    hex_format(&chance[1], 8, cache->id);
    snprintf(cache->acks, sizeof(cache->acks), "cache:acks:%s", cache->id);
    cache->channels[0] = "cache:marks";
    cache->channels[1] = cache->acks;
    for (unsigned i = 0; i < CACHE_SCRIPTS; i++) {
        cache->scripts[i] = (struct redis_script){ script_names[i],
                                                   source_of(script_names[i]) };
        cache->script_list[i] = &cache->scripts[i];
    }
    condition_init(&cache->beat_ended);
    condition_init(&cache->acknowledged);
    cache__asks_init(cache);
    connect(cache);
    if (fiber_start(loop, "cache_beat", cache__beat, cache, &cache->beat) < 0)
        log_line(LOG_WARN, "cache_unused", "no memory for a fiber");
    return cache;
}

void cache_stop(struct cache **cache_at)
{
    struct cache *cache = *cache_at;

    if (!cache)
        return;
    OBJ_CHECK(cache, CACHE_MAGIC);
    *cache_at = NULL;
    cache->stopping = true;
    fiber_end(&cache->beat, &cache->beat_ended);
    redis_stop(&cache->listener);
    redis_stop(&cache->redis);
    cache__asks_fini(cache);
    near_free(&cache->near);
    cache->magic = 0;
    memory_free(&cache);
}

void cache_stats(const struct cache *cache, struct cache_stats *ret_stats)
{
    *ret_stats = cache->stats;
    ret_stats->near = near_stats(cache->near);
    redis_stats(cache->redis, &ret_stats->redis);
}
