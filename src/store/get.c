/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "store/embed.h"
#include "store/listing_impl.h"
#include "store/scope.h"

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
    int r;

    CHECK(key.len == UUID_TEXT_BYTES - 1);
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

int store_get(struct store *store, const struct view *view, struct uuid id,
              struct deadline until, struct buffer *buffer,
              int64_t *ret_version, struct diag *diag)
{
    CLEANUP(row_end) struct row row = { 0 };
    struct entry *entry = store_entry(store, view->resource);
    int r = scope_get(store, entry, id, until, &row, diag);

    if (r == -ERR_NOT_FOUND)
        return FAIL(diag, ERR_NOT_FOUND, "no %s has this id",
                    view->resource->shape->singular);
    if (r < 0)
        return r;
    CHECK(text_to_int64(row_get(&row, 1), ret_version));
    return add_object(store, view, &row, until, buffer, diag);
}
