/* SPDX-License-Identifier: MIT */
#include "store/cell.h"
#include "store/list.h"
#include "store/sql_list.h"

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
            rows_get(run->rows, run_row(run, place), listing->key_columns[i]),
            field && field->type == FIELD_TEXT);
    }
    r = cursor_seal(&cursor, &run->store->stock->key, run->query,
                    listing->arena, ret_text);
    if (r < 0)
        return FAIL(run->diag, ERR_TOO_LARGE, "the page is too large");
    return 0;
}

int run_tell_place(struct run *run, struct page *page)
{
    int r = 0;

    page->count = run->count;
    page->first = first_place(run);
    page->has_next = run_is_backward(run) ? run->count > 0 : run->more;
    if (run->listing->by_position)
        page->has_prev = page->first > 0;
    else if (run->has_cursor)
        page->has_prev = run_is_backward(run) ? run->more : run->count > 0;
    if (run->listing->by_position)
        return 0;
    if (page->has_next)
        r = seal(run, run->count - 1, false, page->first + run->count,
                 &page->next);
    if (r == 0 && page->has_prev)
        r = seal(run, 0, true, page->first, &page->prev);
    return r;
}

/* --- how many in all ------------------------------------------------------ */

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

    buffer_clear(&run->store->stock->sql);
    sql_count(&run->store->stock->sql, run->listing);
    r = run_ask(run, run->entry->names->count, &rows);
    if (r < 0)
        return r;
    return cell_number(rows_get(rows, 0, 0), &page->total, run->diag);
}

static int read_estimate(struct run *run, struct page *page)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int64_t seen = page->first + run->count + page->has_next;
    int r;

    buffer_clear(&run->store->stock->sql);
    sql_estimate(&run->store->stock->sql, run->listing);
    r = run_ask(run, run->entry->names->estimate, &rows);
    if (r < 0)
        return r;
    page->total = sql_estimate_read(rows_get(rows, 0, 0));
    page->total_is_estimate = true;
    if (page->total < seen)
        page->total = seen;
    return 0;
}

int run_tell_total(struct run *run, struct page *page)
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
