/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "http/reader.h"

#include <criterion/criterion.h>

enum { LIMIT_S = 30, MOST = 160 };

static struct readers all;
static struct reader one;

static void begin(void)
{
    all = (struct readers){ .limit_ns = LIMIT_S * NS_PER_S,
                            .again_ns = NS_PER_S,
                            .most = MOST };
    one = (struct reader){ 0 };
    reader_begin(&one, 0);
}

/* A round at this second, in which so many others take nothing. */
static bool is_cut(uint64_t taken, unsigned second, unsigned others)
{
    uint64_t now_ns = second * NS_PER_S;
    bool cut = reader_has_had_its_time(&all, &one, taken, now_ns);

    for (unsigned i = 0; i < others; i++) {
        struct reader other = { 0 };

        (void)reader_has_had_its_time(&all, &other, 0, now_ns);
    }
    readers_end_round(&all, now_ns);
    return cut;
}

/* The second in which it is cut, taking so much in each; 0: not in ten limits.
 */
static unsigned cut_at(uint64_t bytes_a_second, unsigned others)
{
    for (unsigned second = 1; second < 10 * LIMIT_S; second++)
        if (is_cut(second * bytes_a_second, second, others))
            return second;
    return 0;
}

Test(reader, who_takes_nothing_is_cut_by_the_limit, .init = begin)
{
    cr_expect_eq(cut_at(0, 0), LIMIT_S);
}

Test(reader, who_takes_enough_is_never_cut, .init = begin)
{
    cr_expect_eq(cut_at(READER_LEAST_BYTES / LIMIT_S + 1, 0), 0);
}

Test(reader, a_byte_now_and_then_is_not_enough, .init = begin)
{
    cr_expect_eq(cut_at(1, 0), LIMIT_S);
}

Test(reader, in_a_crowd_of_them_nobody_waits_long, .init = begin)
{
    cr_expect_eq(cut_at(0, MOST / READER_CROWD), READER_CROWD_S);
}

Test(reader, a_few_are_no_crowd, .init = begin)
{
    cr_expect_eq(cut_at(0, MOST / READER_CROWD - 1), LIMIT_S);
}

Test(reader, the_last_of_a_crowd_waits_no_longer, .init = begin)
{
    cr_expect_not(is_cut(0, READER_CROWD_S - 1, MOST));
    cr_expect(is_cut(0, READER_CROWD_S, 0));
}

Test(reader, when_a_crowd_is_gone_there_is_time_again, .init = begin)
{
    cr_expect_not(is_cut(0, READER_CROWD_S - 1, MOST));
    reader_begin(&one, LIMIT_S * NS_PER_S);
    cr_expect_not(is_cut(0, LIMIT_S + READER_CROWD_S + 1, 0));
}

Test(reader, who_takes_enough_is_safe_in_a_crowd, .init = begin)
{
    cr_expect_eq(cut_at(READER_LEAST_BYTES / READER_CROWD_S + 1, MOST), 0);
}

Test(reader, while_nothing_is_there_for_it_it_has_time, .init = begin)
{
    reader_begin(&one, LIMIT_S * NS_PER_S);
    cr_expect_not(is_cut(0, LIMIT_S + 2, 0));
}

Test(reader, a_limit_shorter_than_a_crowds_holds, .init = begin)
{
    all.limit_ns = NS_PER_S;
    cr_expect_eq(cut_at(0, MOST), 1);
}

/* Looked at each second it would last two of them, or none. */
Test(reader, of_a_short_limit_nine_tenths_are_given, .init = begin)
{
    all.limit_ns = NS_PER_S;
    cr_expect_not(reader_has_had_its_time(&all, &one, 0, NS_PER_S * 9 / 10));
    cr_expect(reader_has_had_its_time(&all, &one, 0, NS_PER_S * 9 / 10 + 1));
}
