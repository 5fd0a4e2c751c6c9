/* SPDX-License-Identifier: MIT */
#include "http/route.h"

#include <criterion/criterion.h>

static const struct route routes[] = {
    { .id = "LIST", .method = METHOD_GET, .path = "/v1/bills" },
    { .id = "CREATE", .method = METHOD_POST, .path = "/v1/bills" },
    { .id = "GET", .method = METHOD_GET, .path = "/v1/bills/{id}" },
    { .id = "FACETS", .method = METHOD_GET, .path = "/v1/bills/facets" },
    { .id = "ACTIONS", .method = METHOD_GET, .path = "/v1/bills/{id}/actions" },
};

static struct router *router;
static struct arena arena;
static struct diag diag;

static void set_up(void)
{
    arena_init(&arena, 1 << 20);
    diag_init(&diag, &arena);
    router = router_new(routes, ARRAY_LEN(routes));
}

static void tear_down(void)
{
    router_free(&router);
    arena_fini(&arena);
}

TestSuite(router, .init = set_up, .fini = tear_down);

static int match(enum method method, const char *path, struct route_match *m)
{
    return router_match(router, method, text_of(path), &arena, &diag, m);
}

Test(router, finds_a_route_by_method_and_path)
{
    struct route_match m;

    cr_assert_eq(match(METHOD_POST, "/v1/bills", &m), 0);
    cr_expect_str_eq(m.route->id, "CREATE");
}

Test(router, answers_head_by_the_route_for_get)
{
    struct route_match m;

    cr_assert_eq(match(METHOD_HEAD, "/v1/bills", &m), 0);
    cr_expect_str_eq(m.route->id, "LIST");
}

Test(router, prefers_a_literal_segment_to_a_parameter)
{
    struct route_match m;

    cr_assert_eq(match(METHOD_GET, "/v1/bills/facets", &m), 0);
    cr_expect_str_eq(m.route->id, "FACETS");
    cr_expect_eq(m.param_count, 0);
}

Test(router, gives_a_parameter_decoded_once)
{
    struct route_match m;

    cr_assert_eq(match(METHOD_GET, "/v1/bills/a%252Fb%2fc/actions", &m), 0);
    cr_expect_str_eq(m.route->id, "ACTIONS");
    cr_assert_eq(m.param_count, 1);
    cr_expect(text_is(m.params[0].name, "id"));
    cr_expect(text_is(m.params[0].value, "a%2Fb/c"),
              "an encoded slash never makes a segment");
}

Test(router, tells_what_a_known_path_allows)
{
    struct route_match m;

    cr_expect_eq(match(METHOD_DELETE, "/v1/bills", &m),
                 -ERR_METHOD_NOT_ALLOWED);
    cr_expect_str_eq(route_allow(m.allowed, &arena),
                     "GET, HEAD, POST, OPTIONS");
}

Test(router, finds_nothing_at_other_paths)
{
    static const char unknown[][24] = {
        "/",          "/v1",        "/v1/bills/",
        "/v1//bills", "//v1/bills", "/v1/bills/1/actions/2",
        "/V1/bills",  "v1/bills",   ""
    };
    struct route_match m;

    for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
        diag_clear(&diag);
        cr_expect_eq(match(METHOD_GET, unknown[i], &m), -ERR_NOT_FOUND, "%s",
                     unknown[i]);
    }
}

Test(router, refuses_paths_that_are_not_valid_text)
{
    static const char broken[][24] = { "/v1/bills/%",   "/v1/bills/%4",
                                       "/v1/bills/%zz", "/v1/bills/a%00b",
                                       "/v1/bills/%ff", "/v1/bills/%c0%af" };
    struct route_match m;

    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        diag_clear(&diag);
        cr_expect_eq(match(METHOD_GET, broken[i], &m), -ERR_BAD_REQUEST, "%s",
                     broken[i]);
    }
}
