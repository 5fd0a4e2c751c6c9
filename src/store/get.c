/* SPDX-License-Identifier: MIT */
#include "cache/cache.h"
#include "store/cache_sampler.h"
#include "store/cell.h"
#include "store/embed.h"
#include "store/explain.h"
#include "store/listing_impl.h"
#include "store/scope.h"
#include "store/stale.h"

/* An object as JSON: at the most, and what most fit into. */
enum { GET_BYTES_MAX = 16 * 1024 * 1024, GET_BYTES = 2048 };

/* A row with all columns in the shape's order, narrowed to the selection. */
static void pick(const struct row *row, const struct selection *selection,
                 struct text *ret_columns)
{
    uint64_t mask = selection->mask;

    for (unsigned i = 0; mask != 0; mask &= mask - 1)
        ret_columns[i++] = row_get(row, (unsigned)__builtin_ctzll(mask));
}

static struct text row_member(const struct row *row,
                              const struct selection *all,
                              const struct field *field)
{
    unsigned i = 0;

    while (all->fields[i] != field)
        i++;
    return row_get(row, i);
}

/* One object, by the loader that others wait for too. */
static int add_one(struct store *store, const struct embed *embed,
                   struct text key, struct deadline until,
                   struct buffer *buffer, struct diag *diag)
{
    CLEANUP(row_end) struct row row = { 0 };
    struct entry *of = store_entry(store, embed->of);
    struct text columns[SHAPE_FIELDS_MAX];
    struct uuid id;
    int r = -ERR_NOT_FOUND;

    if (!text_is_null(key) && uuid_parse(key, &id))
        r = scope_get(store, of, id, until, &row, diag);
    if (r < 0 && r != -ERR_NOT_FOUND)
        return r;
    embedded_encode_name(embed, buffer);
    if (r < 0) {
        diag_clear(diag);
        buffer_add_string(buffer, "null");
        return 0;
    }
    pick(&row, &of->all, columns);
    shape_encode(&of->all, columns, buffer);
    return 0;
}

static int add_list(struct store *store, const struct embed_plan *plan,
                    struct text key, struct deadline until,
                    struct buffer *buffer, struct diag *diag)
{
    CLEANUP(embedded_end) struct embedded embedded = { 0 };
    char list[UUID_TEXT_BYTES + 2];
    struct uuid id;
    int r = cell_uuid(key, &id, diag);

    if (r < 0)
        return r;
    list[0] = '{';
    memcpy(list + 1, key.at, key.len);
    list[1 + key.len] = '}';
    r = embedded_read(store, plan, text_from(list, key.len + 2), until,
                      &embedded, diag);
    if (r == 0)
        embedded_encode(&embedded, key, buffer);
    return r;
}

static int add_embedded(struct store *store, const struct view *view,
                        const struct row *row, struct deadline until,
                        struct buffer *buffer, struct diag *diag)
{
    const struct entry *entry = store_entry(store, view->resource);
    int r = 0;

    for (unsigned i = 0; r == 0 && view->embeds >> i; i++) {
        const struct embed_plan *plan = &entry->embeds[i];
        struct text key;

        if (!(view->embeds >> i & 1))
            continue;
        key = row_member(row, &entry->all,
                         embed_key(view->resource, plan->embed));
        r = plan->embed->by
                ? add_one(store, plan->embed, key, until, buffer, diag)
                : add_list(store, plan, key, until, buffer, diag);
    }
    return r;
}

static int add_object(struct store *store, const struct view *view,
                      const struct row *row, struct deadline until,
                      struct buffer *buffer, struct diag *diag)
{
    struct text columns[SHAPE_FIELDS_MAX];
    int r = 0;

    pick(row, &view->selection, columns);
    shape_encode_open(&view->selection, columns, buffer);
    if (view->embeds != 0)
        r = add_embedded(store, view, row, until, buffer, diag);
    buffer_add_byte(buffer, '}');
    return r < 0 ? r : store_written(buffer, diag);
}

static int fail_not_found(const struct view *view, struct diag *diag)
{
    return FAIL(diag, ERR_NOT_FOUND, "no %s has this id",
                view->resource->shape->singular);
}

int store_get(struct store *store, const struct view *view, struct uuid id,
              struct deadline until, struct buffer *buffer,
              int64_t *ret_version, struct diag *diag)
{
    CLEANUP(row_end) struct row row = { 0 };
    struct entry *entry = store_entry(store, view->resource);
    int r = scope_get(store, entry, id, until, &row, diag);

    if (r == -ERR_NOT_FOUND)
        return fail_not_found(view, diag);
    if (r < 0)
        return r;
    r = cell_number(row_get(&row, 1), ret_version, diag);
    if (r < 0)
        return r;
    return add_object(store, view, &row, until, buffer, diag);
}

/* --- as bytes that others may have, too ----------------------------------- */

/*
 * What is remembered is what everybody sees alike who may read all of the
 * resource: whoever reads by that right alone. Who takes what is older reads
 * from wherever that is, which must never be remembered. All others read it at
 * the primary, also while no cache may answer: a standby may show a commit
 * before the primary does, and so give what the next read does not find.
 */
static bool is_common(const struct store *store, const struct view *view)
{
    const struct actor *actor = &store->actor;
    const char *name = view->resource->shape->name;
    const char *forgets = store_forgets(store, view->resource);

    if (!forgets && !view_is_whole(view))
        forgets = NOT_WHOLE;
    if (!forgets && !(text_starts_with(actor->rights, name) &&
                      text_is(text_skip(actor->rights, strlen(name)), ":read")))
        forgets = NOT_COMMON;
    if (forgets)
        explain_bypass(store, forgets);
    return !forgets;
}

static YIELDS int load(struct store *store, const struct view *view,
                       struct uuid id, struct deadline until,
                       struct bytes **ret_body, int64_t *ret_version,
                       struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer buffer = { 0 };
    size_t len;
    char *at;
    int r;

    buffer_init_with(&buffer, GET_BYTES_MAX, GET_BYTES);
    r = store_get(store, view, id, until, &buffer, ret_version, diag);
    if (r < 0)
        return r;
    at = buffer_release(&buffer, &len);
    *ret_body = bytes_adopt(at, len);
    return 0;
}

static YIELDS int load_at_primary(const struct store *store,
                                  const struct view *view, struct uuid id,
                                  struct deadline until,
                                  struct bytes **ret_body, int64_t *ret_version,
                                  struct diag *diag)
{
    struct store primary = scope_at_primary(store);

    return load(&primary, view, id, until, ret_body, ret_version, diag);
}

/* Whether others may have it now. */
static YIELDS bool fill(struct cache_load *filling, int r, struct bytes *body,
                        int64_t version, struct deadline until)
{
    if (r == 0)
        return cache_fill(filling, body, version, until);
    return r == -ERR_NOT_FOUND && cache_fill(filling, NULL, 0, until);
}

static void note(const struct store *store, struct provenance provenance)
{
    if (store->trail)
        store->trail->provenance = provenance;
}

static int take(const struct store *store, const struct view *view,
                struct uuid id, struct cache_value *value,
                struct bytes **ret_body, int64_t *ret_version,
                struct diag *diag)
{
    note(store, (struct provenance){
                    .from = value->layer == CACHE_NEAR ? FROM_NEAR : FROM_REDIS,
                    .age_ns = value->age_ns,
                });
    cache_sampler_offer(store->stock->sampler, view->resource, id, value);
    if (!value->body)
        return fail_not_found(view, diag);
    *ret_body = value->body;
    *ret_version = value->version;
    return 0;
}

/* What it came to was r. */
static YIELDS int or_stale(const struct store *store, const struct view *view,
                           struct uuid id, int r, struct deadline until,
                           struct bytes **ret_body, int64_t *ret_version,
                           struct diag *diag)
{
    struct store strict = stale_store(store);
    struct cache_key key = { .len = 0 };
    struct cache_value value;

    if (!stale_may_stand_in(store, r) || !is_common(&strict, view))
        return r;
    cache_key_of_object(&key, view->resource->shape->name, id);
    if (!stale_find(store, &key, r, until, diag, &value))
        return r;
    *ret_body = value.body;
    *ret_version = value.version;
    return 0;
}

int store_get_bytes(struct store *store, const struct view *view,
                    struct uuid id, struct deadline until,
                    struct bytes **ret_body, int64_t *ret_version,
                    struct diag *diag)
{
    CLEANUP(cache_load_end) struct cache_load filling = CACHE_LOAD_NONE;
    struct cache *cache = store->stock->cache;
    struct cache_value value;
    struct cache_key key = { .len = 0 };
    bool found;
    int r;

    if (!is_common(store, view)) {
        r = load(store, view, id, stale_until(store, until), ret_body,
                 ret_version, diag);
        return or_stale(store, view, id, r, until, ret_body, ret_version, diag);
    }
    cache_key_of_object(&key, view->resource->shape->name, id);
    found = cache_get(cache, &key, until, &filling, &value);
    explain_look(store, &key, &filling);
    if (found)
        return take(store, view, id, &value, ret_body, ret_version, diag);
    r = load_at_primary(store, view, id, until, ret_body, ret_version, diag);
    if (filling.cache)
        note(store,
             (struct provenance){
                 .from = FROM_DATABASE,
                 .stored = fill(&filling, r, *ret_body, *ret_version, until),
             });
    return r;
}
