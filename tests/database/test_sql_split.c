/* SPDX-License-Identifier: MIT */
#include "database/sql_split.h"

#include <criterion/criterion.h>

struct expected {
    unsigned line;
    const char *sql;
};

/* The statements of a script, ended by a row without SQL. */
static void expect(const char *script, const struct expected *want)
{
    struct sql_statement got;
    struct sql_split split;
    struct diag diag;

    diag_init(&diag, NULL);
    sql_split_init(&split, text_of(script));
    do {
        cr_assert_eq(sql_split_next(&split, &got, &diag), 0, "%s", diag.detail);
        cr_assert(text_equal(got.sql, text_of(want->sql)),
                  "got [%.*s], expected [%s]", TEXT_ARG(got.sql),
                  want->sql ? want->sql : "the end");
        if (want->sql)
            cr_expect_eq(got.line, want->line, "line %u of [%s]", got.line,
                         want->sql);
    } while (want++->sql);
}

#define EXPECT(script, ...) \
    expect(script, (const struct expected[]){ __VA_ARGS__, { 0, NULL } })

/* The script is one statement, in spite of its semicolons. */
static void expect_whole(const char *script)
{
    EXPECT(script, { 1, script });
}

static void expect_error(const char *script, unsigned line, const char *what)
{
    struct sql_statement got;
    struct sql_split split;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    sql_split_init(&split, text_of(script));
    do
        r = sql_split_next(&split, &got, &diag);
    while (r == 0 && !text_is_null(got.sql));
    cr_expect_eq(r, -ERR_VALIDATION, "[%s] was taken", script);
    cr_expect_eq(got.line, line, "line %u of [%s]", got.line, script);
    cr_expect_not_null(strstr(diag.detail, what), "%s", diag.detail);
}

/* --- statements --- */

Test(sql_split, cuts_at_semicolons_and_tells_lines)
{
    EXPECT("SELECT 1;\n\nSELECT\n2 ; SELECT 3\n", { 1, "SELECT 1" },
           { 3, "SELECT\n2" }, { 4, "SELECT 3" });
}

Test(sql_split, skips_empty_statements_and_comments_around_statements)
{
    EXPECT(" ;; -- one;\n/* two; */ SELECT 1 -- three;\n;/* four */;\n",
           { 2, "SELECT 1" });
    EXPECT("\n-- nothing\n", { 0, NULL });
    EXPECT("", { 0, NULL });
}

Test(sql_split, tells_a_statements_first_word)
{
    struct sql_statement got;
    struct sql_split split;

    sql_split_init(&split, TEXT("-- so\nCommit;(SELECT 1)"));
    cr_assert_eq(sql_split_next(&split, &got, NULL), 0);
    cr_expect(text_is(got.verb, "Commit"));
    cr_assert_eq(sql_split_next(&split, &got, NULL), 0);
    cr_expect_eq(got.verb.len, 0);
}

Test(sql_split, skips_a_byte_order_mark)
{
    EXPECT("\xef\xbb\xbfSELECT 1", { 1, "SELECT 1" });
}

Test(sql_split, keeps_parentheses_together)
{
    expect_whole("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT (2);)");
    EXPECT("SELECT ')'; SELECT 2)", { 1, "SELECT ')'" }, { 1, "SELECT 2)" });
}

/* --- comments --- */

Test(sql_split, ends_a_line_comment_with_either_line_end)
{
    EXPECT("SELECT 1 -- a;'\r;SELECT 2--", { 1, "SELECT 1" },
           { 1, "SELECT 2" });
    EXPECT("SELECT 2--1;\n;SELECT 3", { 1, "SELECT 2" }, { 2, "SELECT 3" });
}

Test(sql_split, nests_block_comments)
{
    expect_whole("SELECT /* a; /* b; */ c; */ 1");
    expect_whole("SELECT /*/* ; */*/ 1");
    expect_whole("SELECT 2 */* ; */ 3");
}

/* --- quotes --- */

Test(sql_split, reads_strings_with_doubled_quotes)
{
    expect_whole("SELECT 'it''s; so'");
    EXPECT("SELECT 'a\\'; SELECT 'b'", { 1, "SELECT 'a\\'" },
           { 1, "SELECT 'b'" });
    EXPECT("SELECT U&'\\'; SELECT 2", { 1, "SELECT U&'\\'" },
           { 1, "SELECT 2" });
}

Test(sql_split, lets_backslashes_escape_in_e_strings_only)
{
    expect_whole("SELECT E'it\\'; still'");
    expect_whole("SELECT e'\\\\', 'x;'");
    expect_whole("SELECT E'it''s\\'; still'");
    EXPECT("SELECT note'\\'; SELECT 2", { 1, "SELECT note'\\'" },
           { 1, "SELECT 2" });
}

Test(sql_split, continues_an_e_string_behind_a_line_end_as_one)
{
    expect_whole("SELECT E'a' -- and\n 'b\\'; c'");
    EXPECT("SELECT E'a' 'b\\'; SELECT 2", { 1, "SELECT E'a' 'b\\'" },
           { 1, "SELECT 2" });
}

Test(sql_split, reads_quoted_names)
{
    expect_whole("SELECT \"a;\"\"b;'\" FROM t");
}

Test(sql_split, reads_dollar_quotes_with_and_without_tags)
{
    expect_whole("DO $$ BEGIN; x $a$ ; END $$");
    expect_whole("DO $a$ x; $$ y; $b$ z; $b$a $a$");
    expect_whole("DO $\xc3\xa4_1$ x; $\xc3\xa4_1$");
    EXPECT("DO $$\n;\n$$;\nSELECT 1", { 1, "DO $$\n;\n$$" }, { 4, "SELECT 1" });
}

Test(sql_split, finds_the_end_of_a_dollar_quote_behind_a_lone_dollar)
{
    EXPECT("SELECT $$ 1$a$$; SELECT 2", { 1, "SELECT $$ 1$a$$" },
           { 1, "SELECT 2" });
    EXPECT("SELECT $a$ $$a$; SELECT 2", { 1, "SELECT $a$ $$a$" },
           { 1, "SELECT 2" });
}

Test(sql_split, sees_no_dollar_quote_inside_a_name)
{
    EXPECT("SELECT a$b$; SELECT c$b$", { 1, "SELECT a$b$" },
           { 1, "SELECT c$b$" });
    EXPECT("SELECT a$$; SELECT b$$", { 1, "SELECT a$$" }, { 1, "SELECT b$$" });
}

Test(sql_split, sees_no_dollar_quote_in_parameters)
{
    EXPECT("SELECT $1; SELECT $2$;$", { 1, "SELECT $1" }, { 1, "SELECT $2$" },
           { 1, "$" });
    expect_whole("SELECT $1$$ ; $$");
}

/* --- functions --- */

Test(sql_split, keeps_the_body_of_a_function_together)
{
    expect_whole("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC\n"
                 "SELECT CASE WHEN true THEN 1 END; SELECT 2; END");
    expect_whole("create or replace procedure p() begin atomic; end");
    EXPECT("CREATE FUNCTION f() BEGIN ATOMIC; END; SELECT 1",
           { 1, "CREATE FUNCTION f() BEGIN ATOMIC; END" }, { 1, "SELECT 1" });
}

Test(sql_split, takes_labels_in_a_body_for_names)
{
    expect_whole("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1 AS end, t.end;"
                 " SELECT 2 AS case; END");
}

Test(sql_split, knows_bodies_in_routines_only)
{
    EXPECT("BEGIN; SELECT 1; END", { 1, "BEGIN" }, { 1, "SELECT 1" },
           { 1, "END" });
    EXPECT("CREATE VIEW begin AS SELECT atomic; SELECT 1",
           { 1, "CREATE VIEW begin AS SELECT atomic" }, { 1, "SELECT 1" });
    EXPECT("CREATE FUNCTION begin(); SELECT atomic",
           { 1, "CREATE FUNCTION begin()" }, { 1, "SELECT atomic" });
}

/* --- errors --- */

Test(sql_split, tells_where_something_without_an_end_begins)
{
    expect_error("SELECT 1;\nSELECT\n 'a;\n\n", 3, "quoted text");
    expect_error("\nSELECT \"a", 2, "quoted text");
    expect_error("SELECT E'a\\'", 1, "quoted text");
    expect_error("SELECT E'a'\n'b\\'", 1, "quoted text");
    expect_error("\n\nDO $a$ $A$ $$", 3, "quoted text");
    expect_error("SELECT 1\n/* /* */\n", 2, "comment");
    expect_error(";\n/*", 2, "comment");
    expect_error("SELECT (\n(1)\n; SELECT 2;", 1, "parenthesis");
    expect_error("\nCREATE FUNCTION f()\nBEGIN ATOMIC\nSELECT 1;\n", 3, "END");
}

Test(sql_split, refuses_the_commands_of_psql)
{
    expect_error("SELECT 1;\n\\i other.sql\n", 2, "psql");
    expect_error("SELECT 1 \\gset\n", 1, "psql");
    expect_error("COPY t FROM stdin;\n1\tone\n\\.\n", 3, "psql");
    expect_whole("SELECT '\\i', $$\\i$$");
}

Test(sql_split, refuses_a_nul_byte)
{
    struct sql_statement got;
    struct sql_split split;

    sql_split_init(&split, TEXT("SELECT\n'a\0b'"));
    cr_expect_eq(sql_split_next(&split, &got, NULL), -ERR_VALIDATION);
    cr_expect_eq(got.line, 2);
}
