/* SPDX-License-Identifier: MIT */
#include "database/migration_script.h"

#include "database/files.h"

static bool is_transaction(const char *sql)
{
    struct files files = { 0 };

    files_add(&files, "bills/0001-bills.up.sql", sql);
    return migration_script_is_transaction(&files.list[0]);
}

Test(migration_script, is_a_transaction_unless_its_first_line_says_otherwise)
{
    cr_expect(is_transaction(""));
    cr_expect(is_transaction("SELECT 1"));
    cr_expect(is_transaction("\n-- portcullis: no-transaction\n"));
    cr_expect(is_transaction("-- portcullis: no-transactions\n"));
    cr_expect_not(is_transaction("-- portcullis: no-transaction\nSELECT 1"));
    cr_expect_not(is_transaction("-- portcullis: no-transaction"));
}

static void expect_index(const char *sql, const char *name)
{
    struct text got = migration_script_index(text_of(sql));

    cr_expect_eq(text_is_null(got), name == NULL, "[%s]", sql);
    cr_expect(text_equal(got, text_of(name)), "[%s] gave %.*s", sql,
              TEXT_ARG(got));
}

Test(migration_script, finds_the_name_of_an_index_that_is_built_concurrently)
{
    expect_index("CREATE INDEX CONCURRENTLY a_idx ON a (b)", "a_idx");
    expect_index("create unique index concurrently /* so */\n\"A b\" on a (b)",
                 "\"A b\"");
    expect_index("CREATE INDEX CONCURRENTLY IF NOT EXISTS a_idx ON a (b)",
                 "a_idx");
    expect_index("CREATE INDEX CONCURRENTLY ON a (b)", NULL);
    expect_index("CREATE INDEX a_idx ON a (b)", NULL);
    expect_index("CREATE UNIQUE TABLE a", NULL);
    expect_index("CREATE INDEX CONCURRENTLY", NULL);
    expect_index("CREATE INDEX CONCURRENTLY IF EXISTS", NULL);
    expect_index("DROP INDEX CONCURRENTLY a_idx", NULL);
    expect_index("CREATE", NULL);
    expect_index("", NULL);
}
