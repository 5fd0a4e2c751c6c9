/* SPDX-License-Identifier: MIT */
/*
 * Random questions to every resource: as parameters and as a JSON filter they
 * are the same question, each fault of them is told, and the three ways to
 * write an order are one.
 */
#include "asked.h"
#include "base/check.h"
#include "store/sql_list.h"
#include "support/property.h"
#include "json/encode.h"

enum { CASES = 2000, CLAUSES_MAX = 8, VALUES_MAX = 4, SQL_BYTES_MAX = 1 << 20 };

static struct arena arena; /* of what is parsed */

static void tear_down(void)
{
    arena_fini(&arena);
}

TestSuite(listing_property, .fini = tear_down);

/* --- what is asked -------------------------------------------------------- */

/* One member of the filter, or as many parameters as it has values. */
struct ask {
    const char *name; /* with its operator: "number_gte" */
    bool bare;        /* the JSON value is a number or true, no text */
    bool null;        /* null in JSON, `_null` as a parameter */
    bool broken;
    unsigned count;
    const char *values[VALUES_MAX];
};

struct question_case {
    const struct resource *resource;
    unsigned count;
    struct ask asks[CLAUSES_MAX];
};

#define SAY(...) say(arena_format(&cases, __VA_ARGS__))

static const char *say(const char *text)
{
    CHECK(text != NULL);
    return text;
}

/* A sound value; without commas, which mean another thing in each form. */
static const char *any_value(const struct field *field)
{
    char *text;

    switch (field->type) {
    case FIELD_INTEGER:
        return SAY("%d", (int)any(2000) - 1000);
    case FIELD_BOOLEAN:
        return any(2) ? "true" : "false";
    case FIELD_UUID:
        return SAY("019aa3fe-04c6-70c5-8000-%012x", any(1 << 20));
    case FIELD_DATE:
        return SAY("%04u-%02u-%02u", 1 + any(9999), 1 + any(12), 1 + any(28));
    case FIELD_TIMESTAMP:
        return SAY("2026-01-%02uT%02u:00:00Z", 1 + any(28), any(24));
    case FIELD_ENUM:
        return field->choices ? field->choices[any(2)]
                              : SAY("code_%u", any(100));
    default:
        text = arena_copy(&cases, text_of(any_text(4)));
        CHECK(text != NULL);
        for (char *at = text; *at; at++)
            *at = *at == ',' ? ';' : *at;
        return text;
    }
}

static const struct field *any_field(const struct shape *shape,
                                     bool (*fits)(const struct field *field))
{
    const struct field *field;

    do
        field = shape_field(shape, any((unsigned)shape_count(shape)));
    while (!fits(field));
    return field;
}

/* All take the first four; numbers, days and texts have an order. */
static const char *any_operator(const struct field *field)
{
    static const char *const suffixes[] = { "",    "_in",  "_ne", "_null",
                                            "_gt", "_lte", "_lt", "_gte" };
    bool ordered = field->type != FIELD_BOOLEAN && field->type != FIELD_ENUM &&
                   field->type != FIELD_TEXT_LIST;

    return suffixes[any(ordered ? 8 : 4)];
}

static struct ask any_ask(const struct shape *shape)
{
    const struct field *field = any_field(shape, field_can_filter);
    const char *suffix = any_operator(field);
    struct ask ask = { .count = 1 };

    ask.name = SAY("%s%s", field->name, suffix);
    ask.null = strcmp(suffix, "_null") == 0;
    ask.bare = field->type == FIELD_INTEGER || field->type == FIELD_BOOLEAN;
    if (strcmp(suffix, "") == 0 || strcmp(suffix, "_in") == 0 ||
        strcmp(suffix, "_ne") == 0)
        ask.count = 1 + any(VALUES_MAX);
    for (unsigned i = 0; i < ask.count; i++)
        ask.values[i] =
            ask.null ? (any(2) ? "true" : "false") : any_value(field);
    return ask;
}

static bool is_asked(const struct question_case *q, const char *name)
{
    for (unsigned i = 0; i < q->count; i++)
        if (strcmp(q->asks[i].name, name) == 0)
            return true;
    return false;
}

static struct question_case any_question(unsigned size)
{
    struct question_case q = { .resource =
                                   resource_table[any(RESOURCE_COUNT)] };

    for (unsigned i = any(2 + size * 2); i > 0; i--) {
        struct ask ask = any_ask(q.resource->shape);

        if (!is_asked(&q, ask.name))
            q.asks[q.count++] = ask;
    }
    return q;
}

/* --- as parameters -------------------------------------------------------- */

struct parsed {
    struct parameter items[CLAUSES_MAX * VALUES_MAX + 2];
    struct parameters parameters;
    struct diag diag;
    struct listing *listing;
    int result;
};

static void add_parameter(struct parsed *parsed, const char *name,
                          const char *value)
{
    parsed->parameters.items = parsed->items;
    CHECK(parsed->parameters.count < ARRAY_LEN(parsed->items));
    parsed->items[parsed->parameters.count++] =
        (struct parameter){ text_of(name), text_of(value) };
}

static void parse(struct parsed *parsed, const struct resource *resource)
{
    diag_init(&parsed->diag, &arena);
    parsed->result = listing_parse(resource, &parsed->parameters, NULL, &arena,
                                   &parsed->diag, &parsed->listing);
}

static struct parsed by_parameters(const struct question_case *q)
{
    struct parsed parsed = { .listing = NULL };

    for (unsigned i = 0; i < q->count; i++)
        for (unsigned k = 0; k < q->asks[i].count; k++)
            add_parameter(&parsed, q->asks[i].name, q->asks[i].values[k]);
    parse(&parsed, q->resource);
    return parsed;
}

/* --- as JSON -------------------------------------------------------------- */

static void add_value(struct buffer *json, const struct ask *ask, unsigned k)
{
    if (ask->bare && !ask->broken)
        buffer_add_string(json, ask->values[k]);
    else
        encode_text(json, text_of(ask->values[k]));
}

static void add_values(struct buffer *json, const struct ask *ask)
{
    bool list = ask->count > 1 || any(2);

    if (list)
        buffer_add_byte(json, '[');
    for (unsigned i = 0; i < ask->count; i++) {
        buffer_add_string(json, i ? "," : "");
        add_value(json, ask, i);
    }
    if (list)
        buffer_add_byte(json, ']');
}

/* `"x_null":true`, or `"x":null` where nobody asks about x already. */
static void add_member(struct buffer *json, const struct question_case *q,
                       const struct ask *ask)
{
    struct text name = text_of(ask->name);

    if (ask->null && !ask->broken) {
        bool is = strcmp(ask->values[0], "true") == 0;
        const char *stem = SAY("%.*s%s", (int)name.len - (int)strlen("_null"),
                               name.at, is ? "" : "_ne");

        if (!is_asked(q, stem) && any(2)) {
            encode_text(json, text_of(stem));
            buffer_add_string(json, ":null");
            return;
        }
    }
    encode_text(json, name);
    buffer_add_byte(json, ':');
    add_values(json, ask);
}

static const char *as_json(const struct question_case *q)
{
    CLEANUP(buffer_fini) struct buffer json = { .limit = SQL_BYTES_MAX };
    char *copy;

    buffer_add_byte(&json, '{');
    for (unsigned i = 0; i < q->count; i++) {
        buffer_add_string(&json, i ? "," : "");
        add_member(&json, q, &q->asks[i]);
    }
    buffer_add_byte(&json, '}');
    copy = arena_copy(&cases, buffer_text(&json));
    CHECK(copy != NULL);
    return copy;
}

static struct parsed by_filter(const struct question_case *q, const char *json)
{
    struct parsed parsed = { .listing = NULL };

    add_parameter(&parsed, "filter", json);
    parse(&parsed, q->resource);
    return parsed;
}

/* --- the same question ---------------------------------------------------- */

/* The SQL and, one in a line, its parameters. */
static const char *sql_of(const struct parsed *parsed)
{
    CLEANUP(buffer_fini) struct buffer sql = { .limit = SQL_BYTES_MAX };
    struct params params = parsed->listing->params;
    char *copy;

    sql_page(&sql, parsed->listing, NULL, &params);
    for (unsigned i = 0; i < params.count; i++) {
        buffer_add_byte(&sql, '\n');
        buffer_add_text(&sql, params.items[i]);
    }
    copy = arena_copy(&cases, buffer_text(&sql));
    CHECK(copy != NULL);
    return copy;
}

static void begin(void)
{
    arena_fini(&arena);
    arena_init(&arena, 1 << 22);
}

static const char *check_filter(unsigned size)
{
    struct question_case q = any_question(size);
    const char *json = as_json(&q);
    struct parsed one, other;

    begin();
    one = by_parameters(&q);
    other = by_filter(&q, json);
    if (one.result < 0 || other.result < 0)
        return FAILS("%s of %s is refused: %s%s", json, q.resource->table,
                     one.diag.detail, other.diag.detail);
    if (strcmp(sql_of(&one), sql_of(&other)) == 0)
        return NULL;
    return FAILS("%s of %s is\n%s\nand not\n%s", json, q.resource->table,
                 sql_of(&other), sql_of(&one));
}

Test(listing_property, a_filter_asks_what_parameters_ask)
{
    for_all(CASES, check_filter);
}

/* --- faults --------------------------------------------------------------- */

/* No such member, no such operator, or no value of the type. */
static void break_one(struct question_case *q, struct ask *ask)
{
    const struct field *field;

    ask->broken = true;
    ask->count = 1;
    switch (any(3)) {
    case 0:
        ask->name = SAY("colour%u", any(100));
        ask->values[0] = any_text(2);
        break;
    case 1:
        field = any_field(q->resource->shape, field_can_filter);
        ask->name = SAY("%s_x%u", field->name, any(100));
        ask->values[0] = any_text(2);
        break;
    default:
        ask->name = SAY("created_at%s", any(2) ? "_lt" : "_ne");
        ask->values[0] = SAY("%s.", any_text(2));
    }
}

static unsigned broken_of(const struct question_case *q)
{
    unsigned count = 0;

    for (unsigned i = 0; i < q->count; i++)
        count += q->asks[i].broken;
    return count;
}

/* Each of the broken ones is blamed, and nothing else. */
static bool blames(const struct question_case *q, const struct parsed *parsed,
                   const char *prefix)
{
    unsigned broken = broken_of(q);

    if (parsed->result != (broken ? -ERR_INVALID_PARAMETER : 0) ||
        parsed->diag.violation_count != broken)
        return false;
    for (unsigned i = 0; i < q->count; i++)
        if (q->asks[i].broken &&
            !*detail_of(&parsed->diag, SAY("%s%s", prefix, q->asks[i].name)))
            return false;
    return true;
}

static const char *check_faults(unsigned size)
{
    struct question_case q = any_question(size);
    const char *json;
    struct parsed one, other;

    for (unsigned i = 0; i < q.count; i++)
        if (any(2)) {
            struct ask was = q.asks[i];

            q.asks[i].name = "";
            break_one(&q, &q.asks[i]);
            for (unsigned k = 0; k < q.count; k++)
                if (k != i && strcmp(q.asks[k].name, q.asks[i].name) == 0)
                    q.asks[i] = was; /* two of one name */
        }
    json = as_json(&q);
    begin();
    one = by_parameters(&q);
    other = by_filter(&q, json);
    if (blames(&q, &one, "") && blames(&q, &other, "filter."))
        return NULL;
    return FAILS("%s of %s has other faults: %s; %s", json, q.resource->table,
                 one.diag.detail, other.diag.detail);
}

Test(listing_property, each_fault_is_told_and_nothing_else)
{
    for_all(CASES, check_faults);
}

/* --- order ---------------------------------------------------------------- */

struct order {
    const struct resource *resource;
    unsigned count;
    struct key keys[LISTING_KEYS_MAX];
};

static struct order any_order(unsigned size)
{
    struct order order = { .resource = resource_table[any(RESOURCE_COUNT)] };

    for (unsigned i = any(2 + size * 2); i > 0; i--) {
        struct key key = { any_field(order.resource->shape, field_can_sort),
                           any(2) };
        unsigned k = 0;

        while (k < order.count && order.keys[k].field != key.field)
            k++;
        if (k == order.count && order.count < LISTING_KEYS_MAX - 1)
            order.keys[order.count++] = key;
    }
    return order;
}

/* Up to `id`, which is put behind all others. */
static bool has_order(const struct listing *listing, const struct order *order)
{
    const struct field *id = shape_find(order->resource->shape, TEXT("id"));
    unsigned i = 0;

    for (; i < order->count; i++) {
        if (i >= listing->key_count ||
            listing->keys[i].field != order->keys[i].field ||
            listing->keys[i].down != order->keys[i].down)
            return false;
        if (listing->keys[i].field == id)
            return listing->key_count == i + 1;
    }
    return listing->key_count == i + 1 && listing->keys[i].field == id &&
           !listing->keys[i].down;
}

static const char *joined(const char *list, const char *more)
{
    return SAY("%s%s%s", list, *list ? "," : "", more);
}

/* "-a,b" */
static const char *signed_form(const struct order *order)
{
    const char *list = "";

    for (unsigned i = 0; i < order->count; i++)
        list = joined(list, SAY("%s%s", order->keys[i].down ? "-" : "",
                                order->keys[i].field->name));
    return list;
}

/* Upwards is what nobody needs to say at the end. */
static const char *directions(const struct order *order)
{
    static const char *const words[][2] = { { "asc", "ASC" },
                                            { "desc", "DESC" } };
    unsigned count = order->count;
    const char *list = "";

    while (count > 1 && !order->keys[count - 1].down && any(2))
        count--;
    for (unsigned i = 0; i < count; i++)
        list = joined(list, words[order->keys[i].down][any(2)]);
    return list;
}

static const char *names_of(const struct order *order)
{
    const char *list = "";

    for (unsigned i = 0; i < order->count; i++)
        list = joined(list, order->keys[i].field->name);
    return list;
}

static bool is_parsed(struct parsed *parsed, const struct order *order)
{
    parse(parsed, order->resource);
    return parsed->result == 0 && has_order(parsed->listing, order);
}

static const char *check_orders(unsigned size)
{
    struct order order = any_order(size);
    struct parsed by_sign = { .listing = NULL }, by_name = { .listing = NULL },
                  by_json = { .listing = NULL };
    bool holds;

    if (order.count == 0)
        return NULL;
    begin();
    add_parameter(&by_sign, "sort", signed_form(&order));
    add_parameter(&by_name, "_sort", names_of(&order));
    add_parameter(&by_name, "_order", directions(&order));
    add_parameter(&by_json, "sort",
                  SAY("[\"%s\",\"%s\"]", order.keys[0].field->name,
                      order.keys[0].down ? "DESC" : "ASC"));
    holds = is_parsed(&by_sign, &order) && is_parsed(&by_name, &order);
    order.count = 1;
    holds = holds && is_parsed(&by_json, &order);
    return holds ? NULL
                 : FAILS("sort=%.*s of %s: %s%s%s",
                         TEXT_ARG(by_sign.items[0].value),
                         order.resource->table, by_sign.diag.detail,
                         by_name.diag.detail, by_json.diag.detail);
}

Test(listing_property, an_order_can_be_written_in_three_ways)
{
    for_all(CASES, check_orders);
}
