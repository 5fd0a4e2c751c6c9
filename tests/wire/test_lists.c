/* SPDX-License-Identifier: MIT */
/* Filters, search and order of lists (api.md § 2), on rows of known values. */
#include "made.h"

#define A_BILL "\"session\":\"%s\",\"type\":\"%s\",\"number\":%d,"

/* Five bills of one session, in the order they were made in. */
static const struct row {
    char type[8], more[320];
} rows[] = {
    { "hr", "\"chamber\":\"house\",\"title\":\"Alpha clean water\","
            "\"status\":\"enacted\",\"policy_area\":\"Water\","
            "\"subjects\":[\"a\",\"b,c\"],\"introduced_on\":\"2025-01-01\"" },
    { "hr", "\"chamber\":\"house\",\"title\":\"Beta clean air\","
            "\"subjects\":[\"a\"],\"introduced_on\":\"2025-02-01\","
            "\"latest_action_on\":\"2025-05-01\"" },
    { "s", "\"chamber\":\"senate\",\"title\":\"alpha road\","
           "\"status\":\"vetoed\",\"policy_area\":\"Roads, and Rail\","
           "\"introduced_on\":\"2025-03-01\","
           "\"latest_action_on\":\"2025-04-01\"" },
    { "s", "\"chamber\":\"senate\",\"title\":\"100% of_it \\\\ path\","
           "\"status\":\"enacted\",\"subjects\":[\"d\"],"
           "\"introduced_on\":\"2025-03-01\"" },
    { "hres", "\"chamber\":\"house\",\"title\":\"Élan for clean roads\","
              "\"policy_area\":\"\",\"subjects\":[\"b\"],"
              "\"introduced_on\":\"2025-04-01\"" },
};

struct house {
    struct wire wire;
    const char *session;
    const char *paths[5];
};

static void house_open(struct house *h)
{
    wire_open(&h->wire);
    h->session = some_key(&h->wire);
    for (int i = 0; i < 5; i++) {
        struct answer made = post(&h->wire, "/v1/bills",
                                  SAY(&h->wire, "{" A_BILL "%s}", h->session,
                                      rows[i].type, i + 1, rows[i].more));

        cr_assert_eq(made.status, 201, "%.*s", TEXT_ARG(made.body));
        h->paths[i] =
            SAY(&h->wire, "%.*s", TEXT_ARG(answer_header(&made, "Location")));
    }
}

static void house_close(struct house *h)
{
    wire_close(&h->wire);
}

/* The numbers of the bills the list shows, in its order: "314". */
static const char *numbers(struct house *h, const char *query)
{
    struct answer list =
        get(&h->wire, SAY(&h->wire, "/v1/bills?session=%s&fields=number&%s",
                          h->session, query));
    char *out = SAY(&h->wire, "%8s", "");
    struct text rest = list.body, piece;
    size_t count = 0;

    cr_expect_eq(list.status, 200, "%s: %.*s", query, TEXT_ARG(list.body));
    while (text_cut(&rest, '{', &piece)) {
        struct text number =
            member(&(struct answer){ .body = piece }, "number");

        if (!text_is_null(number) && count < 8)
            out[count++] = number.at[0];
    }
    out[count] = '\0';
    return out;
}

struct question {
    char query[120], numbers[8];
};

static void expect_numbers(const struct question *questions, size_t count)
{
    struct house h;

    house_open(&h);
    for (size_t i = 0; i < count; i++) {
        const char *got = numbers(&h, questions[i].query);

        cr_expect_str_eq(got, questions[i].numbers, "%s: %s, not %s",
                         questions[i].query, got, questions[i].numbers);
    }
    house_close(&h);
}

#define QUESTIONS(name, ...)                                     \
    Test(lists, name)                                            \
    {                                                            \
        static const struct question table[] = { __VA_ARGS__ };  \
        expect_numbers(table, sizeof(table) / sizeof(table[0])); \
    }

/* clang-format off */

/* --- filters ------------------------------------------------------------- */

QUESTIONS(equality_is_any_of_what_is_given,
    { "status=enacted", "14" },
    { "status=enacted&status=vetoed", "134" },
    { "status=enacted,vetoed", "134" },
    { "status_in=enacted,vetoed", "134" },
    { "status_in=enacted&status_in=vetoed", "134" },
    { "number=2,5", "25" },
    { "number=2&number=5", "25" },
    { "type=hr,hres", "125" },
    { "type=hr&chamber=senate", "" },
    { "introduced_on=2025-03-01", "34" },
    { "introduced_on_in=2025-01-01,2025-04-01", "15" })

QUESTIONS(a_comma_in_a_text_is_a_comma,
    { "policy_area=Roads%2C%20and%20Rail", "3" },
    { "policy_area=Water,Roads", "" },
    { "policy_area=Water&policy_area=Roads,+and+Rail", "13" },
    { "policy_area_in=Water,Roads", "1" },
    { "policy_area=", "5" })

QUESTIONS(comparisons_have_their_bounds,
    { "introduced_on_gte=2025-03-01", "345" },
    { "introduced_on_gt=2025-03-01", "5" },
    { "introduced_on_lt=2025-03-01", "12" },
    { "introduced_on_lte=2025-03-01", "1234" },
    { "introduced_on_gte=2025-02-01&introduced_on_lt=2025-04-01", "234" },
    { "number_gt=1&number_lt=4", "23" },
    { "number_gte=5", "5" },
    { "title_gt=B", "235" },
    { "title_lte=Alpha%20clean%20water", "14" })

QUESTIONS(ne_leaves_nulls_out,
    { "status_ne=enacted", "235" },
    { "status_ne=enacted,vetoed", "25" },
    { "number_ne=1&number_ne=2", "345" },
    { "policy_area_ne=Water", "35" },
    { "latest_action_on_ne=2025-05-01", "3" })

QUESTIONS(null_is_asked_for_by_name,
    { "policy_area_null=true", "24" },
    { "policy_area_null=false", "135" },
    { "latest_action_on_null=true", "145" },
    { "number_null=true", "" },
    { "policy_area_null=false&policy_area_null=true", "" })

QUESTIONS(like_contains_in_any_case_and_prefix_begins_in_this,
    { "title_like=ALPHA", "13" },
    { "title_like=clean", "125" },
    { "title_like=%C3%A9lan", "5" },
    { "title_like=%25", "4" },
    { "title_like=_", "4" },
    { "title_like=%5C", "4" },
    { "title_like=alpha&title_like=beta", "123" },
    { "title_prefix=Alpha", "1" },
    { "title_prefix=alpha", "3" },
    { "title_prefix=100%25", "4" },
    { "title_prefix=%25", "" },
    { "title_prefix=Alpha&title_prefix=Beta", "12" })

QUESTIONS(a_list_is_matched_by_what_it_holds,
    { "subjects=a", "12" },
    { "subjects=b,c", "1" },
    { "subjects=b", "5" },
    { "subjects=a&subjects=b", "125" },
    { "subjects_in=b,d", "45" },
    { "subjects_ne=a", "345" },
    { "subjects=A", "" },
    { "subjects_null=true", "" })

QUESTIONS(a_filter_may_be_json,
    { "filter=%7B%7D", "12345" },
    { "filter=%7B%22status%22:%5B%22enacted%22%5D%7D", "14" },
    { "filter=%7B%22status%22:%22enacted%22,%22number_gt%22:1%7D", "4" },
    { "filter=%7B%22number%22:%5B1,3,5%5D%7D", "135" },
    { "filter=%7B%22policy_area%22:null%7D", "24" },
    { "filter=%7B%22policy_area_ne%22:null%7D", "135" },
    { "filter=%7B%22policy_area%22:%5B%22Roads,%20and%20Rail%22%5D%7D", "3" },
    { "filter=%7B%22q%22:%22clean%22%7D&sort=number", "125" },
    { "filter=%7B%22type%22:%22hr%22%7D&status=enacted", "1" })

/* --- search -------------------------------------------------------------- */

QUESTIONS(q_searches_as_the_web_does,
    { "q=clean&sort=number", "125" },
    { "q=clean+water&sort=number", "1" },
    { "q=%22clean+water%22", "1" },
    { "q=%22water+clean%22", "" },
    { "q=clean+-water&sort=number", "25" },
    { "q=water+or+air&sort=number", "12" },
    { "q=roads&sort=number", "35" },
    { "q=clean&status=introduced&sort=-number", "52" },
    { "q=%22unclosed+(+%27+%7C+%26+!&sort=number", "" })

/* --- order --------------------------------------------------------------- */

QUESTIONS(order_is_spelt_in_three_ways,
    { "sort=-number", "54321" },
    { "sort=type,-number", "21543" },
    { "_sort=type,number&_order=asc,desc", "21543" },
    { "_sort=type,number&_order=ASC,DESC", "21543" },
    { "_sort=number&_order=desc", "54321" },
    { "_sort=number", "12345" },
    { "sort=%5B%22number%22,%22DESC%22%5D", "54321" },
    { "sort=%5B%22number%22,%22ASC%22%5D", "12345" })

QUESTIONS(nulls_are_last_both_ways,
    { "sort=latest_action_on", "32145" },
    { "sort=-latest_action_on", "23145" },
    { "sort=-latest_action_on,-number", "23541" },
    { "sort=policy_area,number", "53124" },
    { "sort=-policy_area,number", "13524" })

QUESTIONS(text_sorts_by_code_point,
    { "sort=title", "41235" },
    { "sort=-title", "53214" })

QUESTIONS(ties_and_silence_go_by_id,
    { "limit=200", "12345" },
    { "sort=id", "12345" },
    { "sort=-id", "54321" },
    { "sort=introduced_on", "12345" },
    { "sort=chamber", "12534" },
    { "sort=-chamber", "34125" })

/* --- what is refused ----------------------------------------------------- */

#define REFUSED(query, pointer, why) \
    { "GET /v1/bills?" query, .expect = 400, .code = "invalid_parameter", \
      .has = "{\"pointer\":\"" pointer "\",\"code\":\"" why "\"" }

SCENARIO(lists, faults_name_the_parameter,
    REFUSED("colour=red", "colour", "unknown_parameter"),
    REFUSED("number_like=1", "number_like", "unknown_operator"),
    REFUSED("status_gt=enacted", "status_gt", "unknown_operator"),
    REFUSED("subjects_like=a", "subjects_like", "unknown_operator"),
    REFUSED("title_contains=a", "title_contains", "unknown_operator"),
    REFUSED("number=1,x", "number", "wrong_type"),
    REFUSED("number=", "number", "wrong_type"),
    REFUSED("status=enacted,lost", "status", "not_allowed"),
    REFUSED("policy_area_null=yes", "policy_area_null", "wrong_type"),
    REFUSED("filter=%7B", "filter", "malformed_json"),
    REFUSED("filter=%5B%5D", "filter", "wrong_type"),
    REFUSED("filter=%7B%22colour%22:1%7D", "filter.colour",
            "unknown_parameter"),
    REFUSED("filter=%7B%22number%22:%7B%7D%7D", "filter.number",
            "wrong_type"),
    REFUSED("sort=colour", "sort", "not_allowed"),
    REFUSED("sort=summary", "sort", "not_allowed"),
    REFUSED("sort=number,-number", "sort", "repeated"),
    REFUSED("sort=number&_sort=number", "_sort", "conflict"),
    REFUSED("_order=desc", "_order", "conflict"),
    REFUSED("_sort=number&_order=down", "_order", "not_allowed"),
    REFUSED("_sort=number&_order=asc,desc", "_order", "too_many"),
    REFUSED("sort=%5B%22number%22%5D", "sort", "wrong_type"),
    REFUSED("fields=id,secret", "fields", "not_allowed"),
    REFUSED("embed=votes", "embed", "not_allowed"),
    REFUSED("deleted=yes", "deleted", "not_allowed"))
/* clang-format on */

Test(lists, every_fault_of_a_query_is_listed)
{
    static const char *const pointers[] = { "colour", "number", "limit", "sort",
                                            "fields" };
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = get(&wire, "/v1/bills?colour=1&number=x&limit=0&sort=q&fields=z");
    for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
        EXPECT(answer, 400, SAY(&wire, "{\"pointer\":\"%s\",", pointers[i]));
    wire_close(&wire);
}

/* --- members ------------------------------------------------------------- */

Test(lists, fields_are_exactly_those_named)
{
    struct answer list;
    struct house h;

    house_open(&h);
    list = get(&h.wire, SAY(&h.wire,
                            "/v1/bills?session=%s&type=s&"
                            "fields=title,number&sort=number",
                            h.session));
    cr_expect(text_is(list.body,
                      "[{\"number\":3,\"title\":\"alpha road\"},"
                      "{\"number\":4,\"title\":\"100% of_it \\\\ path\"}]"),
              "%.*s", TEXT_ARG(list.body));
    house_close(&h);
}

Test(lists, a_row_is_the_object_itself)
{
    struct answer list, one;
    struct house h;

    house_open(&h);
    list =
        get(&h.wire, SAY(&h.wire, "/v1/bills?session=%s&number=5", h.session));
    one = get(&h.wire, h.paths[4]);
    cr_expect(text_equal(list.body,
                         text_of(SAY(&h.wire, "[%.*s]", TEXT_ARG(one.body)))));
    house_close(&h);
}

Test(lists, moments_compare_to_the_microsecond)
{
    const char *at;
    struct answer one;
    struct house h;

    house_open(&h);
    one = get(&h.wire, h.paths[2]);
    at = SAY(&h.wire, "%.*s", TEXT_ARG(member(&one, "created_at")));
    cr_expect_str_eq(numbers(&h, SAY(&h.wire, "created_at=%s", at)), "3");
    cr_expect_str_eq(numbers(&h, SAY(&h.wire, "created_at_gt=%s", at)), "45");
    cr_expect_str_eq(numbers(&h, SAY(&h.wire, "created_at_lte=%s", at)), "123");
    house_close(&h);
}
