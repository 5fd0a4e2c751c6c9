/* SPDX-License-Identifier: MIT */
#include "store/sql_list.h"

#include "base/check.h"
#include "store/sql.h"

#include <inttypes.h>
#include <stdlib.h>

/* Page sizes that have a statement of their own, whose plan is then kept. */
static const unsigned usual_limits[] = { 10, 20, 25, 50, 100, 200 };

/* --- conditions ----------------------------------------------------------- */

/*
 * `#` is the column as it is sorted, `%` the bare one, `?` the value; the
 * second form is for a list of values.
 */
struct forms {
    const char *one, *many;
};

static const struct forms plain_forms[OP_COUNT] = {
    [OP_EQ] = { "# = ?", "# = ANY(?)" },
    [OP_NE] = { "# <> ?", "# <> ALL(?)" },
    [OP_GT] = { "# > ?", NULL },
    [OP_GTE] = { "# >= ?", NULL },
    [OP_LT] = { "# < ?", NULL },
    [OP_LTE] = { "# <= ?", NULL },
    [OP_LIKE] = { "% ILIKE ?", "% ILIKE ANY(?)" },
    [OP_PREFIX] = { "# ^@ ?", "# ^@ ANY(?)" },
    [OP_IN] = { "# = ?", "# = ANY(?)" },
};

static const struct forms list_forms[OP_COUNT] = {
    [OP_EQ] = { "% @> ARRAY[?]", "% && ?" },
    [OP_NE] = { "NOT % @> ARRAY[?]", "NOT % && ?" },
    [OP_IN] = { "% @> ARRAY[?]", "% && ?" },
};

/* Without case, as the index of the natural key has it. */
static const struct forms folded_forms[OP_COUNT] = {
    [OP_EQ] = { "lower(%) = lower(?)",
                "lower(%) = ANY(lower(?::text)::text[])" },
    [OP_NE] = { "lower(%) <> lower(?)",
                "lower(%) <> ALL(lower(?::text)::text[])" },
    [OP_IN] = { "lower(%) = lower(?)",
                "lower(%) = ANY(lower(?::text)::text[])" },
};

static const struct forms *forms_of(const struct listing *listing,
                                    const struct clause *clause)
{
    const char *folded = listing->resource->folded;

    if (clause->field->type == FIELD_TEXT_LIST)
        return &list_forms[clause->op];
    if (folded && strcmp(folded, field_column(clause->field)) == 0 &&
        folded_forms[clause->op].one)
        return &folded_forms[clause->op];
    return &plain_forms[clause->op];
}

static void add_value(struct buffer *sql, const struct clause *clause)
{
    buffer_add_format(sql, "$%u::%s%s", clause->number,
                      sql_type(clause->field->type), clause->many ? "[]" : "");
}

static void add_form(struct buffer *sql, const struct clause *clause,
                     const char *form)
{
    for (; *form; form++)
        if (*form == '#')
            sql_ordered(sql, "", clause->field);
        else if (*form == '%')
            buffer_add_string(sql, field_column(clause->field));
        else if (*form == '?')
            add_value(sql, clause);
        else
            buffer_add_byte(sql, *form);
}

#define WEB_SEARCH "websearch_to_tsquery('pg_catalog.english', $%u::text)"

/* `q`: web search in a tsvector, or a word that one of the columns has. */
static void add_search(struct buffer *sql, const struct search *search,
                       const struct clause *clause)
{
    if (search->words) {
        buffer_add_format(sql, "%s @@ " WEB_SEARCH, search->words,
                          clause->number);
        return;
    }
    for (size_t i = 0; search->columns[i]; i++)
        buffer_add_format(sql, "%s%s ILIKE $%u::text", i ? " OR " : "(",
                          search->columns[i], clause->number);
    buffer_add_byte(sql, ')');
}

static void add_clause(struct buffer *sql, const struct listing *listing,
                       const struct clause *clause)
{
    const struct forms *forms;

    if (!clause->field) {
        add_search(sql, &listing->resource->search, clause);
        return;
    }
    if (clause->op == OP_NULL) {
        buffer_add_format(sql, "%s IS %sNULL", field_column(clause->field),
                          clause->null ? "" : "NOT ");
        return;
    }
    forms = forms_of(listing, clause);
    add_form(sql, clause, clause->many ? forms->many : forms->one);
}

static void add_clauses(struct buffer *sql, const struct listing *listing)
{
    static const char *const alive[] = {
        [DELETED_NONE] = "deleted_at IS NULL",
        [DELETED_INCLUDED] = "true",
        [DELETED_ONLY] = "deleted_at IS NOT NULL",
    };

    buffer_add_format(sql, " WHERE %s", alive[listing->deleted]);
    for (unsigned i = 0; i < listing->clause_count; i++) {
        buffer_add_string(sql, " AND ");
        add_clause(sql, listing, &listing->clauses[i]);
    }
}

/* --- order --------------------------------------------------------------- */

static void add_rank(struct buffer *sql, const struct listing *listing)
{
    unsigned i = 0;

    while (listing->clauses[i].field)
        i++;
    CHECK(i < listing->clause_count);
    buffer_add_format(sql, "ts_rank(%s, " WEB_SEARCH ")",
                      listing->resource->search.words,
                      listing->clauses[i].number);
}

static void add_key(struct buffer *sql, const struct listing *listing,
                    const struct key *key)
{
    if (key->field)
        sql_ordered(sql, "", key->field);
    else
        add_rank(sql, listing);
}

/* Nulls last, both ways; backward is the exact reverse of either. */
static const char *direction(const struct key *key, bool backward)
{
    static const char *const words[2][2] = {
        { "", " DESC NULLS LAST" },
        { " DESC", " ASC NULLS FIRST" },
    };

    return words[backward][key->down];
}

static void add_order(struct buffer *sql, const struct listing *listing,
                      bool backward)
{
    for (unsigned i = 0; i < listing->key_count; i++) {
        buffer_add_string(sql, i ? ", " : " ORDER BY ");
        add_key(sql, listing, &listing->keys[i]);
        buffer_add_string(sql, direction(&listing->keys[i], backward));
    }
}

/* --- behind a cursor ------------------------------------------------------ */

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

/* What one page is made by. */
struct paging {
    struct buffer *sql;
    const struct listing *listing;
    const struct cursor *cursor;
    /* Numbers of parameters; 0: has none. */
    unsigned values[LISTING_KEYS_MAX], limit, offset;
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
 * came from has the whole, if it is still there and was not changed.
 */
static void add_cursor_value(const struct paging *p, unsigned key)
{
    const struct field *field = p->listing->keys[key].field;
    unsigned number = p->values[key], id = p->values[p->cursor->count - 1];

    if (p->cursor->values[key].cut)
        buffer_add_format(p->sql,
                          "coalesce((SELECT %s FROM %s AS at WHERE at.id ="
                          " $%u::uuid AND starts_with(at.%s, $%u::text)),"
                          " $%u::text)",
                          field_column(field), p->listing->resource->table, id,
                          field_column(field), number, number);
    else
        buffer_add_format(p->sql, "$%u::%s", number,
                          field ? sql_type(field->type) : "real");
}

static void add_equal(const struct paging *p, unsigned key)
{
    buffer_add_string(p->sql, " AND ");
    add_key(p->sql, p->listing, &p->listing->keys[key]);
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
        add_key(p->sql, p->listing, &p->listing->keys[i]);
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
    add_clauses(p->sql, p->listing);
    for (unsigned i = 0; range && i < range->from; i++)
        add_equal(p, i);
    if (range && range->null) {
        buffer_add_string(p->sql, " AND ");
        add_key(p->sql, p->listing, &p->listing->keys[range->from]);
        buffer_add_string(p->sql, range->null);
    } else if (range) {
        add_beyond(p, range);
    }
}

/* --- a page ----------------------------------------------------------------
 */

static bool is_usual(unsigned limit)
{
    for (size_t i = 0; i < ARRAY_LEN(usual_limits); i++)
        if (usual_limits[i] == limit)
            return true;
    return false;
}

static void add_order_and_limit(const struct paging *p)
{
    add_order(p->sql, p->listing, p->cursor && p->cursor->backward);
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
        add_order_and_limit(p);
        buffer_add_byte(p->sql, ')');
    }
    buffer_add_format(p->sql, ") AS %s", p->listing->resource->table);
}

static void add_source(const struct paging *p)
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

static void add_extras(struct buffer *sql, const struct listing *listing)
{
    for (unsigned i = 0; i < listing->extra_count; i++) {
        buffer_add_string(sql, ", ");
        if (listing->extras[i])
            sql_column(sql, "", listing->extras[i]);
        else
            add_rank(sql, listing);
    }
}

static unsigned add_number(const struct listing *listing, int64_t value,
                           struct params *params)
{
    char *text = arena_format(listing->arena, "%" PRId64, value);

    return params_add(params, text_of(text));
}

/* A null has no parameter: nothing would tell the database its type. */
static void add_params(struct paging *p, struct params *params)
{
    for (unsigned i = 0; p->cursor && i < p->cursor->count; i++)
        if (!is_null(p, i))
            p->values[i] = params_add(params, p->cursor->values[i].text);
    if (!is_usual(p->listing->limit))
        p->limit =
            add_number(p->listing, (int64_t)p->listing->limit + 1, params);
    if (p->listing->offset > 0)
        p->offset = add_number(p->listing, p->listing->offset, params);
}

void sql_page(struct buffer *sql, const struct listing *listing,
              const struct cursor *cursor, struct params *params)
{
    struct paging p = { .sql = sql, .listing = listing, .cursor = cursor };

    add_params(&p, params);
    buffer_add_string(sql, "SELECT ");
    sql_columns(sql, "", &listing->view.selection);
    add_extras(sql, listing);
    add_source(&p);
    add_order_and_limit(&p);
    if (p.offset)
        buffer_add_format(sql, " OFFSET $%u::bigint", p.offset);
}

/* --- about all pages --------------------------------------------------------
 */

void sql_count(struct buffer *sql, const struct listing *listing)
{
    buffer_add_format(sql, "SELECT count(*) FROM %s", listing->resource->table);
    add_clauses(sql, listing);
}

void sql_estimate(struct buffer *sql, const struct listing *listing)
{
    buffer_add_format(sql, "EXPLAIN (FORMAT JSON) SELECT FROM %s",
                      listing->resource->table);
    add_clauses(sql, listing);
}

int64_t sql_estimate_read(struct text plan)
{
    static const char mark[] = "\"Plan Rows\": ";
    const char *at = memmem(plan.at, plan.len, mark, sizeof(mark) - 1);

    return at ? strtoll(at + sizeof(mark) - 1, NULL, 10) : 0;
}

void sql_query(struct buffer *sql, const struct listing *listing)
{
    buffer_add_string(sql, listing->resource->table);
    add_clauses(sql, listing);
    add_order(sql, listing, false);
}
