/* SPDX-License-Identifier: MIT */
/* Ways to more rights than were given, each of which must lead nowhere. */
#include "base/clock.h"
#include "wire/authorizing.h"

#include <time.h>

/* What only administrators may. */
static int manage(struct wire *wire, const struct signed_in *user)
{
    return ask_as(wire, user->token, "GET /v1/permissions?limit=1", NULL)
        .status;
}

static const char *role_path(struct wire *wire, const char *key)
{
    return SAY(wire, "/v1/roles/%s", role_id(wire, key));
}

static void give_role(struct wire *wire, const struct signed_in *user,
                      const char *key)
{
    grant(wire, user, key, "{}");
}

Test(privilege, is_not_had_by_a_role_cycle)
{
    struct signed_in user;
    const char *child, *parent;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    child = make_role(&wire, "bills:read");
    parent = make_role(&wire, "permissions:read");
    give_role(&wire, &user, child);
    give(&wire,
         SAY(&wire, "%s/parents/%s", role_path(&wire, parent),
             role_id(&wire, child)),
         NULL);
    EXPECT(put(&wire,
               SAY(&wire, "%s/parents/%s", role_path(&wire, child),
                   role_id(&wire, parent)),
               NULL),
           409, "role_cycle");
    EXPECT(put(&wire,
               SAY(&wire, "%s/parents/%s", role_path(&wire, child),
                   role_id(&wire, child)),
               NULL),
           409, "role_cycle");
    cr_expect_eq(manage(&wire, &user), 403);
    wire_close(&wire);
}

/* By the service's clock and ours, which are one. */
Test(privilege, is_not_had_by_an_expired_grant, .timeout = 60)
{
    char ends[CLOCK_TEXT_BYTES];
    uint64_t ends_ns = clock_wall_ns() + 1500 * NS_PER_MS;
    unsigned before = 0, after = 0;
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    clock_format(ends_ns, ends);
    grant(&wire, &user, make_role(&wire, "permissions:read"),
          SAY(&wire, "{\"expires_at\":\"%s\"}", ends));
    while (after < 5) {
        bool is_over = clock_wall_ns() >= ends_ns;
        int status = manage(&wire, &user);

        if (is_over)
            cr_expect_eq(status, 403);
        before += status == 200;
        after += is_over;
    }
    cr_expect_gt(before, 0, "it was there before");
    wire_close(&wire);
}

Test(privilege, is_not_had_by_a_restored_user)
{
    struct signed_in user;
    const char *role;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    role = make_role(&wire, "permissions:read");
    give_role(&wire, &user, role);
    cr_expect_eq(manage(&wire, &user), 200);
    EXPECT(drop(&wire, user.path), 200, NULL);
    cr_expect_eq(manage(&wire, &user), 401);
    EXPECT(drop(&wire, role_path(&wire, role)), 200, NULL);
    EXPECT(post(&wire, SAY(&wire, "%s/restore", user.path), NULL), 200, NULL);
    cr_expect_eq(manage(&wire, &user), 403);
    wire_close(&wire);
}

/* Each change of what a set is compiled of, with the set in use. */
Test(privilege, is_not_had_by_a_stale_permission_set)
{
    struct signed_in user;
    const char *role, *parent, *link;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    role = make_role(&wire, "bills:read");
    parent = make_role(&wire, "permissions:read");
    give_role(&wire, &user, role);
    link = SAY(&wire, "%s/parents/%s", role_path(&wire, role),
               role_id(&wire, parent));
    give(&wire, link, NULL);
    cr_expect_eq(manage(&wire, &user), 200);
    EXPECT(drop(&wire, link), 200, NULL);
    cr_expect_eq(manage(&wire, &user), 403, "a parent was taken away");
    give(&wire, link, NULL);
    cr_expect_eq(manage(&wire, &user), 200);
    link = SAY(&wire, "%s/permissions/%s", role_path(&wire, parent),
               permission_id(&wire, "permissions:read"));
    EXPECT(drop(&wire, link), 200, NULL);
    cr_expect_eq(manage(&wire, &user), 403, "a role lost a permission");
    give(&wire, link, NULL);
    cr_expect_eq(manage(&wire, &user), 200);
    give_directly(&wire, &user, "permissions:read", "deny");
    cr_expect_eq(manage(&wire, &user), 403, "it was denied");
    wire_close(&wire);
}

Test(privilege, is_not_given_to_oneself)
{
    struct signed_in user;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    EXPECT(ask_as(&wire, user.token,
                  SAY(&wire, "PUT %s/roles/%s", user.path,
                      role_id(&wire, "admin")),
                  "{}"),
           403, "roles:grant");
    EXPECT(ask_as(&wire, user.token,
                  SAY(&wire, "PUT %s/permissions/%s", user.path,
                      permission_id(&wire, "*:*")),
                  "{\"effect\":\"allow\"}"),
           403, "roles:grant");
    EXPECT(ask_as(&wire, user.token,
                  SAY(&wire, "PUT %s/parents/%s", role_path(&wire, "editor"),
                      role_id(&wire, "admin")),
                  NULL),
           403, "roles:update");
    cr_expect_eq(manage(&wire, &user), 403);
    wire_close(&wire);
}

Test(privilege, over_oneself_reaches_ones_name_and_profile_only)
{
    static const char *const refused[] = {
        "{\"status\":\"active\",\"email\":\"me@elsewhere\"}",
        "{\"external_id\":\"tests-other\"}",
        "{\"display_name\":\"x\",\"status\":\"deactivated\"}",
    };
    struct signed_in user;
    const char *patch;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "viewer");
    patch = SAY(&wire, "PATCH %s", user.path);
    EXPECT(ask_as(&wire, user.token, patch, "{\"display_name\":\"New\"}"), 200,
           "New");
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        EXPECT(ask_as(&wire, user.token, patch, refused[i]), 403, NULL);
    EXPECT(get(&wire, user.path), 200, "\"display_name\":\"New\"");
    wire_close(&wire);
}
