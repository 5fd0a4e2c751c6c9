/* SPDX-License-Identifier: MIT */
/* Room only: what the stores of a loop share. */
#pragma once

#include "database/loader.h"
#include "database/nodes.h"
#include "store/list_form.h"
#include "store/list_share.h"
#include "store/store.h"

enum { STORE_MAGIC = 0x73746f72, STORE_EMBEDS_MAX = 8, SQL_BYTES_MAX = 65536 };

/* Labels of metrics, which are kept by address for ever. */
struct statement_names {
    const char *by_id, *list, *count, *estimate, *embeds, *merge;
};

/* Statements that are the same at each call. */
enum fixed {
    FIXED_CREATE,
    FIXED_REPLACE,
    FIXED_DELETE,
    FIXED_RESTORE,
    FIXED_PURGE,
    FIXED_STATE,
    FIXED_LOCK_ID,
    FIXED_COUNT
};

/* How something is embedded: column 0 is the key, the object follows. */
struct embed_plan {
    const struct embed *embed;
    struct statement statement;
    struct selection selection;
};

struct entry {
    const struct resource *resource;
    const struct statement_names *names;
    struct statement by_id, fixed[FIXED_COUNT]; /* their texts are ours */
    struct embed_plan embeds[STORE_EMBEDS_MAX];
    unsigned embed_count;
    struct selection all;
    struct loader *loaders[NODES_MAX]; /* one for each node */
};

struct stock {
    struct nodes *nodes;
    struct nodes *own;           /* made of a pool by store_new(), or NULL */
    struct freshness *freshness; /* or NULL */
    struct cache_switch *cache_switch; /* or NULL: nobody is told of writes */
    struct cache *cache;               /* or NULL */
    struct cache_sampler *sampler;     /* or NULL */
    struct mac_key key;
    struct buffer sql; /* where a text is made before it is copied */
    struct form_set *forms;
    struct list_share *lists;
    struct entry entries[RESOURCE_COUNT], log;
};

struct entry *store_entry(const struct store *store,
                          const struct resource *resource);

/* May objects of this resource be remembered? */
bool store_remembers(const struct resource *resource);

/* Of an object that may be seen and not changed. */
int store_forbidden(const struct resource *resource, struct diag *diag)
    MUST_CHECK;

/* Checks the bytes written; -ERR_TOO_LARGE. */
int store_written(const struct buffer *buffer, struct diag *diag) MUST_CHECK;
