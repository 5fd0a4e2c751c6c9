/* SPDX-License-Identifier: MIT */
#include "store/list.h"

#include "store/scope.h"
#include "store/sql_list.h"

/* --- the question ----------------------------------------------------------
 */

/* Behind the cursor, if there is one. */
static int find_form(struct run *run, const struct cursor *cursor)
{
    struct stock *stock = run->store->stock;

    form_put(&run->form);
    buffer_clear(&stock->sql);
    form_key(&stock->sql, run->listing, cursor, run->store->actor.rights);
    if (!buffer_overflown(&stock->sql))
        run->form =
            form_get(stock->forms, buffer_text(&stock->sql), run->listing,
                     cursor, run->entry->names->list, &stock->sql);
    if (!run->form)
        return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
    return 0;
}

int run_find_form(struct run *run)
{
    return find_form(run, NULL);
}

/* Conditions, order and values: what cursors are bound to. */
static int find_query(struct run *run)
{
    struct buffer *question = &run->store->stock->sql;
    struct mac digest = run->form->question;

    if (run->listing->params.count > 0) {
        buffer_clear(question);
        buffer_add(question, (const char *)digest.bytes, sizeof(digest.bytes));
        form_key_values(question, &run->listing->params);
        if (buffer_overflown(question))
            return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
        digest = mac_digest(buffer_text(question));
    }
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
    return r < 0 ? r : find_form(run, &run->cursor);
}

/* --- the page --------------------------------------------------------------
 */

int run_ask(struct run *run, const char *name, struct rows **ret_rows)
{
    struct buffer *sql = &run->store->stock->sql;
    const struct params *params = &run->listing->params;
    struct statement statement = {
        .name = name,
        .collection = run->listing->resource->table,
        .planned_anew = run->form->page.planned_anew,
    };

    if (buffer_overflown(sql))
        return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
    statement.sql = arena_copy(run->listing->arena, buffer_text(sql));
    if (!statement.sql)
        return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
    return scope_read_alone(run->store, &statement, params->items,
                            params->count, run->until, ret_rows, run->diag);
}

static int read_page(struct run *run)
{
    const struct statement *page = &run->form->page;
    struct params params = run->listing->params;
    int r;

    sql_page_params(run->listing, run->has_cursor ? &run->cursor : NULL,
                    &params);
    if (form_is_quick(run->form))
        r = scope_read(run->store, page, params.items, params.count, run->until,
                       &run->rows, run->diag);
    else
        r = scope_read_alone(run->store, page, params.items, params.count,
                             run->until, &run->rows, run->diag);
    if (r < 0)
        return r;
    form_learn(run->form, run->rows->took_ns);
    run->count = rows_count(run->rows);
    run->more = run->count > run->listing->limit;
    if (run->more)
        run->count = run->listing->limit;
    return 0;
}

/* --- what is embedded --------------------------------------------------------
 */

unsigned run_key_column(const struct run *run, const struct embed *embed)
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
        r = collect_keys(run, run_key_column(run, plan->embed), &keys);
        if (r == 0)
            r = embedded_read(run->store, plan, keys, run->until,
                              &run->embedded[i], run->diag);
    }
    return r;
}

int run_read(struct run *run)
{
    int r = find_form(run, NULL);

    if (r == 0)
        r = find_query(run);
    if (r == 0)
        r = open_cursor(run);
    if (r == 0)
        r = read_page(run);
    return r < 0 ? r : read_embedded(run);
}
