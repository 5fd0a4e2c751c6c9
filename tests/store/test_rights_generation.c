/* SPDX-License-Identifier: MIT */
/* What moves the generation of rights, and what does not. */
#include "instances.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static long generation(struct world *world)
{
    return ask_number(world->owner, "SELECT rights FROM cache_control");
}

static void expect_moves(struct world *world, long by, const char *text)
{
    long before = generation(world);

    world_script(world, text);
    cr_expect_eq(generation(world) - before, by, "%s", text);
}

static const char *const changes[] = {
    "UPDATE users SET status = 'suspended'",
    "UPDATE users SET status = 'active'",
    "UPDATE users SET email = 'anna@x.org'",
    "UPDATE users SET external_id = NULL",
    "UPDATE users SET deleted_at = now()",
    "UPDATE users SET deleted_at = NULL",
    "UPDATE roles SET key = 'labourer' WHERE key = 'worker'",
    "UPDATE roles SET deleted_at = now() WHERE key = 'reader'",
    "UPDATE roles SET deleted_at = NULL",
    "UPDATE permissions SET key = 'todos:see' WHERE key = 'todos:read'",
    "UPDATE permissions SET deleted_at = now() WHERE key = 'todos:see'",
    "UPDATE permissions SET deleted_at = NULL",
    "UPDATE user_roles SET expires_at = now() + interval '1 hour'",
    "INSERT INTO user_permissions (user_id, permission_id)"
    " SELECT u.id, p.id FROM users AS u, permissions AS p",
    "UPDATE user_permissions SET effect = 'deny'",
    "UPDATE user_permissions SET expires_at = now()",
    "DELETE FROM user_permissions",
    "DELETE FROM role_permissions",
    "DELETE FROM role_parents",
    "INSERT INTO role_parents (role_id, parent_id) SELECT r.id, p.id"
    " FROM roles AS r, roles AS p WHERE r.key = 'labourer'"
    " AND p.key = 'reader'",
    "INSERT INTO role_permissions (role_id, permission_id)"
    " SELECT r.id, p.id FROM roles AS r, permissions AS p"
    " WHERE p.key <> 'todos:none'",
    "DELETE FROM permissions WHERE key = 'todos:none'",
    "DELETE FROM user_roles",
    "UPDATE api_keys SET scopes = '{bills:read}'",
    "UPDATE api_keys SET expires_at = now()",
    "UPDATE api_keys SET deleted_at = now()",
    "UPDATE api_keys SET deleted_at = NULL",
    "DELETE FROM api_keys",
    "DELETE FROM roles WHERE key = 'labourer'",
    "DELETE FROM users",
    "INSERT INTO users (email, display_name, external_id)"
    " VALUES ('b@x.org', 'B', 'c@x.org')",
    "TRUNCATE users CASCADE",
    "TRUNCATE role_parents",
};

static void make_all(struct world *world)
{
    make_ann(world);
    world_script(world, "INSERT INTO permissions (key) VALUES ('todos:none');"
                        "INSERT INTO api_keys (user_id, name, secret_hash)"
                        " SELECT id, 'k', sha256('k') FROM users");
}

ON_OWN_STORE(rights_generation, every_change_of_rights_moves_it)
{
    make_all(world);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        long before = generation(world);

        world_script(world, changes[i]);
        cr_expect_gt(generation(world), before, "%s", changes[i]);
    }
}

ON_OWN_STORE(rights_generation, what_changes_nobodys_rights_does_not_move_it)
{
    make_all(world);
    expect_moves(world, 0, "UPDATE users SET display_name = 'Anne'");
    expect_moves(world, 0, "UPDATE users SET profile = '{\"bio\":\"x\"}'");
    expect_moves(world, 0, "UPDATE users SET status = status");
    expect_moves(world, 0, "UPDATE roles SET name = 'm', description = 'd'");
    expect_moves(world, 0, "UPDATE permissions SET description = 'd'");
    expect_moves(world, 0, "UPDATE api_keys SET name = 'l'");
    expect_moves(world, 0, "INSERT INTO roles (key, name) VALUES ('new', 'n')");
    expect_moves(world, 0, "INSERT INTO permissions (key) VALUES ('n:n')");
    expect_moves(world, 0,
                 "INSERT INTO users (email, display_name, external_id)"
                 " VALUES ('b@x.org', 'B', 'ext-b')");
    expect_moves(world, 0,
                 "INSERT INTO people (bioguide, full_name)"
                 " VALUES ('P000001', 'P')");
    expect_moves(world, 0, "DELETE FROM user_roles WHERE false");
}

ON_OWN_STORE(rights_generation, a_transaction_moves_it_once)
{
    make_all(world);
    expect_moves(world, 1,
                 "BEGIN; DELETE FROM user_roles; DELETE FROM role_permissions;"
                 "UPDATE users SET status = 'suspended'; COMMIT");
    expect_moves(world, 1,
                 "INSERT INTO role_permissions (role_id, permission_id)"
                 " SELECT r.id, p.id FROM roles AS r, permissions AS p");
    expect_moves(world, 0, "BEGIN; DELETE FROM role_permissions; ROLLBACK");
}

ON_OWN_STORE(rights_generation, it_moves_when_the_change_is_committed)
{
    struct connection *other = test_open(test_url("STORE_TEST_OWNER"));
    long before;

    make_all(world);
    before = generation(world);
    cr_assert_eq(connection_script(other,
                                   TEXT("BEGIN; DELETE FROM role_parents"),
                                   after_ms(30000), NULL),
                 0);
    expect_moves(world, 1, "DELETE FROM user_roles"); /* and waits for nobody */
    cr_assert_eq(
        connection_script(other, TEXT("COMMIT"), after_ms(30000), NULL), 0);
    cr_expect_eq(generation(world), before + 2);
    connection_close(&other);
}

/* By their triggers; and the service knows each of them by name. */
ON_OWN_STORE(rights_generation,
             the_service_waits_after_writes_of_just_these_tables)
{
    static const char tables[] =
        "SELECT string_agg(c.relname || ' ' || EXISTS (SELECT FROM pg_trigger"
        " AS t JOIN pg_proc AS f ON f.oid = t.tgfoid WHERE t.tgrelid = c.oid"
        " AND f.proname = 'rights_changed'), ' ') FROM pg_class AS c"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
        " AND NOT c.relispartition";
    struct text rest = text_of(world_ask(world, tables)), table, watched;
    int waited_for = 0;

    while (text_cut(&rest, ' ', &table) && text_cut(&rest, ' ', &watched)) {
        const char *name = arena_copy(&world->arena, table);

        cr_expect_eq(rights_come_from(name), text_is(watched, "true"), "%s",
                     name);
        waited_for += rights_come_from(name);
    }
    cr_expect_eq(waited_for, 8);
    cr_expect_not(rights_come_from(NULL));
}
