/* SPDX-License-Identifier: MIT */
#include "store/embed.h"

#include "store/scope.h"
#include "store/sql.h"

/* A part of a list would look like the whole. */
static int check_count(const struct embedded *embedded, struct diag *diag)
{
    if (rows_count(embedded->rows) <= EMBEDDED_MAX)
        return 0;
    diag_violation(diag, "embed", "too_many",
                   "finds more than %d %s: ask for fewer objects, or for what "
                   "hangs on them by itself",
                   EMBEDDED_MAX, embedded->plan->embed->name);
    return diag_invalid(diag, ERR_INVALID_PARAMETER);
}

int embedded_read(struct store *store, const struct embed_plan *plan,
                  struct text keys, struct deadline until,
                  struct embedded *ret_embedded, struct diag *diag)
{
    int r;

    *ret_embedded = (struct embedded){ .plan = plan };
    if (text_is_null(keys))
        return 0;
    r = scope_read(store, &plan->statement, &keys, 1, until,
                   &ret_embedded->rows, diag);
    return r < 0 ? r : check_count(ret_embedded, diag);
}

void embedded_end(struct embedded *embedded)
{
    rows_unref(&embedded->rows);
}

/* Both are lower-case UUIDs, whose texts sort as the database sorts them. */
static int compare(struct text a, struct text b)
{
    return a.len == b.len ? memcmp(a.at, b.at, a.len)
                          : (a.len < b.len ? -1 : 1);
}

/* The first row whose key is not below this one; the count if there is none. */
static unsigned find_row(const struct rows *rows, struct text key)
{
    unsigned low = 0, high = rows ? rows_count(rows) : 0;

    if (text_is_null(key))
        return high;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (compare(rows_get(rows, middle, 0), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_key(const struct rows *rows, unsigned row, struct text key)
{
    return rows && row < rows_count(rows) && !text_is_null(key) &&
           text_equal(rows_get(rows, row, 0), key);
}

static void encode_row(const struct embedded *embedded, unsigned row,
                       struct buffer *buffer)
{
    const struct selection *selection = &embedded->plan->selection;
    struct text columns[SHAPE_FIELDS_MAX];

    for (unsigned i = 0; i < selection->count; i++)
        columns[i] = rows_get(embedded->rows, row, i + 1);
    shape_encode(selection, columns, buffer);
}

static void encode_list(const struct embedded *embedded, struct text key,
                        struct buffer *buffer)
{
    unsigned first = find_row(embedded->rows, key), row = first;

    buffer_add_byte(buffer, '[');
    for (; has_key(embedded->rows, row, key); row++) {
        if (row > first)
            buffer_add_byte(buffer, ',');
        encode_row(embedded, row, buffer);
    }
    buffer_add_byte(buffer, ']');
}

static void encode_one(const struct embedded *embedded, struct text key,
                       struct buffer *buffer)
{
    unsigned row = find_row(embedded->rows, key);

    if (has_key(embedded->rows, row, key))
        encode_row(embedded, row, buffer);
    else
        buffer_add_string(buffer, "null");
}

void embedded_encode_name(const struct embed *embed, struct buffer *buffer)
{
    buffer_add_string(buffer, ",\"");
    buffer_add_string(buffer, embed->name);
    buffer_add_string(buffer, "\":");
}

void embedded_encode(const struct embedded *embedded, struct text key,
                     struct buffer *buffer)
{
    embedded_encode_name(embedded->plan->embed, buffer);
    if (embedded->plan->embed->by)
        encode_one(embedded, key, buffer);
    else
        encode_list(embedded, key, buffer);
}
