/* SPDX-License-Identifier: MIT */
#include "asked.h"

#define ID "01a1fc7f-2b95-7000-ad81-e9a8f8dd7"

/* `before`, so many ids with commas between, `after`. */
static const char *with_ids(const char *before, unsigned count,
                            const char *comma, const char *after)
{
    static char query[16 * 1024];
    char *at = query + sprintf(query, "%s", before);

    for (unsigned i = 0; i < count; i++)
        at += sprintf(at, "%s" ID "%03x", i > 0 ? comma : "", i);
    sprintf(at, "%s", after);
    return query;
}

static void expect_limit(const char *query, unsigned limit)
{
    struct asked_for *asked = ask_for(&bills, query);

    cr_assert_eq(asked->result, 0, "%s", faults_of(&asked->diag));
    cr_expect_eq(listing_limit(asked->listing), limit, "%.60s…: %u, not %u",
                 query, listing_limit(asked->listing), limit);
}

Test(listing_ids, make_a_page_that_holds_them_all)
{
    expect_limit(with_ids("id=", 60, "&id=", ""), 60);
    expect_limit(with_ids("id=", 60, ",", ""), 60);
    expect_limit(with_ids("id_in=", 60, ",", ""), 60);
}

Test(listing_ids, count_in_a_filter_too)
{
    expect_limit(with_ids("filter={\"id\":[\"", 60, "\",\"", "\"]}"), 60);
}

Test(listing_ids, make_no_page_smaller_than_usual_nor_larger_than_any)
{
    expect_limit(with_ids("id=", 1, "", ""), LISTING_LIMIT);
    expect_limit(with_ids("id=", 2, ",", ""), LISTING_LIMIT);
    expect_limit(with_ids("id=", 201, ",", ""), LISTING_LIMIT_MAX);
}

Test(listing_ids, give_way_to_a_limit_that_was_said)
{
    expect_limit(with_ids("limit=7&id=", 60, ",", ""), 7);
    expect_limit(with_ids("_start=0&_end=30&id=", 60, ",", ""), 30);
}

Test(listing_ids, count_only_where_they_are_wanted)
{
    expect_limit(with_ids("id_ne=", 60, ",", ""), LISTING_LIMIT);
    expect_limit(with_ids("sponsor_id=", 60, ",", ""), LISTING_LIMIT);
}
