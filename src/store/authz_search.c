/* SPDX-License-Identifier: MIT */
#include "store/authz_search.h"

#include "base/check.h"
#include "store/scope.h"
#include "store/sql_authz.h"

#include <stdio.h>

enum { LIST_BYTES_MAX = 16 * 1024 };

/* --- parameters ----------------------------------------------------------- */

static void add_item(struct buffer *list, struct text item)
{
    buffer_add_string(list, list->len == 0 ? "{\"" : ",\"");
    buffer_add_text(list, item); /* a part of a key needs no escapes */
    buffer_add_byte(list, '"');
}

/* The parts of the keys before the colon: `{bill,bills}`. */
static struct text list_names(const struct asked_keys *asked,
                              struct buffer *list)
{
    for (unsigned i = 0; i < asked->count; i++) {
        struct text rest = asked->keys[i], name;

        text_cut(&rest, ':', &name);
        add_item(list, name);
    }
    buffer_add_string(list, asked->count > 0 ? "}" : "{}");
    return buffer_text(list);
}

static struct text action_of(const struct asked_keys *asked)
{
    struct text rest = asked->keys[0], name;

    text_cut(&rest, ':', &name);
    return rest;
}

static struct text count_of(const struct search_page *page, char text[16])
{
    snprintf(text, 16, "%u", page->limit + 1);
    return text_of(text);
}

/* --- subjects ------------------------------------------------------------- */

int authz_subjects(struct store *store, const struct asked_keys *asked,
                   const struct search_owner *owner,
                   const struct search_page *page, struct deadline until,
                   struct rows **ret_rows, struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer names = { 0 };
    char count[16];

    *ret_rows = NULL;
    if (asked->count == 0)
        return 0;
    buffer_init(&names, LIST_BYTES_MAX);
    return scope_read_alone(store, &sql_authz_subjects,
                            (const struct text[]){
                                list_names(asked, &names),
                                action_of(asked),
                                owner->is_known ? TEXT("t") : TEXT("f"),
                                owner->user_id,
                                page->after,
                                count_of(page, count),
                            },
                            6, until, ret_rows, diag);
}

/* --- resources ------------------------------------------------------------ */

const char *sql_authz_resources(const struct resource *resource, enum may may,
                                struct arena *arena)
{
    const char *owner = resource->owner ? resource->owner : "NULL::uuid";
    const char *condition = may == MAY_ANY
                                ? "$3::uuid IS NOT NULL"
                                : arena_format(arena, "%s %s $3::uuid", owner,
                                               may == MAY_OWN ? "=" : "<>");

    return condition ? arena_format(arena,
                                    "SELECT id FROM %s WHERE deleted_at IS NULL"
                                    " AND ($1::uuid IS NULL OR id > $1::uuid)"
                                    " AND %s ORDER BY id LIMIT $2::bigint",
                                    resource->table, condition)
                     : NULL;
}

int authz_resources(struct store *store, const struct asked_keys *asked,
                    enum may may, struct text user_id,
                    const struct search_page *page, struct arena *arena,
                    struct deadline until, struct rows **ret_rows,
                    struct diag *diag)
{
    struct statement statement = { .name = "authz_resources" };
    char count[16];

    *ret_rows = NULL;
    if (!asked->resource || may == MAY_NOT)
        return 0;
    statement.collection = asked->resource->table;
    statement.sql = sql_authz_resources(asked->resource, may, arena);
    if (!statement.sql)
        return FAIL(diag, ERR_TOO_LARGE, "the request is too large");
    return scope_read_alone(
        store, &statement,
        (const struct text[]){ page->after, count_of(page, count), user_id }, 3,
        until, ret_rows, diag);
}

/* --- actions -------------------------------------------------------------- */

static bool is_named(const struct asked_keys *asked, struct text resource)
{
    for (unsigned i = 0; i < asked->count; i++) {
        struct text rest = asked->keys[i], name;

        text_cut(&rest, ':', &name);
        if (text_equal(name, resource))
            return true;
    }
    return false;
}

/* What the service itself knows of the type, stored or not. */
static struct text list_actions(const struct asked_keys *asked,
                                struct buffer *list)
{
    for (unsigned i = 0; i < PERMISSION_COUNT; i++) {
        struct permission_pattern pattern;

        CHECK(permission_parse(permission_key((enum permission)i), &pattern));
        if (is_named(asked, pattern.resource))
            add_item(list, pattern.action);
    }
    buffer_add_string(list, list->len > 0 ? "}" : "{}");
    return buffer_text(list);
}

int authz_actions(struct store *store, const struct asked_keys *asked,
                  const struct search_page *page, struct deadline until,
                  struct rows **ret_rows, struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer names = { 0 };
    CLEANUP(buffer_fini) struct buffer actions = { 0 };
    char count[16];

    *ret_rows = NULL;
    if (asked->count == 0)
        return 0;
    buffer_init(&names, LIST_BYTES_MAX);
    buffer_init(&actions, LIST_BYTES_MAX);
    return scope_read_alone(store, &sql_authz_actions,
                            (const struct text[]){
                                list_names(asked, &names),
                                list_actions(asked, &actions),
                                page->after,
                                count_of(page, count),
                            },
                            4, until, ret_rows, diag);
}

/* --- pages ---------------------------------------------------------------- */

/* "authzen LIMIT QUERY AFTER", the query as a digest of 64 digits. */
static const char *say_place(struct text query, unsigned limit,
                             struct arena *arena)
{
    struct mac digest = mac_digest(query);
    char digits[2 * MAC_BYTES + 1];

    hex_format(digest.bytes, sizeof(digest.bytes), digits);
    digits[2 * MAC_BYTES] = '\0';
    return arena_format(arena, "authzen %u %s ", limit, digits);
}

int search_page_seal(const struct store *store, const struct search_page *page,
                     struct text query, struct arena *arena,
                     struct text *ret_token, struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer sealed = { 0 };
    const char *place = say_place(query, page->limit, arena);
    const char *whole =
        place ? arena_format(arena, "%s%.*s", place, TEXT_ARG(page->after))
              : NULL;
    const char *copy;

    if (!whole)
        return FAIL(diag, ERR_TOO_LARGE, "the request is too large");
    buffer_init(&sealed, LIST_BYTES_MAX);
    mac_seal(&store->stock->key, text_of(whole), &sealed);
    copy = arena_copy(arena, buffer_text(&sealed));
    if (!copy || buffer_overflown(&sealed))
        return FAIL(diag, ERR_TOO_LARGE, "the request is too large");
    *ret_token = text_of(copy);
    return 0;
}

static bool read_limit(struct text payload, unsigned *ret_limit)
{
    struct text rest = payload, word;
    int64_t limit;

    if (!text_cut(&rest, ' ', &word) || !text_is(word, "authzen") ||
        !text_cut(&rest, ' ', &word) || !text_to_int64(word, &limit))
        return false;
    *ret_limit = (unsigned)limit;
    return true;
}

int search_page_open(const struct store *store, struct text token,
                     struct text query, struct arena *arena,
                     struct search_page *ret_page, struct diag *diag)
{
    const char *place;
    struct text payload;

    if (!mac_open(&store->stock->key, token, arena, &payload) ||
        !read_limit(payload, &ret_page->limit))
        return FAIL(diag, ERR_INVALID_CURSOR,
                    "page.token is none that we gave out");
    place = say_place(query, ret_page->limit, arena);
    if (!place || !text_starts_with(payload, place))
        return FAIL(diag, ERR_CURSOR_MISMATCH,
                    "page.token belongs to another search");
    ret_page->after = text_skip(payload, strlen(place));
    if (ret_page->after.len == 0)
        ret_page->after = TEXT_NULL;
    return 0;
}
