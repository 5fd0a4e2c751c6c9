/* SPDX-License-Identifier: MIT */
#include "store/list.h"
#include "store/scope.h"
#include "store/sql_list.h"

static void run_end(struct run *run)
{
    rows_unref(&run->rows);
    for (size_t i = 0; i < ARRAY_LEN(run->embedded); i++)
        embedded_end(&run->embedded[i]);
}

/* --- asking -----------------------------------------------------------------
 */

/* Names and values of the question, each value behind its length. */
static void add_question(const struct listing *listing, struct buffer *out)
{
    sql_query(out, listing);
    for (unsigned i = 0; i < listing->params.count; i++) {
        struct text value = listing->params.items[i];

        buffer_add_format(out, "\n%zu:", value.len);
        buffer_add_text(out, value);
    }
}

static int find_query(struct run *run)
{
    struct buffer *sql = &run->store->stock->sql;
    struct mac digest;

    buffer_clear(sql);
    add_question(run->listing, sql);
    if (buffer_overflown(sql))
        return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
    digest = mac_digest(buffer_text(sql));
    memcpy(&run->query, digest.bytes, sizeof(run->query));
    return 0;
}

static int open_cursor(struct run *run)
{
    const struct listing *listing = run->listing;
    int r;

    if (text_is_null(listing->cursor))
        return 0;
    r = cursor_open(listing->cursor, &run->store->stock->key, run->query,
                    listing->arena, run->diag, &run->cursor);
    if (r == 0 && run->cursor.count != listing->key_count)
        r = FAIL(run->diag, ERR_CURSOR_MISMATCH,
                 "the cursor belongs to another order");
    run->has_cursor = r == 0;
    return r;
}

/*
 * How many rows `title ILIKE $1` or `introduced_on >= $1` leave, and thus
 * whether an index is of use, is known with the value only. A plan kept for
 * all values was seen to take a hundred times as long.
 */
static bool depends_on_values(const struct listing *listing)
{
    static const bool ops[OP_COUNT] = {
        [OP_GT] = true,  [OP_GTE] = true,  [OP_LT] = true,
        [OP_LTE] = true, [OP_LIKE] = true, [OP_PREFIX] = true,
    };

    for (unsigned i = 0; i < listing->clause_count; i++)
        if (!listing->clauses[i].field || ops[listing->clauses[i].op])
            return true;
    return false;
}

int run_ask(struct run *run, const char *name, const struct params *params,
            struct rows **ret_rows)
{
    struct buffer *sql = &run->store->stock->sql;
    struct statement statement = {
        .name = name,
        .collection = run->listing->resource->table,
        .planned_anew = depends_on_values(run->listing),
    };

    if (buffer_overflown(sql))
        return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
    statement.sql = arena_copy(run->listing->arena, buffer_text(sql));
    if (!statement.sql)
        return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
    return scope_read_alone(run->store, &statement, params->items,
                            params->count, run->until, ret_rows, run->diag);
}

static int read_rows(struct run *run)
{
    struct params params = run->listing->params;
    int r;

    buffer_clear(&run->store->stock->sql);
    sql_page(&run->store->stock->sql, run->listing,
             run->has_cursor ? &run->cursor : NULL, &params);
    r = run_ask(run, run->entry->names->list, &params, &run->rows);
    if (r < 0)
        return r;
    run->count = rows_count(run->rows);
    run->more = run->count > run->listing->limit;
    if (run->more)
        run->count = run->listing->limit;
    return 0;
}

/* --- what is embedded --------------------------------------------------------
 */

static unsigned key_column(const struct run *run, const struct embed *embed)
{
    return listing_column(run->listing,
                          embed_key(run->listing->resource, embed));
}

/* The page's keys as one parameter; TEXT_NULL when all are null. */
static int collect_keys(struct run *run, unsigned column, struct text *ret_keys)
{
    struct arena *arena = run->listing->arena;
    struct text *keys = ARENA_ARRAY(arena, struct text, run->count + 1);
    unsigned count = 0;

    *ret_keys = TEXT_NULL;
    for (unsigned i = 0; keys && i < run->count; i++) {
        keys[count] = rows_get(run->rows, i, column);
        count += !text_is_null(keys[count]);
    }
    if (!keys || (count > 0 && !sql_list_value(keys, count, arena, ret_keys)))
        return FAIL(run->diag, ERR_TOO_LARGE, "the page is too large");
    return 0;
}

static int read_embedded(struct run *run)
{
    uint32_t wanted = run->listing->view.embeds;
    int r = 0;

    for (unsigned i = 0; r == 0 && wanted >> i; i++) {
        const struct embed_plan *plan = &run->entry->embeds[i];
        struct text keys;

        if (!(wanted >> i & 1))
            continue;
        r = collect_keys(run, key_column(run, plan->embed), &keys);
        if (r == 0)
            r = embedded_read(run->store, plan, keys, run->until,
                              &run->embedded[i], run->diag);
    }
    return r;
}

/* --- writing -------------------------------------------------------------- */

static void add_embedded(const struct run *run, unsigned row,
                         struct buffer *buffer)
{
    for (unsigned i = 0; i < run->entry->embed_count; i++) {
        const struct embedded *embedded = &run->embedded[i];

        if (embedded->plan)
            embedded_encode(embedded,
                            rows_get(run->rows, row,
                                     key_column(run, embedded->plan->embed)),
                            buffer);
    }
}

static void add_object(const struct run *run, unsigned row,
                       struct buffer *buffer)
{
    const struct selection *selection = &run->listing->view.selection;
    struct text columns[SHAPE_FIELDS_MAX];

    rows_get_first(run->rows, row, (unsigned)selection->count, columns);
    shape_encode_open(selection, columns, buffer);
    if (run->listing->view.embeds != 0)
        add_embedded(run, row, buffer);
    buffer_add_byte(buffer, '}');
}

static void add_page(const struct run *run, struct buffer *buffer)
{
    buffer_add_byte(buffer, '[');
    for (unsigned i = 0; i < run->count; i++) {
        if (i > 0)
            buffer_add_byte(buffer, ',');
        add_object(run, run_row(run, i), buffer);
    }
    buffer_add_byte(buffer, ']');
}

/* --- all of it ------------------------------------------------------------ */

static int run_all(struct run *run, struct buffer *buffer, struct page *page)
{
    int r = find_query(run);

    if (r == 0)
        r = open_cursor(run);
    if (r == 0)
        r = read_rows(run);
    if (r == 0)
        r = read_embedded(run);
    if (r < 0)
        return r;
    add_page(run, buffer);
    r = store_written(buffer, run->diag);
    if (r == 0)
        r = run_tell_place(run, page);
    return r < 0 ? r : run_tell_total(run, page);
}

int store_list(struct store *store, const struct listing *listing,
               struct deadline until, struct buffer *buffer,
               struct page *ret_page, struct diag *diag)
{
    CLEANUP(run_end)
    struct run run = {
        .store = store,
        .entry = store_entry(store, listing->resource),
        .listing = listing,
        .until = until,
        .diag = diag,
    };

    *ret_page = (struct page){ 0 };
    return run_all(&run, buffer, ret_page);
}
