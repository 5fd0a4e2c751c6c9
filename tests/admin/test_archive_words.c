/* SPDX-License-Identifier: MIT */
#include "admin/archive_words.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const marks[] = { "dumping contents of table ", NULL };
static struct archive_words words;

static void set_up(void)
{
    struct refusal why = { 0 };

    cr_assert_eq(archive_words_init(&words, marks, &why), 0, "%s", why.line);
}

static void tear_down(void)
{
    archive_words_fini(&words);
}

TestSuite(archive_words, .init = set_up, .fini = tear_down);

static void hear(const char *said)
{
    cr_assert_eq(write(words.fd, said, strlen(said)), (ssize_t)strlen(said));
    archive_words_look(&words);
}

Test(archive_words, counts_the_lines_of_which_each_is_one_more)
{
    hear("pg_dump: reading policies\n"
         "pg_dump: dumping contents of table \"public.bills\"\n");
    cr_expect_eq(words.count, 1);
    hear("pg_dump: dumping contents of table \"public.people\"\n");
    cr_expect_eq(words.count, 2);
}

Test(archive_words, counts_a_line_when_it_has_ended)
{
    hear("pg_dump: dumping contents of ta");
    cr_expect_eq(words.count, 0);
    hear("ble \"public.bills\"\npg_dump: dump");
    cr_expect_eq(words.count, 1);
}

Test(archive_words, counts_no_name_that_looks_like_one)
{
    hear("pg_dump: creating TABLE \"dumping contents of table x\"\n");
    cr_expect_eq(words.count, 0);
}

Test(archive_words, keeps_the_first_error_whatever_follows)
{
    hear("pg_restore: creating TABLE \"public.bills\"\n"
         "pg_restore: error: could not execute query: it is there\n"
         "Command was: CREATE TABLE public.bills ();\n"
         "pg_restore: error: a worker process died unexpectedly\n");
    cr_expect_str_eq(words.error, "pg_restore: error: could not execute query:"
                                  " it is there");
    cr_expect_str_eq(words.last,
                     "pg_restore: error: a worker process died unexpectedly");
}

Test(archive_words, reads_on_behind_a_line_that_never_ends)
{
    static char line[40000];

    memset(line, 'x', sizeof(line) - 1);
    hear(line);
    hear("\npg_dump: error: no space\n");
    cr_expect_str_eq(words.error, "pg_dump: error: no space");
}
