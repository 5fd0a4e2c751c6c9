/* SPDX-License-Identifier: MIT */
#include "http/cors.h"

#include "http/options.h"

#include <criterion/criterion.h>

#define LIST "https://app.example, http://localhost:3000,https://b.example:443"

static struct request request;
static struct reply reply;
static struct header headers[2];

static void set_up(void)
{
    arena_init(&request.arena, 1 << 20);
    diag_init(&request.diag, &request.arena);
    request.method = METHOD_GET;
    request.headers = headers;
    reply_init(&reply);
}

static void tear_down(void)
{
    reply_fini(&reply);
    arena_fini(&request.arena);
}

TestSuite(cors, .init = set_up, .fini = tear_down);

static void from(const char *origin)
{
    headers[0] = (struct header){ TEXT("origin"), text_of(origin) };
    request.header_count = 1;
}

/* A field of the reply; "" when it is not there. */
static const char *field(const char *name)
{
    const char **value = reply_header_at(&reply, name);

    return value ? *value : "";
}

Test(cors, lets_in_what_the_setting_lists)
{
    cr_expect(cors_allows(TEXT(LIST), TEXT("https://app.example")));
    cr_expect(cors_allows(TEXT(LIST), TEXT("http://localhost:3000")));
    cr_expect(cors_allows(TEXT(LIST), TEXT("https://b.example")));
    cr_expect(cors_allows(TEXT("*"), TEXT("https://any.example")));
    cr_expect(cors_allows(TEXT("*"), TEXT("null")));
}

Test(cors, lets_in_nothing_that_only_looks_like_it)
{
    static const char others[][48] = {
        "http://app.example",
        "https://app.example.evil.example",
        "https://evil-app.example",
        "https://app.example:8443",
        "https://app.example/",
        "http://localhost",
        "null",
        "",
        "https://app.example, http://localhost:3000",
    };

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        cr_expect_not(cors_allows(TEXT(LIST), text_of(others[i])), "%s",
                      others[i]);
    cr_expect_not(cors_allows(TEXT(""), TEXT("https://app.example")));
    cr_expect_not(cors_allows(TEXT(""), TEXT("")));
    cr_expect_not(cors_allows(TEXT(LIST), TEXT_NULL));
    cr_expect_not(cors_allows(TEXT("*"), TEXT_NULL));
}

Test(cors, names_the_origin_and_what_may_be_read)
{
    from("https://app.example");
    cors_add(TEXT(LIST), &request, &reply);
    cr_expect_str_eq(field("Access-Control-Allow-Origin"),
                     "https://app.example");
    cr_expect_str_eq(field("Vary"), "Origin");
    cr_expect_not_null(
        strstr(field("Access-Control-Expose-Headers"), "Content-Range, "));
    cr_expect_str_eq(field("Access-Control-Allow-Methods"), "");
    cr_expect_null(reply_header_at(&reply, "Access-Control-Allow-Credentials"));
}

Test(cors, adds_to_vary_and_says_nothing_to_others)
{
    reply_vary(&reply, VARY_ACCEPT_ENCODING);
    from("https://evil.example");
    cors_add(TEXT(LIST), &request, &reply);
    cr_expect_str_eq(field("Vary"), "Accept-Encoding, Origin");
    cr_expect_eq(reply.header_count, 1);
}

Test(cors, is_silent_when_it_is_off)
{
    from("https://app.example");
    cors_add(TEXT(""), &request, &reply);
    cr_expect_eq(reply.header_count, 0);
}

Test(cors, answers_a_preflight_with_the_methods_of_the_path)
{
    from("https://app.example");
    headers[1] =
        (struct header){ TEXT("Access-Control-Request-Method"), TEXT("PATCH") };
    request.header_count = 2;
    request.method = METHOD_OPTIONS;
    reply_header(&reply, "Allow", "GET, PATCH, OPTIONS");
    cors_add(TEXT("*"), &request, &reply);
    cr_expect_str_eq(field("Access-Control-Allow-Origin"), "*");
    cr_expect_str_eq(field("Access-Control-Allow-Methods"),
                     "GET, PATCH, OPTIONS");
    cr_expect_not_null(
        strstr(field("Access-Control-Allow-Headers"), "Idempotency-Key"));
    cr_expect_str_eq(field("Access-Control-Max-Age"), "86400");
    cr_expect_str_eq(field("Access-Control-Expose-Headers"), "");
}

Test(cors, can_say_of_a_refusal_only_what_holds_for_all)
{
    cr_expect_str_eq(cors_line_of_refusal(TEXT("*")),
                     "Access-Control-Allow-Origin: *\r\n");
    cr_expect_str_eq(cors_line_of_refusal(TEXT(LIST)), "");
    cr_expect_str_eq(cors_line_of_refusal(TEXT("")), "");
}

/* --- OPTIONS ------------------------------------------------------------- */

TestSuite(options, .init = set_up, .fini = tear_down);

static bool ask_options(const char *path)
{
    static const struct route routes[] = {
        { .id = "A", .method = METHOD_GET, .path = "/plain" },
        { .id = "B", .method = METHOD_PATCH, .path = "/patched/{id}" },
    };
    CLEANUP(router_free)
    struct router *router = router_new(routes, ARRAY_LEN(routes));

    request.method = METHOD_OPTIONS;
    request.path = text_of(path);
    return options_answer(router, &request, &reply);
}

Test(options, names_the_formats_of_a_patch)
{
    cr_assert(ask_options("/patched/7"));
    cr_expect_eq(reply.status, 204);
    cr_expect_str_eq(field("Allow"), "PATCH, OPTIONS");
    cr_expect_str_eq(field("Accept-Patch"),
                     "application/merge-patch+json, "
                     "application/json-patch+json, application/json");
}

Test(options, names_no_formats_where_nothing_is_patched)
{
    cr_assert(ask_options("/plain"));
    cr_expect_str_eq(field("Allow"), "GET, HEAD, OPTIONS");
    cr_expect_str_eq(field("Accept-Patch"), "");
}

Test(options, stands_for_the_server_at_a_star)
{
    cr_assert(ask_options("*"));
    cr_expect_not_null(strstr(field("Allow"), "DELETE"));
    cr_expect_str_eq(field("Accept-Patch"), "");
}

Test(options, leaves_unknown_paths_alone)
{
    cr_expect_not(ask_options("/nothing"));
    cr_expect_eq(reply.header_count, 0);
}

Test(options, an_unsupported_patch_is_told_the_formats)
{
    request.method = METHOD_PATCH;
    reply_problem(&reply, &request, ERR_UNSUPPORTED_MEDIA_TYPE);
    cr_expect_str_eq(field("Accept-Patch"), PATCH_FORMATS);
}
