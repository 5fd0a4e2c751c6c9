/* SPDX-License-Identifier: MIT */
#include "store/explain.h"

#include "base/feature.h"
#include "store/store_impl.h"

#include <stdio.h>

static struct cache_story *wanted(const struct store *store)
{
    return store->trail ? store->trail->story : NULL;
}

void explain_bypass(const struct store *store, const char *why)
{
    struct cache_story *story = wanted(store);

    if (story)
        snprintf(story->members, CACHE_STORY_BYTES,
                 "; fwd=bypass; detail=\"%s\"", why);
}

const char *store_forgets(const struct store *store,
                          const struct resource *resource)
{
    return !store->stock->cache                           ? "there is no Redis"
           : !feature_is_on(FEATURE_REDIS_CACHE)          ? "redis_cache is off"
           : store->transaction                           ? "in a transaction"
           : store->consistency.level > CONSISTENCY_FRESH ? "its Consistency"
           : !store_remembers(resource) ? "this resource is not remembered"
           : !text_is_null(store->actor.user_id) ? NOT_COMMON
                                                 : NULL;
}

void explain_stale(const struct store *store, const struct cache_key *key)
{
    struct cache_story *story = wanted(store);

    if (story)
        snprintf(story->members, CACHE_STORY_BYTES,
                 "; key=\"%.*s\"; epoch=\"%s\"", (int)key->len, key->at,
                 cache_epoch_name(store->stock->cache));
}

static const char *or_none(const char *said)
{
    return said ? said : "none";
}

void explain_look(const struct store *store, const struct cache_key *key,
                  const struct cache_load *load)
{
    struct cache_story *story = wanted(store);
    const struct cache *cache = store->stock->cache;
    const char *doubt;

    if (!story)
        return;
    doubt = load->said[CACHE_NEAR] ? NULL : cache_doubt(cache);
    snprintf(story->members, CACHE_STORY_BYTES,
             "; key=\"%.*s\"; near=%s; redis=%s; epoch=\"%s\"%s%s%s",
             (int)key->len, key->at, or_none(load->said[CACHE_NEAR]),
             or_none(load->said[CACHE_REDIS]), cache_epoch_name(cache),
             doubt ? "; doubt=\"" : "", doubt ? doubt : "", doubt ? "\"" : "");
}
