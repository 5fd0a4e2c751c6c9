/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "store/asking.h"
#include "store/fault.h"
#include "store/view_impl.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const char *const asked_names[ASKED_COUNT] = {
    [ASKED_FIELDS] = "fields", [ASKED_EMBED] = "embed",
    [ASKED_Q] = "q",           [ASKED_FILTER] = "filter",
    [ASKED_SORT] = "sort",     [ASKED_SORT_BY] = "_sort",
    [ASKED_ORDER] = "_order",  [ASKED_LIMIT] = "limit",
    [ASKED_CURSOR] = "cursor", [ASKED_OFFSET] = "offset",
    [ASKED_START] = "_start",  [ASKED_END] = "_end",
    [ASKED_RANGE] = "range",   [ASKED_DELETED] = "deleted",
};

void asking_fault(struct asking *a, enum asked what, const char *code,
                  const char *fmt, ...)
{
    char detail[DIAG_DETAIL_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);
    diag_violation(a->diag, asked_names[what], code, "%s", detail);
}

unsigned params_add(struct params *params, struct text value)
{
    CHECK(params->count < PARAMS_MAX);
    params->items[params->count++] = value;
    return params->count;
}

unsigned params_add_number(struct params *params, int64_t value)
{
    char *text = params->numbers[params->number_count++];

    CHECK(params->number_count <= ARRAY_LEN(params->numbers));
    snprintf(text, sizeof(params->numbers[0]), "%" PRId64, value);
    return params_add(params, text_of(text));
}

/* --- sorting the parameters ------------------------------------------------
 */

bool asking_knows(const struct asking *a, enum asked what)
{
    static const bool of_pages[ASKED_COUNT] = {
        [ASKED_EMBED] = true,  [ASKED_LIMIT] = true, [ASKED_CURSOR] = true,
        [ASKED_OFFSET] = true, [ASKED_START] = true, [ASKED_END] = true,
        [ASKED_RANGE] = true,
    };
    static const bool of_objects[ASKED_COUNT] = {
        [ASKED_EMBED] = true,
        [ASKED_Q] = true,
        [ASKED_DELETED] = true,
    };

    return !(a->options->whole && of_pages[what]) &&
           !(a->listing->resource->log && of_objects[what]);
}

static bool take_asked(struct asking *a, const struct parameter *p)
{
    for (unsigned i = 0; i < ASKED_COUNT; i++) {
        if (!text_is(p->name, asked_names[i]) || !asking_knows(a, i))
            continue;
        if (asking_has(a, i))
            fault_note(a->diag, p->name, "repeated", "may be given only once");
        a->given[i] = text_is_null(p->value) ? TEXT("") : p->value;
        return true;
    }
    return false;
}

static bool is_the_routes(const struct asking *a, struct text name)
{
    const char *const *also = a->options->also;

    for (; also && *also; also++)
        if (text_is(name, *also))
            return true;
    return false;
}

static void take_parameters(struct asking *a)
{
    for (size_t i = 0; i < a->parameters->count; i++) {
        const struct parameter *p = &a->parameters->items[i];

        if (!take_asked(a, p) && !is_the_routes(a, p->name))
            asking_clause(a, i);
    }
}

/* --- the parts that are small ------------------------------------------------
 */

static void take_view(struct asking *a)
{
    struct view *view = &a->listing->view;

    view_all(a->listing->resource, view);
    if (asking_has(a, ASKED_FIELDS))
        view_select(view, a->given[ASKED_FIELDS], a->diag);
    if (asking_has(a, ASKED_EMBED))
        view_embed(view, a->given[ASKED_EMBED], a->diag);
}

static void take_deleted(struct asking *a)
{
    struct text word = a->given[ASKED_DELETED];

    if (text_is_null(word))
        return;
    if (text_is(word, "include"))
        a->listing->deleted = DELETED_INCLUDED;
    else if (text_is(word, "only"))
        a->listing->deleted = DELETED_ONLY;
    else
        asking_fault(a, ASKED_DELETED, "not_allowed",
                     "must be include or only");
}

/* Found by its column, which may be no member: `created_by` of people. */
static const struct field owner_field = { MEMBER("created_by"),
                                          .type = FIELD_UUID };

static void take_owner(struct asking *a)
{
    const struct resource *resource = a->listing->resource;
    const struct field *field;
    struct clause *clause;

    if (text_is_null(a->options->owner))
        return;
    field = shape_find(resource->shape, text_of(resource->owner));
    clause = asking_add(a, field ? field : &owner_field, OP_EQ);
    if (clause)
        asking_set(a, clause, a->options->owner);
}

/* --- columns -----------------------------------------------------------------
 */

unsigned listing_column(const struct listing *listing,
                        const struct field *field)
{
    const struct selection *selection = &listing->view.selection;
    unsigned i = 0;

    for (i = 0; field && i < selection->count; i++)
        if (selection->fields[i] == field)
            return i;
    i = 0;
    while (i < listing->extra_count && listing->extras[i] != field)
        i++;
    return (unsigned)selection->count + i;
}

/* The field's column; it becomes an extra one where it was not selected. */
static unsigned need_column(struct listing *listing, const struct field *field)
{
    unsigned column = listing_column(listing, field);

    if (column == listing->view.selection.count + listing->extra_count) {
        CHECK(listing->extra_count < EXTRAS_MAX);
        listing->extras[listing->extra_count++] = field;
    }
    return column;
}

static void need_columns(struct listing *listing)
{
    const struct resource *resource = listing->resource;

    for (unsigned i = 0; i < listing->key_count; i++)
        listing->key_columns[i] = need_column(listing, listing->keys[i].field);
    for (unsigned i = 0; listing->view.embeds >> i; i++)
        if (listing->view.embeds >> i & 1)
            need_column(listing, embed_key(resource, &resource->embeds[i]));
}

const struct field *embed_key(const struct resource *resource,
                              const struct embed *embed)
{
    const char *name = embed->by ? embed->by : "id";
    const struct field *field = shape_find(resource->shape, text_of(name));

    CHECK(field != NULL);
    return field;
}

/* --- all of it ---------------------------------------------------------------
 */

static void take_all(struct asking *a)
{
    take_parameters(a);
    take_view(a);
    if (asking_has(a, ASKED_Q))
        asking_search(a, a->given[ASKED_Q]);
    if (asking_has(a, ASKED_FILTER))
        asking_filter(a);
    take_deleted(a);
    take_owner(a);
    asking_order(a);
    asking_page(a);
}

static int verdict(const struct asking *a)
{
    const struct shape *shape = a->listing->resource->shape;
    int r = diag_invalid(a->diag, ERR_INVALID_PARAMETER);

    if (r < 0)
        return r;
    if (a->full)
        return FAIL(a->diag, ERR_TOO_LARGE, "the query is too large");
    if (a->listing->deleted != DELETED_NONE && !a->options->may_see_deleted)
        return FAIL(a->diag, ERR_FORBIDDEN,
                    "to see deleted %s takes the permission %s:restore",
                    shape->name, shape->name);
    return 0;
}

int listing_parse(const struct resource *resource,
                  const struct parameters *parameters,
                  const struct listing_options *options, struct arena *arena,
                  struct diag *diag, struct listing **ret_listing)
{
    static const struct listing_options plain = { 0 };
    struct asking a = {
        .listing = ARENA_NEW(arena, struct listing),
        .options = options ? options : &plain,
        .parameters = parameters,
        .diag = diag,
    };
    int r;

    CHECK(diag != NULL);
    if (!a.listing)
        return FAIL(diag, ERR_TOO_LARGE, "the query is too large");
    a.listing->resource = resource;
    a.listing->arena = arena;
    a.listing->count = a.options->count;
    take_all(&a);
    r = verdict(&a);
    if (r < 0)
        return r;
    need_columns(a.listing);
    *ret_listing = a.listing;
    return 0;
}

const struct resource *listing_resource(const struct listing *listing)
{
    return listing->resource;
}

const struct view *listing_view(const struct listing *listing)
{
    return &listing->view;
}

unsigned listing_limit(const struct listing *listing)
{
    return listing->limit;
}

bool listing_is_plain(const struct listing *listing)
{
    return listing->view.embeds == 0 && listing->deleted == DELETED_NONE;
}

bool listing_is_by_position(const struct listing *listing)
{
    return listing->by_position;
}

/* --- what it shows
 * ------------------------------------------------------------
 */

static unsigned show(const struct resource **shown, unsigned count,
                     const struct resource *resource)
{
    for (unsigned i = 0; i < count; i++)
        if (shown[i] == resource)
            return count;
    CHECK(count < LISTING_SHOWS_MAX);
    shown[count] = resource;
    return count + 1;
}

unsigned listing_shows(const struct listing *listing,
                       const struct resource *ret_shown[LISTING_SHOWS_MAX])
{
    const struct embed *embeds = listing->resource->embeds;
    unsigned count = show(ret_shown, 0, listing->resource);

    if (listing->deleted != DELETED_NONE)
        return 0;
    for (unsigned i = 0; listing->view.embeds >> i; i++) {
        if (!(listing->view.embeds >> i & 1))
            continue;
        if (embeds[i].valid)
            return 0;
        if (embeds[i].of)
            count = show(ret_shown, count, embeds[i].of);
    }
    return count;
}

void listing_rights(const struct listing *listing,
                    char ret_rights[static LISTING_RIGHTS_BYTES])
{
    const struct resource *shown[LISTING_SHOWS_MAX];
    unsigned count = listing_shows(listing, shown);
    size_t len = 0;

    ret_rights[0] = '\0';
    for (unsigned i = 0; i < count; i++) {
        int part = snprintf(ret_rights + len, LISTING_RIGHTS_BYTES - len,
                            "%s%s:read", i ? " " : "", shown[i]->shape->name);

        len += (size_t)part;
        CHECK(part > 0 && len < LISTING_RIGHTS_BYTES);
    }
}
