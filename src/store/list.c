/* SPDX-License-Identifier: MIT */
#include "store/list.h"

#include "store/list_memory.h"
#include "store/scope.h"
#include "store/stale.h"

/* A page as JSON: at the most, and what most fit into. */
enum { PAGE_BYTES_MAX = 256 * 1024 * 1024, PAGE_BYTES = 32 * 1024 };

void run_end(struct run *run)
{
    form_put(&run->form);
    rows_unref(&run->rows);
    for (size_t i = 0; i < ARRAY_LEN(run->embedded); i++)
        embedded_end(&run->embedded[i]);
}

/* --- writing -------------------------------------------------------------- */

static void add_embedded(const struct run *run, unsigned row,
                         struct buffer *buffer)
{
    for (unsigned i = 0; i < run->entry->embed_count; i++) {
        const struct embedded *embedded = &run->embedded[i];

        if (embedded->plan)
            embedded_encode(
                embedded,
                rows_get(run->rows, row,
                         run_key_column(run, embedded->plan->embed)),
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

static int write_page(const struct run *run, struct bytes **ret_body)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    size_t len;
    char *at;
    int r;

    buffer_init_with(&body, PAGE_BYTES_MAX, PAGE_BYTES);
    add_page(run, &body);
    r = store_written(&body, run->diag);
    if (r < 0)
        return r;
    at = buffer_release(&body, &len);
    *ret_body = bytes_adopt(at, len);
    return 0;
}

/* --- all of it ------------------------------------------------------------ */

int run_answer(struct run *run, struct list_answer *ret_answer)
{
    int r = run_read(run);

    if (r == 0)
        r = run_tell_place(run, &ret_answer->page);
    if (r == 0)
        r = run_tell_total(run, &ret_answer->page);
    return r < 0 ? r : write_page(run, &ret_answer->body);
}

static YIELDS int read_list(void *run, struct list_answer *ret_answer)
{
    return run_answer(run, ret_answer);
}

/* Two lists are the same when all is that is asked, and who may see what. */
static void add_key(struct buffer *key, const struct store *store,
                    const struct listing *listing)
{
    const uint64_t numbers[] = { listing->limit, listing->by_position,
                                 (uint64_t)listing->offset, listing->count,
                                 store->consistency.level };

    form_key(key, listing, NULL, store->actor.rights);
    form_key_value(key, store->actor.user_id);
    form_key_value(key, listing->cursor);
    form_key_values(key, &listing->params);
    buffer_add(key, (const char *)numbers, sizeof(numbers));
}

static YIELDS int read_with_others(struct run *run,
                                   struct list_answer *ret_answer)
{
    struct stock *stock = run->store->stock;
    const struct list_reader reader = {
        .read = read_list,
        .arg = run,
        .arena = run->listing->arena,
        .name = run->entry->names->list,
        .until = run->until,
        .diag = run->diag,
    };

    buffer_clear(&stock->sql);
    add_key(&stock->sql, run->store, run->listing);
    if (buffer_overflown(&stock->sql))
        return FAIL(run->diag, ERR_TOO_LARGE, "the query is too large");
    return list_share_get(stock->lists, buffer_text(&stock->sql), &reader,
                          ret_answer);
}

/* … and leave it to others. */
static YIELDS int read_remembered(struct run *run,
                                  struct list_answer *ret_answer)
{
    CLEANUP(cache_load_end) struct cache_load load = CACHE_LOAD_NONE;
    bool found;
    int r = list_memory_find(run, &load, ret_answer, &found);

    if (r < 0 || found)
        return r;
    r = read_with_others(run, ret_answer);
    if (r == 0)
        list_memory_fill(run, &load, ret_answer);
    return r;
}

static YIELDS int read_anyhow(struct run *run, struct list_answer *ret_answer)
{
    const struct store *store = run->store;

    return store->transaction || store->consistency.level > CONSISTENCY_FRESH
               ? run_answer(run, ret_answer)
               : read_with_others(run, ret_answer);
}

/* What it came to was r. */
static YIELDS int or_stale(struct store *store, const struct listing *listing,
                           int r, struct deadline until, struct diag *diag,
                           struct list_answer *ret_answer)
{
    struct store strict = stale_store(store);
    CLEANUP(run_end)
    struct run run = {
        .store = store,
        .entry = store_entry(store, listing->resource),
        .listing = listing,
        .until = until,
        .diag = diag,
    };

    return stale_may_stand_in(store, r) && list_is_common(&strict, listing)
               ? list_memory_stand_in(&run, r, ret_answer)
               : r;
}

int store_list(struct store *store, const struct listing *listing,
               struct deadline until, struct bytes **ret_body,
               struct page *ret_page, struct diag *diag)
{
    struct store primary = scope_at_primary(store);
    bool common = list_is_common(store, listing);
    CLEANUP(run_end)
    struct run run = {
        .store = common ? &primary : store,
        .entry = store_entry(store, listing->resource),
        .listing = listing,
        .until = stale_until(store, until),
        .diag = diag,
    };
    struct list_answer answer = { .body = NULL };
    int r =
        common ? read_remembered(&run, &answer) : read_anyhow(&run, &answer);

    if (!common)
        r = or_stale(store, listing, r, until, diag, &answer);
    *ret_body = answer.body;
    *ret_page = answer.page;
    return r;
}
