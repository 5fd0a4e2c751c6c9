/* SPDX-License-Identifier: MIT */
#include "store/rights.h"

#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static struct freshness freshness;

static int load(struct world *world, unsigned by, struct text subject,
                struct rights **ret_rights)
{
    if (!freshness.now_ns)
        freshness_init(&freshness);
    diag_clear(&world->diag);
    return rights_load(world->store, &freshness, by, subject, after_ms(10000),
                       ret_rights, &world->diag);
}

static struct rights *rights_of(struct world *world, const char *email)
{
    struct rights *rights;

    expect_ok(world, load(world, RIGHTS_BY_EMAIL, text_of(email), &rights));
    return rights;
}

static void expect_may(struct rights *rights, const char *key, enum may want)
{
    cr_expect_eq(permission_set_may_key(rights->set, text_of(key)), want,
                 "%s: %d", key,
                 (int)permission_set_may_key(rights->set, text_of(key)));
}

/* Loads, looks and lets go. */
static void expect(struct world *world, const char *email, const char *key,
                   enum may want)
{
    CLEANUP(rights_unref) struct rights *rights = rights_of(world, email);

    expect_may(rights, key, want);
}

static void script(struct world *world, const char *prefix, const char *text)
{
    char *copy = arena_copy(&world->arena, text_of(text));

    for (char *at = copy; *at; at++)
        if (*at == '#')
            *at = *prefix;
    world_script(world, copy);
}

/* Of the test's letter: the user has #a, which has #b, which has #c. */
static void make(struct world *world, const char *letter)
{
    script(world, letter,
           "INSERT INTO users (email, display_name, external_id)"
           " VALUES ('#@x.org', '#', 'ext-#');"
           "INSERT INTO roles (key, name) VALUES"
           " ('#a', 'n'), ('#b', 'n'), ('#c', 'n');"
           "INSERT INTO permissions (key)"
           " VALUES ('#:read'), ('#:write'), ('#:close:own');"
           "INSERT INTO role_parents (role_id, parent_id)"
           " SELECT r.id, p.id FROM roles AS r, roles AS p"
           " WHERE (r.key, p.key) IN (('#a', '#b'), ('#b', '#c'));"
           "INSERT INTO role_permissions (role_id, permission_id)"
           " SELECT r.id, p.id FROM roles AS r, permissions AS p"
           " WHERE (r.key, p.key)"
           " IN (('#a', '#:close:own'), ('#c', '#:read'));"
           "INSERT INTO user_roles (user_id, role_id)"
           " SELECT u.id, r.id FROM users AS u, roles AS r"
           " WHERE u.email = '#@x.org' AND r.key = '#a'");
}

/* --- the catalogue -------------------------------------------------------- */

static int seed(struct connection *connection, void *arg, struct diag *diag)
{
    return migrations_seed(connection, arg, NULL, diag);
}

ON_STORE(rights, the_catalogue_is_what_the_seed_makes)
{
    CLEANUP(migration_set_free) struct migration_set *set = NULL;
    CLEANUP(buffer_fini) struct buffer all = { 0 };
    const char *made;

    expect_ok(world, migration_set_new(schema_files, &set, &world->diag));
    expect_ok(world, seed(world->owner, set, &world->diag));
    buffer_init(&all, 1 << 16);
    for (unsigned i = 0; i < PERMISSION_COUNT; i++)
        buffer_add_format(&all, "%s%s|%s", i > 0 ? "\n" : "",
                          permission_key((enum permission)i).at,
                          permission_what((enum permission)i));
    buffer_add_byte(&all, '\0');
    made =
        world_ask(world, "SELECT string_agg(key || '|' || description, E'\\n'"
                         " ORDER BY version) FROM permissions"
                         " WHERE description IS NOT NULL");
    cr_expect_str_eq(made, all.at);
}

/* --- what is found -------------------------------------------------------- */

ON_STORE(rights, roles_give_what_their_parents_have)
{
    make(world, "a");
    expect(world, "a@x.org", "a:read", MAY_ANY);
    expect(world, "a@x.org", "a:close", MAY_OWN);
    expect(world, "a@x.org", "a:write", MAY_NOT);
}

ON_STORE(rights, what_is_granted_or_denied_directly_counts_too)
{
    make(world, "b");
    script(world, "b",
           "INSERT INTO user_permissions (user_id, permission_id, effect)"
           " SELECT u.id, p.id, CASE p.key WHEN '#:read' THEN 'deny'"
           " ELSE 'allow' END FROM users AS u, permissions AS p"
           " WHERE email = '#@x.org' AND p.key IN ('#:read', '#:write')");
    expect(world, "b@x.org", "b:read", MAY_NOT);
    expect(world, "b@x.org", "b:write", MAY_ANY);
}

ON_STORE(rights, what_is_over_is_left_out)
{
    make(world, "d");
    script(world, "d",
           "UPDATE user_roles SET expires_at = now() - interval '1 ms'"
           " WHERE user_id = (SELECT id FROM users WHERE email = '#@x.org');"
           "INSERT INTO user_permissions (user_id, permission_id, expires_at)"
           " SELECT u.id, p.id, now() FROM users AS u, permissions AS p"
           " WHERE email = '#@x.org' AND p.key = '#:write'");
    expect(world, "d@x.org", "d:read", MAY_NOT);
    expect(world, "d@x.org", "d:write", MAY_NOT);
}

ON_STORE(rights, the_first_end_of_a_grant_is_told)
{
    CLEANUP(rights_unref) struct rights *rights = NULL;
    uint64_t until, before, hour = 3600 * NS_PER_S;

    make(world, "e");
    script(world, "e",
           "UPDATE user_roles SET expires_at = now() + interval '2 hours'"
           " WHERE user_id = (SELECT id FROM users WHERE email = '#@x.org');"
           "INSERT INTO user_permissions (user_id, permission_id, expires_at,"
           " effect) SELECT u.id, p.id, now() + interval '1 hour', 'deny'"
           " FROM users AS u, permissions AS p"
           " WHERE email = '#@x.org' AND p.key = '#:write'");
    before = clock_boottime_ns();
    rights = rights_of(world, "e@x.org");
    until = permission_set_until_ns(rights->set);
    cr_expect_leq(until, clock_boottime_ns() + hour);
    cr_expect_geq(until, before + hour - 60 * NS_PER_S);
}

ON_STORE(rights, a_role_lasts_as_long_as_the_longest_of_its_grants)
{
    CLEANUP(rights_unref) struct rights *rights = NULL;

    make(world, "f");
    script(world, "f",
           "UPDATE user_roles SET expires_at = now() + interval '1 hour'"
           " WHERE user_id = (SELECT id FROM users WHERE email = '#@x.org');"
           "INSERT INTO user_roles (user_id, role_id) SELECT u.id, r.id"
           " FROM users AS u, roles AS r"
           " WHERE email = '#@x.org' AND r.key = '#c'");
    rights = rights_of(world, "f@x.org");
    expect_may(rights, "f:read", MAY_ANY);
    cr_expect_lt(permission_set_until_ns(rights->set), PERMISSION_NEVER_EXPIRES,
                 "f:close is over in an hour");
}

ON_STORE(rights, deleted_roles_and_permissions_give_nothing)
{
    make(world, "g");
    script(world, "g", "UPDATE roles SET deleted_at = now() WHERE key = '#b'");
    expect(world, "g@x.org", "g:read", MAY_NOT);
    expect(world, "g@x.org", "g:close", MAY_OWN);
    script(world, "g",
           "UPDATE permissions SET deleted_at = now()"
           " WHERE key = '#:close:own'");
    expect(world, "g@x.org", "g:close", MAY_NOT);
}

ON_STORE(rights, a_deleted_denial_denies_nothing)
{
    make(world, "h");
    script(world, "h",
           "INSERT INTO user_permissions (user_id, permission_id, effect)"
           " SELECT u.id, p.id, 'deny' FROM users AS u, permissions AS p"
           " WHERE email = '#@x.org' AND p.key = '#:read'");
    expect(world, "h@x.org", "h:read", MAY_NOT);
    script(world, "h",
           "UPDATE permissions SET deleted_at = now() WHERE key = '#:read';"
           "INSERT INTO permissions (key) VALUES ('#:read');"
           "INSERT INTO role_permissions (role_id, permission_id)"
           " SELECT r.id, p.id FROM roles AS r, permissions AS p"
           " WHERE r.key = '#a' AND p.key = '#:read'"
           " AND p.deleted_at IS NULL");
    expect(world, "h@x.org", "h:read", MAY_ANY);
}

ON_STORE(rights, a_cycle_of_roles_ends)
{
    make(world, "i");
    script(world, "i",
           "INSERT INTO role_parents (role_id, parent_id)"
           " SELECT r.id, p.id FROM roles AS r, roles AS p"
           " WHERE (r.key, p.key) IN (('#c', '#a'), ('#c', '#b'))");
    expect(world, "i@x.org", "i:read", MAY_ANY);
    expect(world, "i@x.org", "i:close", MAY_OWN);
}

ON_STORE(rights, everybody_has_those_of_anonymous)
{
    CLEANUP(rights_unref) struct rights *nobody = NULL;

    world_script(world,
                 "INSERT INTO roles (key, name) VALUES ('anonymous', 'n')"
                 " ON CONFLICT (key) WHERE deleted_at IS NULL DO NOTHING;"
                 "INSERT INTO permissions (key) VALUES ('all:see');"
                 "INSERT INTO role_permissions (role_id, permission_id)"
                 " SELECT r.id, p.id FROM roles AS r, permissions AS p"
                 " WHERE r.key = 'anonymous' AND p.key = 'all:see'");
    make(world, "j");
    expect(world, "j@x.org", "all:see", MAY_ANY);
    expect_ok(world, load(world, RIGHTS_BY_ANY, TEXT_NULL, &nobody));
    cr_expect_eq((int)nobody->status, RIGHTS_ANONYMOUS);
    cr_expect_str_eq(nobody->user_id, "");
    expect_may(nobody, "all:see", MAY_ANY);
    expect_may(nobody, "j:read", MAY_NOT);
}

ON_STORE(rights, who_is_not_active_may_nothing)
{
    make(world, "k");
    for (int i = 0; i < 2; i++) {
        CLEANUP(rights_unref) struct rights *rights = NULL;

        script(world, "k",
               i == 0 ? "UPDATE users SET status = 'suspended'"
                        " WHERE email = '#@x.org'"
                      : "UPDATE users SET status = 'deactivated'"
                        " WHERE email = '#@x.org'");
        rights = rights_of(world, "k@x.org");
        cr_expect_eq((int)rights->status,
                     i == 0 ? RIGHTS_SUSPENDED : RIGHTS_DEACTIVATED);
        expect_may(rights, "k:read", MAY_NOT);
        expect_may(rights, "bills:read", MAY_NOT);
    }
    script(world, "k",
           "UPDATE users SET status = 'active' WHERE email = '#@x.org'");
    expect(world, "k@x.org", "k:read", MAY_ANY);
}

/* --- who is meant --------------------------------------------------------- */

static void expect_user(struct world *world, unsigned by, const char *subject,
                        const char *email)
{
    CLEANUP(rights_unref) struct rights *rights = NULL;
    const char *id = world_ask(
        world, arena_format(&world->arena,
                            "SELECT id FROM users WHERE email = '%s'", email));

    expect_ok(world, load(world, by, text_of(subject), &rights));
    cr_expect_str_eq(rights->user_id, id, "%s", subject);
    cr_expect_eq((int)rights->status, RIGHTS_ACTIVE);
}

static void expect_nobody(struct world *world, unsigned by, struct text subject)
{
    struct rights *rights;

    cr_expect_eq(load(world, by, subject, &rights), -ERR_NOT_FOUND, "%.*s",
                 TEXT_ARG(subject));
    cr_expect_null(rights);
}

ON_STORE(rights, a_user_is_found_by_id_external_id_or_email)
{
    const char *id;

    make(world, "l");
    id = world_ask(world, "SELECT id FROM users WHERE email = 'l@x.org'");
    expect_user(world, RIGHTS_BY_ID, id, "l@x.org");
    expect_user(world, RIGHTS_BY_EXTERNAL_ID, "ext-l", "l@x.org");
    expect_user(world, RIGHTS_BY_EMAIL, "L@X.org", "l@x.org");
    expect_user(world, RIGHTS_BY_ANY, id, "l@x.org");
    expect_user(world, RIGHTS_BY_ANY, "ext-l", "l@x.org");
    expect_user(world, RIGHTS_BY_ANY, "l@x.org", "l@x.org");
}

ON_STORE(rights, only_what_is_asked_for_finds_a_user)
{
    const char *id;

    make(world, "m");
    id = world_ask(world, "SELECT id FROM users WHERE email = 'm@x.org'");
    expect_nobody(world, RIGHTS_BY_EXTERNAL_ID | RIGHTS_BY_EMAIL, text_of(id));
    expect_nobody(world, RIGHTS_BY_ID | RIGHTS_BY_EMAIL, TEXT("ext-m"));
    expect_nobody(world, RIGHTS_BY_ID | RIGHTS_BY_EXTERNAL_ID, TEXT("m@x.org"));
    expect_nobody(world, RIGHTS_BY_EXTERNAL_ID, TEXT("EXT-M"));
}

ON_STORE(rights, the_id_goes_before_the_external_id_and_that_before_the_email)
{
    make(world, "n");
    make(world, "o");
    make(world, "p");
    world_script(world,
                 "UPDATE users SET external_id = (SELECT id FROM users WHERE"
                 " email = 'n@x.org')::text WHERE email = 'o@x.org';"
                 "UPDATE users SET external_id = 'o@x.org'"
                 " WHERE email = 'p@x.org'");
    expect_user(
        world, RIGHTS_BY_ANY,
        world_ask(world, "SELECT id FROM users WHERE email = 'n@x.org'"),
        "n@x.org");
    expect_user(world, RIGHTS_BY_ANY, "o@x.org", "p@x.org");
}

ON_STORE(rights, a_deleted_user_is_nobody_and_a_restored_one_is_back)
{
    make(world, "q");
    world_script(world, "UPDATE users SET deleted_at = now()"
                        " WHERE email = 'q@x.org'");
    expect_nobody(world, RIGHTS_BY_ANY, TEXT("q@x.org"));
    expect_nobody(world, RIGHTS_BY_ANY, TEXT("ext-q"));
    world_script(world, "UPDATE users SET deleted_at = NULL"
                        " WHERE email = 'q@x.org'");
    expect(world, "q@x.org", "q:read", MAY_ANY);
}

ON_STORE(rights, what_could_be_no_subject_is_nobody_without_asking)
{
    static char long_one[RIGHTS_SUBJECT_BYTES_MAX + 1];

    memset(long_one, 'a', sizeof(long_one));
    expect_nobody(world, RIGHTS_BY_ANY, text_from(long_one, sizeof(long_one)));
    expect_nobody(world, RIGHTS_BY_ANY, TEXT(""));
    expect_nobody(world, RIGHTS_BY_ANY, TEXT("a\0b"));
    expect_nobody(world, RIGHTS_BY_ANY, TEXT("\xff\xfe"));
    expect_nobody(world, RIGHTS_BY_ANY, TEXT("' OR true --"));
    expect_nobody(world, RIGHTS_BY_ANY,
                  TEXT("00000000-0000-0000-0000-000000000000"));
}

/* --- limits and generations ----------------------------------------------- */

ON_STORE(rights, more_grants_than_anybody_needs_are_refused)
{
    struct rights *rights;

    make(world, "r");
    script(world, "r",
           "INSERT INTO permissions (key)"
           " SELECT 'r:many' || i FROM generate_series(1, 4096) AS i;"
           "INSERT INTO user_permissions (user_id, permission_id)"
           " SELECT u.id, p.id FROM users AS u, permissions AS p"
           " WHERE email = '#@x.org' AND p.key LIKE 'r:many%'");
    cr_expect_eq(load(world, RIGHTS_BY_ANY, TEXT("r@x.org"), &rights),
                 -ERR_TOO_LARGE);
    cr_expect_null(rights);
}

ON_STORE(rights, they_are_of_the_generation_that_they_were_read_in)
{
    CLEANUP(rights_unref) struct rights *rights = NULL;
    uint64_t before, after;

    make(world, "s");
    before = strtoull(world_ask(world, "SELECT rights FROM cache_control"),
                      NULL, 10);
    rights = rights_of(world, "s@x.org");
    after = strtoull(world_ask(world, "SELECT rights FROM cache_control"), NULL,
                     10);
    cr_expect_geq(freshness_generation(rights->stamp), before);
    cr_expect_leq(freshness_generation(rights->stamp), after);
    cr_expect_geq(freshness_generation(freshness_newest(&freshness)),
                  freshness_generation(rights->stamp), "it was noted");
}
