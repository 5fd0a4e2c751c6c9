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

/* --- life -------------------------------------------------------------------
 */

/* A statement with the text that stands in store->sql, which is emptied. */
static struct statement take_statement(struct store *store, const char *name,
                                       const struct resource *resource)
{
    struct statement statement = { .name = name,
                                   .collection = resource->table };

    CHECK(!buffer_overflown(&store->sql));
    statement.sql = memory_copy(store->sql.at, store->sql.len);
    statement.hash = statement_hash(statement.sql);
    buffer_clear(&store->sql);
    return statement;
}

static void add_embed(struct store *store, struct entry *entry,
                      const struct embed *embed)
{
    struct embed_plan *plan = &entry->embeds[entry->embed_count++];

    CHECK(entry->embed_count <= STORE_EMBEDS_MAX);
    plan->embed = embed;
    selection_all(embed->of ? embed->of->shape : embed->shape,
                  &plan->selection);
    sql_embedded(&store->sql, embed);
    plan->statement =
        take_statement(store, entry->names->embeds, entry->resource);
}

static void entry_init(struct store *store, struct entry *entry, size_t place)
{
    const struct resource *resource = resource_table[place];

    entry->resource = resource;
    entry->names = &statement_names[place];
    selection_all(resource->shape, &entry->all);
    sql_by_id(&store->sql, resource);
    entry->by_id = take_statement(store, entry->names->by_id, resource);
    for (size_t i = 0; i < FIXED_COUNT; i++) {
        fixed_sql[i](&store->sql, resource);
        entry->fixed[i] =
            take_statement(store, fixed_names[place][i], resource);
    }
    for (const struct embed *e = resource->embeds; e && e->name; e++)
        add_embed(store, entry, e);
    entry->loader = loader_new(store->pool, &entry->by_id, NULL);
}

struct store *store_new(struct pool *pool, const struct mac_key *key)
{
    struct store *store = NEW(struct store);

    store->magic = STORE_MAGIC;
    store->pool = pool;
    store->key = *key;
    store->entries = memory_new_array(RESOURCE_COUNT, sizeof(*store->entries));
    buffer_init(&store->sql, SQL_BYTES_MAX);
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        entry_init(store, &store->entries[i], i);
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
    loader_free(&entry->loader);
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
        entry_fini(&store->entries[i]);
    memory_free(&store->entries);
    buffer_fini(&store->sql);
    store->magic = 0;
    memory_free(&store);
}

struct entry *store_entry(struct store *store, const struct resource *resource)
{
    size_t i = 0;

    OBJ_CHECK(store, STORE_MAGIC);
    while (i < RESOURCE_COUNT && resource_table[i] != resource)
        i++;
    CHECK(i < RESOURCE_COUNT);
    return &store->entries[i];
}

int store_written(const struct buffer *buffer, struct diag *diag)
{
    if (buffer_overflown(buffer))
        return FAIL(diag, ERR_TOO_LARGE, "the answer would be too large");
    return 0;
}
