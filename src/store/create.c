/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "database/transaction.h"
#include "store/constraint.h"
#include "store/store_impl.h"

enum { ID, CREATED_BY, FIRST_MEMBER };

/* The statement wants a value for each writable member, in their order. */
static unsigned take_values(const struct shape *shape,
                            const struct values *values, struct text *ret)
{
    unsigned count = 0;

    for (size_t i = 0; i < shape_count(shape); i++) {
        const struct field *field = shape_field(shape, i);

        if (field->flags & FIELD_READ_ONLY)
            continue;
        CHECK(count < values->count && values->items[count].field == field);
        ret[count] = values->items[count].text;
        count++;
    }
    return count;
}

static int add_row(const struct entry *entry, const struct rows *rows,
                   struct buffer *buffer, struct stored *ret_stored,
                   struct diag *diag)
{
    struct text columns[SHAPE_FIELDS_MAX];

    CHECK(rows_count(rows) == 1);
    for (unsigned i = 0; i < entry->all.count; i++)
        columns[i] = rows_get(rows, 0, i);
    CHECK(uuid_parse(columns[0], &ret_stored->id));
    CHECK(text_to_int64(columns[1], &ret_stored->version));
    shape_encode(&entry->all, columns, buffer);
    return store_written(buffer, diag);
}

int store_create(struct store *store, const struct resource *resource,
                 const struct values *values, const struct actor *actor,
                 struct deadline until, struct buffer *buffer,
                 struct stored *ret_stored, struct diag *diag)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct entry *entry = store_entry(store, resource);
    struct text params[FIRST_MEMBER + SHAPE_FIELDS_MAX];
    char id[UUID_TEXT_BYTES];
    struct commit commit;
    unsigned count;
    int r;

    uuid_format(uuid_v7(), id);
    params[ID] = text_of(id);
    params[CREATED_BY] = actor->user_id;
    count = take_values(resource->shape, values, params + FIRST_MEMBER);
    r = transaction_once(store->pool, NULL, &entry->create, params,
                         FIRST_MEMBER + count, until, &rows, &commit, diag);
    if (r < 0)
        return constraint_tell(resource, r, diag);
    ret_stored->log_position = commit.log_position;
    return add_row(entry, rows, buffer, ret_stored, diag);
}
