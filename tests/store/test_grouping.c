/* SPDX-License-Identifier: MIT */
#include "store/grouping.h"

#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static int parse(struct world *world, const struct grouping_form *form,
                 const char *query, struct grouping **grouping)
{
    static struct asked_for asked;
    const struct listing_options options = { 0 };

    diag_clear(&world->diag);
    split_query(&asked, query);
    return grouping_parse(&bills, form, &asked.parameters, &options,
                          &world->arena, &world->diag, grouping);
}

static const char *groups(struct world *world, const struct grouping_form *form,
                          const char *query)
{
    struct grouping *grouping;

    expect_ok(world, parse(world, form, query, &grouping));
    buffer_clear(&world->out);
    expect_ok(world, grouping_read(world->store, grouping, after_ms(30000),
                                   &world->out, &world->diag));
    return world_text(world);
}

/* Six bills of a session; the last one is deleted. */
static void make_bills(struct world *world, const char *session)
{
    world_script(
        world,
        arena_format(
            &world->arena,
            "INSERT INTO bills (session, type, number, chamber, title, status,"
            " policy_area, subjects, introduced_on, deleted_at) VALUES"
            " ('%s', 'hr', 1, 'house', 'x', 'enacted', 'Tax', '{a,b}',"
            "  '2025-02-28', NULL),"
            " ('%s', 'hr', 2, 'house', 'x', 'introduced', 'Tax', '{b}',"
            "  '2025-03-01', NULL),"
            " ('%s', 'hr', 3, 'house', 'x', 'introduced', NULL, '{}',"
            "  '2025-03-31', NULL),"
            " ('%s', 's', 1, 'senate', 'x', 'introduced', 'Art \"q\"',"
            "  '{b,c}', '2024-12-01', NULL),"
            " ('%s', 's', 2, 'senate', 'x', 'vetoed', NULL, '{}',"
            "  '2024-12-31', NULL),"
            " ('%s', 's', 3, 'senate', 'x', 'failed', 'Gone', '{z}',"
            "  '2023-12-31', now())",
            session, session, session, session, session, session));
}

ON_STORE(grouping, counts_by_key_nulls_last)
{
    make_bills(world, "G1");
    cr_expect_str_eq(
        groups(world, &grouping_analytics, "session=G1&group_by=policy_area"),
        "[{\"key\":\"Art \\\"q\\\"\",\"count\":1},{\"key\":\"Tax\",\"count\":2}"
        ",{\"key\":null,\"count\":2}]");
    cr_expect_str_eq(
        groups(world, &grouping_analytics, "group_by=month&session=G1"),
        "[{\"key\":\"2024-12\",\"count\":2},{\"key\":\"2025-02\",\"count\":1},"
        "{\"key\":\"2025-03\",\"count\":2}]");
    cr_expect_str_eq(
        groups(world, &grouping_analytics, "session=G1&group_by=sponsor"),
        "[{\"key\":null,\"count\":5}]");
}

ON_STORE(grouping, counts_each_subject)
{
    make_bills(world, "G2");
    cr_expect_str_eq(
        groups(world, &grouping_analytics, "session=G2&group_by=subject"),
        "[{\"key\":\"a\",\"count\":1},{\"key\":\"b\",\"count\":3},"
        "{\"key\":\"c\",\"count\":1}]");
}

ON_STORE(grouping, facets_begin_with_the_most_frequent)
{
    make_bills(world, "G3");
    cr_expect_str_eq(
        groups(world, &grouping_facets, "session=G3&by=status,type"),
        "{\"status\":[{\"value\":\"introduced\",\"count\":3},"
        "{\"value\":\"enacted\",\"count\":1},{\"value\":\"vetoed\","
        "\"count\":1}],\"type\":[{\"value\":\"hr\",\"count\":3},"
        "{\"value\":\"s\",\"count\":2}]}");
    cr_expect_str_eq(
        groups(world, &grouping_facets,
               "session=G3&by=chamber,subject&status=introduced&number_lt=3"),
        "{\"chamber\":[{\"value\":\"house\",\"count\":1},{\"value\":\"senate\","
        "\"count\":1}],\"subject\":[{\"value\":\"b\",\"count\":2},"
        "{\"value\":\"c\",\"count\":1}]}");
    cr_expect_str_eq(groups(world, &grouping_facets, "session=none&by=type"),
                     "{\"type\":[]}");
    cr_expect_str_eq(
        groups(world, &grouping_facets,
               "by=type&filter={\"session\":\"G3\",\"q\":\"nothing\"}"),
        "{\"type\":[]}");
}

ON_STORE(grouping, names_what_can_be_grouped_by)
{
    static const struct {
        const struct grouping_form *form;
        const char *query, *parameter, *detail;
    } bad[] = {
        { &grouping_facets, "", "by", "must be among status" },
        { &grouping_facets, "by=", "by", "must be among status" },
        { &grouping_facets, "by=status,colour", "by", "sponsor, month" },
        { &grouping_facets, "by=status,status", "by", "named twice" },
        { &grouping_facets, "by=status&by=type", "by", "only once" },
        { &grouping_facets, "by=type&group_by=type", "group_by", "must be" },
        { &grouping_facets, "by=type&limit=5", "limit", "not for groups" },
        { &grouping_facets, "by=type&sort=id", "sort", "not for groups" },
        { &grouping_facets, "by=type&colour=red", "colour", "must be among" },
        { &grouping_analytics, "", "group_by", "must be among status" },
        { &grouping_analytics, "group_by=id", "group_by", "must be among" },
        { &grouping_analytics, "group_by=type,status", "group_by",
          "must be at most 1" },
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct grouping *grouping;

        cr_expect_eq(parse(world, bad[i].form, bad[i].query, &grouping),
                     -ERR_INVALID_PARAMETER, "%s", bad[i].query);
        cr_expect(
            strstr(detail_of(&world->diag, bad[i].parameter), bad[i].detail),
            "%s: %s", bad[i].query, detail_of(&world->diag, bad[i].parameter));
    }
}
