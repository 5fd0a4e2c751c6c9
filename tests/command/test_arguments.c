/* SPDX-License-Identifier: MIT */
#include "command/nearest.h"
#include "table.h"

#include <criterion/redirect.h>
#include <stdio.h>

static int check(const char *verb, const char *const *words)
{
    struct line line;

    line_of(&line, words);
    return arguments_check(&line.invocation, verb_find(&table, verb));
}

#define CHECK_LINE(verb, ...) \
    check(verb, (const char *const[]){ __VA_ARGS__, NULL })

static void expect_words(const char *words)
{
    fflush(stderr);
    cr_expect_stderr_eq_str(words);
}

TestSuite(arguments, .init = cr_redirect_stderr);

Test(arguments, options_stand_anywhere_with_their_value_beside_or_behind_a_sign)
{
    struct line line;

    LINE(line, "--report", "there", "thing", "--form=gzip", "--json");
    cr_expect_eq(arguments_check(&line.invocation, verb_find(&table, "fetch")),
                 EXIT_OK);
    cr_expect_str_eq(take_option(&line.invocation, "--form"), "gzip");
    cr_expect(take_flag(&line.invocation, "--json"));
    cr_expect_str_eq(take_option(&line.invocation, "--report"), "there");
    cr_expect_str_eq(take_argument(&line.invocation), "thing");
    cr_expect_null(take_argument(&line.invocation));
    cr_expect_eq(check_no_more(&line.invocation, "fetch"), EXIT_OK);
}

Test(arguments, an_unknown_option_is_refused_with_the_nearest_one)
{
    cr_expect_eq(CHECK_LINE("fetch", "--reprot", "there"), EXIT_USAGE);
    expect_words("portcullis: fetch does not take --reprot; did you mean "
                 "--report?\n");
}

Test(arguments, settings_are_among_what_may_have_been_meant)
{
    cr_expect_eq(CHECK_LINE("fetch", "--lisen=:80"), EXIT_USAGE);
    expect_words("portcullis: fetch does not take --lisen; did you mean "
                 "--listen?\n");
}

Test(arguments, what_is_like_nothing_is_sent_to_help)
{
    cr_expect_eq(CHECK_LINE("fetch", "--zzzzzzzzz"), EXIT_USAGE);
    expect_words("portcullis: fetch does not take --zzzzzzzzz; see mover fetch "
                 "--help\n");
}

Test(arguments, an_option_without_its_value_is_refused)
{
    cr_expect_eq(CHECK_LINE("fetch", "thing", "--report"), EXIT_USAGE);
    cr_expect_eq(CHECK_LINE("fetch", "--report", "--json"), EXIT_USAGE);
    expect_words("portcullis: --report needs a value: FILE\n"
                 "portcullis: --report needs a value: FILE\n");
}

Test(arguments, a_flag_with_a_value_and_an_option_said_twice_are_refused)
{
    cr_expect_eq(CHECK_LINE("fetch", "--json=yes"), EXIT_USAGE);
    cr_expect_eq(CHECK_LINE("fetch", "--json", "--json"), EXIT_USAGE);
    expect_words("portcullis: --json takes no value\n"
                 "portcullis: --json is given twice\n");
}

Test(arguments, what_stands_behind_two_dashes_is_not_looked_at)
{
    cr_expect_eq(CHECK_LINE("fetch", "--", "--zzz", "--help"), EXIT_OK);
    cr_expect_not(arguments_ask_for_help(
        2, (char *const[]){ (char *)"--", (char *)"--help" }));
    cr_expect(arguments_ask_for_help(
        2, (char *const[]){ (char *)"--json", (char *)"-h" }));
}

Test(arguments, an_action_is_one_of_the_commands)
{
    cr_expect_eq(CHECK_LINE("store", "keep"), EXIT_OK);
    cr_expect_eq(CHECK_LINE("store", "kepe"), EXIT_USAGE);
    expect_words("portcullis: store does not know \"kepe\"; did you mean "
                 "keep?\n");
}

Test(arguments, an_action_comes_first_wherever_it_stood)
{
    struct line line;

    LINE(line, "--yes", "drop", "this");
    cr_expect_eq(arguments_check(&line.invocation, verb_find(&table, "store")),
                 EXIT_OK);
    cr_expect_str_eq(take_argument(&line.invocation), "drop");
    cr_expect(take_flag(&line.invocation, "--yes"));
    cr_expect_str_eq(take_argument(&line.invocation), "this");
}

Test(arguments, a_command_with_actions_shows_them_when_none_is_given)
{
    cr_expect_eq(CHECK_LINE("store", NULL), EXIT_USAGE);
    expect_words("portcullis: store needs one of its actions\n"
                 "usage: mover store keep\n"
                 "       mover store drop [--yes] THING…\n");
}

Test(arguments, an_operand_that_is_needed_is_named_when_it_is_missing)
{
    cr_expect_eq(CHECK_LINE("fetch", "--json"), EXIT_USAGE);
    cr_expect_eq(CHECK_LINE("store", "drop", "--yes"), EXIT_USAGE);
    expect_words("portcullis: fetch needs FILE\n"
                 "usage: mover fetch [--report FILE] [--form plain|gzip]"
                 " [--json] FILE\n"
                 "portcullis: store drop needs THING…\n"
                 "usage: mover store keep\n"
                 "       mover store drop [--yes] THING…\n");
}

Test(arguments, an_operand_in_brackets_may_be_left_out)
{
    cr_expect_eq(CHECK_LINE("help", "plain"), EXIT_OK);
}

Test(arguments, an_option_of_another_action_is_refused_wherever_it_stands)
{
    cr_expect_eq(CHECK_LINE("store", "--yes", "drop", "this"), EXIT_OK);
    cr_expect_eq(CHECK_LINE("store", "--yes", "keep"), EXIT_USAGE);
    expect_words("portcullis: store keep does not take --yes\n"
                 "usage: mover store keep\n"
                 "       mover store drop [--yes] THING…\n");
}

Test(arguments, an_unknown_command_is_told_its_like)
{
    cr_expect_eq(arguments_no_such_verb(&table, "fecth"), EXIT_USAGE);
    cr_expect_eq(arguments_no_such_verb(&table, "qqq"), EXIT_USAGE);
    expect_words("portcullis: there is no command \"fecth\"; did you mean "
                 "fetch?\n"
                 "portcullis: there is no command \"qqq\"; see mover help\n");
}

Test(arguments, numbers_have_bounds)
{
    struct line line;
    int64_t value;

    LINE(line, "--n", "7");
    cr_expect_eq(take_number(&line.invocation, "--n", 1, 9, 5, &value),
                 EXIT_OK);
    cr_expect_eq(value, 7);
    cr_expect_eq(take_number(&line.invocation, "--n", 1, 9, 5, &value),
                 EXIT_OK);
    cr_expect_eq(value, 5, "missing: the preset");
    LINE(line, "--n", "10");
    cr_expect_eq(take_number(&line.invocation, "--n", 1, 9, 5, &value),
                 EXIT_USAGE);
    expect_words("portcullis: --n must be a number from 1 to 9, not \"10\"\n");
}

/* --- nearest --- */

Test(nearest, counts_what_was_mistyped)
{
    cr_expect_eq(nearest_distance(TEXT("migrate"), TEXT("migrate")), 0);
    cr_expect_eq(nearest_distance(TEXT("migrat"), TEXT("migrate")), 1);
    cr_expect_eq(nearest_distance(TEXT("mirgate"), TEXT("migrate")), 1);
    cr_expect_eq(nearest_distance(TEXT("migrxte"), TEXT("migrate")), 1);
    cr_expect_eq(nearest_distance(TEXT("mmigrate"), TEXT("migrate")), 1);
    cr_expect_eq(nearest_distance(TEXT(""), TEXT("abc")), 3);
}

Test(nearest, finds_the_beginning_of_a_word_and_nothing_far_away)
{
    struct nearest nearest;

    nearest_init(&nearest, TEXT("comple"));
    nearest_try(&nearest, "config");
    nearest_try(&nearest, "completion");
    cr_expect_str_eq(nearest.found, "completion");
    nearest_init(&nearest, TEXT("xy"));
    nearest_try(&nearest, "ab");
    cr_expect_null(nearest.found);
}
