/* SPDX-License-Identifier: MIT */
#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static int get(struct world *world, const struct resource *resource,
               const char *query, struct uuid id, int64_t *version)
{
    static struct asked_for asked;
    struct view view;

    diag_clear(&world->diag);
    buffer_clear(&world->out);
    split_query(&asked, query);
    expect_ok(world,
              view_parse(resource, &asked.parameters, &world->diag, &view));
    return store_get(world->store, &view, id, after_ms(30000), &world->out,
                     version, &world->diag);
}

static const char *got(struct world *world, const struct resource *resource,
                       const char *query, struct uuid id)
{
    int64_t version = 0;

    expect_ok(world, get(world, resource, query, id, &version));
    cr_expect_gt(version, 0);
    return world_text(world);
}

/* A person and their bill, with all that hangs on it. */
static struct uuid make_bill(struct world *world, const char *session)
{
    char *script = arena_format(
        &world->arena,
        "WITH p AS (INSERT INTO people (bioguide, full_name)"
        " VALUES ('S%s', 'Sponsor'), ('B%s', 'Zoe'), ('A%s', 'Ann')"
        " RETURNING id, bioguide),"
        " b AS (INSERT INTO bills (session, type, number, chamber, title,"
        " introduced_on, sponsor_id) SELECT '%s', 'hr', 1, 'house', 'T',"
        " '2025-01-03', id FROM p WHERE bioguide LIKE 'S%%' RETURNING id),"
        " c AS (INSERT INTO bill_cosponsors SELECT b.id, p.id FROM b, p"
        " WHERE p.bioguide NOT LIKE 'S%%')"
        "INSERT INTO bill_actions (bill_id, seq, acted_on, acted_at, text)"
        " SELECT id, 2, date '2025-01-05', time '10:30', 'Referred' FROM b"
        " UNION ALL SELECT id, 1, '2025-01-03', NULL, 'Introduced' FROM b",
        session, session, session, session);

    world_script(world, script);
    return world_id(world, arena_format(&world->arena,
                                        "SELECT id FROM bills"
                                        " WHERE session = '%s'",
                                        session));
}

ON_STORE(get, gives_all_members_in_the_shapes_order)
{
    struct uuid id;

    world_script(world,
                 "INSERT INTO people (id, created_at, bioguide, full_name,"
                 " district) VALUES ('019aa3fe-04c6-70c5-8000-000000000001',"
                 " '2026-11-21 09:30:00.12+01', 'G1', 'Ä', 3)");
    cr_assert(uuid_parse(TEXT("019AA3FE-04C6-70C5-8000-000000000001"), &id));
    cr_expect_str_eq(
        got(world, &people, "", id),
        arena_format(&world->arena,
                     "{\"id\":\"019aa3fe-04c6-70c5-8000-000000000001\","
                     "\"version\":%s,"
                     "\"created_at\":\"2026-11-21T08:30:00.120000Z\","
                     "\"updated_at\":\"2026-11-21T08:30:00.120000Z\","
                     "\"deleted_at\":null,\"bioguide\":\"G1\","
                     "\"full_name\":\"Ä\",\"given_name\":null,"
                     "\"family_name\":null,\"party\":null,\"state\":null,"
                     "\"chamber\":null,\"district\":3,\"current\":false}",
                     world_ask(world, "SELECT version FROM people"
                                      " WHERE bioguide = 'G1'")));
}

ON_STORE(get, finds_neither_the_unknown_nor_the_deleted)
{
    struct uuid id = make_bill(world, "g2");
    int64_t version;

    cr_expect_eq(get(world, &people, "", id, &version), -ERR_NOT_FOUND,
                 "it is a bill");
    cr_expect_str_eq(world->diag.detail, "no person has this id");
    world_script(world, "UPDATE bills SET deleted_at = now()"
                        " WHERE session = 'g2'");
    cr_expect_eq(get(world, &bills, "", id, &version), -ERR_NOT_FOUND);
}

ON_STORE(get, gives_exactly_the_members_asked_for)
{
    struct uuid id = make_bill(world, "g3");

    cr_expect_str_eq(got(world, &bills, "fields=url,title,session", id),
                     "{\"session\":\"g3\",\"title\":\"T\",\"url\":null}");
}

ON_STORE(get, embeds_one_object)
{
    struct uuid id = make_bill(world, "g4");
    const char *text = got(world, &bills, "fields=title&embed=sponsor", id);
    static const char start[] = "{\"title\":\"T\",\"sponsor\":{\"id\":\"";

    cr_expect_eq(strncmp(text, start, strlen(start)), 0, "%s", text);
    cr_expect_not_null(strstr(text, "\"bioguide\":\"Sg4\""));
    world_script(world, "UPDATE people SET deleted_at = now()"
                        " WHERE bioguide = 'Sg4'");
    cr_expect_str_eq(got(world, &bills, "fields=title&embed=sponsor", id),
                     "{\"title\":\"T\",\"sponsor\":null}", "it was deleted");
    world_script(world, "UPDATE bills SET sponsor_id = NULL"
                        " WHERE session = 'g4'");
    cr_expect_str_eq(got(world, &bills, "fields=title&embed=sponsor", id),
                     "{\"title\":\"T\",\"sponsor\":null}", "there is none");
}

ON_STORE(get, embeds_lists_in_their_order)
{
    struct uuid id = make_bill(world, "g5");
    const char *text =
        got(world, &bills, "fields=title&embed=actions,cosponsors", id);
    const char *ann = strstr(text, "\"full_name\":\"Ann\"");
    const char *zoe = strstr(text, "\"full_name\":\"Zoe\"");
    const char *actions = strstr(text, ",\"actions\":[{\"id\":\"");

    cr_assert(ann && zoe && actions, "%s", text);
    cr_expect(ann < zoe);
    cr_expect(zoe < actions, "in the order of the shape");
    cr_expect_not_null(
        strstr(actions, "\"acted_on\":\"2025-01-03\",\"acted_at\":null,"
                        "\"type\":null,\"code\":null,\"text\":\"Introduced\","
                        "\"source\":null},{"),
        "%s", actions);
    cr_expect_not_null(strstr(actions, "\"acted_at\":\"10:30:00\""));
    world_script(world, "DELETE FROM bill_actions USING bills"
                        " WHERE bills.id = bill_id AND session = 'g5'");
    cr_expect_str_eq(got(world, &bills, "fields=title&embed=actions", id),
                     "{\"title\":\"T\",\"actions\":[]}");
}

ON_STORE(get, embeds_only_grants_that_last)
{
    const char *text;

    world_script(
        world, "WITH u AS (INSERT INTO users (email, display_name)"
               " VALUES ('g6@x.org', 'G') RETURNING id),"
               " r AS (INSERT INTO roles (key, name) VALUES ('now6', 'N'),"
               " ('late6', 'L'), ('ever6', 'E') RETURNING id, key)"
               " INSERT INTO user_roles (user_id, role_id, expires_at)"
               " SELECT u.id, r.id, CASE key WHEN 'now6' THEN now() +"
               " interval '1 hour' WHEN 'late6' THEN now() - interval '1 hour'"
               " END FROM u, r");
    text = got(world, &users, "fields=email&embed=roles",
               world_id(world, "SELECT id FROM users"
                               " WHERE email = 'g6@x.org'"));
    cr_expect_not_null(strstr(text, "\"key\":\"now6\""), "%s", text);
    cr_expect_not_null(strstr(text, "\"key\":\"ever6\""));
    cr_expect_null(strstr(text, "\"key\":\"late6\""));
}

ON_STORE(get, says_when_the_answer_does_not_fit)
{
    struct uuid id = make_bill(world, "g7");
    struct view view;
    int64_t version;
    int r;

    buffer_fini(&world->out);
    buffer_init(&world->out, 100);
    view_all(&bills, &view);
    r = store_get(world->store, &view, id, after_ms(30000), &world->out,
                  &version, &world->diag);
    cr_expect_eq(r, -ERR_TOO_LARGE);
}

/* --- many at once -----------------------------------------------------------
 */

struct reader {
    struct world *world;
    struct uuid id;
    unsigned *left;
    char *text;
};

static void read_one(void *arg)
{
    struct reader *reader = arg;
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    struct view view;
    int64_t version;
    size_t len;
    int r;

    buffer_init(&out, 1 << 20);
    view_all(&people, &view);
    r = store_get(reader->world->store, &view, reader->id, after_ms(30000),
                  &out, &version, NULL);
    cr_expect_eq(r, 0);
    buffer_add_byte(&out, '\0');
    reader->text = buffer_release(&out, &len);
    --*reader->left;
}

ON_STORE(get, embeds_no_part_of_too_many)
{
    struct uuid id = make_bill(world, "g9");
    int64_t version;

    world_script(world, "INSERT INTO bill_actions (bill_id, seq, acted_on,"
                        " text) SELECT id, i, '2025-02-01', 'x' FROM bills,"
                        " generate_series(3, 20000) AS i"
                        " WHERE session = 'g9'");
    cr_expect_not_null(
        strstr(got(world, &bills, "fields=title&embed=actions", id), "\"x\""));
    world_script(world, "INSERT INTO bill_actions (bill_id, seq, acted_on,"
                        " text) SELECT id, 20001, '2025-02-01', 'y' FROM bills"
                        " WHERE session = 'g9'");
    cr_expect_eq(get(world, &bills, "embed=sponsor,actions", id, &version),
                 -ERR_INVALID_PARAMETER);
    cr_expect_str_eq(faults_of(&world->diag), "embed too_many");
    cr_expect_not_null(strstr(world->diag.detail, "more than 20000 actions"));
}

ON_STORE(get, shares_one_statement_among_many_readers)
{
    enum { READERS = 50 };
    struct reader readers[READERS];
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct statement ids = sql("INSERT INTO people (bioguide, full_name)"
                               " SELECT 'many' || i, 'Many ' || i"
                               " FROM generate_series(1, 50) AS i"
                               " RETURNING id");
    unsigned left = READERS;

    expect_ok(world, connection_query(world->owner, &ids, NULL, 0,
                                      after_ms(30000), &rows, &world->diag));
    for (unsigned i = 0; i < READERS; i++) {
        readers[i] = (struct reader){ .world = world, .left = &left };
        cr_assert(uuid_parse(rows_get(rows, i, 0), &readers[i].id));
        cr_assert_eq(fiber_start(fiber_loop(fiber_self()), "reader", read_one,
                                 &readers[i], NULL),
                     0);
    }
    UNTIL(left == 0);
    for (unsigned i = 0; i < READERS; i++) {
        char name[64];

        snprintf(name, sizeof(name), "\"full_name\":\"Many %u\"", i + 1);
        cr_expect_not_null(strstr(readers[i].text, name), "%u", i);
        memory_free(&readers[i].text);
    }
}
