/* SPDX-License-Identifier: MIT */
/* Room only: one run of a listing. */
#pragma once

#include "store/embed.h"
#include "store/list_form.h"
#include "store/list_share.h"

struct run {
    struct store *store;
    const struct entry *entry;
    const struct listing *listing;
    struct deadline until;
    struct diag *diag;
    struct form *form;
    uint64_t query; /* what cursors are bound to */
    struct cursor cursor;
    bool has_cursor;
    struct rows *rows;
    unsigned count; /* rows of the page */
    bool more;      /* there is one beyond them */
    struct embedded embedded[STORE_EMBEDS_MAX];
};

static inline bool run_is_backward(const struct run *run)
{
    return run->has_cursor && run->cursor.backward;
}

/* Rows that were read backward stand the other way round. */
static inline unsigned run_row(const struct run *run, unsigned place)
{
    return run_is_backward(run) ? run->count - 1 - place : place;
}

/* Makes the form of its first page, which says what is asked. */
int run_find_form(struct run *run) MUST_CHECK;

/* The page's rows, and what is embedded in them. */
YIELDS int run_read(struct run *run) MUST_CHECK;

/* The column by which something is embedded. */
unsigned run_key_column(const struct run *run, const struct embed *embed);

/* Asks what stands in the stock's sql with the listing's values. */
YIELDS int run_ask(struct run *run, const char *name, struct rows **ret_rows)
    MUST_CHECK;

/* Where the page is among all, and the cursors to its neighbours. */
int run_tell_place(struct run *run, struct page *page) MUST_CHECK;

/* How many rows there are in all, when that was asked. */
YIELDS int run_tell_total(struct run *run, struct page *page) MUST_CHECK;

/* All of it: the page, whose body is to be unreferenced. */
YIELDS int run_answer(struct run *run, struct list_answer *ret_answer)
    MUST_CHECK;

/* Lets go of what it holds; fits CLEANUP. */
void run_end(struct run *run);
