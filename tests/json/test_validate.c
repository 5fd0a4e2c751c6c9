/* SPDX-License-Identifier: MIT */
#include "json/bills.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define WHOLE                                            \
    "\"session\":\"119\",\"type\":\"hr\",\"number\":42," \
    "\"chamber\":\"house\",\"title\":\"T\",\"introduced_on\":\"2025-01-03\""

static struct arena arena;
static struct diag diag;
static struct values *values;

static void setup(void)
{
    arena_init(&arena, 1 << 22);
    diag_init(&diag, &arena);
}

static void teardown(void)
{
    arena_fini(&arena);
}

TestSuite(validate, .init = setup, .fini = teardown);

static int check(enum shape_mode mode, struct text body)
{
    diag_clear(&diag);
    values = NULL;
    return shape_read(&bill_shape, body, mode, &arena, &diag, &values);
}

static void expect_value(const char *name, const char *sql)
{
    const struct value *value = values_find(values, name);

    cr_assert_not_null(value, "%s", name);
    if (!sql) {
        cr_expect(text_is_null(value->text), "%s", name);
        return;
    }
    cr_expect(text_is(value->text, sql), "%s: %.*s is not %s", name,
              TEXT_ARG(value->text), sql);
    cr_expect_eq(value->text.at[value->text.len], '\0');
}

/* The violations as "pointer code, pointer code", in the order of finding. */
static void expect_faults(enum shape_mode mode, struct text body,
                          const char *faults)
{
    char found[1000] = "";
    size_t len = 0;

    cr_expect_eq(check(mode, body), -ERR_VALIDATION, "%.*s", TEXT_ARG(body));
    list_each (&diag.violations, struct violation, v, link)
        len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%s %s",
                                len ? ", " : "", v->pointer, v->code);
    cr_expect_str_eq(found, faults);
    cr_expect_null(values);
}

/* One member, in a body that is good without it. */
static void expect_detail(const char *member, const char *detail)
{
    char body[256];
    int len = snprintf(body, sizeof(body), "{%s}", member);
    const struct violation *v;

    cr_expect_eq(check(SHAPE_MERGE, text_from(body, (size_t)len)),
                 -ERR_VALIDATION, "%s", member);
    v = list_first(&diag.violations, struct violation, link);
    cr_assert_not_null(v);
    cr_expect_str_eq(v->detail, detail);
}

Test(validate, gives_a_creation_a_value_for_every_writable_member)
{
    cr_assert_eq(check(SHAPE_CREATE, TEXT("{" WHOLE "}")), 0, "%s",
                 diag.detail);
    cr_expect_eq(values->count, 19, "all but the service's own");
    cr_expect_str_eq(values->items[0].field->name, "session");
    expect_value("session", "119");
    expect_value("number", "42");
    expect_value("status", "introduced");
    expect_value("subjects", "{}");
    expect_value("urgent", "f");
    expect_value("summary", NULL);
    cr_expect_null(values_find(values, "id"));
    cr_expect_null(values_find(values, "created_by"));
}

Test(validate, turns_each_type_into_its_sql_text)
{
    cr_assert_eq(
        check(SHAPE_CREATE,
              TEXT("{" WHOLE ",\"short_title\":\"\",\"urgent\":true,"
                   "\"sponsor_id\":\"01997B2E-0000-7000-8000-00000000000A\","
                   "\"subjects\":[\"a\",\"NULL\",\"x\\\"y\\\\z, {}\",\"\"],"
                   "\"heard_at\":\"2026-11-21T10:30:00+02:00\","
                   "\"origin\":{\"pages\":3,\"locale\":null}}")),
        0, "%s", diag.detail);
    expect_value("short_title", "");
    expect_value("urgent", "t");
    expect_value("sponsor_id", "01997b2e-0000-7000-8000-00000000000a");
    expect_value("subjects", "{\"a\",\"NULL\",\"x\\\"y\\\\z, {}\",\"\"}");
    expect_value("heard_at", "2026-11-21 08:30:00.000000+00");
    expect_value("origin", "{\"pages\":3,\"locale\":null}");
}

Test(validate, merges_only_what_is_there)
{
    cr_assert_eq(check(SHAPE_MERGE, TEXT("{\"url\":null,\"number\":7}")), 0);
    cr_expect_eq(values->count, 2);
    expect_value("number", "7");
    expect_value("url", NULL);
    cr_assert_eq(check(SHAPE_MERGE, TEXT("{}")), 0);
    cr_expect_eq(values->count, 0);
    cr_assert_eq(check(SHAPE_MERGE, TEXT("{\"origin\":{\"locale\":null}}")), 0);
    expect_value("origin", "{\"locale\":null}");
}

Test(validate, lists_every_fault_and_not_the_first)
{
    expect_faults(SHAPE_CREATE,
                  TEXT("{\"session\":\"\",\"type\":\"xx\",\"number\":0,"
                       "\"chamber\":null,\"introduced_on\":\"2025-02-29\","
                       "\"url\":\"ftp://x\",\"colour\":1,\"version\":3,"
                       "\"urgent\":\"yes\",\"subjects\":[\"a\",1],"
                       "\"sponsor\":{}}"),
                  "/session too_short, /type not_allowed, /number out_of_range,"
                  " /chamber not_null, /introduced_on invalid_format,"
                  " /url invalid_format, /colour unknown_field,"
                  " /version read_only, /urgent wrong_type,"
                  " /subjects/1 wrong_type, /sponsor read_only,"
                  " /title required");
    cr_expect_str_eq(diag.detail, "12 members are invalid");
}

Test(validate, tells_what_is_allowed)
{
    expect_detail("\"title\":\"\"", "must be 1 to 2000 characters");
    expect_detail("\"policy_area\":7", "must be text");
    expect_detail("\"number\":2147483648", "must be 1 to 2147483647");
    expect_detail("\"number\":\"1\"", "must be an integer");
    expect_detail("\"number\":1.0", "must be an integer");
    expect_detail("\"urgent\":\"t\"", "must be true or false");
    expect_detail("\"status\":\"lost\"",
                  "must be one of introduced, enacted, vetoed");
    expect_detail("\"status\":1", "must be one of introduced, enacted, vetoed");
    expect_detail("\"status\":null", "must not be null");
    expect_detail("\"sponsor_id\":\"x\"", "must be a UUID");
    expect_detail("\"introduced_on\":\"2025\"", "must be a date, YYYY-MM-DD");
    expect_detail("\"subjects\":\"a\"", "must be a list of texts");
    expect_detail("\"subjects\":[\"\",\"\",\"\",\"\",\"\",\"\"]",
                  "must be at most 5 items");
    expect_detail("\"origin\":[]", "must be an object");
    expect_detail("\"url\":\"x\"", "must be a web address, http or https");
    expect_detail("\"colour\":1", "is no member of bills");
    expect_detail("\"id\":null", "is set by the service");
}

Test(validate, counts_code_points_and_not_bytes)
{
    char body[2 * 201 + 32];
    int len = snprintf(body, sizeof(body), "{\"policy_area\":\"");

    for (int i = 0; i < 200; i++)
        len += snprintf(body + len, sizeof(body) - (size_t)len, "é");
    memcpy(body + len, "\"}", 2);
    cr_expect_eq(check(SHAPE_MERGE, text_from(body, (size_t)len + 2)), 0);
    memcpy(body + len, "x\"}", 3);
    expect_faults(SHAPE_MERGE, text_from(body, (size_t)len + 3),
                  "/policy_area too_long");
}

Test(validate, forgives_a_replacement_what_the_service_owns)
{
    cr_assert_eq(
        check(SHAPE_REPLACE, TEXT("{" WHOLE ",\"id\":\"x\",\"version\":\"?\","
                                  "\"deleted_at\":null,\"created_by\":null,"
                                  "\"sponsor\":{\"id\":1},\"actions\":[]}")),
        0, "%s", diag.detail);
    cr_expect_eq(values->count, 19);
    cr_expect_null(values_find(values, "id"));
    expect_faults(SHAPE_REPLACE, TEXT("{" WHOLE ",\"colour\":1}"),
                  "/colour unknown_field");
    expect_faults(SHAPE_REPLACE, TEXT("{\"title\":\"T\"}"),
                  "/session required, /type required, /number required,"
                  " /chamber required, /introduced_on required");
}

Test(validate, refuses_to_merge_or_create_what_the_service_owns)
{
    expect_faults(SHAPE_MERGE, TEXT("{\"id\":\"x\",\"created_by\":null}"),
                  "/id read_only, /created_by read_only");
    expect_faults(SHAPE_CREATE, TEXT("{" WHOLE ",\"created_at\":null}"),
                  "/created_at read_only");
}

Test(validate, looks_into_objects_by_their_own_shapes)
{
    expect_faults(SHAPE_CREATE,
                  TEXT("{" WHOLE ",\"origin\":{\"locale\":\"?\",\"id\":1}}"),
                  "/origin/locale invalid_format, /origin/id unknown_field,"
                  " /origin/pages required");
    cr_expect_eq(check(SHAPE_MERGE, TEXT("{\"origin\":{}}")), 0);
}

Test(validate, lists_nuls_beside_all_other_faults)
{
    expect_faults(SHAPE_MERGE,
                  TEXT("{\"title\":\"a\\u0000\",\"number\":0,"
                       "\"origin\":{\"locale\":\"\\u0000\"},"
                       "\"subjects\":[\"\\u0000\"]}"),
                  "/title nul, /origin/locale nul, /subjects/0 nul,"
                  " /number out_of_range, /origin/locale invalid_format");
    expect_faults(SHAPE_REPLACE, TEXT("{" WHOLE ",\"sponsor\":\"\\u0000\"}"),
                  "/sponsor nul");
    expect_faults(SHAPE_MERGE, TEXT("{\"number\":99999999999999999999}"),
                  "/number out_of_range");
}

Test(validate, wants_an_object)
{
    expect_faults(SHAPE_MERGE, TEXT("[]"), " wrong_type");
    expect_faults(SHAPE_CREATE, TEXT("null"), " wrong_type");
    cr_expect_eq(check(SHAPE_CREATE, TEXT("{\"a\":")), -ERR_MALFORMED_JSON);
}

Test(validate, gives_up_when_the_arena_is_full)
{
    arena_fini(&arena);
    arena_init(&arena, 256);
    cr_expect_eq(check(SHAPE_CREATE, TEXT("{" WHOLE "}")),
                 -ERR_CONTENT_TOO_LARGE);
}

Test(validate, never_takes_a_text_that_has_no_room_for_null)
{
    static char body[1600] = "{\"summary\":\"";
    size_t len = strlen(body);

    memset(body + len, 'x', 1500);
    memcpy(body + len + 1500, "\"}", 2);
    arena_fini(&arena);
    arena_init(&arena, 1024);
    cr_expect_eq(check(SHAPE_MERGE, text_from(body, len + 1502)),
                 -ERR_CONTENT_TOO_LARGE);
}
