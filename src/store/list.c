/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "store/embed.h"
#include "store/sql_list.h"

#include <inttypes.h>

/* One run of a listing. */
struct run {
    struct store *store;
    const struct entry *entry;
    const struct listing *listing;
    struct deadline until;
    struct diag *diag;
    uint64_t query; /* what cursors are bound to */
    struct cursor cursor;
    bool has_cursor;
    struct rows *rows;
    unsigned count; /* rows of the page */
    bool more;      /* there is one beyond them */
    struct embedded embedded[STORE_EMBEDS_MAX];
};

static void run_end(struct run *run)
{
    rows_unref(&run->rows);
    for (size_t i = 0; i < ARRAY_LEN(run->embedded); i++)
        embedded_end(&run->embedded[i]);
}

static bool is_backward(const struct run *run)
{
    return run->has_cursor && run->cursor.backward;
}

/* Rows that were read backward stand the other way round. */
static unsigned row_at(const struct run *run, unsigned place)
{
    return is_backward(run) ? run->count - 1 - place : place;
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
    struct buffer *sql = &run->store->sql;
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
    r = cursor_open(listing->cursor, &run->store->key, run->query,
                    listing->arena, run->diag, &run->cursor);
    if (r == 0 && run->cursor.count != listing->key_count)
        r = FAIL(run->diag, ERR_CURSOR_MISMATCH,
                 "the cursor belongs to another order");
    run->has_cursor = r == 0;
    return r;
}

/* Asks what stands in store->sql. */
static int ask(struct run *run, const char *name, const struct params *params,
               struct rows **ret_rows)
{
    struct buffer *sql = &run->store->sql;
    struct statement statement = {
        .name = name,
        .collection = run->listing->resource->table,
    };

    if (buffer_overflown(sql))
        return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
    statement.sql = arena_copy(run->listing->arena, buffer_text(sql));
    if (!statement.sql)
        return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
    return pool_read_alone(run->store->pool, &statement, params->items,
                           params->count, run->until, ret_rows, run->diag);
}

static int read_rows(struct run *run)
{
    struct params params = run->listing->params;
    int r;

    buffer_clear(&run->store->sql);
    sql_page(&run->store->sql, run->listing,
             run->has_cursor ? &run->cursor : NULL, &params);
    r = ask(run, run->entry->names->list, &params, &run->rows);
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

/* --- writing
 * ------------------------------------------------------------------
 */

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

    for (unsigned i = 0; i < selection->count; i++)
        columns[i] = rows_get(run->rows, row, i);
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
        add_object(run, row_at(run, i), buffer);
    }
    buffer_add_byte(buffer, ']');
}

/* --- the page's place
 * ---------------------------------------------------------
 */

static int64_t first_place(const struct run *run)
{
    int64_t place;

    if (!run->has_cursor)
        return run->listing->offset;
    place = run->cursor.position;
    if (!run->cursor.backward)
        return place;
    return run->more && place > run->count ? place - run->count : 0;
}

static int seal(struct run *run, unsigned place, bool backward,
                int64_t position, struct text *ret_text)
{
    const struct listing *listing = run->listing;
    struct cursor cursor = { .backward = backward,
                             .position = position,
                             .count = listing->key_count };
    int r;

    for (unsigned i = 0; i < listing->key_count; i++) {
        const struct field *field = listing->keys[i].field;

        cursor_set(
            &cursor, i,
            rows_get(run->rows, row_at(run, place), listing->key_columns[i]),
            field && field->type == FIELD_TEXT);
    }
    r = cursor_seal(&cursor, &run->store->key, run->query, listing->arena,
                    ret_text);
    if (r < 0)
        return FAIL(run->diag, ERR_TOO_LARGE, "the page is too large");
    return 0;
}

static int tell_place(struct run *run, struct page *page)
{
    int r = 0;

    page->count = run->count;
    page->first = first_place(run);
    page->has_next = is_backward(run) ? run->count > 0 : run->more;
    if (run->listing->by_position)
        page->has_prev = page->first > 0;
    else if (run->has_cursor)
        page->has_prev = is_backward(run) ? run->more : run->count > 0;
    if (run->listing->by_position)
        return 0;
    if (page->has_next)
        r = seal(run, run->count - 1, false, page->first + run->count,
                 &page->next);
    if (r == 0 && page->has_prev)
        r = seal(run, 0, true, page->first, &page->prev);
    return r;
}

/* --- how many in all
 * ----------------------------------------------------------
 */

static enum counting counting(const struct listing *listing)
{
    if (listing->count != COUNT_DEFAULT)
        return listing->count;
    return listing->by_position ? COUNT_EXACT : COUNT_NONE;
}

/* The end is in sight from the start: no need to ask. */
static bool count_is_known(const struct run *run)
{
    return !run->has_cursor && !run->more &&
           (run->count > 0 || run->listing->offset == 0);
}

static int read_count(struct run *run, struct page *page)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r;

    buffer_clear(&run->store->sql);
    sql_count(&run->store->sql, run->listing);
    r = ask(run, run->entry->names->count, &run->listing->params, &rows);
    if (r < 0)
        return r;
    CHECK(text_to_int64(rows_get(rows, 0, 0), &page->total));
    return 0;
}

static int read_estimate(struct run *run, struct page *page)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int64_t seen = page->first + run->count + page->has_next;
    int r;

    buffer_clear(&run->store->sql);
    sql_estimate(&run->store->sql, run->listing);
    r = ask(run, run->entry->names->estimate, &run->listing->params, &rows);
    if (r < 0)
        return r;
    page->total = sql_estimate_read(rows_get(rows, 0, 0));
    page->total_is_estimate = true;
    if (page->total < seen)
        page->total = seen;
    return 0;
}

static int tell_total(struct run *run, struct page *page)
{
    enum counting how = counting(run->listing);

    page->total = TOTAL_NONE;
    if (how == COUNT_NONE)
        return 0;
    if (count_is_known(run)) {
        page->total = page->first + run->count;
        return 0;
    }
    return how == COUNT_EXACT ? read_count(run, page)
                              : read_estimate(run, page);
}

/* --- all of it
 * ----------------------------------------------------------------
 */

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
        r = tell_place(run, page);
    return r < 0 ? r : tell_total(run, page);
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
