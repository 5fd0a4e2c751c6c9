/* SPDX-License-Identifier: MIT */
#include "json/bills.h"

#include <criterion/criterion.h>

static struct arena arena;
static struct diag diag;
static struct buffer buffer;

static void setup(void)
{
    arena_init(&arena, 1 << 20);
    diag_init(&diag, &arena);
    buffer_init(&buffer, 1 << 16);
}

static void teardown(void)
{
    buffer_fini(&buffer);
    arena_fini(&arena);
}

TestSuite(shape, .init = setup, .fini = teardown);

Test(shape, has_the_common_members_without_naming_them)
{
    cr_expect_eq(shape_count(&bill_shape), 25);
    cr_expect_str_eq(shape_field(&bill_shape, 0)->name, "id");
    cr_expect_str_eq(shape_field(&bill_shape, 4)->name, "deleted_at");
    cr_expect_str_eq(shape_field(&bill_shape, 5)->name, "session");
    cr_expect_eq(shape_count(&origin_shape), 2, "an inner shape has none");
}

Test(shape, finds_members_by_their_whole_names)
{
    cr_expect_str_eq(shape_find(&bill_shape, TEXT("title"))->name, "title");
    cr_expect_eq(shape_find(&bill_shape, TEXT("version"))->type, FIELD_INTEGER);
    cr_expect_null(shape_find(&bill_shape, TEXT("titl")));
    cr_expect_null(shape_find(&bill_shape, TEXT("titles")));
    cr_expect_null(shape_find(&bill_shape, TEXT("Title")));
    cr_expect_null(shape_find(&bill_shape, TEXT("")));
    cr_expect_null(shape_find(&origin_shape, TEXT("id")));
}

static const struct field *field(const char *name)
{
    return shape_find(&bill_shape, text_of(name));
}

Test(shape, tells_what_a_member_is_good_for)
{
    cr_expect(field_is_required(field("title")));
    cr_expect_not(field_is_required(field("status")), "has an initial value");
    cr_expect_not(field_is_required(field("summary")), "may be null");
    cr_expect_not(field_is_required(field("id")), "is the service's");
    cr_expect(field_can_sort(field("introduced_on")));
    cr_expect_not(field_can_sort(field("summary")));
    cr_expect_not(field_can_sort(field("subjects")));
    cr_expect(field_can_filter(field("subjects")));
    cr_expect_not(field_can_filter(field("origin")));
    cr_expect_str_eq(field_column(field("url")), "url");
    cr_expect_str_eq(field_type_name(field("url")->type), "text");
}

Test(shape, selects_members_in_its_own_order_and_once)
{
    struct selection selection;

    cr_assert_eq(
        selection_parse(&bill_shape, TEXT("title,id,title"), &diag, &selection),
        0);
    cr_expect_eq(selection.count, 2);
    cr_expect_str_eq(selection.fields[0]->name, "id");
    cr_expect_str_eq(selection.fields[1]->name, "title");
    cr_expect_eq(selection.mask, 1 | 1 << 9);
    cr_expect(selection_has(&selection, "title"));
    cr_expect_not(selection_has(&selection, "version"));
    cr_expect_not(selection_has(&selection, "nothing"));
    selection_all(&bill_shape, &selection);
    cr_expect_eq(selection.count, 25);
    cr_expect_eq(selection.mask, (1 << 25) - 1);
}

Test(shape, names_all_members_when_one_is_unknown)
{
    struct selection selection;
    const struct violation *v;

    cr_expect_eq(
        selection_parse(&bill_shape, TEXT("id,password"), &diag, &selection),
        -ERR_INVALID_PARAMETER);
    v = list_first(&diag.violations, struct violation, link);
    cr_assert_not_null(v);
    cr_expect_str_eq(v->pointer, "fields");
    cr_expect_str_eq(v->code, "not_allowed");
    cr_expect(text_starts_with(text_of(v->detail),
                               "must be among id, version, created_at, "));
    cr_expect(text_ends_with(text_of(v->detail), ", created_by"));
    cr_expect_eq(selection_parse(&bill_shape, TEXT(""), &diag, &selection),
                 -ERR_INVALID_PARAMETER);
    cr_expect_eq(selection_parse(&bill_shape, TEXT("id,"), &diag, &selection),
                 -ERR_INVALID_PARAMETER);
}

static void expect(const char *json)
{
    cr_expect(text_is(buffer_text(&buffer), json), "%.*s\nis not\n%s",
              TEXT_ARG(buffer_text(&buffer)), json);
}

Test(shape, encodes_a_row_of_every_type)
{
    struct text columns[25] = {
        TEXT("01997b2e-0000-7000-8000-000000000001"),
        TEXT("17"),
        TEXT("2026-11-21 08:30:00.1+00"),
        TEXT("2026-11-21 08:30:00+00"),
        TEXT_NULL,
        TEXT("119"),
        TEXT("hr"),
        TEXT("42"),
        TEXT("house"),
        TEXT("An \"Act\""),
        TEXT(""),
        TEXT_NULL,
        TEXT_NULL,
        TEXT("introduced"),
        TEXT_NULL,
        TEXT("Health"),
        TEXT("{a,b}"),
        TEXT("2025-01-03"),
        TEXT_NULL,
        TEXT_NULL,
        TEXT_NULL,
        TEXT_NULL,
        TEXT("t"),
        TEXT("{\"pages\": 3}"),
        TEXT_NULL,
    };
    struct selection selection;

    selection_all(&bill_shape, &selection);
    shape_encode(&selection, columns, &buffer);
    expect("{\"id\":\"01997b2e-0000-7000-8000-000000000001\",\"version\":17,"
           "\"created_at\":\"2026-11-21T08:30:00.100000Z\","
           "\"updated_at\":\"2026-11-21T08:30:00.000000Z\","
           "\"deleted_at\":null,\"session\":\"119\",\"type\":\"hr\","
           "\"number\":42,\"chamber\":\"house\",\"title\":\"An \\\"Act\\\"\","
           "\"short_title\":\"\",\"official_title\":null,\"summary\":null,"
           "\"status\":\"introduced\",\"sponsor_id\":null,"
           "\"policy_area\":\"Health\",\"subjects\":[\"a\",\"b\"],"
           "\"introduced_on\":\"2025-01-03\",\"latest_action_on\":null,"
           "\"latest_action\":null,\"heard_at\":null,\"url\":null,"
           "\"urgent\":true,\"origin\":{\"pages\":3},\"created_by\":null}");
}

Test(shape, leaves_an_object_open_for_what_the_caller_adds)
{
    struct text columns[] = { TEXT("A title"), TEXT("f") };
    struct selection selection;

    cr_assert_eq(
        selection_parse(&bill_shape, TEXT("title,urgent"), &diag, &selection),
        0);
    shape_encode_open(&selection, columns, &buffer);
    buffer_add_string(&buffer, ",\"sponsor\":null}");
    expect("{\"title\":\"A title\",\"urgent\":false,\"sponsor\":null}");
}
