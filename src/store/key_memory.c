/* SPDX-License-Identifier: MIT */
#include "store/key_memory.h"

#include "base/check.h"
#include "base/list.h"
#include "base/memory.h"
#include "store/scope.h"
#include "store/sql_fixed.h"

enum { MEMORY_MAGIC = 0x6b6d656d, BUCKETS = 1024, USES_MAX = 1000 };

struct known {
    struct list chain; /* of its bucket */
    struct list age;   /* the one used last at the end */
    struct list use;   /* memory->uses, while that is to be written */
    struct mac hash;
    struct key_holder *holder;
    uint64_t noted_ns; /* its use, the last time; 0: never */
};

struct key_memory {
    unsigned magic, count, max;
    const struct store *store;
    struct freshness *freshness;
    struct list buckets[BUCKETS];
    struct list ages, uses;
};

/* --- finding -------------------------------------------------------------- */

/* Hashes are as good as random, and nobody chooses them. */
static struct list *bucket_of(struct key_memory *memory, const struct mac *hash)
{
    size_t place;

    memcpy(&place, hash->bytes, sizeof(place));
    return &memory->buckets[place % BUCKETS];
}

static struct known *find(struct key_memory *memory, const struct mac *hash)
{
    list_each (bucket_of(memory, hash), struct known, entry, chain)
        if (memcmp(&entry->hash, hash, sizeof(*hash)) == 0)
            return entry;
    return NULL;
}

static void forget(struct key_memory *memory, struct known *entry)
{
    list_remove(&entry->chain);
    list_remove(&entry->age);
    list_remove(&entry->use);
    key_holder_unref(&entry->holder);
    memory_free(&entry);
    memory->count--;
}

static struct known *add(struct key_memory *memory, const struct mac *hash)
{
    struct known *entry;

    if (memory->count == memory->max)
        forget(memory, list_first(&memory->ages, struct known, age));
    entry = NEW(struct known);
    entry->hash = *hash;
    list_init(&entry->chain);
    list_init(&entry->age);
    list_init(&entry->use);
    list_push_back(bucket_of(memory, hash), &entry->chain);
    list_push_back(&memory->ages, &entry->age);
    memory->count++;
    return entry;
}

/* --- using ---------------------------------------------------------------- */

static bool is_fresh(const struct key_memory *memory,
                     const struct key_holder *holder)
{
    uint64_t now_ns = memory->freshness->now_ns();

    return freshness_holds(memory->freshness, holder->stamp, now_ns) &&
           now_ns < holder->until_ns;
}

static struct key_holder *use(struct key_memory *memory, struct known *entry)
{
    uint64_t now_ns = memory->freshness->now_ns();

    list_remove(&entry->age);
    list_push_back(&memory->ages, &entry->age);
    if (!entry->noted_ns || now_ns - entry->noted_ns >= KEY_USE_S * NS_PER_S) {
        entry->noted_ns = now_ns;
        list_remove(&entry->use);
        list_push_back(&memory->uses, &entry->use);
    }
    return key_holder_ref(entry->holder);
}

/* Others may have loaded or forgotten it while we waited. */
static void keep(struct key_memory *memory, const struct mac *hash,
                 struct key_holder *holder)
{
    struct known *entry = find(memory, hash);

    if (!entry)
        entry = add(memory, hash);
    key_holder_unref(&entry->holder);
    entry->holder = key_holder_ref(holder);
}

int key_memory_get(struct key_memory *memory, const struct mac *hash,
                   struct deadline until, struct key_holder **ret_holder,
                   struct diag *diag)
{
    CLEANUP(key_holder_unref) struct key_holder *loaded = NULL;
    struct known *entry;
    int r;

    OBJ_CHECK(memory, MEMORY_MAGIC);
    entry = find(memory, hash);
    if (entry && is_fresh(memory, entry->holder)) {
        *ret_holder = use(memory, entry);
        return 0;
    }
    r = key_holder_load(memory->store, memory->freshness, hash, until, &loaded,
                        diag);
    entry = find(memory, hash);
    if (r == -ERR_NOT_FOUND && entry)
        forget(memory, entry);
    if (r < 0)
        return r;
    keep(memory, hash, loaded);
    *ret_holder = use(memory, find(memory, hash));
    return 0;
}

/* --- telling of uses ------------------------------------------------------ */

/* Whoever else is at it tells the same: those rows are left to them. */
const struct statement sql_key_uses = {
    .name = "api_key_uses",
    .collection = "api_keys",
    .sql = "UPDATE api_keys SET last_used_at = now() WHERE id IN ("
           "SELECT id FROM api_keys WHERE id = ANY ($1::uuid[])"
           " AND deleted_at IS NULL AND (last_used_at IS NULL"
           " OR last_used_at < now() - interval '1 minute')"
           " FOR NO KEY UPDATE SKIP LOCKED)",
};

/* Not a write of rights, for which all instances would be waited for. */
static int write_inside(struct transaction *transaction, void *arg)
{
    return transaction_query(transaction, &sql_key_uses, arg, 1, NULL);
}

/* "{id,id}": at most so many, taken off the list. */
static void take_uses(struct key_memory *memory, struct buffer *ids,
                      struct list *taken)
{
    char before = '{';

    for (unsigned i = 0; i < USES_MAX && !list_is_empty(&memory->uses); i++) {
        struct known *entry = list_first(&memory->uses, struct known, use);

        list_remove(&entry->use);
        list_push_back(taken, &entry->use);
        buffer_add_byte(ids, before);
        buffer_add_string(ids, entry->holder->key_id);
        before = ',';
    }
    buffer_add_byte(ids, '}');
}

int key_memory_write_uses(struct key_memory *memory, struct store *store,
                          struct deadline until, struct diag *diag)
{
    CLEANUP(buffer_fini)
    struct buffer ids = { .limit = 2 + USES_MAX * UUID_TEXT_BYTES };
    struct list taken; /* what is forgotten meanwhile leaves it by itself */
    struct text param;
    int r;

    OBJ_CHECK(memory, MEMORY_MAGIC);
    if (list_is_empty(&memory->uses))
        return 0;
    list_init(&taken);
    take_uses(memory, &ids, &taken);
    param = buffer_text(&ids);
    r = scope_run(store, NULL, write_inside, &param, until, NULL, diag);
    if (r < 0)
        list_append_all(&memory->uses, &taken);
    list_each_safe (&taken, struct known, entry, use)
        list_remove(&entry->use);
    return r;
}

/* --- life ----------------------------------------------------------------- */

struct key_memory *key_memory_new(const struct store *store,
                                  struct freshness *freshness,
                                  unsigned entries_max)
{
    struct key_memory *memory = NEW(struct key_memory);

    CHECK(entries_max > 0);
    memory->magic = MEMORY_MAGIC;
    memory->store = store;
    memory->freshness = freshness;
    memory->max = entries_max;
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&memory->buckets[i]);
    list_init(&memory->ages);
    list_init(&memory->uses);
    return memory;
}

void key_memory_free(struct key_memory **memory_at)
{
    struct key_memory *memory = *memory_at;

    *memory_at = NULL;
    if (!memory)
        return;
    OBJ_CHECK(memory, MEMORY_MAGIC);
    list_each_safe (&memory->ages, struct known, entry, age)
        forget(memory, entry);
    memory->magic = 0;
    memory_free(&memory);
}
