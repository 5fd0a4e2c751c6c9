/* SPDX-License-Identifier: MIT */
#include "store/relation.h"

#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static struct uuid make_user(struct world *world, const char *name)
{
    return world_id(
        world, arena_format(&world->arena,
                            "INSERT INTO users (email, display_name) VALUES"
                            " ('%s@example.org', '%s') RETURNING id",
                            name, name));
}

static struct uuid make_role(struct world *world, const char *key)
{
    return world_id(world, arena_format(&world->arena,
                                        "INSERT INTO roles (key, name) VALUES"
                                        " ('%s', 'A role') RETURNING id",
                                        key));
}

static struct uuid make_permission(struct world *world, const char *key)
{
    return world_id(world, arena_format(&world->arena,
                                        "INSERT INTO permissions (key) VALUES"
                                        " ('%s') RETURNING id",
                                        key));
}

static int put(struct world *world, const struct relation *relation,
               struct uuid id, struct uuid other, const char *body, bool *made)
{
    bool is_new = false;
    struct values *values;
    int r;

    diag_clear(&world->diag);
    buffer_clear(&world->out);
    expect_ok(world,
              shape_read(relation_extra(relation), text_of(body), SHAPE_CREATE,
                         &world->arena, &world->diag, &values));
    r = relation_put(world->store, relation, id, other, values, after_ms(30000),
                     &world->out, &is_new, &world->diag);
    if (made)
        *made = is_new;
    return r;
}

static int drop(struct world *world, const struct relation *relation,
                struct uuid id, struct uuid other)
{
    diag_clear(&world->diag);
    return relation_drop(world->store, relation, id, other, after_ms(30000),
                         &world->diag);
}

static int list_window(struct world *world, const struct relation *relation,
                       struct uuid id, struct window window,
                       struct relation_page *page)
{
    diag_clear(&world->diag);
    buffer_clear(&world->out);
    return relation_list(world->store, relation, id, &window, after_ms(30000),
                         &world->out, page, &world->diag);
}

static const char *listed(struct world *world, const struct relation *relation,
                          struct uuid id)
{
    struct relation_page page;

    expect_ok(world,
              list_window(world, relation, id,
                          (struct window){ .limit = WINDOW_WHOLE }, &page));
    cr_expect_eq(page.count, page.total);
    return world_text(world);
}

ON_STORE(relation, says_whether_a_link_was_made)
{
    struct uuid user = make_user(world, "made"), role = make_role(world, "r1");
    bool made = false;
    const char *first;

    expect_ok(world, put(world, &user_roles, user, role, "{}", &made));
    cr_expect(made);
    first = world_text(world);
    cr_expect(strstr(first, "\"key\":\"r1\""), "%s", first);
    cr_expect(strstr(first, "\"expires_at\":null}"), "%s", first);
    expect_ok(world, put(world, &user_roles, user, role, "{}", &made));
    cr_expect_not(made, "it was there");
    cr_expect_str_eq(world_text(world), first);
    cr_expect_str_eq(listed(world, &user_roles, user),
                     arena_format(&world->arena, "[%s]", first));
}

ON_STORE(relation, a_put_changes_the_members_of_a_link)
{
    struct uuid user = make_user(world, "change");
    struct uuid permission = make_permission(world, "change:it");
    bool made;

    expect_ok(world,
              put(world, &user_permissions, user, permission, "{}", &made));
    cr_expect(strstr(world_text(world), "\"effect\":\"allow\""));
    expect_ok(world, put(world, &user_permissions, user, permission,
                         "{\"effect\":\"deny\",\"expires_at\":"
                         "\"2999-01-02T03:04:05+01:00\"}",
                         &made));
    cr_expect_not(made);
    cr_expect(strstr(listed(world, &user_permissions, user),
                     "\"expires_at\":\"2999-01-02T02:04:05.000000Z\","
                     "\"effect\":\"deny\"}"));
}

ON_STORE(relation, what_expired_is_not_there)
{
    struct uuid user = make_user(world, "late"), role = make_role(world, "r2");
    const char *past = "{\"expires_at\":\"2001-01-01T00:00:00Z\"}";
    bool made;

    expect_ok(world, put(world, &user_roles, user, role, past, &made));
    cr_expect_str_eq(listed(world, &user_roles, user), "[]");
    expect_ok(world, put(world, &user_roles, user, role, "{}", &made));
    cr_expect(made, "it was not there");
    expect_ok(world, put(world, &user_roles, user, role, past, &made));
    cr_expect_eq(drop(world, &user_roles, user, role), -ERR_NOT_FOUND);
    cr_expect_str_eq(
        world_ask(world, arena_format(&world->arena, "SELECT count(*) FROM"
                                                     " user_roles JOIN roles ON"
                                                     " id = role_id"
                                                     " WHERE key = 'r2'")),
        "0", "but it is cleared away");
}

ON_STORE(relation, drops_a_link_once)
{
    struct uuid role = make_role(world, "r3");
    struct uuid permission = make_permission(world, "drop:it");

    expect_ok(world,
              put(world, &role_permissions, role, permission, "{}", NULL));
    expect_ok(world, drop(world, &role_permissions, role, permission));
    cr_expect_eq(drop(world, &role_permissions, role, permission),
                 -ERR_NOT_FOUND);
    cr_expect_str_eq(world->diag.detail,
                     "the role has no permission with this id");
    cr_expect_str_eq(listed(world, &role_permissions, role), "[]");
}

ON_STORE(relation, needs_both_ends_alive)
{
    struct uuid user = make_user(world, "ends"), role = make_role(world, "r4");
    struct relation_page page;
    struct uuid nobody;

    cr_assert(
        uuid_parse(TEXT("018f0000-0000-7000-8000-000000000000"), &nobody));
    cr_expect_eq(put(world, &user_roles, nobody, role, "{}", NULL),
                 -ERR_NOT_FOUND);
    cr_expect_str_eq(world->diag.detail, "no user has this id");
    cr_expect_eq(put(world, &user_roles, user, nobody, "{}", NULL),
                 -ERR_NOT_FOUND);
    cr_expect_str_eq(world->diag.detail, "no role has this id");
    cr_expect_eq(drop(world, &user_roles, nobody, role), -ERR_NOT_FOUND);
    cr_expect_str_eq(world->diag.detail, "no user has this id");
    expect_ok(world, put(world, &user_roles, user, role, "{}", NULL));
    world_script(world, "UPDATE roles SET deleted_at = now() WHERE key = 'r4'");
    cr_expect_str_eq(listed(world, &user_roles, user), "[]");
    cr_expect_eq(put(world, &user_roles, user, role, "{}", NULL),
                 -ERR_NOT_FOUND);
    expect_ok(world, drop(world, &user_roles, user, role));
    world_script(world, "UPDATE users SET deleted_at = now()"
                        " WHERE email = 'ends@example.org'");
    cr_expect_eq(list_window(world, &user_roles, user,
                             (struct window){ .limit = 10 }, &page),
                 -ERR_NOT_FOUND);
}

ON_STORE(relation, refuses_cycles_of_every_length)
{
    struct uuid a = make_role(world, "ca"), b = make_role(world, "cb"),
                c = make_role(world, "cc");

    cr_expect_eq(put(world, &role_parents, a, a, "{}", NULL), -ERR_ROLE_CYCLE);
    expect_ok(world, put(world, &role_parents, a, b, "{}", NULL));
    cr_expect_eq(put(world, &role_parents, b, a, "{}", NULL), -ERR_ROLE_CYCLE);
    expect_ok(world, put(world, &role_parents, b, c, "{}", NULL));
    cr_expect_eq(put(world, &role_parents, c, a, "{}", NULL), -ERR_ROLE_CYCLE);
    expect_ok(world, put(world, &role_parents, a, c, "{}", NULL));
    expect_ok(world, put(world, &role_parents, a, b, "{}", NULL));
    world_script(world, "UPDATE roles SET deleted_at = now() WHERE key = 'cb'");
    expect_ok(world, drop(world, &role_parents, a, c));
    cr_expect_eq(put(world, &role_parents, c, a, "{}", NULL), -ERR_ROLE_CYCLE,
                 "a deleted role may come back");
}

/* --- cosponsors -------------------------------------------------------------
 */

static struct uuid make_bill(struct world *world, int number)
{
    return world_id(
        world, arena_format(&world->arena,
                            "INSERT INTO bills (session, type, number, chamber,"
                            " title, introduced_on) VALUES ('R', 's', %d,"
                            " 'senate', 'T', '2026-01-01') RETURNING id",
                            number));
}

static struct uuid make_person(struct world *world, const char *name)
{
    return world_id(world,
                    arena_format(&world->arena,
                                 "INSERT INTO people (bioguide, full_name)"
                                 " VALUES ('%s', '%s') RETURNING id",
                                 name, name));
}

static const char *bill_version(struct world *world, int number)
{
    return world_ask(world, arena_format(&world->arena,
                                         "SELECT version FROM bills WHERE"
                                         " session = 'R' AND number = %d",
                                         number));
}

ON_STORE(relation, cosponsors_that_come_and_go_are_a_new_version)
{
    struct uuid bill = make_bill(world, 1), ann = make_person(world, "Ann");
    const char *before = bill_version(world, 1), *with;

    expect_ok(world, put(world, &bill_cosponsors, bill, ann, "{}", NULL));
    with = bill_version(world, 1);
    cr_expect_str_neq(with, before);
    expect_ok(world, put(world, &bill_cosponsors, bill, ann, "{}", NULL));
    cr_expect_str_eq(bill_version(world, 1), with, "nothing changed");
    expect_ok(world, drop(world, &bill_cosponsors, bill, ann));
    cr_expect_str_neq(bill_version(world, 1), with);
}

ON_STORE(relation, shows_a_window_in_order)
{
    static const char *const names[] = { "Eve", "Dan", "Cat", "Bob" };
    struct uuid bill = make_bill(world, 2);
    struct relation_page page;
    const char *text;

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        expect_ok(world, put(world, &bill_cosponsors, bill,
                             make_person(world, names[i]), "{}", NULL));
    expect_ok(world,
              list_window(world, &bill_cosponsors, bill,
                          (struct window){ .limit = 2, .offset = 1 }, &page));
    text = world_text(world);
    cr_expect_eq(page.count, 2);
    cr_expect_eq(page.total, 4);
    cr_expect_lt(strstr(text, "Cat"), strstr(text, "Dan"), "%s", text);
    cr_expect_not(strstr(text, "Bob") || strstr(text, "Eve"), "%s", text);
    expect_ok(world,
              list_window(world, &bill_cosponsors, bill,
                          (struct window){ .limit = 2, .offset = 9 }, &page));
    cr_expect_str_eq(world_text(world), "[]");
    cr_expect_eq(page.count, 0);
    cr_expect_eq(page.total, 4);
}
