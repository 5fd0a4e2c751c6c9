/* SPDX-License-Identifier: MIT */
#include "database/statement.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(statement, hashes_the_whole_text)
{
    cr_expect_eq(statement_hash("SELECT 1"), statement_hash("SELECT 1"));
    cr_expect_neq(statement_hash("SELECT 1"), statement_hash("SELECT 2"));
    cr_expect_neq(statement_hash("SELECT 1"), statement_hash("SELECT 1 "));
    cr_expect_neq(statement_hash("SELECT 12345678 "),
                  statement_hash("SELECT 12345678"));
    cr_expect_neq(statement_hash(""), 0);
}

Test(statement, gives_different_texts_different_hashes)
{
    enum { TEXTS = 4096 };
    static uint64_t seen[TEXTS];
    char text[64];

    for (int i = 0; i < TEXTS; i++) {
        snprintf(text, sizeof(text), "SELECT a FROM t WHERE b = $%d LIMIT %d",
                 i % 64, i / 64);
        seen[i] = statement_hash(text);
        for (int j = 0; j < i; j++)
            cr_assert_neq(seen[i], seen[j]);
    }
}

Test(statement, takes_a_hash_made_beforehand)
{
    struct statement made = { .sql = "SELECT 1", .hash = 7 };
    struct statement plain = { .sql = "SELECT 1" };

    cr_expect_eq(statement_key(&made), 7);
    cr_expect_eq(statement_key(&plain), statement_hash("SELECT 1"));
}
