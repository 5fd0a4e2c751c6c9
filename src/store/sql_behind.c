/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "store/sql.h"
#include "store/sql_parts.h"

/*
 * A range of the rows to come: those equal to the cursor in the keys before
 * `from`, and beyond it in the keys from there up to `end`, which all go the
 * same way; or, `from` being null there, on the other side of null.
 */
struct range {
    unsigned from, end;
    const char *null; /* " IS NULL", " IS NOT NULL" or NULL */
};

struct ranges {
    unsigned count;
    struct range items[2 * LISTING_KEYS_MAX];
};

static bool is_null(const struct paging *p, unsigned key)
{
    return text_is_null(p->cursor->values[key].text);
}

/* Towards greater values? */
static bool goes_up(const struct paging *p, unsigned key)
{
    return p->listing->keys[key].down == p->cursor->backward;
}

static bool is_nullable(const struct key *key)
{
    return key->field && (key->field->flags & FIELD_NULLABLE);
}

static void add_range(struct ranges *ranges, unsigned from, unsigned end,
                      const char *null)
{
    CHECK(ranges->count < ARRAY_LEN(ranges->items));
    ranges->items[ranges->count++] = (struct range){ from, end, null };
}

/* The keys from here on that one row comparison covers; none if it is null. */
static unsigned end_of_run(const struct paging *p, unsigned from)
{
    unsigned end = from;

    while (end < p->cursor->count && !is_null(p, end) &&
           goes_up(p, end) == goes_up(p, from))
        end++;
    return end;
}

/* In a comparison of rows a null is beyond nothing: forward it comes after. */
static struct ranges ranges_behind(const struct paging *p)
{
    struct ranges ranges = { 0 };
    bool backward = p->cursor->backward;
    unsigned from = 0;

    while (from < p->cursor->count) {
        unsigned end = end_of_run(p, from);

        if (end > from)
            add_range(&ranges, from, end, NULL);
        else if (backward)
            add_range(&ranges, from, from, " IS NOT NULL");
        for (unsigned i = from; i < end && !backward; i++)
            if (is_nullable(&p->listing->keys[i]))
                add_range(&ranges, i, i, " IS NULL");
        from = end > from ? end : from + 1;
    }
    return ranges;
}

/*
 * The cursor's value. Of a long text it has only the beginning: the row it
 * came from has the whole, if it is still there and was not changed. All of it
 * in a SELECT of its own, which is a value for the planner: for policies' sake
 * it keeps a bare coalesce() from indexes.
 */
static void add_cursor_value(const struct paging *p, unsigned key)
{
    const struct field *field = p->listing->keys[key].field;
    unsigned number = p->values[key], id = p->values[p->cursor->count - 1];

    if (p->cursor->values[key].cut)
        buffer_add_format(p->sql,
                          "(SELECT coalesce((SELECT %s FROM %s AS at WHERE"
                          " at.id = $%u::uuid AND starts_with(at.%s,"
                          " $%u::text)), $%u::text))",
                          field_column(field), p->listing->resource->table, id,
                          field_column(field), number, number);
    else
        buffer_add_format(p->sql, "$%u::%s", number,
                          field ? sql_type(field->type) : "real");
}

static void add_equal(const struct paging *p, unsigned key)
{
    buffer_add_string(p->sql, " AND ");
    sql_key(p->sql, p->listing, &p->listing->keys[key]);
    if (is_null(p, key)) {
        buffer_add_string(p->sql, " IS NULL");
        return;
    }
    buffer_add_string(p->sql, " = ");
    add_cursor_value(p, key);
}

/* `(a, b) > ($1, $2)` */
static void add_beyond(const struct paging *p, const struct range *range)
{
    const char *open = range->end - range->from > 1 ? "(" : "";
    const char *close = *open ? ")" : "";

    buffer_add_format(p->sql, " AND %s", open);
    for (unsigned i = range->from; i < range->end; i++) {
        buffer_add_string(p->sql, i > range->from ? ", " : "");
        sql_key(p->sql, p->listing, &p->listing->keys[i]);
    }
    buffer_add_format(p->sql, "%s %s %s", close,
                      goes_up(p, range->from) ? ">" : "<", open);
    for (unsigned i = range->from; i < range->end; i++) {
        buffer_add_string(p->sql, i > range->from ? ", " : "");
        add_cursor_value(p, i);
    }
    buffer_add_string(p->sql, close);
}

/* FROM … WHERE … of one range. */
static void add_rows(const struct paging *p, const struct range *range)
{
    buffer_add_format(p->sql, " FROM %s", p->listing->resource->table);
    sql_clauses(p->sql, p->listing);
    for (unsigned i = 0; range && i < range->from; i++)
        add_equal(p, i);
    if (range && range->null) {
        buffer_add_string(p->sql, " AND ");
        sql_key(p->sql, p->listing, &p->listing->keys[range->from]);
        buffer_add_string(p->sql, range->null);
    } else if (range) {
        add_beyond(p, range);
    }
}

/* --- a page ------------------------------------------------------------------
 */

void sql_order_and_limit(const struct paging *p)
{
    sql_order(p->sql, p->listing, p->cursor && p->cursor->backward);
    if (p->limit)
        buffer_add_format(p->sql, " LIMIT $%u::bigint", p->limit);
    else
        buffer_add_format(p->sql, " LIMIT %u", p->listing->limit + 1);
}

static void add_ranges(const struct paging *p, const struct ranges *ranges)
{
    buffer_add_string(p->sql, " FROM (");
    for (unsigned i = 0; i < ranges->count; i++) {
        buffer_add_string(p->sql, i ? " UNION ALL (SELECT *" : "(SELECT *");
        add_rows(p, &ranges->items[i]);
        sql_order_and_limit(p);
        buffer_add_byte(p->sql, ')');
    }
    buffer_add_format(p->sql, ") AS %s", p->listing->resource->table);
}

void sql_source(const struct paging *p)
{
    struct ranges ranges;

    if (!p->cursor) {
        add_rows(p, NULL);
        return;
    }
    ranges = ranges_behind(p);
    CHECK(ranges.count > 0);
    if (ranges.count == 1)
        add_rows(p, &ranges.items[0]);
    else
        add_ranges(p, &ranges);
}
