/* SPDX-License-Identifier: MIT */
/* All that the store can ask, held against the schema that ships, and against
 * such as do not fit. */
#include "store/queries.h"

#include "support/fresh_database.h"

static struct fresh_database fresh;

static void fill(const struct fresh_database *made)
{
    fresh_database_migrate(made, fresh_migrations_up);
}

static void set_up(void)
{
    static const struct model_database model = { "model_queries", fill };

    fresh_database_like(&fresh, &model);
}

static void tear_down(void)
{
    fresh_database_drop(&fresh);
}

TestSuite(queries, .init = set_up, .fini = tear_down, .timeout = 120);

static void change(const char *sql)
{
    fresh_admin_at(fresh.owner_url, sql);
}

/* --- asking ----------------------------------------------------------------
 */

struct checked {
    struct queries queries;
    unsigned faults;
    char said[65536];
};

static void note(UNUSED const struct query *query, const char *sentence,
                 void *arg)
{
    struct checked *checked = arg;
    size_t len = strlen(checked->said);

    snprintf(checked->said + len, sizeof(checked->said) - len, "%s\n",
             sentence);
}

static int check_them(struct connection *connection, void *arg,
                      struct diag *diag)
{
    struct checked *checked = arg;

    return queries_check(connection, &checked->queries, note, checked,
                         DEADLINE_NEVER, &checked->faults, diag);
}

static struct checked *check(enum queries_of which)
{
    static struct checked checked;
    struct diag diag;
    int r;

    checked.said[0] = '\0';
    diag_init(&diag, NULL);
    cr_assert_eq(queries_make(&checked.queries, which, &diag), 0);
    r = database_session(&postgres_driver, text_of(fresh.service_url),
                         check_them, &checked, &diag);
    cr_assert_eq(r, 0, "%s (%s)", diag.detail, diag.cause);
    return &checked;
}

static int fit(struct connection *connection, UNUSED void *arg,
               struct diag *diag)
{
    return queries_fit(connection, DEADLINE_NEVER, diag);
}

static void expect_misfit(const char *sentence)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(&postgres_driver, text_of(fresh.service_url), fit,
                         NULL, &diag);
    cr_expect_eq(r, -ERR_PRECONDITION_FAILED);
    cr_expect_not_null(strstr(diag.detail, sentence), "%s", diag.detail);
}

/* --- the schema that ships --------------------------------------------------
 */

static bool has(const struct queries *queries, const char *sql)
{
    for (unsigned i = 0; i < queries->count; i++)
        if (strstr(queries->list[i].statement.sql, sql))
            return true;
    return false;
}

Test(queries, of_all_kinds_fit_the_schema)
{
    struct checked *checked = check(QUERIES_ALL);

    cr_expect_eq(checked->faults, 0, "%s", checked->said);
    cr_expect_gt(checked->queries.count, 1000, "%u", checked->queries.count);
    cr_expect(has(&checked->queries, "title ILIKE ANY($1::text[])"));
    cr_expect(has(&checked->queries, "INSERT INTO api_keys"));
    cr_expect(has(&checked->queries, "websearch_to_tsquery"));
    cr_expect(has(&checked->queries, "DECLARE exported"));
    cr_expect(has(&checked->queries, "OFFSET $1"));
    cr_expect(has(&checked->queries, "FROM audit WHERE"));
    cr_expect(has(&checked->queries, "INSERT INTO user_roles"));
    queries_fini(&checked->queries);
}

Test(queries, that_are_looked_at_before_a_start_are_a_hundred_or_so)
{
    struct checked *checked = check(QUERIES_FIXED);

    cr_expect_eq(checked->faults, 0, "%s", checked->said);
    cr_expect(checked->queries.count > 80 && checked->queries.count < 200, "%u",
              checked->queries.count);
    queries_fini(&checked->queries);
}

/* --- others -----------------------------------------------------------------
 */

Test(queries, tell_of_a_column_that_is_not_there)
{
    change("ALTER TABLE people RENAME COLUMN party TO faction");
    expect_misfit("column \"party\" of relation \"people\" does not exist");
}

Test(queries, tell_of_a_column_of_another_type)
{
    change("ALTER TABLE bills DROP CONSTRAINT bills_url_length;"
           "ALTER TABLE bills ALTER COLUMN url TYPE bytea USING NULL");
    expect_misfit("is bytea in the database, and \"url\" is text here");
}

Test(queries, tell_of_a_function_that_answers_otherwise)
{
    change("ALTER FUNCTION audit_seal() RENAME TO audit_seal_no_more");
    expect_misfit("audit_seal");
}
