/* SPDX-License-Identifier: MIT */
#include "json/check.h"

#include "json/kind.h"

#include <inttypes.h>
#include <stdio.h>

/* The dump of an object may be longer than a body is allowed to be. */
enum { JSON_BYTES_MAX = 4 << 20 };

void check_fault(struct checking *c, const char *code, const char *detail)
{
    diag_violation(c->diag, c->pointer.at, code, "%s", detail);
}

/* "must be 1 to 20 characters"; either end may be open. */
static void fault_range(struct checking *c, const char *code, int64_t min,
                        int64_t max, const char *unit)
{
    char detail[DIAG_DETAIL_BYTES];

    if (max == INT64_MAX)
        snprintf(detail, sizeof(detail), "must be at least %" PRId64 "%s", min,
                 unit);
    else if (min == 0 && unit[0])
        snprintf(detail, sizeof(detail), "must be at most %" PRId64 "%s", max,
                 unit);
    else
        snprintf(detail, sizeof(detail), "must be %" PRId64 " to %" PRId64 "%s",
                 min, max, unit);
    check_fault(c, code, detail);
}

static struct text keep(struct checking *c, struct text t)
{
    const char *copy = arena_copy(c->arena, t);

    c->full |= copy == NULL;
    return text_from(copy, copy ? t.len : 0);
}

static int64_t open_end(int64_t max)
{
    return max > 0 ? max : INT64_MAX;
}

static bool check_length(struct checking *c, const struct field *field,
                         struct text t)
{
    int64_t length = (int64_t)text_code_points(t), max = open_end(field->max);

    if (length >= field->min && length <= max)
        return true;
    fault_range(c, length > max ? "too_long" : "too_short", field->min, max,
                " characters");
    return false;
}

static void check_text(struct checking *c, const struct field *field,
                       const struct node *node, struct text *ret_sql)
{
    struct text t = node_text(node);

    if (!check_length(c, field, t))
        return;
    if (field->format && !field->format->accepts(t))
        check_fault(c, "invalid_format", field->format->rule);
    else
        *ret_sql = keep(c, t);
}

static void check_integer(struct checking *c, const struct field *field,
                          const struct node *node, struct text *ret_sql)
{
    int64_t value = node_integer(node), min = field->min, max = field->max;
    char digits[24];

    if (max == 0 && min >= 0)
        max = INT64_MAX;
    if (max == INT64_MAX && min == 0)
        min = INT64_MIN;
    if (value < min || value > max) {
        fault_range(c, "out_of_range", min, max, "");
        return;
    }
    snprintf(digits, sizeof(digits), "%" PRId64, value);
    *ret_sql = keep(c, text_of(digits));
}

static void check_boolean(struct checking *c UNUSED,
                          const struct field *field UNUSED,
                          const struct node *node, struct text *ret_sql)
{
    *ret_sql = node_boolean(node) ? TEXT("t") : TEXT("f");
}

/* Types that a body writes as a text: uuid, date, timestamp, enum. */
static void check_written(struct checking *c, const struct field *field,
                          const struct node *node, struct text *ret_sql)
{
    const struct kind *kind = &kinds[field->type];
    char made[KIND_BYTES];
    struct text sql;

    if (kind->parse(field, node_text(node), made, &sql))
        *ret_sql = keep(c, sql);
    else
        kind_fault(field, c->diag, c->pointer.at, kind->code);
}

static size_t check_items(struct checking *c, const struct field *field,
                          const struct node *list)
{
    size_t bytes = 0, here = c->pointer.len;

    for (size_t i = 0; i < node_count(list); i++) {
        const struct node *item = node_item(list, i);

        pointer_add_place(&c->pointer, i);
        if (node_type(item) != NODE_TEXT)
            check_fault(c, "wrong_type", "must be text");
        else if (check_length(c, field, node_text(item)))
            bytes += node_text(item).len;
        pointer_cut(&c->pointer, here);
    }
    return bytes;
}

static char *add_item(char *at, struct text item)
{
    *at++ = '"';
    for (size_t i = 0; i < item.len; i++) {
        if (item.at[i] == '"' || item.at[i] == '\\')
            *at++ = '\\';
        *at++ = item.at[i];
    }
    *at++ = '"';
    return at;
}

/* {"a","b"}, every item in quotes, so that NULL and {} are words as others. */
static struct text array_literal(struct checking *c, const struct node *list,
                                 size_t text_bytes)
{
    size_t count = node_count(list);
    char *start = arena_take(c->arena, 2 * text_bytes + 3 * count + 3);
    char *at = start;

    if (!start) {
        c->full = true;
        return TEXT_NULL;
    }
    *at++ = '{';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ',';
        at = add_item(at, node_text(node_item(list, i)));
    }
    *at++ = '}';
    *at = '\0';
    return text_from(start, (size_t)(at - start));
}

static void check_list(struct checking *c, const struct field *field,
                       const struct node *node, struct text *ret_sql)
{
    unsigned faults = c->diag->violation_count;
    size_t bytes;

    if (field->items_max && node_count(node) > (size_t)field->items_max) {
        fault_range(c, "too_many", 0, field->items_max, " items");
        return;
    }
    bytes = check_items(c, field, node);
    if (c->diag->violation_count == faults)
        *ret_sql = array_literal(c, node, bytes);
}

static void check_json(struct checking *c, const struct field *field,
                       const struct node *node, struct text *ret_sql)
{
    CLEANUP(buffer_fini) struct buffer dump = { 0 };

    buffer_init(&dump, JSON_BYTES_MAX);
    if (field->inner)
        check_members(c, field->inner, node, NULL);
    node_encode(node, &dump);
    c->full |= buffer_overflown(&dump);
    *ret_sql = keep(c, buffer_text(&dump));
}

typedef void (*check_fn)(struct checking *c, const struct field *field,
                         const struct node *node, struct text *ret_sql);

static const check_fn checks[FIELD_TYPES] = {
    [FIELD_TEXT] = check_text,       [FIELD_INTEGER] = check_integer,
    [FIELD_BOOLEAN] = check_boolean, [FIELD_UUID] = check_written,
    [FIELD_DATE] = check_written,    [FIELD_TIMESTAMP] = check_written,
    [FIELD_ENUM] = check_written,    [FIELD_TEXT_LIST] = check_list,
    [FIELD_JSON] = check_json,
};

void check_value(struct checking *c, const struct field *field,
                 const struct node *node, struct text *ret_sql)
{
    *ret_sql = TEXT_NULL;
    if (node_type(node) == kinds[field->type].node)
        checks[field->type](c, field, node, ret_sql);
    else if (node_type(node) != NODE_NULL)
        kind_fault(field, c->diag, c->pointer.at, "wrong_type");
    else if (!(field->flags & FIELD_NULLABLE))
        check_fault(c, "not_null", "must not be null");
}
