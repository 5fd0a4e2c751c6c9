/* SPDX-License-Identifier: MIT */
/* What a row may come to hold, who may lock one, and what binds the owner. */
#include "trial.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static const struct edge {
    const char *as, *sql;
    bool may;
} edges[] = {
    /* of oneself only the display name and the profile */
    { "viewer", "UPDATE users SET profile = '{\"bio\":\"x\"}'", true },
    { "viewer", "UPDATE users SET email = 'n@x'", false },
    { "viewer", "UPDATE users SET status = 'suspended'", false },
    { "viewer", "UPDATE users SET external_id = 'somebody'", false },

    /* nobody says that another made something, or gives it away */
    { "editor",
      "UPDATE bills SET created_by = '" OTHERS "' WHERE id = '" ID(51) "'",
      false },
    { "author", "UPDATE bills SET created_by = NULL WHERE id = '" ID(51) "'",
      false },
    { "author",
      "UPDATE bill_actions SET bill_id = '" ID(52) "', seq = 9"
                                                   " WHERE bill_id = '" ID(
                                                       51) "'",
      false },
    { "editor",
      "INSERT INTO bills (session, type, number, chamber, title,"
      " introduced_on, created_by)"
      " VALUES ('r', 'hr', 9, 'house', 'n', now(), '" OTHERS "')",
      false },
    { "editor",
      "INSERT INTO bills (session, type, number, chamber, title,"
      " introduced_on) VALUES ('r', 'hr', 9, 'house', 'n', now())",
      false },
    { "viewer",
      "INSERT INTO audit (action, resource_type, actor_id)"
      " VALUES ('new', 'new', '" OTHERS "')",
      false },

    /* what is made is living; what is deleted is deleted now */
    { "editor",
      "INSERT INTO bills (session, type, number, chamber, title,"
      " introduced_on, created_by, deleted_at)"
      " VALUES ('r', 'hr', 9, 'house', 'n', now(), '" ME "', now())",
      false },
    { "editor",
      "UPDATE bills SET deleted_at = '2020-01-01' WHERE id = '" ID(52) "'",
      false },

    /* one's own keys: made for oneself, revoked as they are */
    { "viewer",
      "INSERT INTO api_keys (user_id, name, secret_hash, created_by)"
      " VALUES ('" ME "', 'n', sha256('n'), '" ME "') RETURNING id",
      true },
    { "viewer",
      "INSERT INTO api_keys (user_id, name, secret_hash, created_by)"
      " VALUES ('" OTHERS "', 'n', sha256('n'), '" ME "')",
      false },
    { "viewer",
      "UPDATE api_keys SET deleted_at = now() WHERE user_id = '" ME
      "' AND deleted_at IS NULL RETURNING id",
      true },
    { "viewer",
      "UPDATE api_keys SET deleted_at = now(), scopes = '{*:*}'"
      " WHERE user_id = '" ME "' AND deleted_at IS NULL",
      false },
    { "keeper",
      "UPDATE api_keys SET deleted_at = now(), secret_hash ="
      " sha256('y') WHERE id = '" ID(32) "'",
      false },

    /* who links two things holds both, and no more than holds */
    { "granter", "SELECT 1 FROM users WHERE id = '" OTHERS "' FOR KEY SHARE",
      true },
    { "granter", "SELECT 1 FROM roles WHERE id = '" ID(22) "' FOR KEY SHARE",
      true },
    { "role maker",
      "SELECT 1 FROM permissions WHERE id = '" ID(12) "' FOR KEY SHARE", true },
    { "author", "SELECT 1 FROM people WHERE id = '" ID(42) "' FOR KEY SHARE",
      true },
    { "anonymous", "SELECT 1 FROM people WHERE id = '" ID(42) "' FOR KEY SHARE",
      false },
    { "author", "SELECT 1 FROM bills WHERE id = '" ID(52) "' FOR KEY SHARE",
      false },

    /* past the partitions of the log there is no way around it */
    { "auditor", "SELECT 1 FROM audit_default LIMIT 1", false },
    { "admin", "SELECT 1 FROM audit_default LIMIT 1", false },
    { "admin", "UPDATE audit SET action = 'x'", false },
    { "admin", "DELETE FROM audit", false },
    { "admin", "TRUNCATE bills", false },
};

ON_STORE(row_security_edges, hold)
{
    CLEANUP(connection_close)
    struct connection *service = test_open(test_url("STORE_TEST_SERVICE"));

    world_script(world, trial_fixture);
    for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
        struct trial trial = { service, standing_named(edges[i].as) };

        cr_expect_eq(trial_does(&trial, edges[i].sql), edges[i].may,
                     "%s %s: %s", edges[i].as, edges[i].may ? "cannot" : "can",
                     edges[i].sql);
    }
}

/* --- the owner -------------------------------------------------------------
 */

ON_STORE(row_security_edges, the_owner_is_bound_too)
{
    static const char *const names[] = {
        "users",
        "permissions",
        "roles",
        "role_permissions",
        "role_parents",
        "user_roles",
        "user_permissions",
        "api_keys",
        "people",
        "bills",
        "bill_types",
        "bill_actions",
        "bill_cosponsors",
        "idempotency_keys",
        "audit",
        "audit_default",
    };

    world_script(world, "SET app.rights = ''");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(memory_free)
        char *text = memory_format("SELECT count(*) FROM %s", names[i]);

        cr_expect_str_eq(world_ask(world, text), "0", "%s", names[i]);
    }
}

ON_STORE(row_security_edges, a_month_of_the_log_is_made_and_protected)
{
    cr_expect_str_eq(world_ask(world, "SELECT audit_make_partitions(14)::text"),
                     "2");
    cr_expect_str_eq(
        world_ask(world, "SELECT count(*)::text FROM pg_class"
                         " WHERE relispartition AND relkind = 'r'"
                         " AND NOT (relrowsecurity AND relforcerowsecurity)"),
        "0");
}
