/* SPDX-License-Identifier: MIT */
/*
 * What handlers work with: the parts of one loop, made by src/app and handed
 * to each request as request->service.
 */
#pragma once

#include "base/bytes.h"
#include "base/settings.h"
#include "database/migration.h"
#include "database/nodes.h"
#include "http/reply.h"
#include "http/request.h"
#include "store/audit.h"
#include "store/key_memory.h"
#include "store/rights_memory.h"

#include <stdatomic.h>

struct cache;
struct keyring;
struct monitor;
struct key_waiter;
struct token_memory;

/* The same for all loops; made before them, freed after them. */
struct process {
    const struct migration_set *migrations;
    const struct embedded_file *openapi; /* openapi.yaml, openapi.json */
    const struct embedded_file *docs;    /* the reference page */
    const struct router *router;
    struct mac_key token_key;                  /* of consistency tokens */
    struct keyring *keyring;                   /* app/keyring.h */
    int (*authorize)(struct request *request); /* server_options' */
    struct monitor *monitor;                   /* of the process's components */
    const char *url; /* where clients find us, without a `/` behind */
    uint64_t started_ns;
    struct freshness freshness; /* of what is remembered of rights */
    atomic_bool draining;       /* SIGTERM came: not ready any more */
};

struct service {
    struct process *process;
    const struct settings *settings; /* in force: not to be held over a wait */
    struct token_memory *tokens;     /* those found good */
    struct key_waiter *key_waiter;   /* app/key_keeper.h */
    struct loop *loop;
    struct nodes *nodes;
    struct store *store;
    struct cache *cache; /* NULL: there is no Redis */
    struct audit *audit; /* of refused attempts */
    struct rights_memory *rights;
    struct key_memory *keys;
    bool is_migrated;    /* the schema was seen to fit */
    unsigned bulk_count; /* exports and imports in progress */
};

static inline struct service *service_of(const struct request *request)
{
    return request->service;
}

/* How many rows a page may have. */
static inline unsigned page_limit_max(const struct request *request)
{
    return (unsigned)settings_int(service_of(request)->settings,
                                  SETTING_PAGE_LIMIT_MAX);
}
