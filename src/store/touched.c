/* SPDX-License-Identifier: MIT */
#include "store/touched.h"

#include "base/memory.h"
#include "runtime/fiber.h"
#include "store/cache_switch.h"
#include "store/cell.h"
#include "store/sql_fixed.h"
#include "store/write.h"

enum { OFF_TRIES = 5, COMMIT_LIMIT_MS = 4000, BODY_BYTES_MAX = 1 << 20 };

/* --- the list ------------------------------------------------------------- */

void touched_clear(struct touched *touched)
{
    for (unsigned i = 0; i < touched->count; i++)
        bytes_unref(&touched->items[i].body);
    touched->count = 0;
    touched->many = touched->marked = false;
}

void touched_fini(struct touched *touched)
{
    touched_clear(touched);
    memory_free(&touched->items);
}

static struct cache_touch *find(const struct touched *touched,
                                const struct cache_key *key)
{
    for (unsigned i = 0; i < touched->count; i++)
        if (touched->items[i].key.len == key->len &&
            memcmp(touched->items[i].key.at, key->at, key->len) == 0)
            return &touched->items[i];
    return NULL;
}

/* The same object again, as in a batch: the last version is what counts. */
static struct cache_touch *take(struct touched *touched,
                                const struct cache_key *key)
{
    struct cache_touch *found = find(touched, key);

    if (found) {
        bytes_unref(&found->body);
        return found;
    }
    if (touched->count == CACHE_TOUCHES_MAX) {
        touched->many = true;
        return NULL;
    }
    if (touched->count == touched->capacity) {
        touched->capacity = touched->capacity ? 4 * touched->capacity : 4;
        touched->items = memory_resize(
            touched->items, touched->capacity * sizeof(touched->items[0]));
    }
    found = &touched->items[touched->count++];
    *found = (struct cache_touch){ .key = *key };
    return found;
}

static struct bytes *encode(const struct store *store, const struct writing *w)
{
    const struct entry *entry = store_entry(store, w->touches);
    CLEANUP(buffer_fini) struct buffer buffer = { 0 };
    struct text columns[SHAPE_FIELDS_MAX];

    for (unsigned i = 0; i < entry->all.count; i++)
        columns[i] = rows_get(w->rows, 0, i);
    buffer_init(&buffer, BODY_BYTES_MAX);
    shape_encode(&entry->all, columns, &buffer);
    return buffer_overflown(&buffer) ? NULL : bytes_copy(buffer_text(&buffer));
}

/*
 * All lists that show objects of this resource, whatever it is embedded in, are
 * under its generation.
 */
static void note_lists(struct touched *touched, const struct resource *resource)
{
    char name[CACHE_GENERATION_BYTES];
    struct cache_touch *touch;
    struct cache_key key;

    cache_key_of_generation(&key, resource->shape->name);
    touch = take(touched, &key);
    if (!touch)
        return;
    cache_generation_name(name);
    touch->body = bytes_copy(text_of(name));
    touch->version = cache_mark_number();
}

static int note_object(const struct store *store, struct touched *touched,
                       const struct writing *w, struct diag *diag)
{
    struct cache_touch *touch;
    struct cache_key key;
    int64_t version;
    struct uuid id;
    int r;

    r = cell_uuid(w->id.at ? w->id : rows_get(w->rows, 0, 0), &id, diag);
    if (r == 0)
        r = cell_number(rows_get(w->rows, 0, w->version_column), &version,
                        diag);
    if (r < 0)
        return r;
    cache_key_of_object(&key, w->touches->shape->name, id);
    touch = take(touched, &key);
    if (!touch)
        return 0;
    touch->version = version;
    touch->body = w->whole ? encode(store, w) : NULL;
    return 0;
}

int touched_note(const struct store *store, struct touched *touched,
                 const struct writing *w, struct diag *diag)
{
    bool changed;

    if (!w->touches || !store_remembers(w->touches) || rows_count(w->rows) == 0)
        return 0;
    changed = !text_is_null(rows_get(w->rows, 0, w->version_column));
    if (changed || w->unversioned)
        note_lists(touched, w->touches);
    return changed ? note_object(store, touched, w, diag) : 0;
}

/* --- telling -------------------------------------------------------------- */

bool touched_is_nobodys_business(const struct store *store,
                                 struct deadline until)
{
    const struct stock *stock = store->stock;

    return !stock->cache_switch ||
           cache_switch_is_off(stock->cache_switch, until);
}

const struct statement sql_commit_limit = {
    .name = "commit_limit",
    .sql = "SELECT set_config('statement_timeout', '4000', true)",
};

_Static_assert(COMMIT_LIMIT_MS == 4000, "as it is told above");

/* A marker outlives a COMMIT that may take no longer than this. */
static YIELDS int limit_commit(struct transaction *transaction)
{
    struct deadline until = transaction_deadline(transaction);
    uint64_t now_ns = loop_now_ns(loop_current());

    return deadline_left_ns(until, now_ns) > COMMIT_LIMIT_MS * NS_PER_MS
               ? transaction_query(transaction, &sql_commit_limit, NULL, 0,
                                   NULL)
               : 0;
}

static YIELDS int mark(const struct store *store, struct touched *touched,
                       struct transaction *transaction)
{
    struct cache *cache = store->stock->cache;
    int r;

    if (!cache || touched->many)
        return -ERR_UNAVAILABLE;
    r = limit_commit(transaction);
    if (r < 0)
        return r;
    return cache_mark(cache, touched->items, touched->count,
                      transaction_deadline(transaction));
}

int touched_tell(const struct store *store, struct touched *touched,
                 struct transaction *transaction)
{
    struct cache_switch *cache_switch = store->stock->cache_switch;
    int r;

    if (!cache_switch || (touched->count == 0 && !touched->many))
        return 0;
    fiber_shield();
    r = mark(store, touched, transaction);
    touched->marked = r == 0 || r == -ERR_DEADLINE;
    if (r < 0 && r != -ERR_DEADLINE)
        r = cache_switch_guard(cache_switch, transaction);
    fiber_unshield();
    return r;
}

/* --- afterwards ----------------------------------------------------------- */

static YIELDS int switch_off(const struct store *store, struct diag *diag)
{
    int r = -ERR_UNAVAILABLE;

    for (int i = 0; r < 0 && i < OFF_TRIES; i++)
        r = cache_switch_off(store->stock->cache_switch, NULL);
    return r < 0 ? FAIL(diag, ERR_OUTCOME_UNKNOWN,
                        "the change was made, but others may not see it yet")
                 : 0;
}

int touched_end(const struct store *store, struct touched *touched, int r,
                struct diag *diag)
{
    struct cache *cache = store->stock->cache;

    if (!touched->marked || r == -ERR_OUTCOME_UNKNOWN)
        return r;
    fiber_shield();
    if (r < 0)
        cache_abort(cache, touched->items, touched->count);
    else if (cache_put(cache, touched->items, touched->count) < 0)
        r = switch_off(store, diag);
    fiber_unshield();
    return r;
}
