/* SPDX-License-Identifier: MIT */
/*
 * Any parameters, to any resource. What is accepted must become SQL that holds
 * no byte of theirs: printable, of a known size, and with each parameter named
 * in it. A cursor may hold anything that we could have sealed.
 */
#include "base/check.h"
#include "store/sql_list.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT_BYTES = 1 << 22, SQL_LIMIT_BYTES = 1 << 20, PARAMETERS_MAX = 100 };

/* As http/percent.h hands them on: UTF-8, no NUL. */
static void split(struct text query, struct parameter *items,
                  struct parameters *ret)
{
    struct text piece;

    *ret = (struct parameters){ 0, items };
    while (ret->count < PARAMETERS_MAX && text_cut(&query, '&', &piece)) {
        struct parameter *p = &items[ret->count++];

        CHECK(text_cut(&piece, '=', &p->name));
        p->value = piece.at ? piece : TEXT("");
    }
}

/* Which parameters are named, and that nothing else is in the text. */
static void check_sql(struct text sql, unsigned count)
{
    bool named[PARAMS_MAX + 1] = { false };

    for (size_t i = 0; i < sql.len; i++) {
        CHECK(sql.at[i] >= ' ' && sql.at[i] <= '~' && sql.at[i] != ';');
        if (sql.at[i] == '$') {
            unsigned long number = strtoul(sql.at + i + 1, NULL, 10);

            CHECK(number >= 1 && number <= count);
            named[number] = true;
        }
    }
    for (unsigned i = 1; i <= count; i++)
        CHECK(named[i]);
}

static void make_sql(const struct listing *listing, const struct cursor *cursor)
{
    CLEANUP(buffer_fini) struct buffer sql = { .limit = SQL_LIMIT_BYTES };
    struct params params = listing->params;

    sql_page(&sql, listing, cursor, &params);
    CHECK(!buffer_overflown(&sql));
    buffer_add_byte(&sql, '\0');
    check_sql(text_from(sql.at, sql.len - 1), params.count);
    for (unsigned i = 0; i < params.count; i++)
        CHECK(!text_is_null(params.items[i]) && text_is_utf8(params.items[i]) &&
              text_find(params.items[i], '\0') < 0);
}

/* Bits of `nulls` say which of the values are null; `id` never is. */
static void page_on(const struct listing *listing, unsigned nulls,
                    bool backward)
{
    static const char text[] = "a text that is much longer than a cursor's "
                               "limit, and has to be cut therefore; it goes "
                               "on and on, with many words that nobody reads, "
                               "for the only purpose to be too long to fit, "
                               "which by now it ought to be";
    struct cursor cursor = { .backward = backward };

    for (unsigned i = 0; i < listing->key_count; i++) {
        const struct field *field = listing->keys[i].field;
        bool null = field && (field->flags & FIELD_NULLABLE) && nulls >> i & 1;

        cursor_set(&cursor, cursor.count++, null ? TEXT_NULL : text_of(text),
                   field && field->type == FIELD_TEXT);
    }
    make_sql(listing, &cursor);
}

static void try_all(const struct listing *listing)
{
    CHECK(listing->limit >= 1 && listing->limit <= LISTING_LIMIT_MAX);
    CHECK(listing->offset >= 0);
    make_sql(listing, NULL);
    for (unsigned nulls = 0; nulls < 8; nulls++) {
        page_on(listing, nulls, false);
        page_on(listing, nulls, true);
    }
}

static void parse(const struct resource *resource, struct text query)
{
    struct parameter items[PARAMETERS_MAX];
    struct parameters parameters;
    struct listing *listing = NULL;
    struct arena arena;
    struct diag diag;
    int r;

    arena_init(&arena, LIMIT_BYTES);
    diag_init(&diag, &arena);
    split(query, items, &parameters);
    r = listing_parse(resource, &parameters, NULL, &arena, &diag, &listing);
    CHECK((r == 0) == (listing != NULL));
    CHECK((r == -ERR_INVALID_PARAMETER) == (diag.violation_count > 0));
    CHECK(text_is_utf8(text_of(diag.detail)));
    list_each (&diag.violations, struct violation, v, link)
        CHECK(text_is_utf8(text_of(v->pointer)) &&
              text_is_utf8(text_of(v->detail)));
    if (r == 0)
        try_all(listing);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text query = text_from(size ? (const char *)data : "", size);

    if (!text_is_utf8(query) || text_find(query, '\0') >= 0)
        return 0;
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        parse(resource_table[i], query);
    return 0;
}
