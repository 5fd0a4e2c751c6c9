/* SPDX-License-Identifier: MIT */
#include "import/lines.h"

#include <criterion/criterion.h>

enum { LIMIT_BYTES = 8 };

static struct lines lines;

static void begin(void)
{
    lines_init(&lines, LIMIT_BYTES);
}

static void end(void)
{
    lines_fini(&lines);
}

TestSuite(lines, .init = begin, .fini = end);

static void expect_line(const struct line *line, uint64_t number,
                        const char *text)
{
    cr_expect_eq(line->number, number);
    cr_expect_not(line->too_long);
    cr_expect(text_is(line->text, text), "line %d is \"%.*s\"", (int)number,
              TEXT_ARG(line->text));
}

Test(lines, lends_whole_lines_out_of_the_run)
{
    static const char run[] = "one\n\ntwo\n";
    struct line line;

    lines_feed(&lines, text_of(run));
    cr_assert(lines_next(&lines, &line));
    expect_line(&line, 1, "one");
    cr_expect(line.text.at == run, "not copied");
    cr_assert(lines_next(&lines, &line));
    expect_line(&line, 2, "");
    cr_assert(lines_next(&lines, &line));
    expect_line(&line, 3, "two");
    cr_expect_not(lines_next(&lines, &line));
    cr_expect_not(lines_last(&lines, &line));
}

Test(lines, joins_the_pieces_of_a_line)
{
    struct line line;

    lines_feed(&lines, TEXT("a"));
    cr_assert_not(lines_next(&lines, &line));
    lines_feed(&lines, TEXT("b"));
    cr_assert_not(lines_next(&lines, &line));
    lines_feed(&lines, TEXT("c\nd"));
    cr_assert(lines_next(&lines, &line));
    expect_line(&line, 1, "abc");
    cr_assert_not(lines_next(&lines, &line));
    cr_assert(lines_last(&lines, &line), "the end needs no line end");
    expect_line(&line, 2, "d");
    cr_expect_not(lines_last(&lines, &line), "once");
}

Test(lines, takes_a_line_as_long_as_the_limit_in_one_run_or_two)
{
    struct line line;

    lines_feed(&lines, TEXT("12345678\n1234"));
    cr_assert(lines_next(&lines, &line));
    expect_line(&line, 1, "12345678");
    cr_assert_not(lines_next(&lines, &line));
    lines_feed(&lines, TEXT("5678\n"));
    cr_assert(lines_next(&lines, &line));
    expect_line(&line, 2, "12345678");
}

Test(lines, lets_a_longer_line_pass_without_holding_it)
{
    struct line line;

    lines_feed(&lines, TEXT("123456789\nx\n"));
    cr_assert(lines_next(&lines, &line));
    cr_expect(line.too_long && line.text.len == 0 && line.number == 1);
    cr_assert(lines_next(&lines, &line));
    expect_line(&line, 2, "x");
    cr_assert_not(lines_next(&lines, &line));
    for (int i = 0; i < 1000; i++) {
        lines_feed(&lines, TEXT("12345"));
        cr_assert_not(lines_next(&lines, &line));
        cr_expect_leq(lines.held.capacity, LIMIT_BYTES);
    }
    lines_feed(&lines, TEXT("\ny\n"));
    cr_assert(lines_next(&lines, &line));
    cr_expect(line.too_long && line.number == 3);
    cr_assert(lines_next(&lines, &line));
    expect_line(&line, 4, "y");
}

Test(lines, tells_of_a_longer_line_at_the_end_too)
{
    struct line line;

    lines_feed(&lines, TEXT("123456789"));
    cr_assert_not(lines_next(&lines, &line));
    cr_assert(lines_last(&lines, &line));
    cr_expect(line.too_long);
    cr_expect_not(lines_last(&lines, &line));
}

Test(lines, keeps_nul_bytes_and_carriage_returns)
{
    struct line line;

    lines_feed(&lines, TEXT("a\0b\r\n"));
    cr_assert(lines_next(&lines, &line));
    cr_expect(text_equal(line.text, TEXT("a\0b\r")));
}

/* What it saw, one line a row, however the runs were cut. */
static void cut(struct text all, size_t step, struct buffer *seen)
{
    struct lines cutter;
    struct line line;

    lines_init(&cutter, LIMIT_BYTES);
    for (; all.len > 0; all = text_skip(all, step)) {
        size_t len = step < all.len ? step : all.len;

        lines_feed(&cutter, text_from(all.at, len));
        while (lines_next(&cutter, &line))
            buffer_add_format(seen, "%d%d[%.*s]", (int)line.number,
                              line.too_long, TEXT_ARG(line.text));
    }
    if (lines_last(&cutter, &line))
        buffer_add_format(seen, "%d%d[%.*s]", (int)line.number, line.too_long,
                          TEXT_ARG(line.text));
    lines_fini(&cutter);
}

Test(lines, are_the_same_however_the_runs_are_cut)
{
    struct text all = TEXT("\nab\n12345678\n123456789\n\n\nabcdefghijklmnopqr\n"
                           "x\n1234567\nlast");
    CLEANUP(buffer_fini) struct buffer whole = { .limit = 4096 };

    cut(all, all.len, &whole);
    cr_assert_gt(whole.len, 0);
    for (size_t step = 1; step < all.len; step++) {
        CLEANUP(buffer_fini) struct buffer seen = { .limit = 4096 };

        cut(all, step, &seen);
        cr_expect(text_equal(buffer_text(&seen), buffer_text(&whole)),
                  "by %zu: %.*s", step, TEXT_ARG(buffer_text(&seen)));
    }
}
