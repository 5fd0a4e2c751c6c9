/* SPDX-License-Identifier: MIT */
/*
 * A script's statements lie in it in order, each begins on the line it says,
 * and each is, cut again, one statement: itself.
 */
#include "base/check.h"
#include "database/sql_split.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned lines_until(struct text script, const char *at)
{
    unsigned line = 1;

    for (const char *c = script.at; c < at; c++)
        line += *c == '\n';
    return line;
}

static void check_again(struct text sql)
{
    struct sql_statement again;
    struct sql_split split;

    if (text_starts_with(sql, "\xef\xbb\xbf"))
        return; /* a mark at the front of a script, a name elsewhere */
    sql_split_init(&split, sql);
    CHECK(sql_split_next(&split, &again, NULL) == 0);
    CHECK(again.line == 1 && again.sql.at == sql.at);
    CHECK(again.sql.len == sql.len);
    CHECK(sql_split_next(&split, &again, NULL) == 0);
    CHECK(text_is_null(again.sql));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct text script = text_from(len ? (const char *)data : "", len);
    const char *end = script.at;
    struct sql_statement got;
    struct sql_split split;

    sql_split_init(&split, script);
    while (sql_split_next(&split, &got, NULL) == 0 && !text_is_null(got.sql)) {
        CHECK(got.sql.len > 0 && got.sql.at >= end);
        end = got.sql.at + got.sql.len;
        CHECK(end <= script.at + len);
        CHECK(got.verb.len <= got.sql.len);
        CHECK(got.line == lines_until(script, got.sql.at));
        check_again(got.sql);
    }
    return 0;
}
