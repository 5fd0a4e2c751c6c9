/* SPDX-License-Identifier: MIT */
#include "store/cache_sampler.h"

#include "store/list_sample.h"
#include "store/store_impl.h"
#include "store/view.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <stdio.h>

enum { GATHER_MS = 20, SAMPLE_MS = 1000, SAMPLE_BYTES_MAX = 16 << 20 };

/* Is it the turn of the answer that is given now? */
static bool wants(struct cache_sampler *sampler)
{
    return sampler && ++sampler->answers % CACHE_SAMPLED_OF == 0 &&
           sampler->count < CACHE_SAMPLES_WAITING_MAX;
}

static void add(struct cache_sampler *sampler, struct cache_sample sample)
{
    sampler->waiting[sampler->count++] = sample;
    if (sampler->count == 1)
        timer_set(&sampler->gather,
                  deadline_after(loop_now_ns(loop_current()), GATHER_MS));
}

void cache_sampler_offer(struct cache_sampler *sampler,
                         const struct resource *resource, struct uuid id,
                         const struct cache_value *value)
{
    if (wants(sampler))
        add(sampler, (struct cache_sample){ .resource = resource,
                                            .id = id,
                                            .layer = value->layer,
                                            .version = value->version });
}

void cache_sampler_offer_list(struct cache_sampler *sampler,
                              const struct listing *listing,
                              enum cache_layer layer)
{
    struct list_sample *list;

    if (!wants(sampler) || sampler->lists == CACHE_LIST_SAMPLES_MAX)
        return;
    list = list_sample_new(listing, layer);
    if (!list)
        return;
    sampler->lists++;
    add(sampler, (struct cache_sample){ .list = list, .layer = layer });
}

static void drop(struct cache_sampler *sampler, struct cache_sample *sample)
{
    if (!sample->list)
        return;
    list_sample_free(&sample->list);
    sampler->lists--;
}

/* --- comparing ------------------------------------------------------------ */

/* 0: there is none. */
static YIELDS int read_primary(const struct cache_sampler *sampler,
                               const struct cache_sample *sample,
                               struct deadline until, int64_t *ret_version)
{
    CLEANUP(buffer_fini) struct buffer buffer = { 0 };
    char rights[64];
    struct actor actor = { .rights = text_from(rights, 0) };
    struct store store;
    struct view view;
    int r, len = snprintf(rights, sizeof(rights), "%s:read",
                          sample->resource->shape->name);

    *ret_version = 0;
    actor.rights.len = (size_t)len;
    store = store_as(sampler->store, &actor);
    view_all(sample->resource, &view);
    buffer_init(&buffer, SAMPLE_BYTES_MAX);
    r = store_get(&store, &view, sample->id, until, &buffer, ret_version, NULL);
    return r == -ERR_NOT_FOUND ? 0 : r;
}

static YIELDS bool peek(const struct cache_sampler *sampler,
                        const struct cache_sample *sample,
                        struct deadline until, int64_t *ret_version)
{
    struct cache_value value;
    struct cache_key key = { .len = 0 };

    cache_key_of_object(&key, sample->resource->shape->name, sample->id);
    if (!cache_peek(sampler->cache, &key, sample->layer, until, &value))
        return false;
    bytes_unref(&value.body);
    *ret_version = value.version;
    return true;
}

/*
 * The primary comes first: what it says was committed before the cache is
 * asked. Versions never come again, but an absence may; so it is certain only
 * when the object was there before and after.
 */
static YIELDS bool is_stale(const struct cache_sampler *sampler,
                            const struct cache_sample *sample,
                            struct deadline until)
{
    int64_t before, cached, after;

    if (read_primary(sampler, sample, until, &before) < 0 ||
        !peek(sampler, sample, until, &cached))
        return false;
    if (before == 0)
        return cached != 0 && cached == sample->version;
    if (cached != 0)
        return cached < before;
    return read_primary(sampler, sample, until, &after) == 0 && after == before;
}

static void tell(const struct cache_sample *sample)
{
    const char *where = sample->layer == CACHE_NEAR ? "memory" : "Redis";
    char id[UUID_TEXT_BYTES];

    series_add(metric_series(METRIC_CACHE_STALE, NULL), 1);
    if (sample->list) {
        log_line(LOG_ERROR, "cache_stale", "a list of %s was out of date in %s",
                 list_sample_name(sample->list), where);
        return;
    }
    uuid_format(sample->id, id);
    log_line(LOG_ERROR, "cache_stale", "%s/%s was out of date in %s",
             sample->resource->shape->name, id, where);
}

static YIELDS void compare(struct cache_sampler *sampler,
                           struct cache_sample *sample)
{
    struct deadline until =
        deadline_after(loop_now_ns(loop_current()), SAMPLE_MS);

    series_add(metric_series(METRIC_CACHE_SAMPLED, NULL), 1);
    if (sample->list ? list_sample_is_stale(sample->list, sampler->store, until)
                     : is_stale(sampler, sample, until))
        tell(sample);
    drop(sampler, sample);
}

/* --- life ----------------------------------------------------------------- */

static void run(void *arg)
{
    struct cache_comparer *comparer = arg;
    struct cache_sampler *sampler = comparer->sampler;
    int r = 0;

    while (r == 0) {
        r = condition_wait(&sampler->gathered, DEADLINE_NEVER);
        while (sampler->count > 0 && !sampler->stopping) {
            struct cache_sample sample = sampler->waiting[--sampler->count];

            compare(sampler, &sample);
        }
    }
    comparer->fiber = NULL;
    condition_broadcast(&sampler->ended);
}

static void on_gathered(void *arg)
{
    struct cache_sampler *sampler = arg;

    condition_broadcast(&sampler->gathered);
}

static void start_comparer(struct cache_sampler *sampler,
                           struct cache_comparer *comparer, struct loop *loop)
{
    comparer->sampler = sampler;
    if (fiber_start(loop, "cache_sampler", run, comparer, &comparer->fiber) < 0)
        log_line(LOG_WARN, "caches_unwatched", "no memory for a fiber");
}

void cache_sampler_start(struct cache_sampler *sampler, struct loop *loop,
                         struct store *store, struct cache *cache)
{
    *sampler = (struct cache_sampler){ .store = store, .cache = cache };
    timer_init(&sampler->gather, loop, on_gathered, sampler);
    condition_init(&sampler->gathered);
    condition_init(&sampler->ended);
    store->stock->sampler = sampler;
    for (unsigned i = 0; i < CACHE_COMPARERS; i++)
        start_comparer(sampler, &sampler->comparers[i], loop);
}

void cache_sampler_stop(struct cache_sampler *sampler)
{
    if (!sampler->store)
        return;
    sampler->store->stock->sampler = NULL;
    sampler->stopping = true;
    timer_stop(&sampler->gather);
    for (unsigned i = 0; i < CACHE_COMPARERS; i++)
        fiber_end(&sampler->comparers[i].fiber, &sampler->ended);
    while (sampler->count > 0)
        drop(sampler, &sampler->waiting[--sampler->count]);
}
