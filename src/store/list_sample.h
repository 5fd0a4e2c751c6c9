/* SPDX-License-Identifier: MIT */
/* Room only: a list that a cache gave, to be read again and compared. */
#pragma once

#include "cache/cache.h"
#include "store/listing.h"
#include "store/store.h"

struct list_sample;

/* A copy of the question. NULL: it is too large to be kept. */
struct list_sample *list_sample_new(const struct listing *listing,
                                    enum cache_layer layer) MUST_CHECK;
void list_sample_free(struct list_sample **sample);

/*
 * Does that layer give other rows than the primary, though no write of what it
 * shows began or ended meanwhile? `store` is nobody's.
 */
YIELDS bool list_sample_is_stale(struct list_sample *sample,
                                 const struct store *store,
                                 struct deadline until) MUST_CHECK;

/* "bills" */
const char *list_sample_name(const struct list_sample *sample);
