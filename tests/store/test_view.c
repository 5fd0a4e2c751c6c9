/* SPDX-License-Identifier: MIT */
#include "store/view.h"

#include "asked.h"

static struct asked_for asked;
static struct view view;

static void parse(const struct resource *resource, const char *query)
{
    arena_init(&asked.arena, 1 << 16);
    diag_init(&asked.diag, &asked.arena);
    split_query(&asked, query);
    asked.result = view_parse(resource, &asked.parameters, &asked.diag, &view);
}

static void tear_down(void)
{
    arena_fini(&asked.arena);
}

TestSuite(view, .fini = tear_down);

static const char *tag_of(int64_t version, struct text body)
{
    static char tag[200];
    CLEANUP(buffer_fini) struct buffer buffer = { 0 };

    buffer_init(&buffer, sizeof(tag));
    view_tag(&view, version, body, &buffer);
    snprintf(tag, sizeof(tag), "%.*s", TEXT_ARG(buffer_text(&buffer)));
    return tag;
}

Test(view, shows_all_members_unless_told_otherwise)
{
    parse(&bills, "");
    cr_assert_eq(asked.result, 0);
    cr_expect(view_is_whole(&view));
    parse(&bills, "fields=id,title");
    cr_assert_eq(asked.result, 0);
    cr_expect_not(view_is_whole(&view));
    cr_expect_eq(view.selection.count, 2);
}

Test(view, refuses_what_a_single_object_does_not_take)
{
    parse(&bills, "limit=5&fields=colour&embed=friends&embed=sponsor");
    cr_expect_eq(asked.result, -ERR_INVALID_PARAMETER);
    cr_expect_str_eq(faults_of(&asked.diag), "limit unknown_parameter\n"
                                             "fields not_allowed\n"
                                             "embed not_allowed\n"
                                             "embed repeated");
    cr_expect_not_null(
        strstr(detail_of(&asked.diag, "embed"), "sponsor, cosponsors"));
}

Test(view, says_when_there_is_nothing_to_embed)
{
    parse(&people, "embed=bills");
    cr_expect_str_eq(detail_of(&asked.diag, "embed"),
                     "people have nothing to embed");
}

Test(view, is_the_same_for_any_order_of_names)
{
    struct view first;

    parse(&bills, "fields=title,id&embed=actions,sponsor");
    first = view;
    parse(&bills, "fields=id,title&embed=sponsor,actions");
    cr_expect_eq(first.selection.mask, view.selection.mask);
    cr_expect_eq(first.embeds, view.embeds);
}

Test(view, tags_an_object_by_its_version)
{
    parse(&bills, "");
    cr_expect_str_eq(tag_of(17, TEXT("a body")), "17");
    cr_expect_str_eq(tag_of(17, TEXT("another")), "17");
}

Test(view, tags_a_selection_of_its_own)
{
    parse(&bills, "fields=id,version");
    cr_expect_str_eq(tag_of(17, TEXT("")), "17-3");
}

Test(view, tags_by_the_body_what_has_other_objects_in_it)
{
    char first[200];

    parse(&bills, "embed=sponsor");
    strcpy(first, tag_of(17, TEXT("one sponsor")));
    cr_expect_str_eq(tag_of(17, TEXT("one sponsor")), first);
    cr_expect_str_neq(tag_of(17, TEXT("the sponsor changed")), first);
}
