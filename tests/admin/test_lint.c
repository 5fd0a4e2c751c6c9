/* SPDX-License-Identifier: MIT */
#include "admin/lint.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <string.h>

static struct lint_findings found;
static struct diag diag;

static int lint(const char *sql)
{
    const struct embedded_file file = { "bills/0009-x.up.sql", sql,
                                        sql + strlen(sql), "" };

    found = (struct lint_findings){ 0 };
    diag_init(&diag, NULL);
    return lint_file(&file, &found, &diag);
}

static bool is_found(enum lint rule)
{
    for (unsigned i = 0; i < found.count; i++)
        if (found.at[i].rule == rule)
            return true;
    return false;
}

#define FINDS(sql, rule)                                                     \
    do {                                                                     \
        cr_assert_eq(lint(sql), 0, "%s", diag.detail);                       \
        cr_expect(is_found(LINT_##rule), "not found: " #rule " in %s", sql); \
    } while (0)

#define FINDS_NOTHING(sql)                                            \
    do {                                                              \
        cr_assert_eq(lint(sql), 0, "%s", diag.detail);                \
        cr_expect_eq(found.count, 0, "%s: %s", sql,                   \
                     found.count ? lint_name(found.at[0].rule) : ""); \
    } while (0)

#define ALONE "-- portcullis: no-transaction\n"

Test(lint, an_index_is_built_beside_the_writers)
{
    FINDS("CREATE INDEX i ON public.bills (title)", index_blocks_writes);
    FINDS("create unique index i on only bills (title)", index_blocks_writes);
    FINDS("CREATE INDEX CONCURRENTLY i ON bills (title)",
          concurrently_needs_no_transaction);
    FINDS(ALONE "CREATE INDEX CONCURRENTLY i ON bills (title)",
          must_bear_repetition);
    FINDS_NOTHING(ALONE
                  "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON bills (title)");
    FINDS("DROP INDEX i", drop_index_blocks);
    FINDS("REINDEX TABLE bills", reindex_blocks);
}

Test(lint, a_table_of_the_file_itself_is_nobodys_yet)
{
    FINDS_NOTHING("CREATE TABLE IF NOT EXISTS public.notes (id int);\n"
                  "CREATE INDEX i ON notes (id);\n"
                  "ALTER TABLE notes ADD CONSTRAINT c CHECK (id > 0);\n"
                  "UPDATE notes SET id = 1");
    FINDS("CREATE TABLE notes (id int); CREATE INDEX i ON bills (id)",
          index_blocks_writes);
}

Test(lint, a_constraint_is_added_before_it_is_checked)
{
    FINDS("ALTER TABLE bills ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES b",
          foreign_key_scans);
    FINDS_NOTHING("ALTER TABLE bills ADD CONSTRAINT f FOREIGN KEY (a) "
                  "REFERENCES b (id) NOT VALID");
    FINDS("ALTER TABLE ONLY bills ADD CONSTRAINT c CHECK (a > 0)", check_scans);
    FINDS("ALTER TABLE bills ADD CONSTRAINT c CHECK (a > 0) NOT VALID, "
          "ADD CONSTRAINT d CHECK (a IN (1, 2))",
          check_scans);
    FINDS_NOTHING("ALTER TABLE bills VALIDATE CONSTRAINT c");
    FINDS("ALTER TABLE bills ADD CONSTRAINT u UNIQUE (a)", unique_builds_index);
    FINDS_NOTHING("ALTER TABLE bills ADD CONSTRAINT u UNIQUE USING INDEX i");
    FINDS("ALTER TABLE bills ALTER COLUMN a SET NOT NULL", set_not_null_scans);
}

Test(lint, a_column_comes_without_a_table_being_written)
{
    FINDS_NOTHING("ALTER TABLE bills ADD COLUMN a int");
    FINDS_NOTHING("ALTER TABLE bills ADD COLUMN a int NOT NULL DEFAULT 0");
    FINDS("ALTER TABLE bills ADD COLUMN a int NOT NULL",
          column_not_null_without_default);
    FINDS("ALTER TABLE bills ADD COLUMN a uuid DEFAULT gen_random_uuid()",
          volatile_default_rewrites);
    FINDS("ALTER TABLE bills ADD a bigserial", volatile_default_rewrites);
    FINDS_NOTHING("ALTER TABLE bills ALTER COLUMN a SET DEFAULT "
                  "gen_random_uuid()");
    FINDS("ALTER TABLE bills ALTER COLUMN a TYPE bigint", type_rewrites);
}

Test(lint, what_instances_read_does_not_go_away_under_them)
{
    FINDS("ALTER TABLE bills RENAME COLUMN a TO b", rename_breaks_instances);
    FINDS_NOTHING("ALTER TABLE bills RENAME CONSTRAINT a TO b");
    FINDS("ALTER TABLE bills DROP COLUMN a", drop_column_breaks_instances);
    FINDS("DROP TABLE bills", drop_table_breaks_instances);
    FINDS("TRUNCATE bills", drop_table_breaks_instances);
}

Test(lint, nobody_is_locked_out)
{
    FINDS("LOCK TABLE bills", locks_the_table);
    FINDS("UPDATE bills SET a = 1", changes_every_row);
    FINDS_NOTHING("UPDATE bills SET a = 1 WHERE id = 2");
    FINDS("VACUUM FULL bills", rewrites_the_table);
    FINDS("ALTER TABLE bills DISABLE TRIGGER t", trigger_locks);
    FINDS("REFRESH MATERIALIZED VIEW v", refresh_blocks_readers);
}

Test(lint, quoted_text_and_comments_are_no_sql)
{
    FINDS_NOTHING("SELECT 'DROP TABLE bills' -- DROP TABLE bills\n");
    FINDS("ALTER TABLE \"bills\" ADD CHECK (a <> 'not valid')", check_scans);
}

Test(lint, a_rule_may_be_let_be_by_its_name)
{
    FINDS_NOTHING("-- portcullis: allow drop_table_breaks_instances\n"
                  "DROP TABLE bills");
    cr_expect_eq(lint("-- portcullis: allow everything\nSELECT 1"),
                 -ERR_VALIDATION);
    cr_expect_str_eq(diag.detail, "bills/0009-x.up.sql: allows everything, "
                                  "which is no rule");
}

Test(lint, tells_line_reason_and_the_safe_way)
{
    struct buffer out;

    buffer_init(&out, 1 << 16);
    cr_assert_eq(lint("SELECT 1;\n\nDROP TABLE bills"), 0);
    lint_show_lines(&found, &out);
    cr_expect(text_starts_with(buffer_text(&out),
                               "bills/0009-x.up.sql:3: "
                               "drop_table_breaks_instances\n    instances "),
              "%.*s", TEXT_ARG(buffer_text(&out)));
    buffer_clear(&out);
    lint_show_json(&found, &out);
    cr_expect(text_starts_with(buffer_text(&out),
                               "[{\"line\":3,\"file\":\"bills/0009-x.up.sql\","
                               "\"rule\":\"drop_table_breaks_instances\","),
              "%.*s", TEXT_ARG(buffer_text(&out)));
    buffer_fini(&out);
}

Test(lint, every_rule_says_why_and_what_instead)
{
    for (enum lint rule = 0; rule < LINT_COUNT; rule++) {
        cr_expect(strlen(lint_why(rule)) > 10, "%s", lint_name(rule));
        cr_expect(strlen(lint_instead(rule)) > 10, "%s", lint_name(rule));
    }
}
