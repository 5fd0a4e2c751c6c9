/* SPDX-License-Identifier: MIT */
#include "import/import_kind.h"

#include "import/copy_text.h"

#include <stdio.h>

enum { NULLABLE = FIELD_NULLABLE, IGNORED = FIELD_READ_ONLY };

static const char *const chambers[] = { "house", "senate", NULL };
static const char *const statuses[] = {
    "introduced",   "in_committee",  "reported",
    "passed_house", "passed_senate", "passed_both",
    "agreed_to",    "to_president",  "enacted",
    "vetoed",       "failed",        "withdrawn",
    NULL,
};

/* --- actions -------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Two digits at a place, below a limit. */
static bool is_part(struct text t, size_t at, int limit)
{
    return is_digit(t.at[at]) && is_digit(t.at[at + 1]) &&
           (t.at[at] - '0') * 10 + (t.at[at + 1] - '0') < limit;
}

static bool is_time(struct text t)
{
    return t.len == 8 && t.at[2] == ':' && t.at[5] == ':' &&
           is_part(t, 0, 24) && is_part(t, 3, 60) && is_part(t, 6, 60);
}

static const struct format time_of_day = { is_time,
                                           "must be a time, HH:MM:SS" };

/* In the order of the staged columns. */
static const struct field action_fields[] = {
    { MEMBER("date"), .type = FIELD_DATE },
    { MEMBER("time"), .type = FIELD_TEXT, .format = &time_of_day,
      .flags = NULLABLE },
    { MEMBER("type"), .type = FIELD_TEXT, .max = 200, .flags = NULLABLE },
    { MEMBER("code"), .type = FIELD_TEXT, .max = 200, .flags = NULLABLE },
    { MEMBER("text"), .type = FIELD_TEXT, .max = 10000, .flags = NULLABLE },
    { MEMBER("source"), .type = FIELD_TEXT, .max = 200, .flags = NULLABLE },
};

const struct shape import_action_shape = {
    .name = "actions",
    .singular = "action",
    SHAPE_ROWS(action_fields),
    .bare = true,
};

/* --- bills ---------------------------------------------------------------- */

/*
 * The staged columns in their order, then what goes to other tables. Which
 * types there are, the database says: see staged_bills.
 */
static const struct field fields[] = {
    { MEMBER("congress"), .type = FIELD_INTEGER, .min = 1, .max = INT32_MAX },
    { MEMBER("type"), .type = FIELD_TEXT, .min = 1, .max = 20 },
    { MEMBER("number"), .type = FIELD_INTEGER, .min = 1, .max = INT32_MAX },
    { MEMBER("chamber"), .type = FIELD_ENUM, .choices = chambers },
    { MEMBER("title"), .type = FIELD_TEXT, .min = 1, .max = 2000 },
    { MEMBER("short_title"), .type = FIELD_TEXT, .max = 2000,
      .flags = NULLABLE },
    { MEMBER("official_title"), .type = FIELD_TEXT, .max = 20000,
      .flags = NULLABLE },
    { MEMBER("summary"), .type = FIELD_TEXT, .max = 200000, .flags = NULLABLE },
    { MEMBER("status"), .type = FIELD_ENUM, .choices = statuses,
      .flags = NULLABLE },
    { MEMBER("sponsor_bioguide"), .type = FIELD_TEXT, .min = 1, .max = 20,
      .flags = NULLABLE },
    { MEMBER("policy_area"), .type = FIELD_TEXT, .max = 200,
      .flags = NULLABLE },
    { MEMBER("subjects"), .type = FIELD_TEXT_LIST, .max = 200,
      .items_max = 1000, .flags = NULLABLE },
    { MEMBER("introduced_on"), .type = FIELD_DATE },
    { MEMBER("latest_action_on"), .type = FIELD_DATE, .flags = NULLABLE },
    { MEMBER("latest_action"), .type = FIELD_TEXT, .max = 10000,
      .flags = NULLABLE },
    { MEMBER("url"), .type = FIELD_TEXT, .max = 2000, .flags = NULLABLE },
    { MEMBER("cosponsor_bioguides"), .type = FIELD_TEXT_LIST, .min = 1,
      .max = 20, .items_max = 2000, .flags = NULLABLE },
    { MEMBER("actions"), .type = FIELD_JSON, .flags = IGNORED }, /* read here */
    { MEMBER("id"), .type = FIELD_TEXT, .flags = IGNORED },
    { MEMBER("sponsor_name"), .type = FIELD_TEXT, .flags = IGNORED },
    { MEMBER("updated_at"), .type = FIELD_TIMESTAMP, .flags = IGNORED },
    { MEMBER("laws"), .type = FIELD_JSON, .flags = IGNORED },
    { MEMBER("text_versions"), .type = FIELD_INTEGER, .flags = IGNORED },
    { MEMBER("text_chars"), .type = FIELD_INTEGER, .flags = IGNORED },
};

enum { BILL_COLUMNS = 16 };

static const struct shape shape = {
    .name = "bills",
    .singular = "bill",
    SHAPE_ROWS(fields),
    .bare = true,
};

/* A bill's actions, or none; one after the other. */
struct actions {
    size_t count;
    struct values **items;
};

/* Its faults become the bill's, with the action's place before them. */
static int read_action(const struct record *record, const struct node *node,
                       size_t place, struct values **ret_values)
{
    struct diag own;
    int r;

    diag_init(&own, record->arena);
    r = shape_validate(&import_action_shape, node, SHAPE_REPLACE, record->arena,
                       &own, ret_values);
    list_each (&own.violations, struct violation, v, link) {
        char pointer[DIAG_DETAIL_BYTES];

        snprintf(pointer, sizeof(pointer), "/actions/%zu%s", place, v->pointer);
        diag_violation(record->diag, pointer, v->code, "%s", v->detail);
    }
    if (r == -ERR_VALIDATION)
        return 0;
    return r < 0 ? FAIL(record->diag, -r, "%s", own.detail) : 0;
}

static int read_actions(const struct record *record, const struct node *list,
                        struct actions *ret_actions)
{
    int r = 0;

    *ret_actions = (struct actions){ 0 };
    if (!list || node_type(list) == NODE_NULL)
        return 0;
    if (node_type(list) != NODE_LIST) {
        diag_violation(record->diag, "/actions", "wrong_type",
                       "must be a list of objects");
        return 0;
    }
    ret_actions->count = node_count(list);
    if (ret_actions->count == 0)
        return 0;
    ret_actions->items =
        ARENA_ARRAY(record->arena, struct values *, ret_actions->count);
    if (!ret_actions->items)
        return FAIL(record->diag, ERR_CONTENT_TOO_LARGE, "too many actions");
    for (size_t i = 0; r == 0 && i < ret_actions->count; i++)
        r = read_action(record, node_item(list, i), i, &ret_actions->items[i]);
    return r;
}

static void add_actions(struct buffer *rows, uint64_t line,
                        const struct actions *actions)
{
    for (size_t i = 0; i < actions->count; i++) {
        const struct values *values = actions->items[i];

        copy_row(rows, line);
        copy_number(rows, (int64_t)i + 1);
        for (size_t column = 0; column < values->count; column++)
            copy_column(rows, values->items[column].text);
        copy_row_end(rows);
    }
}

static void add_cosponsors(struct buffer *rows, uint64_t line,
                           const struct node *list)
{
    for (size_t i = 0; list && i < node_count(list); i++) {
        copy_row(rows, line);
        copy_number(rows, (int64_t)i);
        copy_column(rows, node_text(node_item(list, i)));
        copy_row_end(rows);
    }
}

static int read_document(const struct record *record, const struct node *root,
                         struct buffer rows[static STAGED_TABLES_MAX])
{
    struct values *values = NULL;
    struct actions actions;
    int r = read_actions(record, node_member(root, "actions"), &actions);

    /* the last to look: with any violation so far it says so */
    if (r == 0)
        r = shape_validate(&shape, root, SHAPE_REPLACE, record->arena,
                           record->diag, &values);
    if (r < 0)
        return r;
    import_add_row(&rows[0], record->line, values, BILL_COLUMNS);
    add_actions(&rows[1], record->line, &actions);
    add_cosponsors(&rows[2], record->line,
                   node_member(root, "cosponsor_bioguides"));
    return 0;
}

static int read_bill(const struct record *record,
                     struct buffer rows[static STAGED_TABLES_MAX])
{
    CLEANUP(document_free) struct document *document = NULL;
    int r = document_parse(record->text, record->diag, &document);

    return r < 0 ? r : read_document(record, document_root(document), rows);
}

const struct import_kind import_bills = {
    .name = "bills",
    .shape = &shape,
    .staging = &staged_bills,
    .read = read_bill,
};
