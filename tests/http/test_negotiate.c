/* SPDX-License-Identifier: MIT */
#include "http/negotiate.h"

#include "http/weight.h"

#include <criterion/criterion.h>

static int weight(const char *accept, struct text media)
{
    struct header header = { TEXT("Accept"), text_of(accept) };
    struct request request = { .headers = &header, .header_count = 1 };

    return request_media_weight(&request, media);
}

Test(negotiate, the_most_specific_range_decides)
{
    struct text html = TEXT("text/html");

    cr_expect_eq(weight("text/html;q=0.3, */*;q=0.9", html), 300);
    cr_expect_eq(weight("*/*;q=0.9, text/*;q=0.25", html), 250);
    cr_expect_eq(weight("TEXT/HTML", html), 1000);
    cr_expect_eq(weight("text/htm, application/*", html), 0);
    cr_expect_eq(weight("texts/*, text", html), 0);
    cr_expect_eq(weight("text/html;q=0, */*", html), 0);
    cr_expect_eq(weight("", html), 1000);
}

Test(negotiate, a_browser_gets_html_and_curl_gets_json)
{
    const char *browser = "text/html,application/xhtml+xml,"
                          "application/xml;q=0.9,*/*;q=0.8";

    cr_expect_gt(weight(browser, TEXT("text/html")),
                 weight(browser, TEXT("application/json")));
    cr_expect_eq(weight("*/*", TEXT("application/json")), 1000);
}

Test(weight, is_read_in_thousandths)
{
    cr_expect_eq(weight_of(TEXT("q=1")), 1000);
    cr_expect_eq(weight_of(TEXT("q=1.000")), 1000);
    cr_expect_eq(weight_of(TEXT(" Q = 0.123 ")), 123);
    cr_expect_eq(weight_of(TEXT("level=1; q=0.5")), 500);
    cr_expect_eq(weight_of(TEXT("q=0.")), 0);
    cr_expect_eq(weight_of(TEXT("q=0")), 0);
}

Test(weight, is_full_where_it_is_missing_or_malformed)
{
    static const char others[][12] = { "q=",     "q=2",   "q=1.001", "q=0.1234",
                                       "q=-1",   "q=.5",  "q=00.5",  "q=0,5",
                                       "q=half", "r=0.5", "q",       "" };

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        cr_expect_eq(weight_of(text_of(others[i])), 1000, "%s", others[i]);
    cr_expect_eq(weight_of(TEXT_NULL), 1000);
}
