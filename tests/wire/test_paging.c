/* SPDX-License-Identifier: MIT */
/* Pages by position and by cursor, and their totals (api.md § 2). */
#include "made.h"

enum { BILLS = 5 };

struct house {
    struct wire wire;
    const char *session;
};

/* Numbers 1 to 5; the second and the fourth had an action. */
static void house_open(struct house *h)
{
    wire_open(&h->wire);
    h->session = some_key(&h->wire);
    for (int i = 1; i <= BILLS; i++)
        make(&h->wire, "bills",
             SAY(&h->wire,
                 "{\"session\":\"%s\",\"type\":\"hr\",\"number\":%d,"
                 "\"chamber\":\"house\",\"title\":\"Canal %d\","
                 "\"introduced_on\":\"2026-02-%02d\",\"latest_action_on\":%s}",
                 h->session, i, i % 2, 10 + i / 2,
                 i % 2 ? "null" : SAY(&h->wire, "\"2026-03-%02d\"", i)));
}

static void house_close(struct house *h)
{
    wire_close(&h->wire);
}

/* The numbers of its bills in their order, "12". */
static const char *numbers_of(struct house *h, const struct answer *answer)
{
    char *out = SAY(&h->wire, "%8s", "");
    struct text rest = answer->body, piece;
    size_t count = 0;

    while (text_cut(&rest, '{', &piece)) {
        struct text number =
            member(&(struct answer){ .body = piece }, "number");

        if (!text_is_null(number) && count < 8)
            out[count++] = number.at[0];
    }
    out[count] = '\0';
    return out;
}

static struct answer list(struct house *h, const char *query,
                          const char *headers)
{
    return ask(&h->wire,
               SAY(&h->wire, "GET /v1/bills?session=%s&sort=number&%s",
                   h->session, query),
               headers, NULL);
}

/* The target of a relation in Link, or NULL. */
static const char *linked(struct house *h, const struct answer *answer,
                          const char *relation)
{
    const char *end, *begin,
        *all = SAY(&h->wire, "%.*s", TEXT_ARG(answer_header(answer, "Link")));

    end = strstr(all, SAY(&h->wire, ">; rel=\"%s\"", relation));
    if (!end)
        return NULL;
    for (begin = end; *begin != '<';)
        begin--;
    return SAY(&h->wire, "%.*s", (int)(end - begin) - 1, begin + 1);
}

/* --- by position --------------------------------------------------------- */

/* What a page by position says of itself. */
struct window {
    char query[24], numbers[8], range[24];
    bool prev, next;
};

Test(paging, every_spelling_of_a_window_tells_its_place)
{
    static const struct window windows[] = {
        { "offset=0&limit=2", "12", "bills 0-1/5", false, true },
        { "offset=1&limit=3", "234", "bills 1-3/5", true, true },
        { "offset=4&limit=2", "5", "bills 4-4/5", true, false },
        { "offset=3&limit=2", "45", "bills 3-4/5", true, false },
        { "offset=5", "", "bills */5", true, false },
        { "offset=0", "12345", "bills 0-4/5", false, false },
        { "_start=0&_end=2", "12", "bills 0-1/5", false, true },
        { "_start=2&_end=4", "34", "bills 2-3/5", true, true },
        { "_start=3&limit=1", "4", "bills 3-3/5", true, true },
        { "_end=1", "1", "bills 0-0/5", false, true },
        { "range=%5B0,1%5D", "12", "bills 0-1/5", false, true },
        { "range=%5B4,9%5D", "5", "bills 4-4/5", true, false },
    };
    struct house h;

    house_open(&h);
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        const struct window *w = &windows[i];
        struct answer page = list(&h, w->query, NULL);

        cr_expect_eq(page.status, 200, "%s", w->query);
        cr_expect_str_eq(numbers_of(&h, &page), w->numbers, "%s", w->query);
        cr_expect(text_is(answer_header(&page, "Content-Range"), w->range),
                  "%s: %.*s", w->query, TEXT_ARG(page.head));
        cr_expect(text_is(answer_header(&page, "X-Total-Count"), "5"));
        cr_expect_eq(linked(&h, &page, "prev") != NULL, w->prev, "%s",
                     w->query);
        cr_expect_eq(linked(&h, &page, "next") != NULL, w->next, "%s",
                     w->query);
        cr_expect(linked(&h, &page, "first") != NULL);
    }
    house_close(&h);
}

Test(paging, nothing_is_an_empty_page_of_none)
{
    struct answer page;
    struct house h;

    house_open(&h);
    page = list(&h, "number=9&offset=0", NULL);
    cr_expect(text_is(page.body, "[]"));
    cr_expect(text_is(answer_header(&page, "Content-Range"), "bills */0"));
    cr_expect(text_is(answer_header(&page, "X-Total-Count"), "0"));
    page = list(&h, "number=9", "Prefer: count=exact\r\n");
    cr_expect(text_is(answer_header(&page, "Content-Range"), "bills */0"));
    house_close(&h);
}

Test(paging, links_by_position_lead_on_and_back)
{
    struct answer page;
    struct house h;

    house_open(&h);
    page = list(&h, "offset=0&limit=2", NULL);
    page = get(&h.wire, linked(&h, &page, "next"));
    cr_expect_str_eq(numbers_of(&h, &page), "34");
    page = get(&h.wire, linked(&h, &page, "next"));
    cr_expect_str_eq(numbers_of(&h, &page), "5");
    page = get(&h.wire, linked(&h, &page, "prev"));
    cr_expect_str_eq(numbers_of(&h, &page), "34");
    page = get(&h.wire, linked(&h, &page, "first"));
    cr_expect_str_eq(numbers_of(&h, &page), "12");
    house_close(&h);
}

/* --- totals -------------------------------------------------------------- */

Test(paging, a_total_is_found_as_the_client_prefers)
{
    struct answer page;
    int64_t total;
    struct house h;

    house_open(&h);
    page = list(&h, "limit=2", NULL);
    cr_expect(text_is_null(answer_header(&page, "X-Total-Count")));
    cr_expect(text_is_null(answer_header(&page, "Content-Range")));
    page = list(&h, "limit=2", "Prefer: count=exact\r\n");
    cr_expect(text_is(answer_header(&page, "X-Total-Count"), "5"));
    cr_expect(
        text_is(answer_header(&page, "Preference-Applied"), "count=exact"));
    page = list(&h, "offset=0&limit=2", "Prefer: count=none\r\n");
    cr_expect(text_is_null(answer_header(&page, "X-Total-Count")));
    cr_expect(text_is_null(answer_header(&page, "Content-Range")));
    cr_expect_str_eq(numbers_of(&h, &page), "12");
    page = list(&h, "offset=0&limit=2", "Prefer: count=estimated\r\n");
    cr_expect(text_to_int64(answer_header(&page, "X-Total-Count"), &total));
    cr_expect_geq(total, 2, "never less than what is on the page");
    cr_expect(
        text_is(answer_header(&page, "Preference-Applied"), "count=estimated"));
    house_close(&h);
}

Test(paging, a_range_of_rows_is_no_range_of_bytes)
{
    struct answer page;
    struct house h;

    house_open(&h);
    page = list(&h, "", "Range: bills=0-1\r\n");
    cr_expect_eq(page.status, 200);
    cr_expect_str_eq(numbers_of(&h, &page), "12345");
    house_close(&h);
}

/* --- by cursor ----------------------------------------------------------- */

/* Walks to the last page and back to the first: what was seen, both ways. */
static void walk(struct house *h, const char *sort, const char *expected)
{
    const char *there = "", *back = "",
               *at = SAY(&h->wire, "/v1/bills?session=%s&limit=2&%s",
                         h->session, sort);
    struct answer page;

    for (int pages = 0; at && pages < 5; pages++) {
        page = get(&h->wire, at);
        cr_assert_eq(page.status, 200, "%s: %.*s", at, TEXT_ARG(page.body));
        there = SAY(&h->wire, "%s%s", there, numbers_of(h, &page));
        back = numbers_of(h, &page);
        at = linked(h, &page, "next");
    }
    cr_expect_str_eq(there, expected, "%s: %s, not %s", sort, there, expected);
    at = linked(h, &page, "prev");
    for (int pages = 0; at && pages < 5; pages++) {
        page = get(&h->wire, at);
        back = SAY(&h->wire, "%s%s", numbers_of(h, &page), back);
        at = linked(h, &page, "prev");
    }
    cr_expect_str_eq(back, expected, "%s, back: %s, not %s", sort, back,
                     expected);
}

Test(paging, cursors_show_every_row_once_both_ways)
{
    struct house h;

    house_open(&h);
    walk(&h, "sort=number", "12345");
    walk(&h, "sort=-number", "54321");
    walk(&h, "", "12345");
    walk(&h, "sort=-id", "54321");
    walk(&h, "sort=title", "24135");
    walk(&h, "sort=-title,-number", "53142");
    walk(&h, "sort=latest_action_on", "24135");
    walk(&h, "sort=-latest_action_on", "42135");
    walk(&h, "sort=-latest_action_on,-number", "42531");
    walk(&h, "sort=introduced_on,-number", "13254");
    walk(&h, "_sort=number&_order=desc&number_lt=5", "4321");
    walk(&h, "filter=%7B%22number%22:%5B1,2,4%5D%7D&sort=number", "124");
    house_close(&h);
}

Test(paging, cursors_follow_the_rank_of_a_search)
{
    const char *session;
    struct house h;

    house_open(&h);
    session = some_key(&h.wire);
    for (int i = 1; i <= 4; i++)
        make(&h.wire, "bills",
             SAY(&h.wire,
                 "{\"session\":\"%s\",\"type\":\"hr\",\"number\":%d,"
                 "\"chamber\":\"house\",\"title\":\"%s\",\"summary\":\"%s\","
                 "\"introduced_on\":\"2026-02-01\"}",
                 session, i, i % 2 ? "Roads" : "Canal", "about a canal"));
    h.session = session;
    walk(&h, "q=canal", "2413");
    house_close(&h);
}

Test(paging, a_cursor_bears_another_limit_and_selection_only)
{
    const char *next;
    struct answer page;
    struct house h;

    house_open(&h);
    page = list(&h, "limit=1", NULL);
    next = linked(&h, &page, "next");
    page = get(&h.wire, SAY(&h.wire, "%s&fields=number", next));
    cr_expect(text_is(page.body, "[{\"number\":2}]"), "%.*s",
              TEXT_ARG(page.body));
    next = strstr(next, "cursor=");
    page = list(&h, SAY(&h.wire, "limit=3&%s", next), NULL);
    cr_expect_str_eq(numbers_of(&h, &page), "234");
    EXPECT(list(&h, SAY(&h.wire, "number_lt=9&%s", next), NULL), 400,
           "\"code\":\"cursor_mismatch\"");
    page = get(&h.wire, SAY(&h.wire, "/v1/bills?session=%s&sort=-number&%s",
                            h.session, next));
    EXPECT(page, 400, "\"code\":\"cursor_mismatch\"");
    page = get(&h.wire, SAY(&h.wire, "/v1/people?%s", next));
    EXPECT(page, 400, "\"code\":\"cursor_mismatch\"");
    house_close(&h);
}

Test(paging, rows_made_behind_a_cursor_move_nothing)
{
    const char *next;
    struct answer page;
    struct house h;

    house_open(&h);
    page =
        get(&h.wire, SAY(&h.wire, "/v1/bills?session=%s&sort=-number&limit=2",
                         h.session));
    next = linked(&h, &page, "next");
    make(&h.wire, "bills",
         SAY(&h.wire,
             "{\"session\":\"%s\",\"type\":\"hr\",\"number\":9,"
             "\"chamber\":\"house\",\"title\":\"new\","
             "\"introduced_on\":\"2026-02-01\"}",
             h.session));
    page = get(&h.wire, next);
    cr_expect_str_eq(numbers_of(&h, &page), "32");
    house_close(&h);
}

/* --- what is refused ----------------------------------------------------- */

/* clang-format off */
#define REFUSED(query, pointer, why) \
    { "GET /v1/bills?" query, .expect = 400, .code = "invalid_parameter", \
      .has = "{\"pointer\":\"" pointer "\",\"code\":\"" why "\"" }

SCENARIO(paging, a_window_has_one_spelling_and_a_limit,
    REFUSED("limit=0", "limit", "out_of_range"),
    REFUSED("limit=201", "limit", "out_of_range"),
    REFUSED("limit=-1", "limit", "out_of_range"),
    REFUSED("limit=2.5", "limit", "out_of_range"),
    REFUSED("limit=", "limit", "out_of_range"),
    REFUSED("limit=5&limit=5", "limit", "repeated"),
    REFUSED("offset=-1", "offset", "out_of_range"),
    REFUSED("offset=9223372036854775808", "offset", "out_of_range"),
    REFUSED("_start=0&_end=201", "_end", "out_of_range"),
    REFUSED("_start=5&_end=5", "_end", "out_of_range"),
    REFUSED("range=%5B0,200%5D", "range", "out_of_range"),
    REFUSED("range=%5B5,4%5D", "range", "out_of_range"),
    REFUSED("range=%5B0%5D", "range", "wrong_type"),
    REFUSED("range=0-24", "range", "malformed_json"),
    REFUSED("range=%5B0,1%5D&limit=5", "limit", "conflict"),
    REFUSED("offset=0&_start=0", "_start", "conflict"),
    REFUSED("_start=0&_end=5&limit=5", "limit", "conflict"))

SCENARIO(paging, a_window_may_be_as_wide_as_a_page,
    { "GET /v1/bills?limit=200", .expect = 200 },
    { "GET /v1/bills?_start=0&_end=200&fields=id", .expect = 200 },
    { "GET /v1/bills?range=%5B0,199%5D&fields=id", .expect = 200 },
    { "GET /v1/bills?offset=9223372036854775807", .expect = 200,
      .has = "[]" })

SCENARIO(paging, a_cursor_is_ours_or_none,
    { "GET /v1/bills?cursor=", .expect = 400 },
    { "GET /v1/bills?cursor=abc", .expect = 400, .code = "invalid_cursor" },
    { "GET /v1/bills?cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      .expect = 400, .code = "invalid_cursor" },
    { "GET /v1/bills?cursor=abc&offset=1", .expect = 400,
      .code = "invalid_parameter", .has = "\"conflict\"" },
    { "GET /v1/bills?cursor=abc&cursor=abc", .expect = 400,
      .code = "invalid_parameter", .has = "\"repeated\"" })
/* clang-format on */
