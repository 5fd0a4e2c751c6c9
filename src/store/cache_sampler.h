/* SPDX-License-Identifier: MIT */
/*
 * Watches over the caches of one loop: one of CACHE_SAMPLED_OF answers that
 * came from them is read again from the primary, behind the back of whoever
 * asked. Then the cache is asked once more, and must not give what is older:
 * portcullis_cache_stale_total stays 0. Samples wait for each other a little,
 * so that the loader reads several by one statement. Of lists, which have one
 * of their own, CACHE_LIST_SAMPLES_MAX are under way at the most.
 */
#pragma once

#include "cache/cache.h"
#include "runtime/fiber.h"
#include "store/store.h"

enum {
    CACHE_SAMPLED_OF = 100,
    CACHE_SAMPLES_WAITING_MAX = 16,
    CACHE_COMPARERS = 8,
    CACHE_LIST_SAMPLES_MAX = 2,
};

struct list_sample;

struct cache_sample {
    struct list_sample *list; /* NULL: an object */
    const struct resource *resource;
    struct uuid id;
    enum cache_layer layer;
    int64_t version; /* that was given; 0: there was none */
};

struct cache_comparer {
    struct cache_sampler *sampler;
    struct fiber *fiber; /* NULL: not running */
};

struct cache_sampler {
    struct store *store;
    struct cache *cache;
    struct cache_comparer comparers[CACHE_COMPARERS];
    struct timer gather; /* set while samples wait for others */
    struct condition gathered, ended;
    bool stopping;
    unsigned answers, count;
    unsigned lists; /* that wait or are being compared */
    struct cache_sample waiting[CACHE_SAMPLES_WAITING_MAX];
};

/* Both must outlive it. */
void cache_sampler_start(struct cache_sampler *sampler, struct loop *loop,
                         struct store *store, struct cache *cache);

/* Harmless when it was not started. */
YIELDS void cache_sampler_stop(struct cache_sampler *sampler);

/* Likewise, of a list. */
void cache_sampler_offer_list(struct cache_sampler *sampler,
                              const struct listing *listing,
                              enum cache_layer layer);

/* This was given. NULL is taken; when too many wait it is let go. */
void cache_sampler_offer(struct cache_sampler *sampler,
                         const struct resource *resource, struct uuid id,
                         const struct cache_value *value);
