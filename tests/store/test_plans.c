/* SPDX-License-Identifier: MIT */
/*
 * Policies keep conditions from indexes, unless their functions are marked
 * LEAKPROOF (schema/setup). What the store asks is explained here as the
 * service's role would ask it, with scans of whole tables ruled out.
 */
#include "store/sql_list.h"

#include "database.h"
#include "store/sql.h"
#include "store/store_impl.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

/* Longer than a cursor holds. */
#define TEN "aaaaaaaaaa"
#define LONG                                                                \
    TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN \
        TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct plan {
    const struct resource *resource;
    const char *query;
    const char *cursor; /* values between `|`, or NULL: the first page */
    const char *index, *condition; /* both stand in the plan */
} plans[] = {
    { &bills, "q=health", NULL, "bills_search_idx", "search @@" },
    { &bills, "title_like=veterans", NULL, "bills_title_trgm", "title ~~*" },
    { &bills, "subjects=Health", NULL, "bills_subjects_idx", "subjects @>" },
    { &bills, "subjects=Health&subjects=Taxation", NULL, "bills_subjects_idx",
      "subjects &&" },
    { &bills, "policy_area_prefix=Hea", NULL, "bills_policy_area_idx",
      "policy_area >=" },
    { &bills, "status=enacted", NULL, "bills_status_idx", "status =" },
    { &bills, "session=119&type=hr&number=7", NULL, "bills_natural_key",
      "number =" },
    { &bills, "sponsor_id=00000000-0000-7000-8000-000000000001", NULL,
      "bills_sponsor_id_idx", "sponsor_id =" },
    { &bills, "introduced_on_gte=2026-01-01&sort=introduced_on", NULL,
      "bills_introduced_on_idx", "introduced_on >=" },
    { &bills, "sort=introduced_on",
      "2026-01-01|00000000-0000-7000-8000-000000000001",
      "bills_introduced_on_idx", "ROW(introduced_on, id) >" },
    { &users, "email=A@b.example", NULL, "users_email_key", "lower(email) =" },
    { &users, "q=ann", NULL, "users_email_trgm", "email ~~*" },
    { &users, "sort=email", "a@b|00000000-0000-7000-8000-000000000001",
      "users_email_idx", "ROW((email)::text, id) >" },
    { &users, "sort=email", LONG "|00000000-0000-7000-8000-000000000001",
      "users_email_idx", "ROW((email)::text, id) >" },
    { &people, "full_name_like=ann", NULL, "people_full_name_trgm",
      "full_name ~~*" },
};

static struct cursor cursor_of(const struct listing *listing,
                               const char *values)
{
    struct cursor cursor = { .count = 0 };
    struct text rest = text_of(values), piece;

    while (text_cut(&rest, '|', &piece)) {
        const struct field *field = listing->keys[cursor.count].field;

        cursor_set(&cursor, cursor.count++, piece,
                   field && field->type == FIELD_TEXT);
    }
    return cursor;
}

/* Lines of the plan for these values. */
static char *explain(struct world *world, const char *sql,
                     const struct params *params)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    CLEANUP(buffer_fini) struct buffer lines = { 0 };
    struct scope scope = {
        3,
        { { SCOPE_USER_ID, TEXT("") },
          { SCOPE_RIGHTS, TEXT("bills:read people:read users:read") },
          { "enable_seqscan", TEXT("off") } },
    };
    CLEANUP(memory_free) char *text = memory_format("EXPLAIN %s", sql);
    struct statement statement = { .name = "plan",
                                   .sql = text,
                                   .planned_anew = true };

    expect_ok(world, pool_read_alone(world->pool, &scope, &statement,
                                     params->items, params->count,
                                     after_ms(10000), &rows, &world->diag));
    buffer_init(&lines, 1 << 20);
    for (unsigned i = 0; i < rows_count(rows); i++) {
        buffer_add_text(&lines, rows_get(rows, i, 0));
        buffer_add_byte(&lines, '\n');
    }
    return memory_copy(lines.at, lines.len);
}

/* The condition of the index, not a filter behind it. */
static bool uses(const char *lines, const struct plan *plan)
{
    CLEANUP(memory_free)
    char *condition = memory_format("Index Cond: (%s", plan->condition);
    CLEANUP(memory_free)
    char *nested = memory_format("Index Cond: ((%s", plan->condition);
    CLEANUP(memory_free)
    char *further = memory_format("AND (%s", plan->condition);

    return strstr(lines, plan->index) &&
           (strstr(lines, condition) || strstr(lines, nested) ||
            strstr(lines, further));
}

static void expect_plan(struct world *world, const struct plan *plan)
{
    CLEANUP(buffer_fini) struct buffer sql = { 0 };
    CLEANUP(memory_free) char *lines = NULL;
    struct asked_for *asked = ask_for(plan->resource, plan->query);
    struct params params;
    struct cursor cursor;

    cr_assert_eq(asked->result, 0, "%s: %s", plan->query,
                 faults_of(&asked->diag));
    if (plan->cursor)
        cursor = cursor_of(asked->listing, plan->cursor);
    params = asked->listing->params;
    buffer_init(&sql, SQL_BYTES_MAX);
    sql_page(&sql, asked->listing, plan->cursor ? &cursor : NULL, &params);
    buffer_add_byte(&sql, '\0');
    lines = explain(world, sql.at, &params);
    cr_expect(uses(lines, plan), "%s does not use %s:\n%s", plan->query,
              plan->index, lines);
}

/* Enough rows that an index is worth it, and none waits to be put into one. */
static void make_rows(struct world *world)
{
    world_script(
        world,
        "INSERT INTO people (bioguide, full_name)"
        " SELECT 'P' || n, md5(n::text) FROM generate_series(1, 2000) AS n;"
        "INSERT INTO users (email, display_name)"
        " SELECT md5(n::text) || '@x', md5(n::text)"
        " FROM generate_series(1, 2000) AS n;"
        "INSERT INTO bills (session, type, number, chamber, title, status,"
        " policy_area, subjects, introduced_on)"
        " SELECT '1', 'hr', n, 'house', md5(n::text),"
        " CASE WHEN n < 20 THEN 'enacted' ELSE 'introduced' END,"
        " md5((n / 10)::text), ARRAY[md5((n % 100)::text)],"
        " date '2000-01-01' + n FROM generate_series(1, 4000) AS n");
    world_script(world, "VACUUM (ANALYZE) people");
    world_script(world, "VACUUM (ANALYZE) users");
    world_script(world, "VACUUM (ANALYZE) bills");
}

static void expect_plan_of_an_id(struct world *world)
{
    CLEANUP(buffer_fini) struct buffer sql = { 0 };
    CLEANUP(memory_free) char *lines = NULL;
    struct params ids = { .count = 1 };

    buffer_init(&sql, SQL_BYTES_MAX);
    sql_by_id(&sql, &bills);
    buffer_add_byte(&sql, '\0');
    ids.items[0] = TEXT("{00000000-0000-7000-8000-000000000001}");
    lines = explain(world, sql.at, &ids);
    cr_expect_not_null(strstr(lines, "bills_pkey"), "%s", lines);
    cr_expect_not_null(strstr(lines, "Index Cond: (id = ANY"), "%s", lines);
}

ON_STORE(plans, use_the_indexes_that_were_made_for_them)
{
    make_rows(world);
    for (size_t i = 0; i < ARRAY_LEN(plans); i++)
        expect_plan(world, &plans[i]);
    expect_plan_of_an_id(world);
}
