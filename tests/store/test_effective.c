/* SPDX-License-Identifier: MIT */
#include "store/effective.h"

#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static int read_of(struct world *world, struct uuid id)
{
    diag_clear(&world->diag);
    buffer_clear(&world->out);
    return effective_permissions(world->store, id, after_ms(10000), &world->out,
                                 &world->diag);
}

static const char *rights(struct world *world, const char *name)
{
    expect_ok(world,
              read_of(world,
                      world_id(world, arena_format(&world->arena,
                                                   "SELECT id FROM users"
                                                   " WHERE display_name = '%s'",
                                                   name))));
    return world_text(world);
}

/* Roles named by the test's letter: xa has xb, which has xc; xd has xc too. */
static void make(struct world *world, char letter)
{
    static const char script[] =
        "INSERT INTO users (email, display_name) VALUES ('#@example.org', '#');"
        "INSERT INTO roles (key, name) VALUES ('#a', 'n'), ('#b', 'n'),"
        " ('#c', 'n'), ('#d', 'n');"
        "INSERT INTO role_parents (role_id, parent_id) SELECT r.id, p.id"
        " FROM roles AS r, roles AS p WHERE (r.key, p.key) IN (('#a', '#b'),"
        " ('#b', '#c'), ('#d', '#c'));"
        "INSERT INTO permissions (key) VALUES ('#:read'), ('#:write'),"
        " ('#:read:own'), ('#:*');"
        "INSERT INTO role_permissions (role_id, permission_id)"
        " SELECT r.id, p.id FROM roles AS r, permissions AS p WHERE"
        " (r.key, p.key) IN (('#c', '#:read'), ('#a', '#:write'))";
    char *text = arena_copy(&world->arena, text_of(script));

    for (char *at = text; *at; at++)
        if (*at == '#')
            *at = letter;
    world_script(world, text);
}

static void grant_role(struct world *world, char user, const char *key,
                       const char *expires)
{
    world_script(world,
                 arena_format(&world->arena,
                              "INSERT INTO user_roles (user_id, role_id,"
                              " expires_at) SELECT u.id, r.id, %s FROM users"
                              " AS u, roles AS r WHERE display_name = '%c'"
                              " AND key = '%s'",
                              expires, user, key));
}

static void grant(struct world *world, char user, const char *key,
                  const char *effect, const char *expires)
{
    world_script(world,
                 arena_format(&world->arena,
                              "INSERT INTO user_permissions (user_id,"
                              " permission_id, effect, expires_at)"
                              " SELECT u.id, p.id, '%s', %s FROM users AS u,"
                              " permissions AS p WHERE display_name = '%c'"
                              " AND key = '%s'",
                              effect, expires, user, key));
}

ON_STORE(effective, tells_every_chain)
{
    make(world, 'e');
    cr_expect_str_eq(rights(world, "e"), "[]");
    grant_role(world, 'e', "ea", "NULL");
    grant_role(world, 'e', "ed", "NULL");
    grant(world, 'e', "e:read", "allow", "NULL");
    cr_expect_str_eq(rights(world, "e"),
                     "[{\"permission\":\"e:read\",\"effect\":\"allow\",\"via\":"
                     "[[],[\"ea\",\"eb\",\"ec\"],[\"ed\",\"ec\"]]},"
                     "{\"permission\":\"e:write\",\"effect\":\"allow\","
                     "\"via\":[[\"ea\"]]}]");
}

ON_STORE(effective, what_expired_or_was_deleted_does_not_count)
{
    make(world, 'x');
    grant_role(world, 'x', "xa", "'2001-01-01'");
    grant_role(world, 'x', "xd", "'2999-01-01'");
    grant(world, 'x', "x:write", "allow", "'2001-01-01'");
    grant(world, 'x', "x:read", "deny", "'2001-01-01'");
    cr_expect_str_eq(rights(world, "x"),
                     "[{\"permission\":\"x:read\",\"effect\":\"allow\","
                     "\"via\":[[\"xd\",\"xc\"]]}]");
    world_script(world, "UPDATE roles SET deleted_at = now() WHERE key = 'xc'");
    cr_expect_str_eq(rights(world, "x"), "[]");
}

ON_STORE(effective, deny_wins_over_every_allow)
{
    make(world, 'd');
    grant_role(world, 'd', "da", "NULL");
    grant(world, 'd', "d:read", "deny", "NULL");
    cr_expect_str_eq(rights(world, "d"),
                     "[{\"permission\":\"d:read\",\"effect\":\"deny\",\"via\":"
                     "[[],[\"da\",\"db\",\"dc\"]]},"
                     "{\"permission\":\"d:write\",\"effect\":\"allow\","
                     "\"via\":[[\"da\"]]}]");
}

ON_STORE(effective, a_wildcard_denies_what_it_covers)
{
    const char *text;

    make(world, 'w');
    grant_role(world, 'w', "wa", "NULL");
    grant(world, 'w', "w:*", "deny", "NULL");
    text = rights(world, "w");
    cr_expect_not(strstr(text, "allow"), "%s", text);
    cr_expect(strstr(text, "{\"permission\":\"w:read\",\"effect\":\"deny\""));
    world_script(world, "DELETE FROM user_permissions USING users"
                        " WHERE user_id = id AND display_name = 'w'");
    grant(world, 'w', "w:read:own", "deny", "NULL");
    text = rights(world, "w");
    cr_expect(strstr(text, "{\"permission\":\"w:read\",\"effect\":\"allow\""),
              "one's own is not all: %s", text);
}

ON_OWN_STORE(effective, everybody_is_anonymous_too)
{
    make(world, 'n');
    world_script(world,
                 "INSERT INTO roles (key, name, system)"
                 " VALUES ('anonymous', 'n', true);"
                 "INSERT INTO role_permissions SELECT r.id, p.id FROM roles AS"
                 " r, permissions AS p WHERE (r.key, p.key) ="
                 " ('anonymous', 'n:read')");
    cr_expect_str_eq(rights(world, "n"),
                     "[{\"permission\":\"n:read\",\"effect\":\"allow\","
                     "\"via\":[[\"anonymous\"]]}]");
    grant_role(world, 'n', "anonymous", "NULL");
    cr_expect(strstr(rights(world, "n"), "\"via\":[[\"anonymous\"]]"),
              "the same chain is told once");
}

ON_STORE(effective, needs_a_user)
{
    struct uuid nobody = uuid_v7();

    cr_expect_eq(read_of(world, nobody), -ERR_NOT_FOUND);
    cr_expect_str_eq(world->diag.detail, "no user has this id");
}

/* 20 layers of two roles, each with both of the next as parents: 2^20 ways. */
ON_STORE(effective, gives_up_on_too_many_chains)
{
    struct uuid id;

    world_script(
        world, "INSERT INTO users (email, display_name) VALUES ('m@x', 'm');"
               "INSERT INTO roles (key, name) SELECT 'm' || s || '-' || n, 'n'"
               " FROM generate_series(1, 2) AS s, generate_series(1, 20) AS n;"
               "INSERT INTO role_parents (role_id, parent_id) SELECT r.id, p.id"
               " FROM roles AS r, roles AS p WHERE r.key LIKE 'm_-%'"
               " AND p.key LIKE 'm_-%' AND split_part(p.key, '-', 2)::int ="
               " split_part(r.key, '-', 2)::int + 1;"
               "INSERT INTO user_roles (user_id, role_id) SELECT u.id, r.id"
               " FROM users AS u, roles AS r WHERE display_name = 'm'"
               " AND key = 'm1-1'");
    id = world_id(world, "SELECT id FROM users WHERE display_name = 'm'");
    cr_expect_eq(read_of(world, id), -ERR_TOO_LARGE);
}
