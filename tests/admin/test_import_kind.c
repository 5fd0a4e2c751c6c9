/* SPDX-License-Identifier: MIT */
/* Lines to rows, without a database. */
#include "import/import_kind.h"

#include "admin/disk.h"
#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct buffer rows[STAGED_TABLES_MAX];
static struct arena arena;
static struct diag diag;

static void begin(void)
{
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++)
        buffer_init(&rows[i], 1 << 20);
    arena_init(&arena, 1 << 20);
}

static void end(void)
{
    for (size_t i = 0; i < STAGED_TABLES_MAX; i++)
        buffer_fini(&rows[i]);
    arena_fini(&arena);
}

TestSuite(import_kind, .init = begin, .fini = end);

static int read_line(const struct import_kind *kind, struct text text)
{
    struct record record = {
        .text = text, .line = 7, .arena = &arena, .diag = &diag
    };

    diag_init(&diag, &arena);
    return kind->read(&record, rows);
}

static void expect_rows(size_t table, const char *want)
{
    cr_expect(text_is(buffer_text(&rows[table]), want), "table %zu: %.*s",
              table, TEXT_ARG(buffer_text(&rows[table])));
}

/* The least a bill must have, with more members behind it. */
static int read_bill(const char *more)
{
    CLEANUP(memory_free)
    char *line = memory_format("{\"congress\":119,\"type\":\"hr\",\"number\":1,"
                               "\"chamber\":\"house\",\"title\":\"T\","
                               "\"introduced_on\":\"2025-01-03\"%s}",
                               more);

    return read_line(&import_bills, text_of(line));
}

Test(import_kind, stages_the_least_bill)
{
    cr_assert_eq(read_bill(""), 0, "%s", diag.detail);
    expect_rows(0, "7\t119\thr\t1\thouse\tT\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N"
                   "\t2025-01-03\t\\N\t\\N\t\\N\n");
    expect_rows(1, "");
    expect_rows(2, "");
}

Test(import_kind, stages_lists_actions_and_cosponsors)
{
    cr_assert_eq(
        read_bill(",\"subjects\":[\"a\\\"b\",\"c\\\\d\",\"NULL\"],"
                  "\"cosponsor_bioguides\":[\"A1\",\"B2\"],\"actions\":["
                  "{\"date\":\"2025-01-04\",\"time\":\"23:59:59\","
                  "\"text\":\"x\\ny\"},{\"date\":\"2025-01-05\"}]"),
        0, "%s", diag.detail);
    cr_expect_not_null(
        strstr(rows[0].at, "\t{\"a\\\\\"b\",\"c\\\\\\\\d\",\"NULL\"}\t"));
    expect_rows(1, "7\t1\t2025-01-04\t23:59:59\t\\N\t\\N\tx\\ny\t\\N\n"
                   "7\t2\t2025-01-05\t\\N\t\\N\t\\N\t\\N\t\\N\n");
    expect_rows(2, "7\t0\tA1\n7\t1\tB2\n");
}

Test(import_kind, ignores_what_the_format_says_it_ignores)
{
    cr_expect_eq(read_bill(",\"id\":\"hr1-119\",\"sponsor_name\":null,"
                           "\"updated_at\":7,\"laws\":[1],\"text_versions\":{},"
                           "\"text_chars\":\"\""),
                 0, "%s", diag.detail);
    cr_expect_eq(
        read_line(&import_people, TEXT("{\"bioguide\":\"A\",\"name\":\"N\","
                                       "\"suffix\":\"Jr.\",\"terms\":[]}")),
        0, "%s", diag.detail);
}

Test(import_kind, takes_null_for_everything_that_need_not_be_given)
{
    cr_expect_eq(read_bill(",\"short_title\":null,\"official_title\":null,"
                           "\"summary\":null,\"status\":null,"
                           "\"sponsor_bioguide\":null,\"policy_area\":null,"
                           "\"subjects\":null,\"latest_action_on\":null,"
                           "\"latest_action\":null,\"url\":null,"
                           "\"cosponsor_bioguides\":null,\"actions\":null"),
                 0, "%s", diag.detail);
}

Test(import_kind, stages_a_person)
{
    cr_assert_eq(read_line(&import_people,
                           TEXT("{\"bioguide\":\"A000001\",\"name\":\"Fred "
                                "Aandahl\",\"given\":\"Fred\",\"family\":"
                                "\"Aandahl\",\"party\":null,\"state\":\"ND\","
                                "\"chamber\":\"house\",\"district\":-1,"
                                "\"current\":true}")),
                 0, "%s", diag.detail);
    expect_rows(0, "7\tA000001\tFred Aandahl\tFred\tAandahl\t\\N\tND\thouse\t"
                   "-1\tt\n");
}

/* --- what is refused ------------------------------------------------------ */

struct refused {
    char more[160];
    char pointer[48], code[24], detail[64];
};

static const struct refused refused[] = {
    { ",\"colour\":1", "/colour", "unknown_field", "is no member of bills" },
    { ",\"status\":\"lost\"", "/status", "not_allowed", "must be one of" },
    { ",\"summary\":5", "/summary", "wrong_type", "must be text" },
    { ",\"subjects\":\"a\"", "/subjects", "wrong_type",
      "must be a list of texts" },
    { ",\"subjects\":[\"a\",null]", "/subjects/1", "wrong_type",
      "must be text" },
    { ",\"cosponsor_bioguides\":[\"\"]", "/cosponsor_bioguides/0", "too_short",
      "must be 1 to 20 characters" },
    { ",\"latest_action_on\":\"2025-02-30\"", "/latest_action_on",
      "invalid_format", "must be a date, YYYY-MM-DD" },
    { ",\"actions\":{}", "/actions", "wrong_type",
      "must be a list of objects" },
    { ",\"actions\":[{\"date\":\"2025-01-04\"},7]", "/actions/1", "wrong_type",
      "must be an object" },
    { ",\"actions\":[{\"text\":\"x\"}]", "/actions/0/date", "required",
      "must be given" },
    { ",\"actions\":[{\"date\":\"2025-01-04\",\"time\":\"24:00:00\"}]",
      "/actions/0/time", "invalid_format", "must be a time, HH:MM:SS" },
    { ",\"actions\":[{\"date\":\"2025-01-04\",\"time\":\"9:00\"}]",
      "/actions/0/time", "invalid_format", "must be a time, HH:MM:SS" },
    { ",\"actions\":[{\"date\":\"2025-01-04\",\"who\":1}]", "/actions/0/who",
      "unknown_field", "is no member of actions" },
    { ",\"summary\":\"a\\u0000b\"", "/summary", "nul", "" },
};

Test(import_kind, tells_where_and_why_it_refuses)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        const struct refused *want = &refused[i];
        const struct violation *v;

        cr_assert_eq(read_bill(want->more), -ERR_VALIDATION, "%s", want->more);
        v = list_first(&diag.violations, struct violation, link);
        cr_expect_str_eq(v->pointer, want->pointer);
        cr_expect_str_eq(v->code, want->code, "%s", want->more);
        cr_expect(text_starts_with(text_of(v->detail), want->detail), "%s",
                  v->detail);
        cr_expect_eq(rows[0].len + rows[1].len + rows[2].len, 0,
                     "no row of what was refused");
    }
}

Test(import_kind, lists_the_faults_of_bill_and_actions_together)
{
    cr_assert_eq(
        read_line(&import_bills, TEXT("{\"congress\":\"119\",\"type\":\"hr\","
                                      "\"number\":0,\"chamber\":\"house\","
                                      "\"title\":\"\",\"actions\":[{}]}")),
        -ERR_VALIDATION);
    cr_expect_eq(diag.violation_count, 5, "%u", diag.violation_count);
}

Test(import_kind, refuses_what_is_no_object)
{
    const struct text lines[] = {
        TEXT("[]"),    TEXT("null"),       TEXT("{"),
        TEXT("{} {}"), TEXT("nul"),        TEXT("{\"a\":\"\xff\"}"),
        TEXT("\"a"),   TEXT("{\"a\":\0}"),
    };

    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        cr_expect_lt(read_line(&import_bills, lines[i]), 0, "%zu", i);
        cr_expect_lt(read_line(&import_people, lines[i]), 0, "%zu", i);
    }
    cr_expect_eq(rows[0].len, 0);
}

/* --- the page ------------------------------------------------------------- */

static void expect_on_page(const char *page, const struct shape *shape)
{
    for (size_t i = 0; i < shape_count(shape); i++) {
        const struct field *field = shape_field(shape, i);
        CLEANUP(memory_free)
        char *row = memory_format("\n| `%s` | ", field->name);
        const char *at = strstr(page, row);
        const char *end = at ? strchr(at + 1, '\n') : NULL;
        const char *mark = at ? strstr(at, "required") : NULL;

        cr_assert(at && end, "%s.%s is not on the page", shape->name,
                  field->name);
        cr_expect_eq(field_is_required(field), mark && mark < end, "%s.%s",
                     shape->name, field->name);
    }
}

Test(import_kind, is_on_the_page_member_by_member)
{
    CLEANUP(memory_free)
    char *page = disk_read(SOURCE_DIR "/docs/import-format.md", 65536, NULL);

    cr_assert_not_null(page);
    expect_on_page(strstr(page, "\n## People"), import_people.shape);
    expect_on_page(strstr(page, "\n## Bills"), import_bills.shape);
    expect_on_page(strstr(page, "\nEach of a bill"), &import_action_shape);
}
