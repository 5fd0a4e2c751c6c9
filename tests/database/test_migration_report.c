/* SPDX-License-Identifier: MIT */
#include "database/migration_report.h"

#include "base/memory.h"
#include "database/files.h"

static struct files files;
static struct migration_set *set;
static struct migration_report report;
static struct diag diag;

static void set_up(void)
{
    diag_init(&diag, NULL);
    files_add(&files, "domains", "users\nbills\n");
    files_add_with_sum(&files, "users/0001-a.up.sql", "", "aaaa");
    files_add(&files, "users/0001-a.down.sql", "");
    files_add_with_sum(&files, "users/0002-b.up.sql", "", "bbbb");
    files_add(&files, "users/0002-b.down.sql", "");
    files_add_with_sum(&files, "bills/0001-c.up.sql", "", "cccc");
    files_add(&files, "bills/0001-c.down.sql", "");
    cr_assert_eq(migration_set_new(files.list, &set, &diag), 0);
}

static void tear_down(void)
{
    migration_report_fini(&report);
    migration_set_free(&set);
}

TestSuite(migration_report, .init = set_up, .fini = tear_down);

static struct migration_record record(struct text domain, unsigned number,
                                      struct text sum)
{
    return (struct migration_record){
        .domain = domain, .number = number, .name = TEXT("old"), .sha256 = sum
    };
}

static void make(const struct migration_record *records, unsigned count)
{
    struct migration_record *copy = memory_new_array(count + 1, sizeof(*copy));

    for (unsigned i = 0; i < count; i++)
        copy[i] = records[i];
    migration_report_make(&report, set, copy, count);
}

#define MAKE(...)                                          \
    make((const struct migration_record[]){ __VA_ARGS__ }, \
         ARRAY_LEN(((const struct migration_record[]){ __VA_ARGS__ })))

static void expect_states(const char *states)
{
    static const char letters[] = "apcm";

    cr_assert_eq(report.count, strlen(states));
    for (unsigned i = 0; i < report.count; i++)
        cr_expect_eq(letters[report.lines[i].state], states[i], "line %u", i);
}

static void expect_refusal(const char *first, const char *second)
{
    cr_expect_eq(migration_report_check(&report, &diag),
                 -ERR_PRECONDITION_FAILED);
    cr_expect_not_null(strstr(diag.detail, first), "%s", diag.detail);
    cr_expect_not_null(strstr(diag.detail, second), "%s", diag.detail);
}

Test(migration_report, says_that_all_is_pending_in_an_empty_database)
{
    make(NULL, 0);
    expect_states("ppp");
    cr_expect_eq(report.pending, 3);
    cr_expect_eq(migration_report_check(&report, &diag), 0);
}

Test(migration_report, lets_a_domain_grow_after_later_domains_were_applied)
{
    MAKE(record(TEXT("users"), 1, TEXT("aaaa")),
         record(TEXT("bills"), 1, TEXT("cccc")));
    expect_states("apa");
    cr_expect_eq(report.pending, 1);
    cr_expect_eq(migration_report_check(&report, &diag), 0);
}

Test(migration_report, refuses_a_pending_one_before_an_applied_one)
{
    MAKE(record(TEXT("users"), 2, TEXT("bbbb")));
    expect_states("pap");
    expect_refusal("users/0001-a", "users/0002-b");
}

Test(migration_report, refuses_a_changed_file_with_both_checksums)
{
    MAKE(record(TEXT("users"), 1, TEXT("abab")));
    expect_states("cpp");
    expect_refusal("was abab", "is aaaa");
    cr_expect_not_null(strstr(diag.detail, "users/0001-a"));
}

Test(migration_report, refuses_what_this_program_does_not_have)
{
    MAKE(record(TEXT("users"), 1, TEXT("aaaa")),
         record(TEXT("users"), 7, TEXT("7777")));
    expect_states("appm");
    expect_refusal("users/0007-old", "7777");
}

Test(migration_report, finds_the_line_of_a_record)
{
    MAKE(record(TEXT("bills"), 9, TEXT("9999")),
         record(TEXT("users"), 1, TEXT("aaaa")));
    cr_expect_eq(migration_report_line(&report, &report.records[0]),
                 &report.lines[3]);
    cr_expect_eq(migration_report_line(&report, &report.records[1]),
                 &report.lines[0]);
}
