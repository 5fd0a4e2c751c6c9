/* SPDX-License-Identifier: MIT */
#include "store/asking.h"
#include "store/fault.h"
#include "json/document.h"

#include <stdlib.h>

/* Which parameter the keys come from, for the faults. */
struct ordering {
    struct asking *a;
    enum asked from;
};

static const struct field *last_key(const struct listing *listing)
{
    return listing->keys[listing->key_count - 1].field;
}

static bool is_key(const struct listing *listing, const struct field *field)
{
    for (unsigned i = 0; i < listing->key_count; i++)
        if (listing->keys[i].field == field)
            return true;
    return false;
}

static void fault_name_of_key(struct ordering *o)
{
    const struct shape *shape = o->a->listing->resource->shape;
    struct fault_list names = { 0 };

    for (size_t i = 0; i < shape_count(shape); i++)
        if (field_can_sort(shape_field(shape, i)))
            fault_list_add(&names, field_name(shape_field(shape, i)));
    asking_fault(o->a, o->from, "not_allowed", "must be among %s", names.at);
}

static void add_key(struct ordering *o, struct text name, bool down)
{
    struct listing *listing = o->a->listing;
    const struct field *field = shape_find(listing->resource->shape, name);

    if (!field || !field_can_sort(field))
        fault_name_of_key(o);
    else if (is_key(listing, field))
        asking_fault(o->a, o->from, "repeated", "%s is named twice",
                     field->name);
    else if (listing->key_count == LISTING_KEYS_MAX - 1)
        asking_fault(o->a, o->from, "too_many", "must be at most %d members",
                     LISTING_KEYS_MAX - 1);
    else
        listing->keys[listing->key_count++] = (struct key){ field, down };
}

/* --- sort=-a,b --------------------------------------------------------------
 */

static void take_signed(struct ordering *o, struct text names)
{
    struct text name;

    while (text_cut(&names, ',', &name)) {
        bool down = text_starts_with(name, "-");

        add_key(o, text_skip(name, down), down);
    }
}

/* --- sort=["a","DESC"] ---------------------------------------------------- */

static bool take_word(struct text word, bool *ret_down)
{
    *ret_down = text_equal_nocase(word, TEXT("desc"));
    return *ret_down || text_equal_nocase(word, TEXT("asc"));
}

static bool take_pair(struct ordering *o, const struct node *pair)
{
    bool down;

    if (node_type(pair) != NODE_LIST || node_count(pair) != 2 ||
        node_type(node_item(pair, 0)) != NODE_TEXT ||
        node_type(node_item(pair, 1)) != NODE_TEXT ||
        !take_word(node_text(node_item(pair, 1)), &down))
        return false;
    add_key(o, node_text(node_item(pair, 0)), down);
    return true;
}

static void take_json(struct ordering *o, struct text json)
{
    CLEANUP(document_free) struct document *document = NULL;
    struct diag inner;

    diag_init(&inner, NULL);
    if (document_parse(json, &inner, &document) < 0 ||
        !take_pair(o, document_root(document)))
        asking_fault(o->a, o->from, "wrong_type",
                     "must be a JSON list of a member and ASC or DESC");
}

/* --- _sort=a,b&_order=desc,asc -------------------------------------------- */

static void take_named(struct ordering *o, struct text names,
                       struct text orders)
{
    struct text name, order;
    bool down;

    while (text_cut(&names, ',', &name)) {
        down = false;
        if (!text_is_null(orders) && text_cut(&orders, ',', &order) &&
            !take_word(order, &down))
            asking_fault(o->a, ASKED_ORDER, "not_allowed",
                         "must be asc or desc, with commas between");
        add_key(o, name, down);
    }
    if (!text_is_null(orders) && text_cut(&orders, ',', &order))
        asking_fault(o->a, ASKED_ORDER, "too_many",
                     "must not be longer than _sort");
}

/* --- all of it ------------------------------------------------------------ */

static void take_order(struct asking *a)
{
    struct ordering sort = { a, ASKED_SORT }, named = { a, ASKED_SORT_BY };

    if (asking_has(a, ASKED_SORT) && asking_has(a, ASKED_SORT_BY))
        asking_fault(a, ASKED_SORT_BY, "conflict", "goes not with sort");
    else if (asking_has(a, ASKED_SORT_BY))
        take_named(&named, a->given[ASKED_SORT_BY], a->given[ASKED_ORDER]);
    else if (asking_has(a, ASKED_ORDER))
        asking_fault(a, ASKED_ORDER, "conflict", "goes only with _sort");
    else if (!asking_has(a, ASKED_SORT))
        return;
    else if (text_starts_with(a->given[ASKED_SORT], "["))
        take_json(&sort, a->given[ASKED_SORT]);
    else
        take_signed(&sort, a->given[ASKED_SORT]);
}

static bool is_ranked(const struct listing *listing)
{
    for (unsigned i = 0; i < listing->clause_count; i++)
        if (!listing->clauses[i].field)
            return listing->resource->search.words != NULL;
    return false;
}

/* Behind a unique key no other has a say. */
static void end_with_unique(struct listing *listing)
{
    const struct field *id = shape_find(listing->resource->shape, TEXT("id"));

    for (unsigned i = 0; i < listing->key_count; i++)
        if (listing->keys[i].field == id)
            listing->key_count = i + 1;
    if (listing->key_count == 0 || last_key(listing) != id)
        listing->keys[listing->key_count++] = (struct key){ id, false };
}

/* The order nobody asked for: by rank, or from the newest on. */
static void take_usual(struct listing *listing)
{
    const struct shape *shape = listing->resource->shape;

    if (is_ranked(listing)) {
        listing->keys[listing->key_count++] = (struct key){ NULL, true };
    } else if (listing->resource->log) {
        listing->keys[0] = (struct key){ shape_find(shape, TEXT("at")), true };
        listing->keys[1] = (struct key){ shape_find(shape, TEXT("id")), true };
        listing->key_count = 2;
    }
}

void asking_order(struct asking *a)
{
    struct listing *listing = a->listing;

    take_order(a);
    if (listing->key_count == 0)
        take_usual(listing);
    end_with_unique(listing);
}
