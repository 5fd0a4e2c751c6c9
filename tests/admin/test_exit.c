/* SPDX-License-Identifier: MIT */
#include "admin/exit.h"

#include "admin/disk.h"
#include "base/error.h"
#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>

static char *read_page(void)
{
    return disk_read(SOURCE_DIR "/docs/exit-codes.md", 65536, NULL);
}

Test(exit, codes_are_distinct_and_all_on_the_page)
{
    CLEANUP(memory_free) char *page = read_page();

    cr_assert_not_null(page);
    for (const struct exit_row *row = exit_rows; row->name; row++) {
        CLEANUP(memory_free)
        char *line = memory_format("| %d | %s |", row->status, row->meaning);

        cr_expect_not_null(strstr(page, line), "no line \"%s\"", line);
        cr_expect(row == exit_rows || row->status > row[-1].status);
    }
}

Test(exit, keeps_the_first_refusal_on_one_line)
{
    struct refusal why = { 0 };

    cr_expect_eq(refuse(&why, EXIT_NOT_OURS, "a\nb\tc"), -EXIT_NOT_OURS);
    cr_expect_eq(refuse(&why, EXIT_FAILED, "its echo"), -EXIT_NOT_OURS);
    cr_expect_str_eq(why.line, "a b c");
}

Test(exit, tells_an_unreachable_database_from_bad_data)
{
    cr_expect_eq(exit_of_error(-ERR_CONNECT_FAILED), EXIT_UNREACHABLE);
    cr_expect_eq(exit_of_error(ERR_VALIDATION), EXIT_BAD_INPUT);
    cr_expect_eq(exit_of_error(-ERR_INTERNAL), EXIT_FAILED);
    cr_expect_eq(exit_of_error(0), EXIT_OK);
}
