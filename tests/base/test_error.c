/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(error, has_a_row_with_a_code_of_its_own_for_every_error)
{
    for (int a = 1; a < ERR_COUNT; a++) {
        const struct error_info *info = error_info(-a);

        cr_assert_not_null(info->code);
        cr_expect(info->status >= 400 && info->status < 600, "%s", info->code);
        cr_expect_eq(info, error_info(a), "either sign");
        for (int b = 1; b < a; b++)
            cr_expect_str_neq(info->code, error_info(b)->code);
    }
}

Test(error, keeps_the_first_failure)
{
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(FAIL(&diag, ERR_NOT_FOUND, "no %s", "bill"), -ERR_NOT_FOUND);
    cr_expect_eq(FAIL(&diag, ERR_LINK_LOST, "echo"), -ERR_LINK_LOST);
    cr_expect_eq(diag.code, -ERR_NOT_FOUND);
    cr_expect_str_eq(diag.detail, "no bill");
    cr_expect_str_eq(diag.file, __FILE__);
    diag_clear(&diag);
    cr_expect_eq(diag.code, 0);
    cr_expect_eq(FAIL(NULL, ERR_LINK_LOST, "nobody asks"), -ERR_LINK_LOST);
}

Test(error, tells_one_violation_itself_and_counts_more)
{
    struct arena arena;
    struct diag diag;

    arena_init(&arena, 1 << 20);
    diag_init(&diag, &arena);
    cr_expect_eq(diag_invalid(&diag, ERR_VALIDATION), 0);
    diag_violation(&diag, "/title", "too_long", "at most %d", 3);
    cr_expect_eq(diag_invalid(&diag, ERR_VALIDATION), -ERR_VALIDATION);
    cr_expect_str_eq(diag.detail, "/title: at most 3");
    diag_clear(&diag);
    for (int i = 0; i < DIAG_VIOLATIONS_MAX + 50; i++)
        diag_violation(&diag, "/x", "bad", "no");
    cr_expect_eq(diag_invalid(&diag, ERR_VALIDATION), -ERR_VALIDATION);
    cr_expect_str_eq(diag.detail, "250 members are invalid");
    diag_clear(&diag);
    diag_violation(&diag, "sort", "bad", "no");
    diag_violation(&diag, "limit", "bad", "no");
    cr_expect_eq(diag_invalid(&diag, ERR_INVALID_PARAMETER),
                 -ERR_INVALID_PARAMETER);
    cr_expect_str_eq(diag.detail, "2 parameters are invalid");
    arena_fini(&arena);
}

Test(error, needs_no_arena_to_count_violations)
{
    struct diag diag;

    diag_init(&diag, NULL);
    diag_violation(&diag, "/x", "bad", "no");
    cr_expect_eq(diag_invalid(&diag, ERR_VALIDATION), -ERR_VALIDATION);
    diag_violation(NULL, "/x", "bad", "no");
}
