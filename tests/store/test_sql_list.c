/* SPDX-License-Identifier: MIT */
#include "store/sql_list.h"

#include "asked.h"
#include "base/memory.h"

/* A cursor as "2025-01-01|-|id": `-` is null. */
static struct cursor cursor_of(const struct listing *listing, bool backward,
                               const char *values)
{
    struct cursor cursor = { .backward = backward };
    struct text rest = text_of(values), piece;

    while (text_cut(&rest, '|', &piece)) {
        const struct field *field = listing->keys[cursor.count].field;

        cursor_set(&cursor, cursor.count++,
                   text_is(piece, "-") ? TEXT_NULL : piece,
                   field && field->type == FIELD_TEXT);
    }
    cr_assert_eq(cursor.count, listing->key_count);
    return cursor;
}

struct made {
    char sql[4000];
    struct params params;
};

static struct made *make(const struct resource *resource, const char *query,
                         const char *values, bool backward)
{
    static struct made made;
    CLEANUP(buffer_fini) struct buffer sql = { 0 };
    struct asked_for *asked = ask_for(resource, query);
    struct cursor cursor = { 0 };

    cr_assert_eq(asked->result, 0, "%s", faults_of(&asked->diag));
    if (values)
        cursor = cursor_of(asked->listing, backward, values);
    buffer_init(&sql, sizeof(made.sql));
    made.params = asked->listing->params;
    sql_page(&sql, asked->listing, values ? &cursor : NULL, &made.params);
    snprintf(made.sql, sizeof(made.sql), "%.*s", TEXT_ARG(buffer_text(&sql)));
    return &made;
}

static void expect_sql(const char *query, const char *sql)
{
    cr_expect_str_eq(make(&bills, query, NULL, false)->sql, sql);
}

static void expect_behind(const char *query, const char *values,
                          const char *sql)
{
    cr_expect_str_eq(make(&bills, query, values, false)->sql, sql);
}

static void expect_before(const char *query, const char *values,
                          const char *sql)
{
    cr_expect_str_eq(make(&bills, query, values, true)->sql, sql);
}

/* ---- the first page ------------------------------------------------------ */

Test(sql_list, asks_for_one_row_more_than_the_page_has)
{
    expect_sql("fields=id", "SELECT id FROM bills WHERE deleted_at IS NULL"
                            " ORDER BY id LIMIT 26");
}

Test(sql_list, passes_limits_that_are_rare_as_parameters)
{
    expect_sql("fields=id&limit=7",
               "SELECT id FROM bills WHERE deleted_at IS NULL"
               " ORDER BY id LIMIT $1::bigint");
    expect_sql("fields=id&offset=30&limit=10",
               "SELECT id FROM bills WHERE deleted_at IS NULL"
               " ORDER BY id LIMIT 11 OFFSET $1::bigint");
}

Test(sql_list, sorts_nulls_last_both_ways_and_text_by_code_point)
{
    expect_sql("fields=id&sort=-title,latest_action_on",
               "SELECT id, title, latest_action_on FROM bills"
               " WHERE deleted_at IS NULL"
               " ORDER BY title COLLATE \"C\" DESC NULLS LAST,"
               " latest_action_on, id LIMIT 26");
}

Test(sql_list, has_a_form_for_each_operator)
{
    expect_sql("fields=id&number=1&number_ne=2&number_gt=3&number_gte=4"
               "&number_lt=5&number_lte=6&title_like=x&title_prefix=y"
               "&number_in=7&url_null=true&url_null=false",
               "SELECT id FROM bills WHERE deleted_at IS NULL"
               " AND number = $1::bigint AND number <> $2::bigint"
               " AND number > $3::bigint AND number >= $4::bigint"
               " AND number < $5::bigint AND number <= $6::bigint"
               " AND title ILIKE $7::text AND title COLLATE \"C\" ^@ $8::text"
               " AND number = $9::bigint AND url IS NULL AND url IS NOT NULL"
               " ORDER BY id LIMIT 26");
}

Test(sql_list, has_a_form_for_several_values)
{
    expect_sql("fields=id&number=1,2&number_ne=3,4&title_like=x&title_like=y",
               "SELECT id FROM bills WHERE deleted_at IS NULL"
               " AND number = ANY($1::bigint[]) AND number <> ALL($2::bigint[])"
               " AND title ILIKE ANY($3::text[]) ORDER BY id LIMIT 26");
}

Test(sql_list, asks_lists_whether_they_contain)
{
    expect_sql("fields=id&subjects=a",
               "SELECT id FROM bills WHERE deleted_at IS NULL"
               " AND subjects @> ARRAY[$1::text] ORDER BY id LIMIT 26");
    expect_sql("fields=id&subjects=a&subjects=b&subjects_ne=c",
               "SELECT id FROM bills WHERE deleted_at IS NULL"
               " AND subjects && $1::text[]"
               " AND NOT subjects @> ARRAY[$2::text] ORDER BY id LIMIT 26");
}

Test(sql_list, compares_what_is_unique_without_case_without_case)
{
    cr_expect_str_eq(make(&users, "fields=id&email=A@b", NULL, false)->sql,
                     "SELECT id FROM users WHERE deleted_at IS NULL"
                     " AND lower(email) = lower($1::text)"
                     " ORDER BY id LIMIT 26");
}

Test(sql_list, looks_for_words_in_the_columns_that_have_them)
{
    cr_expect_str_eq(make(&users, "fields=id&q=ann", NULL, false)->sql,
                     "SELECT id FROM users WHERE deleted_at IS NULL"
                     " AND (email ILIKE $1::text OR display_name ILIKE"
                     " $1::text) ORDER BY id LIMIT 26");
}

Test(sql_list, never_holds_a_value)
{
    struct made *made = make(
        &bills, "title=marker1&q=marker2&subjects=marker3&title_in=marker4",
        NULL, false);

    cr_expect_null(strstr(made->sql, "marker"));
    cr_expect_eq(made->params.count, 4);
}

/* ---- behind a cursor -------------------------------------------------------
 */

Test(sql_list, compares_rows_where_the_keys_go_one_way)
{
    expect_behind("fields=id&sort=status,number", "enacted|5|x",
                  "SELECT id, status, number FROM bills"
                  " WHERE deleted_at IS NULL"
                  " AND (status COLLATE \"C\", number, id) >"
                  " ($1::text, $2::bigint, $3::uuid)"
                  " ORDER BY status COLLATE \"C\", number, id LIMIT 26");
    expect_before("fields=id", "x",
                  "SELECT id FROM bills WHERE deleted_at IS NULL"
                  " AND id < $1::uuid ORDER BY id DESC LIMIT 26");
}

Test(sql_list, reads_a_range_for_each_change_of_direction)
{
    expect_behind(
        "fields=id&sort=-number", "5|x",
        "SELECT id, number FROM ("
        "(SELECT * FROM bills WHERE deleted_at IS NULL AND number < $1::bigint"
        " ORDER BY number DESC NULLS LAST, id LIMIT 26)"
        " UNION ALL (SELECT * FROM bills WHERE deleted_at IS NULL"
        " AND number = $1::bigint AND id > $2::uuid"
        " ORDER BY number DESC NULLS LAST, id LIMIT 26)"
        ") AS bills ORDER BY number DESC NULLS LAST, id LIMIT 26");
}

Test(sql_list, goes_on_to_the_nulls_behind_a_value)
{
    expect_behind(
        "fields=id&sort=latest_action_on", "2025-01-01|x",
        "SELECT id, latest_action_on FROM ("
        "(SELECT * FROM bills WHERE deleted_at IS NULL"
        " AND (latest_action_on, id) > ($1::date, $2::uuid)"
        " ORDER BY latest_action_on, id LIMIT 26)"
        " UNION ALL (SELECT * FROM bills WHERE deleted_at IS NULL"
        " AND latest_action_on IS NULL ORDER BY latest_action_on, id LIMIT 26)"
        ") AS bills ORDER BY latest_action_on, id LIMIT 26");
}

Test(sql_list, stays_among_the_nulls_behind_a_null)
{
    expect_behind("fields=id&sort=latest_action_on", "-|x",
                  "SELECT id, latest_action_on FROM bills"
                  " WHERE deleted_at IS NULL AND latest_action_on IS NULL"
                  " AND id > $1::uuid ORDER BY latest_action_on, id LIMIT 26");
}

Test(sql_list, comes_back_from_the_nulls_to_the_values)
{
    expect_before(
        "fields=id&sort=-latest_action_on", "-|x",
        "SELECT id, latest_action_on FROM ("
        "(SELECT * FROM bills WHERE deleted_at IS NULL"
        " AND latest_action_on IS NOT NULL"
        " ORDER BY latest_action_on ASC NULLS FIRST, id DESC LIMIT 26)"
        " UNION ALL (SELECT * FROM bills WHERE deleted_at IS NULL"
        " AND latest_action_on IS NULL AND id < $1::uuid"
        " ORDER BY latest_action_on ASC NULLS FIRST, id DESC LIMIT 26)"
        ") AS bills ORDER BY latest_action_on ASC NULLS FIRST, id DESC"
        " LIMIT 26");
}

Test(sql_list, takes_the_rest_of_a_long_text_from_its_row)
{
    char values[400];
    struct made *made;

    memset(values, 'a', 300);
    strcpy(values + 300, "|x");
    made = make(&bills, "fields=id&sort=title", values, false);
    cr_expect_str_eq(
        made->sql,
        "SELECT id, title FROM bills WHERE deleted_at IS NULL"
        " AND (title COLLATE \"C\", id) >"
        " ((SELECT coalesce((SELECT title FROM bills AS at WHERE at.id = "
        "$2::uuid"
        " AND starts_with(at.title, $1::text)), $1::text)), $2::uuid)"
        " ORDER BY title COLLATE \"C\", id LIMIT 26");
    cr_expect_eq(made->params.items[0].len, CURSOR_TEXT_MAX);
}

/* ---- about all pages --------------------------------------------------------
 */

Test(sql_list, counts_and_estimates_by_the_same_conditions)
{
    CLEANUP(buffer_fini) struct buffer sql = { 0 };
    struct asked_for *asked = ask_for(&bills, "status=enacted&sort=-number");

    buffer_init(&sql, 1000);
    sql_count(&sql, asked->listing);
    cr_expect(text_is(buffer_text(&sql),
                      "SELECT count(*) FROM bills WHERE deleted_at IS NULL"
                      " AND status COLLATE \"C\" = $1::text"));
    buffer_clear(&sql);
    sql_estimate(&sql, asked->listing);
    cr_expect(text_is(buffer_text(&sql),
                      "EXPLAIN (FORMAT JSON) SELECT FROM bills"
                      " WHERE deleted_at IS NULL"
                      " AND status COLLATE \"C\" = $1::text"));
}

Test(sql_list, reads_the_estimate_of_the_topmost_node)
{
    cr_expect_eq(sql_estimate_read(TEXT("[{\"Plan\": {\"Plan Rows\": 1234,\n"
                                        "\"Plans\": [{\"Plan Rows\": 9}]}}]")),
                 1234);
    cr_expect_eq(sql_estimate_read(TEXT("what is this")), 0);
}
