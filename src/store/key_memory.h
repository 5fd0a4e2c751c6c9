/* SPDX-License-Identifier: MIT */
/*
 * The API keys that signed in at one loop, remembered as rights are
 * (rights_memory.h): what it hands out is fresh by the same lease, or was
 * asked for after the caller asked. And when they were last used, told to the
 * database behind the requests, at most once a minute for each key.
 */
#pragma once

#include "store/key_holder.h"

struct key_memory;

enum {
    KEY_MEMORY_ENTRIES = 4096, /* the one unused for longest is forgotten */
    KEY_USE_S = 60,
};

/* Store (of whichever actor) and freshness must outlive it. */
struct key_memory *key_memory_new(const struct store *store,
                                  struct freshness *freshness,
                                  unsigned entries_max) MUST_CHECK;

/* NULL is taken. */
void key_memory_free(struct key_memory **memory);

/*
 * Whose this key is, noting its use; errors are those of key_holder_load(),
 * and nothing is remembered of keys that are not there. The caller
 * unreferences.
 */
YIELDS int key_memory_get(struct key_memory *memory, const struct mac *hash,
                          struct deadline until, struct key_holder **ret_holder,
                          struct diag *diag) MUST_CHECK;

/*
 * Writes the uses that were noted since; takes `service:keys`. When that fails
 * they are written the next time.
 */
YIELDS int key_memory_write_uses(struct key_memory *memory, struct store *store,
                                 struct deadline until, struct diag *diag)
    MUST_CHECK;
