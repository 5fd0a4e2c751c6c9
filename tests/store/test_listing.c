/* SPDX-License-Identifier: MIT */
#include "asked.h"

static struct asked_for *asked;

static void ask_bills(const char *query)
{
    asked = ask_for(&bills, query);
}

static void expect_taken(const char *query)
{
    ask_bills(query);
    cr_assert_eq(asked->result, 0, "%s: %s", query, faults_of(&asked->diag));
}

static void expect_faults(const char *query, const char *faults)
{
    ask_bills(query);
    cr_assert_eq(asked->result, -ERR_INVALID_PARAMETER, "%s", query);
    cr_assert_str_eq(faults_of(&asked->diag), faults, "%s", query);
}

static void expect_detail(const char *pointer, const char *part)
{
    cr_assert_not_null(strstr(detail_of(&asked->diag, pointer), part), "%s: %s",
                       pointer, detail_of(&asked->diag, pointer));
}

static void expect_page(const char *query, unsigned limit, int64_t offset,
                        bool by_position)
{
    expect_taken(query);
    cr_expect_eq(listing_limit(asked->listing), limit, "%s", query);
    cr_expect_eq(asked->listing->offset, offset, "%s", query);
    cr_expect_eq(listing_is_by_position(asked->listing), by_position, "%s",
                 query);
}

/* ---- how much of it ------------------------------------------------------ */

Test(listing, has_pages_as_long_as_the_options_let_it)
{
    const struct listing_options few = { .limit_max = 10 };
    const struct listing_options many = { .limit_max = 1000 };

    asked = ask_with(&bills, "limit=10", few);
    cr_assert_eq(asked->result, 0);
    asked = ask_with(&bills, "", few);
    cr_assert_eq(asked->result, 0);
    cr_expect_eq(listing_limit(asked->listing), 10, "also when nobody asks");
    asked = ask_with(&bills, "limit=11", few);
    cr_expect_str_eq(faults_of(&asked->diag), "limit out_of_range");
    asked = ask_with(&bills, "range=[0,10]", few);
    cr_expect_str_eq(faults_of(&asked->diag), "range out_of_range");
    expect_detail("range", "1 to 10 rows");
    asked = ask_with(&bills, "limit=1000", many);
    cr_assert_eq(asked->result, 0);
    cr_expect_eq(listing_limit(asked->listing), 1000);
    expect_faults("limit=201", "limit out_of_range");
}

/* ---- names --------------------------------------------------------------- */

Test(listing, refuses_an_unknown_parameter_and_tells_which_there_are)
{
    expect_faults("colour=red", "colour unknown_parameter");
    expect_detail("colour", "sort");
    expect_detail("colour", "introduced_on");
}

Test(listing, knows_no_pages_where_all_rows_are_asked_for)
{
    static const char *const also[] = { "format", NULL };

    asked = ask_with(&bills,
                     "limit=5&status=enacted&embed=sponsor&format=csv"
                     "&cursor=x&sort=-number",
                     (struct listing_options){ .whole = true, .also = also });
    cr_assert_eq(asked->result, -ERR_INVALID_PARAMETER);
    cr_expect_str_eq(faults_of(&asked->diag), "limit unknown_parameter\n"
                                              "embed unknown_parameter\n"
                                              "cursor unknown_parameter");
    expect_detail("limit", "must be among format, fields, q, filter, sort");
    cr_expect_null(strstr(detail_of(&asked->diag, "limit"), "offset"));
}

Test(listing, refuses_an_unknown_operator_and_tells_which_there_are)
{
    expect_faults("status_is=x", "status_is unknown_operator");
    expect_detail("status_is", "status takes _ne, _in, _null");
    expect_faults("latest_action_on_after=2025-01-01",
                  "latest_action_on_after unknown_operator");
    expect_detail("latest_action_on_after", "latest_action_on takes");
    expect_faults("filter={\"number_is\":1}", "filter.number_is "
                                              "unknown_operator");
    expect_faults("_eq=1", "_eq unknown_parameter");
    expect_faults("statusis=1", "statusis unknown_parameter");
}

Test(listing, refuses_an_operator_that_the_member_does_not_take)
{
    expect_faults("status_like=x", "status_like unknown_operator");
    expect_detail("status_like", "status takes _ne, _in, _null");
    expect_faults("number_prefix=1", "number_prefix unknown_operator");
    expect_faults("subjects_gt=x", "subjects_gt unknown_operator");
}

Test(listing, tells_of_every_fault_at_once)
{
    expect_faults("colour=red&status=lost&limit=0&sort=nothing&fields=x"
                  "&embed=y&introduced_on_gt=today",
                  "colour unknown_parameter\n"
                  "status not_allowed\n"
                  "introduced_on_gt invalid_format\n"
                  "fields not_allowed\n"
                  "embed not_allowed\n"
                  "sort not_allowed\n"
                  "limit out_of_range");
}

Test(listing, cuts_a_long_unknown_name_between_code_points)
{
    char query[400] = "";

    for (int i = 0; i < 100; i++)
        strcat(query, "ä");
    ask_bills(query);
    cr_assert_eq(asked->result, -ERR_INVALID_PARAMETER);
    cr_assert(text_is_utf8(text_of(faults_of(&asked->diag))));
}

Test(listing, leaves_the_routes_own_parameters_alone)
{
    static const char *const also[] = { "format", NULL };

    asked = ask_with(&bills, "format=csv&status=enacted",
                     (struct listing_options){ .also = also });
    cr_assert_eq(asked->result, 0);
    cr_assert_eq(asked->listing->clause_count, 1);
}

Test(listing, cannot_ask_for_a_member_that_is_an_object)
{
    asked = ask_for(&users, "profile=x");
    cr_assert_eq(asked->result, -ERR_INVALID_PARAMETER);
    cr_assert_str_eq(faults_of(&asked->diag), "profile unknown_parameter");
}

/* ---- values ---------------------------------------------------------------
 */

Test(listing, refuses_values_of_the_wrong_type)
{
    expect_faults("number=one", "number wrong_type");
    expect_faults("number_in=1,two,3,four",
                  "number_in wrong_type\nnumber_in wrong_type");
    expect_faults("sponsor_id=me", "sponsor_id invalid_format");
    expect_faults("introduced_on=2025-02-30", "introduced_on invalid_format");
    expect_faults("updated_at_gt=2025-02-03", "updated_at_gt invalid_format");
    expect_faults("status=", "status not_allowed");
    expect_faults("sponsor_id_null=yes", "sponsor_id_null wrong_type");
    expect_detail("sponsor_id_null", "true or false");
    asked = ask_for(&people, "current=1");
    cr_assert_str_eq(faults_of(&asked->diag), "current wrong_type");
}

Test(listing, names_the_choices_of_an_enumeration)
{
    expect_faults("chamber=both", "chamber not_allowed");
    expect_detail("chamber", "house, senate");
}

Test(listing, takes_numbers_beyond_the_members_own_range)
{
    expect_taken("number_gte=0&number_lt=9223372036854775807");
    cr_expect_eq(asked->listing->clause_count, 2);
}

Test(listing, takes_a_comma_in_text_for_a_comma)
{
    expect_taken("title=One, two");
    cr_expect_not(asked->listing->clauses[0].many);
    cr_expect(text_is(asked->listing->params.items[0], "One, two"));
}

Test(listing, takes_commas_between_values_that_hold_none)
{
    expect_taken("status=enacted,vetoed");
    cr_expect(asked->listing->clauses[0].many);
    cr_expect(
        text_is(asked->listing->params.items[0], "{\"enacted\",\"vetoed\"}"));
    expect_taken("number_ne=1,2");
    cr_expect(text_is(asked->listing->params.items[0], "{\"1\",\"2\"}"));
    expect_taken("title_in=a,b");
    cr_expect(text_is(asked->listing->params.items[0], "{\"a\",\"b\"}"));
}

Test(listing, makes_one_condition_of_a_repeated_parameter)
{
    expect_taken("title=a&status=enacted&title=b");
    cr_assert_eq(asked->listing->clause_count, 2);
    cr_expect(text_is(asked->listing->params.items[0], "{\"a\",\"b\"}"));
}

Test(listing, takes_both_of_a_repeated_comparison)
{
    expect_taken("number_gt=1&number_gt=2");
    cr_assert_eq(asked->listing->clause_count, 2);
    cr_expect_not(asked->listing->clauses[0].many);
}

Test(listing, quotes_what_means_something_in_a_list_of_values)
{
    expect_taken("title=a\"b\\c&title=NULL&title={},");
    cr_expect(text_is(asked->listing->params.items[0],
                      "{\"a\\\"b\\\\c\",\"NULL\",\"{},\"}"));
}

Test(listing, looks_for_wildcards_as_they_are)
{
    expect_taken("title_like=100%_\\");
    cr_expect(text_is(asked->listing->params.items[0], "%100\\%\\_\\\\%"));
}

Test(listing, has_a_limit_of_conditions)
{
    char query[100 * 20] = "";

    for (int i = 0; i < 70; i++)
        strcat(query, i ? "&number_gt=1" : "number_gt=1");
    ask_bills(query);
    cr_assert_eq(asked->result, -ERR_INVALID_PARAMETER);
    cr_assert_not_null(strstr(faults_of(&asked->diag), "too_many"));
}

/* ---- full text -------------------------------------------------------------
 */

Test(listing, sorts_by_rank_when_words_are_looked_for)
{
    expect_taken("q=veterans health");
    cr_assert_eq(asked->listing->key_count, 2);
    cr_expect_null(asked->listing->keys[0].field);
    cr_expect(asked->listing->keys[0].down);
    expect_taken("q=veterans&sort=number");
    cr_expect_str_eq(asked->listing->keys[0].field->name, "number");
}

Test(listing, takes_blank_words_for_a_cleared_search_box)
{
    expect_taken("q=  ");
    cr_expect_eq(asked->listing->clause_count, 0);
    cr_expect_eq(asked->listing->key_count, 1);
    expect_taken("q=");
    cr_expect_eq(asked->listing->clause_count, 0);
}

Test(listing, looks_for_each_word_where_there_are_only_names)
{
    asked = ask_for(&people, "q=ann  smith");
    cr_assert_eq(asked->result, 0);
    cr_assert_eq(asked->listing->clause_count, 2);
    cr_expect(text_is(asked->listing->params.items[1], "%smith%"));
    cr_expect_str_eq(asked->listing->keys[0].field->name, "id");
}

/* ---- JSON -------------------------------------------------------------------
 */

Test(listing, takes_the_same_questions_as_json)
{
    expect_taken("filter={\"status\":[\"enacted\",\"vetoed\"],\"number_gte\":5,"
                 "\"q\":\"health\",\"sponsor_id\":null}");
    cr_assert_eq(asked->listing->clause_count, 4);
    cr_expect(
        text_is(asked->listing->params.items[0], "{\"enacted\",\"vetoed\"}"));
    cr_expect(text_is(asked->listing->params.items[1], "5"));
    cr_expect_eq(asked->listing->clauses[3].op, OP_NULL);
    cr_expect(asked->listing->clauses[3].null);
    cr_expect_null(asked->listing->keys[0].field, "sorted by rank");
}

Test(listing, filters_nothing_by_an_empty_filter)
{
    expect_taken("filter={}");
    cr_expect_eq(asked->listing->clause_count, 0);
}

Test(listing, takes_a_comma_inside_a_json_list_for_a_comma)
{
    expect_taken("filter={\"title_in\":[\"a,b\"]}");
    cr_expect(text_is(asked->listing->params.items[0], "a,b"));
}

Test(listing, finds_nothing_by_an_empty_list_of_values)
{
    expect_taken("filter={\"id\":[]}");
    cr_assert_eq(asked->listing->clause_count, 1);
    cr_expect(text_is(asked->listing->params.items[0], "{}"));
}

Test(listing, refuses_a_filter_that_is_no_object)
{
    expect_faults("filter=[1]", "filter wrong_type");
    expect_faults("filter={", "filter malformed_json");
    expect_faults("filter=", "filter malformed_json");
}

Test(listing, names_the_member_of_a_filter_that_is_at_fault)
{
    expect_faults("filter={\"status\":\"lost\",\"colour\":1,\"q\":5,"
                  "\"number\":{\"gt\":1},\"title\":[null],\"limit\":3,"
                  "\"number_gt\":null,\"number_lt\":1.5}",
                  "filter.status not_allowed\n"
                  "filter.colour unknown_parameter\n"
                  "filter.q wrong_type\n"
                  "filter.number wrong_type\n"
                  "filter.title wrong_type\n"
                  "filter.limit unknown_parameter\n"
                  "filter.number_gt wrong_type\n"
                  "filter.number_lt wrong_type");
}

/* ---- order ------------------------------------------------------------------
 */

static void expect_keys(const char *query, const char *keys)
{
    char found[200] = "";

    expect_taken(query);
    for (unsigned i = 0; i < asked->listing->key_count; i++) {
        strcat(found, i ? "," : "");
        strcat(found, asked->listing->keys[i].down ? "-" : "");
        strcat(found, asked->listing->keys[i].field->name);
    }
    cr_expect_str_eq(found, keys, "%s: %s", query, found);
}

Test(listing, sorts_by_id_in_the_end)
{
    expect_keys("", "id");
    expect_keys("sort=-introduced_on,number", "-introduced_on,number,id");
    expect_keys("sort=-id", "-id");
    expect_keys("sort=id,number", "id");
}

Test(listing, takes_the_order_in_three_ways)
{
    expect_keys("_sort=status,number&_order=desc,ASC", "-status,number,id");
    expect_keys("_sort=status,number&_order=desc", "-status,number,id");
    expect_keys("_sort=status", "status,id");
    expect_keys("sort=[\"title\",\"DESC\"]", "-title,id");
}

Test(listing, refuses_an_order_it_does_not_understand)
{
    expect_faults("sort=summary", "sort not_allowed");
    expect_detail("sort", "introduced_on");
    expect_faults("sort=subjects", "sort not_allowed");
    expect_faults("sort=", "sort not_allowed");
    expect_faults("sort=number,-number", "sort repeated");
    expect_faults("sort=[\"title\"]", "sort wrong_type");
    expect_faults("sort=[\"title\",\"up\"]", "sort wrong_type");
    expect_faults("sort=[\"title\",", "sort wrong_type");
    expect_faults("_sort=title&_order=up", "_order not_allowed");
    expect_faults("_sort=title&_order=asc,asc", "_order too_many");
    expect_faults("_order=asc", "_order conflict");
    expect_faults("sort=title&_sort=title", "_sort conflict");
    expect_faults("sort=session,type,number,chamber,title,status,url,"
                  "latest_action",
                  "sort too_many");
}

/* ---- pages ------------------------------------------------------------------
 */

Test(listing, takes_the_page_in_each_of_the_ways)
{
    expect_page("", 25, 0, false);
    expect_page("limit=200", 200, 0, false);
    expect_page("offset=50&limit=10", 10, 50, true);
    expect_page("offset=0", 25, 0, true);
    expect_page("_start=30&_end=45", 15, 30, true);
    expect_page("_end=45", 45, 0, true);
    expect_page("_start=30", 25, 30, true);
    expect_page("_start=30&limit=5", 5, 30, true);
    expect_page("range=[0,24]", 25, 0, true);
    expect_page("range=[7,7]", 1, 7, true);
}

Test(listing, refuses_windows_that_are_none)
{
    expect_faults("limit=201", "limit out_of_range");
    expect_detail("limit", "1 to 200");
    expect_faults("limit=0", "limit out_of_range");
    expect_faults("limit=ten", "limit out_of_range");
    expect_faults("limit=", "limit out_of_range");
    expect_faults("limit=1e2", "limit out_of_range");
    expect_faults("limit=99999999999999999999", "limit out_of_range");
    expect_faults("offset=-1", "offset out_of_range");
    expect_faults("_start=5&_end=5", "_end out_of_range");
    expect_faults("_start=9&_end=5", "_end out_of_range");
    expect_faults("_start=0&_end=201", "_end out_of_range");
    expect_faults("range=[0,200]", "range out_of_range");
    expect_faults("range=[5,4]", "range out_of_range");
    expect_faults("range=[0]", "range wrong_type");
    expect_faults("range=[-1,4]", "range wrong_type");
    expect_faults("range=[0,9223372036854775807]", "range wrong_type");
    expect_faults("range=0-24", "range malformed_json");
}

Test(listing, refuses_two_ways_at_once)
{
    expect_faults("cursor=x&offset=5", "offset conflict");
    expect_faults("range=[0,4]&limit=5", "limit conflict");
    expect_faults("_end=5&limit=5", "limit conflict");
    expect_faults("offset=5&_start=5", "_start conflict");
}

Test(listing, refuses_a_parameter_given_twice)
{
    expect_faults("limit=5&limit=5", "limit repeated");
    expect_faults("sort=id&sort=id", "sort repeated");
    expect_faults("fields=id&fields=title", "fields repeated");
}

/* --- what is seen --------------------------------------------------------- */

Test(listing, shows_the_deleted_only_to_who_may_restore)
{
    ask_bills("deleted=include");
    cr_assert_eq(asked->result, -ERR_FORBIDDEN);
    cr_assert_not_null(strstr(asked->diag.detail, "bills:restore"));
    asked = ask_with(&bills, "deleted=only",
                     (struct listing_options){ .may_see_deleted = true });
    cr_assert_eq(asked->result, 0);
    cr_assert_eq(asked->listing->deleted, DELETED_ONLY);
    expect_faults("deleted=yes", "deleted not_allowed");
}

Test(listing, asks_for_columns_that_only_it_needs)
{
    expect_taken("fields=title&embed=sponsor&sort=-introduced_on");
    cr_assert_eq(asked->listing->extra_count, 3);
    cr_expect_str_eq(asked->listing->extras[0]->name, "introduced_on");
    cr_expect_str_eq(asked->listing->extras[1]->name, "id");
    cr_expect_str_eq(asked->listing->extras[2]->name, "sponsor_id");
    expect_taken("sort=-introduced_on&embed=sponsor");
    cr_expect_eq(asked->listing->extra_count, 0);
}

Test(listing, says_so_when_the_arena_is_full)
{
    static struct asked_for small;
    static const char query[] = "title=a&title=b";

    for (size_t limit = 0; limit < 16 * 1024; limit += 512) {
        arena_init(&small.arena, limit);
        diag_init(&small.diag, NULL);
        split_query(&small, query);
        small.result = listing_parse(&bills, &small.parameters, NULL,
                                     &small.arena, &small.diag, &small.listing);
        cr_expect(small.result == 0 || small.result == -ERR_TOO_LARGE,
                  "%zu: %d", limit, small.result);
        arena_fini(&small.arena);
    }
    cr_expect_eq(small.result, 0);
}
