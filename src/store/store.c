/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "base/memory.h"
#include "store/sql.h"
#include "store/store_impl.h"

#define RESOURCE(name)                                                  \
    [RESOURCE_##                                                        \
        name] = { #name "_by_id",    #name "_list",     #name "_count", \
                  #name "_estimate", #name "_embedded", #name "_merge" },
static const struct statement_names statement_names[RESOURCE_COUNT] = {
#include "store/resources.def"
};
#undef RESOURCE

#define RESOURCE(name)                                                         \
    [RESOURCE_##name] = { #name "_create",  #name "_replace", #name "_delete", \
                          #name "_restore", #name "_purge",   #name "_state",  \
                          #name "_lock" },
static const char *const fixed_names[RESOURCE_COUNT][FIXED_COUNT] = {
#include "store/resources.def"
};
#undef RESOURCE

static void (*const fixed_sql[FIXED_COUNT])(struct buffer *sql,
                                            const struct resource *resource) = {
    [FIXED_CREATE] = sql_create,   [FIXED_REPLACE] = sql_replace,
    [FIXED_DELETE] = sql_delete,   [FIXED_RESTORE] = sql_restore,
    [FIXED_PURGE] = sql_purge,     [FIXED_STATE] = sql_state,
    [FIXED_LOCK_ID] = sql_lock_id,
};

/* Nothing but listed. */
static const struct statement_names log_names = {
    .list = "audit_list", .count = "audit_count", .estimate = "audit_estimate"
};

/* --- life -------------------------------------------------------------------
 */

/* A statement with the text that stands in stock->sql, which is emptied. */
static struct statement take_statement(struct stock *stock, const char *name,
                                       const struct resource *resource)
{
    struct statement statement = { .name = name,
                                   .collection = resource->table };

    CHECK(!buffer_overflown(&stock->sql));
    statement.sql = memory_copy(stock->sql.at, stock->sql.len);
    statement.hash = statement_hash(statement.sql);
    buffer_clear(&stock->sql);
    return statement;
}

static void add_embed(struct stock *stock, struct entry *entry,
                      const struct embed *embed)
{
    struct embed_plan *plan = &entry->embeds[entry->embed_count++];

    CHECK(entry->embed_count <= STORE_EMBEDS_MAX);
    plan->embed = embed;
    selection_all(embed->of ? embed->of->shape : embed->shape,
                  &plan->selection);
    sql_embedded(&stock->sql, embed);
    plan->statement =
        take_statement(stock, entry->names->embeds, entry->resource);
}

static void entry_init(struct stock *stock, struct entry *entry, size_t place)
{
    const struct resource *resource = resource_table[place];

    entry->resource = resource;
    entry->names = &statement_names[place];
    selection_all(resource->shape, &entry->all);
    sql_by_id(&stock->sql, resource);
    entry->by_id = take_statement(stock, entry->names->by_id, resource);
    for (size_t i = 0; i < FIXED_COUNT; i++) {
        fixed_sql[i](&stock->sql, resource);
        entry->fixed[i] =
            take_statement(stock, fixed_names[place][i], resource);
    }
    for (const struct embed *e = resource->embeds; e && e->name; e++)
        add_embed(stock, entry, e);
    for (unsigned i = 0; i < nodes_count(stock->nodes); i++)
        entry->loaders[i] =
            loader_new(nodes_pool(stock->nodes, i), &entry->by_id, NULL);
}

struct store *store_new_over(struct nodes *nodes, const struct mac_key *key)
{
    struct store *store = NEW(struct store);
    struct stock *stock = NEW(struct stock);

    stock->nodes = nodes;
    stock->key = *key;
    buffer_init(&stock->sql, SQL_BYTES_MAX);
    stock->forms = form_set_new();
    stock->lists = list_share_new(pool_loop(nodes_primary(nodes)));
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        entry_init(stock, &stock->entries[i], i);
    stock->log = (struct entry){ .resource = &audit_log, .names = &log_names };
    selection_all(audit_log.shape, &stock->log.all);
    store->magic = STORE_MAGIC;
    store->stock = stock;
    return store;
}

struct store *store_new(struct pool *pool, const struct mac_key *key)
{
    struct nodes *own = nodes_of_pool(pool);
    struct store *store = store_new_over(own, key);

    store->stock->own = own;
    return store;
}

static void free_text(struct statement *statement)
{
    char *text = (char *)(uintptr_t)statement->sql;

    memory_free(&text);
    statement->sql = NULL;
}

static void entry_fini(struct entry *entry)
{
    for (unsigned i = 0; i < NODES_MAX; i++)
        loader_free(&entry->loaders[i]);
    free_text(&entry->by_id);
    for (size_t i = 0; i < FIXED_COUNT; i++)
        free_text(&entry->fixed[i]);
    for (unsigned i = 0; i < entry->embed_count; i++)
        free_text(&entry->embeds[i].statement);
}

void store_free(struct store **store_at)
{
    struct store *store = *store_at;

    *store_at = NULL;
    if (!store)
        return;
    OBJ_CHECK(store, STORE_MAGIC);
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        entry_fini(&store->stock->entries[i]);
    list_share_free(&store->stock->lists);
    form_set_free(&store->stock->forms);
    buffer_fini(&store->stock->sql);
    nodes_free(&store->stock->own);
    memory_free(&store->stock);
    store->magic = 0;
    memory_free(&store);
}

void store_settle_rights(struct store *store, struct freshness *freshness)
{
    OBJ_CHECK(store, STORE_MAGIC);
    store->stock->freshness = freshness;
}

void store_use_caches(struct store *store, struct cache_switch *cache_switch,
                      struct cache *cache)
{
    OBJ_CHECK(store, STORE_MAGIC);
    store->stock->cache_switch = cache_switch;
    store->stock->cache = cache;
}

/* What keys may do is never read from a cache. */
bool store_remembers(const struct resource *resource)
{
    return resource != &api_keys && resource != &audit_log;
}

struct store store_as(const struct store *store, const struct actor *actor)
{
    struct store bound = *store;

    OBJ_CHECK(store, STORE_MAGIC);
    if (!bound.transaction)
        bound.actor = *actor;
    return bound;
}

struct entry *store_entry(const struct store *store,
                          const struct resource *resource)
{
    size_t i = 0;

    OBJ_CHECK(store, STORE_MAGIC);
    if (resource == &audit_log)
        return &store->stock->log;
    while (i < RESOURCE_COUNT && resource_table[i] != resource)
        i++;
    CHECK(i < RESOURCE_COUNT);
    return &store->stock->entries[i];
}

int store_forbidden(const struct resource *resource, struct diag *diag)
{
    return FAIL(diag, ERR_FORBIDDEN, "you may not change this %s",
                resource->shape->singular);
}

int store_written(const struct buffer *buffer, struct diag *diag)
{
    if (buffer_overflown(buffer))
        return FAIL(diag, ERR_TOO_LARGE, "the answer would be too large");
    return 0;
}
