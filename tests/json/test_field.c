/* SPDX-License-Identifier: MIT */
#include "json/bills.h"

#include <criterion/criterion.h>

static struct arena arena;
static struct diag diag;

static void setup(void)
{
    arena_init(&arena, 1 << 16);
    diag_init(&diag, &arena);
}

static void teardown(void)
{
    arena_fini(&arena);
}

TestSuite(field, .init = setup, .fini = teardown);

static const struct field *field(const char *name)
{
    return shape_find(&bill_shape, text_of(name));
}

static void expect(const char *name, struct text raw, const char *sql)
{
    struct text value;

    cr_assert_eq(
        field_parse_value(field(name), raw, &arena, &diag, name, &value), 0,
        "%s=%.*s", name, TEXT_ARG(raw));
    cr_expect(text_is(value, sql), "%.*s is not %s", TEXT_ARG(value), sql);
    cr_expect_eq(value.at[value.len], '\0');
}

static void refuse(const char *name, struct text raw, const char *code,
                   const char *detail)
{
    const struct violation *v;
    struct text value;

    diag_clear(&diag);
    cr_expect_eq(
        field_parse_value(field(name), raw, &arena, &diag, name, &value),
        -ERR_INVALID_PARAMETER, "%s=%.*s", name, TEXT_ARG(raw));
    v = list_first(&diag.violations, struct violation, link);
    cr_assert_not_null(v);
    cr_expect_str_eq(v->pointer, name);
    cr_expect_str_eq(v->code, code);
    cr_expect_str_eq(v->detail, detail);
}

Test(field, reads_a_query_value_as_its_sql_text)
{
    expect("title", TEXT("a, b"), "a, b");
    expect("title", TEXT(""), "");
    expect("number", TEXT("-042"), "-42");
    expect("number", TEXT("0"), "0");
    expect("urgent", TEXT("true"), "t");
    expect("urgent", TEXT("false"), "f");
    expect("sponsor_id", TEXT("01997B2E-0000-7000-8000-00000000000A"),
           "01997b2e-0000-7000-8000-00000000000a");
    expect("introduced_on", TEXT("2024-02-29"), "2024-02-29");
    expect("created_at", TEXT("2026-11-21T08:30:00.5+02:00"),
           "2026-11-21 06:30:00.500000+00");
    expect("status", TEXT("enacted"), "enacted");
    expect("subjects", TEXT("Health"), "Health");
}

Test(field, says_what_a_query_value_must_be)
{
    refuse("number", TEXT("4x"), "wrong_type", "must be an integer");
    refuse("number", TEXT("1e3"), "wrong_type", "must be an integer");
    refuse("number", TEXT("9223372036854775808"), "wrong_type",
           "must be an integer");
    refuse("urgent", TEXT("t"), "wrong_type", "must be true or false");
    refuse("sponsor_id", TEXT("7"), "invalid_format", "must be a UUID");
    refuse("introduced_on", TEXT("2025-02-29"), "invalid_format",
           "must be a date, YYYY-MM-DD");
    refuse("created_at", TEXT("2026-11-21"), "invalid_format",
           "must be a time by RFC 3339, such as 2026-11-21T08:30:00Z");
    refuse("status", TEXT("lost"), "not_allowed",
           "must be one of introduced, enacted, vetoed");
    refuse("title", TEXT("a\0b"), "invalid_format", "must be text");
    refuse("title", TEXT("\xFF"), "invalid_format", "must be text");
    refuse("origin", TEXT("{}"), "wrong_type", "must be an object");
}

Test(field, gives_up_when_the_arena_is_full)
{
    struct arena tiny;
    struct text value;

    arena_init(&tiny, 16);
    cr_expect_eq(field_parse_value(field("title"), TEXT("twenty characters .."),
                                   &tiny, &diag, "title", &value),
                 -ERR_TOO_LARGE);
    arena_fini(&tiny);
}
