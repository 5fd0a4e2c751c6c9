/* SPDX-License-Identifier: MIT */
#include "import/copy_text.h"

#include <criterion/criterion.h>

Test(copy_text, puts_tabs_between_columns_and_a_line_end_behind)
{
    CLEANUP(buffer_fini) struct buffer rows = { .limit = 256 };

    copy_row(&rows, 7);
    copy_column(&rows, TEXT("a"));
    copy_number(&rows, -3);
    copy_column(&rows, TEXT(""));
    copy_row_end(&rows);
    cr_expect(text_is(buffer_text(&rows), "7\ta\t-3\t\n"));
}

Test(copy_text, tells_null_from_the_word_for_it)
{
    CLEANUP(buffer_fini) struct buffer rows = { .limit = 256 };

    copy_column(&rows, TEXT_NULL);
    copy_column(&rows, TEXT("\\N"));
    cr_expect(text_is(buffer_text(&rows), "\t\\N\t\\\\N"));
}

Test(copy_text, escapes_what_would_end_a_column_or_a_row)
{
    CLEANUP(buffer_fini) struct buffer rows = { .limit = 256 };

    copy_column(&rows, TEXT("a\tb\nc\rd\\e\b\f\vü"));
    cr_expect(text_is(buffer_text(&rows), "\ta\\tb\\nc\\rd\\\\e\\b\\f\\vü"));
}
