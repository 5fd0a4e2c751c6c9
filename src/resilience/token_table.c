/* SPDX-License-Identifier: MIT */
#include "resilience/token_table.h"

#include "base/check.h"
#include "base/list.h"
#include "base/memory.h"

enum { TOKEN_TABLE_MAGIC = 0x544f4b54 };

struct entry {
    struct list link;   /* by their last use, the oldest first */
    struct list line;   /* while there is something to tell */
    struct entry *next; /* with the same slot */
    struct token_share share;
    uint64_t life; /* another for each name */
    uint64_t hash;
    size_t len;
    char name[TOKEN_KEY_BYTES];
};

struct token_table {
    unsigned magic;
    size_t capacity, count, mask;
    uint64_t seed, lives;
    struct list used, line;
    struct entry *entries, **slots;
};

struct token_table *token_table_new(size_t capacity, uint64_t seed)
{
    struct token_table *table = NEW(struct token_table);
    size_t slots = 1;

    CHECK(capacity > 0);
    while (slots < capacity)
        slots *= 2;
    table->magic = TOKEN_TABLE_MAGIC;
    table->capacity = capacity;
    table->mask = slots - 1;
    table->seed = seed;
    list_init(&table->used);
    list_init(&table->line);
    table->entries = memory_new_array(capacity, sizeof(*table->entries));
    table->slots = memory_new_array(slots, sizeof(struct entry *));
    return table;
}

void token_table_free(struct token_table **table_at)
{
    struct token_table *table = *table_at;

    if (!table)
        return;
    OBJ_CHECK(table, TOKEN_TABLE_MAGIC);
    memory_free(&table->entries);
    memory_free(&table->slots);
    table->magic = 0;
    memory_free(table_at);
}

size_t token_table_count(const struct token_table *table)
{
    OBJ_CHECK(table, TOKEN_TABLE_MAGIC);
    return table->count;
}

static size_t kept(struct text name)
{
    return name.len < TOKEN_KEY_BYTES ? name.len : TOKEN_KEY_BYTES;
}

static uint64_t hash_of(const struct token_table *table, struct text name)
{
    struct text begin = text_from(name.at, kept(name));

    return text_hash_keyed(begin, table->seed ^ name.len);
}

static bool is_of(const struct entry *entry, uint64_t hash, struct text name)
{
    return entry->hash == hash && entry->len == name.len &&
           memcmp(entry->name, name.at, kept(name)) == 0;
}

static void take_out(struct token_table *table, struct entry *entry)
{
    struct entry **at = &table->slots[entry->hash & table->mask];

    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    list_remove(&entry->link);
    list_remove(&entry->line);
}

/* One that was never used, else the one not used for longest. */
static struct entry *take_entry(struct token_table *table)
{
    struct entry *entry;

    if (table->count < table->capacity)
        return &table->entries[table->count++];
    entry = list_first(&table->used, struct entry, link);
    take_out(table, entry);
    return entry;
}

static struct entry *add(struct token_table *table, uint64_t hash,
                         struct text name)
{
    struct entry **slot = &table->slots[hash & table->mask];
    struct entry *entry = take_entry(table);

    *entry = (struct entry){
        .next = *slot, .life = ++table->lives, .hash = hash, .len = name.len
    };
    memcpy(entry->name, name.at, kept(name));
    list_init(&entry->line);
    *slot = entry;
    list_push_back(&table->used, &entry->link);
    return entry;
}

struct token_share *token_table_get(struct token_table *table, struct text name)
{
    uint64_t hash;
    struct entry *entry;

    OBJ_CHECK(table, TOKEN_TABLE_MAGIC);
    hash = hash_of(table, name);
    entry = table->slots[hash & table->mask];
    while (entry && !is_of(entry, hash, name))
        entry = entry->next;
    if (!entry)
        return &add(table, hash, name)->share;
    list_remove(&entry->link);
    list_push_back(&table->used, &entry->link);
    return &entry->share;
}

/* --- what is to be told --------------------------------------------------- */

void token_table_queue(struct token_table *table, struct token_share *share)
{
    struct entry *entry = CONTAINER_OF(share, struct entry, share);

    OBJ_CHECK(table, TOKEN_TABLE_MAGIC);
    if (!list_is_linked(&entry->line))
        list_push_back(&table->line, &entry->line);
}

struct token_share *token_table_next(struct token_table *table,
                                     struct token_place *ret_place,
                                     struct text *ret_name, size_t *ret_len)
{
    struct entry *entry;

    OBJ_CHECK(table, TOKEN_TABLE_MAGIC);
    if (list_is_empty(&table->line))
        return NULL;
    entry = list_first(&table->line, struct entry, line);
    list_remove(&entry->line);
    *ret_place =
        (struct token_place){ .entry = (size_t)(entry - table->entries),
                              .life = entry->life };
    *ret_name =
        text_from(entry->name, kept(text_from(entry->name, entry->len)));
    *ret_len = entry->len;
    return &entry->share;
}

struct token_share *token_table_at(struct token_table *table,
                                   struct token_place place)
{
    struct entry *entry = &table->entries[place.entry];

    OBJ_CHECK(table, TOKEN_TABLE_MAGIC);
    return entry->life == place.life ? &entry->share : NULL;
}
