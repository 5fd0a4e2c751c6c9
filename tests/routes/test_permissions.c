/* SPDX-License-Identifier: MIT */
#include "routes/permissions.h"

#include "routes/routes.h"

#include <criterion/criterion.h>

TestSuite(permissions);

static struct diag diag;

static int check(const struct route *routes, size_t count)
{
    diag_init(&diag, NULL);
    return permissions_check(routes, count, &diag);
}

Test(permissions, all_that_our_routes_ask_for_are_known)
{
    cr_expect_eq(check(route_table, ROUTE_COUNT), 0, "%s", diag.detail);
}

Test(permissions, an_unknown_one_is_told_with_its_route)
{
    static const struct route routes[] = {
        { .id = "LIVEZ", .path = "/livez" },
        { .id = "BILL_GET",
          .path = "/v1/bills/{id}",
          .permission = "bills:reed" },
    };

    cr_expect_eq(check(routes, ARRAY_LEN(routes)), -ERR_INTERNAL);
    cr_expect_str_eq(diag.detail,
                     "the route BILL_GET (/v1/bills/{id}) asks for the "
                     "permission \"bills:reed\", which "
                     "src/auth/permissions.def does not have");
}

Test(permissions, a_route_may_ask_for_none)
{
    static const struct route open = { .id = "LIVEZ", .path = "/livez" };

    cr_expect_eq(check(&open, 1), 0);
}
