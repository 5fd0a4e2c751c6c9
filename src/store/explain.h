/* SPDX-License-Identifier: MIT */
/* Room only: what a trail tells of caches to who asked for it, and nobody
 * else: nothing is written then. */
#pragma once

#include "cache/cache.h"
#include "store/store.h"

/* Why nothing of this resource is remembered for this store; NULL: it is, as
 * far as the question and its rights let it. */
const char *store_forgets(const struct store *store,
                          const struct resource *resource);

#define NOT_WHOLE  "an object with fields= or embed= is not remembered"
#define NOT_COMMON "the reader's rights to it are not those of all its readers"

/* Nothing of this is remembered, and why. */
void explain_bypass(const struct store *store, const char *why);

/* What was found under this key stands in for an error. */
void explain_stale(const struct store *store, const struct cache_key *key);

/* It was looked for under this key. Where no cache may answer it says why. */
void explain_look(const struct store *store, const struct cache_key *key,
                  const struct cache_load *load);
