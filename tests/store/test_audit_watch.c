/* SPDX-License-Identifier: MIT */
/* What the triggers of schema/audit/0001-watch.up.sql write, and when. */
#include "store/resource.h"

#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

#define ACTOR "018f0000-0000-7000-8000-0000000000aa"

/* --- doing something, and what is told of it -------------------------------
 */

/* Who does it; the request's id is what a test finds its rows by. */
static const char *settings(struct world *world, const char *request)
{
    return arena_format(&world->arena,
                        "SELECT set_config('app.user_id', '" ACTOR "', true),"
                        " set_config('app.rights', '*:*', true),"
                        " set_config('app.request_id', '%s', true),"
                        " set_config('app.route', '/v1/things', true);",
                        request);
}

/* As the service, in one transaction. */
static void act(struct world *world, const char *request, const char *script)
{
    CLEANUP(connection_close)
    struct connection *service = test_open(test_url("STORE_TEST_SERVICE"));
    const char *text = arena_format(&world->arena, "BEGIN;%s%s;COMMIT",
                                    settings(world, request), script);
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = connection_script(service, text_of(text), after_ms(60000), &diag);
    cr_assert_eq(r, 0, "%s: %s (%s)", script, diag.detail, diag.cause);
}

static const char *ask_all(struct world *world, const char *expression,
                           const char *condition)
{
    world_script(world, "SELECT set_config('app.rights', '*:*', false)");
    return world_ask(world,
                     arena_format(&world->arena,
                                  "SELECT string_agg(%s, '; ' ORDER BY at, id)"
                                  " FROM audit WHERE %s",
                                  expression, condition));
}

/* "bills create; bills add" */
static const char *told(struct world *world, const char *request)
{
    return ask_all(world, "resource_type || ' ' || action",
                   arena_format(&world->arena, "request_id = '%s'", request));
}

/* A part of each row that is told of a request. */
static const char *told_of(struct world *world, const char *request,
                           const char *expression)
{
    return ask_all(world, expression,
                   arena_format(&world->arena, "request_id = '%s'", request));
}

/* --- every table, every way to change it -----------------------------------
 */

/* clang-format off */

#define ID(last) "018f0000-0000-7000-8000-00000000" last
#define IT(last) "'" ID(last) "'"

#define USER(last)                                                      \
    "INSERT INTO users (id, email, display_name, external_id, profile)" \
    " VALUES (" IT(last) ", 'u" last "@example.org', 'Secret Name',"    \
    " 'sub-" last "', '{\"phone\": \"+1 555 0100\"}');"
#define ROLE(last)                      \
    "INSERT INTO roles (id, key, name)" \
    " VALUES (" IT(last) ", 'r" last "', 'A role');"
#define PERMISSION(last)                \
    "INSERT INTO permissions (id, key)" \
    " VALUES (" IT(last) ", 'p" last ":read');"
#define PERSON(last)                               \
    "INSERT INTO people (id, bioguide, full_name)" \
    " VALUES (" IT(last) ", 'P" last "', 'A person');"
#define BILL(last)                                                         \
    "INSERT INTO bills (id, session, type, number, chamber, title,"        \
    " introduced_on) VALUES (" IT(last) ", 's" last "', 'hr', 1, 'house'," \
    " 'A title', '2025-03-06');"
#define KEY(last, user)                                        \
    "INSERT INTO api_keys (id, user_id, name, secret_hash)"    \
    " VALUES (" IT(last) ", " IT(user) ", 'ci', sha256('" last "'));"
#define ACTION(bill, seq)                                       \
    "INSERT INTO bill_actions (bill_id, seq, acted_on, text)"   \
    " VALUES (" IT(bill) ", " seq ", '2025-04-01', 'Read');"

#define LINK(table, a, b) \
    "INSERT INTO " table " VALUES (" IT(a) ", " IT(b) ");"
#define SET(table, what, last) \
    "UPDATE " table " SET " what " WHERE id = " IT(last) ";"
#define DROP(table, key, last) \
    "DELETE FROM " table " WHERE " key " = " IT(last) ";"

static const struct {
    const char *request, *before; /* done by another request */
    const char *script;
    const char *told;
} changes[] = {
    { "user-create", NULL,
      USER("0101"), "users create" },
    { "user-update", USER("0102"),
      SET("users", "status = 'suspended'", "0102"), "users update" },
    { "user-delete", USER("0103"),
      SET("users", "deleted_at = now()", "0103"), "users delete" },
    { "user-restore", USER("0104") SET("users", "deleted_at = now()", "0104"),
      SET("users", "deleted_at = NULL", "0104"), "users restore" },
    { "user-purge", USER("0105"),
      DROP("users", "id", "0105"), "users purge" },
    { "role-create", NULL,
      ROLE("0201"), "roles create" },
    { "role-update", ROLE("0202"),
      SET("roles", "name = 'Another'", "0202"), "roles update" },
    { "role-purge", ROLE("0203"),
      DROP("roles", "id", "0203"), "roles purge" },
    { "permission-create", NULL,
      PERMISSION("0301"), "permissions create" },
    { "permission-delete", PERMISSION("0302"),
      SET("permissions", "deleted_at = now()", "0302"), "permissions delete" },
    { "person-create", NULL,
      PERSON("0401"), "people create" },
    { "person-update", PERSON("0402"),
      SET("people", "party = 'Q'", "0402"), "people update" },
    { "bill-create", NULL,
      BILL("0501"), "bills create" },
    { "bill-update", BILL("0502"),
      SET("bills", "status = 'enacted'", "0502"), "bills update" },
    { "key-create", USER("0601"),
      KEY("0602", "0601"), "api-keys create" },
    { "key-delete", USER("0603") KEY("0604", "0603"),
      SET("api_keys", "deleted_at = now()", "0604"), "api-keys delete" },
    { "role-grant", USER("0701") ROLE("0702"),
      LINK("user_roles", "0701", "0702"), "users grant" },
    { "role-prolong",
      USER("0703") ROLE("0704") LINK("user_roles", "0703", "0704"),
      "UPDATE user_roles SET expires_at = '2030-01-01'"
      " WHERE user_id = " IT("0703"), "users grant" },
    { "role-revoke",
      USER("0705") ROLE("0706") LINK("user_roles", "0705", "0706"),
      DROP("user_roles", "user_id", "0705"), "users revoke" },
    { "permission-deny", USER("0801") PERMISSION("0802"),
      "INSERT INTO user_permissions VALUES (" IT("0801") ", " IT("0802")
      ", 'deny')", "users grant" },
    { "role-permission", ROLE("0901") PERMISSION("0902"),
      LINK("role_permissions", "0901", "0902"), "roles grant" },
    { "role-parent", ROLE("0903") ROLE("0904"),
      LINK("role_parents", "0903", "0904"), "roles grant" },
    { "role-orphan",
      ROLE("0905") ROLE("0906") LINK("role_parents", "0905", "0906"),
      DROP("role_parents", "role_id", "0905"), "roles revoke" },
    { "bill-action", BILL("1001"),
      "INSERT INTO bill_actions (bill_id, seq, acted_on, text)"
      " SELECT " IT("1001") ", n, '2025-04-01', 'Read'"
      " FROM generate_series(1, 2) AS n", "bills add" },
    { "bill-cosponsor", BILL("1002") PERSON("1003"),
      LINK("bill_cosponsors", "1002", "1003"), "bills add" },
    { "bill-uncosponsor",
      BILL("1004") PERSON("1005") LINK("bill_cosponsors", "1004", "1005"),
      DROP("bill_cosponsors", "bill_id", "1004"), "bills remove" },
    { "upsert", BILL("1101"),
      "INSERT INTO bills (session, type, number, chamber, title,"
      " introduced_on) VALUES ('s1101', 'hr', 1, 'house', 'New', now()),"
      " ('s1102', 'hr', 1, 'house', 'New', now())"
      " ON CONFLICT (session, type, number) WHERE deleted_at IS NULL"
      " DO UPDATE SET title = excluded.title",
      "bills update; bills create" },
};

/* clang-format on */

ON_STORE(audit_watch, tells_of_every_change)
{
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        const char *got;

        if (changes[i].before)
            act(world, "before", changes[i].before);
        act(world, changes[i].request, changes[i].script);
        got = told(world, changes[i].request);
        cr_expect_str_eq(got, changes[i].told, "%s: %s", changes[i].request,
                         got);
    }
}

/* What is not: sessions' own, references that only migrations change. */
ON_STORE(audit_watch, leaves_no_table_out)
{
    cr_expect_str_eq(
        world_ask(world,
                  "SELECT string_agg(relname, ' ' ORDER BY relname)"
                  "  FROM pg_class AS c"
                  " WHERE relkind IN ('r', 'p') AND NOT relispartition"
                  "   AND relnamespace = 'public'::regnamespace"
                  "   AND relpersistence = 'p'"
                  "   AND relname NOT IN ('audit', 'audit_seals', 'bill_types',"
                  "       'cache_control', 'cache_mode', 'idempotency_keys',"
                  "       'outside_writes', 'schema_migrations')"
                  "   AND 4 <> (SELECT count(*) FROM pg_trigger"
                  "              WHERE tgrelid = c.oid"
                  "                AND tgname LIKE '%\\_audit\\_%')"),
        "(null)");
}

/* --- who -------------------------------------------------------------------
 */

ON_STORE(audit_watch, tells_who_did_it_in_which_request_on_which_route)
{
    act(world, "who", PERSON("2001"));
    cr_expect_str_eq(
        told_of(world, "who", "actor_id || ' ' || route || ' ' || resource_id"),
        ACTOR " /v1/things " ID("2001"));
}

ON_STORE(audit_watch, tells_which_program_worked_past_the_service)
{
    world_script(
        world, "BEGIN; SET LOCAL app.rights = '*:*';" PERSON("2002") "COMMIT");
    cr_expect_str_eq(ask_all(world,
                             "coalesce(actor_id::text, '-') || ' ' || route",
                             "resource_id = " IT("2002")),
                     "- portcullis test");
}

/* --- what ------------------------------------------------------------------
 */

ON_STORE(audit_watch, tells_of_new_and_purged_objects_as_a_whole)
{
    act(world, "whole", PERSON("2101"));
    cr_expect_str_eq(
        told_of(world, "whole",
                "coalesce(before::text, '-') || ' ' || (after ->> 'full_name')"
                " || ' ' || (after ? 'deleted_at')"),
        "- A person true");
    act(world, "gone", DROP("people", "id", "2101"));
    cr_expect_str_eq(told_of(world, "gone",
                             "before ->> 'full_name' || ' '"
                             " || coalesce(after::text, '-')"),
                     "A person -");
}

ON_STORE(audit_watch, tells_of_updates_what_changed_and_its_version)
{
    act(world, "before", PERSON("2102"));
    act(world, "part", SET("people", "party = 'Q', current = true", "2102"));
    cr_expect_str_eq(told_of(world, "part",
                             "concat(before - 'id' - 'version' - 'updated_at',"
                             " after - 'id' - 'version' - 'updated_at')"),
                     "{\"party\": null, \"current\": false}"
                     "{\"party\": \"Q\", \"current\": true}");
    cr_expect_str_eq(
        told_of(world, "part", "concat(before ->> 'id', ' ', after ->> 'id')"),
        ID("2102") " " ID("2102"));
    cr_expect_str_eq(told_of(world, "part",
                             "((after -> 'version')::bigint"
                             " > (before -> 'version')::bigint)::text"),
                     "true");
}

ON_STORE(audit_watch, writes_times_as_the_service_does)
{
    act(world, "time", PERSON("2103"));
    cr_expect_str_eq(
        told_of(world, "time",
                "((after ->> 'created_at') ~"
                " '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[.]\\d{6}Z$')"
                "::text"),
        "true");
}

ON_STORE(audit_watch, says_nothing_where_nothing_changed)
{
    act(world, "before",
        USER("2201") ROLE("2202") BILL("2203")
            LINK("user_roles", "2201", "2202"));
    act(world, "nothing",
        SET("users", "email = email", "2201")
            SET("bills", "title = title", "2203")
                DROP("bill_actions", "bill_id", "2203"));
    act(world, "nothing",
        "UPDATE user_roles SET expires_at = NULL WHERE user_id = " IT("2201"));
    act(world, "nothing", "UPDATE roles SET name = 'x' WHERE false");
    cr_expect_str_eq(told(world, "nothing"), "(null)");
}

ON_STORE(audit_watch, tells_of_a_part_with_the_object_it_is_of)
{
    act(world, "before", BILL("2301") PERSON("2302"));
    act(world, "parts", LINK("bill_cosponsors", "2301", "2302"));
    cr_expect_str_eq(
        told_of(world, "parts", "resource_id || ' ' || after"),
        ID("2301") " {\"cosponsors\": [{\"person_id\": \"" ID("2302") "\"}]}");
}

ON_STORE(audit_watch, tells_what_a_purge_takes_along)
{
    act(world, "before",
        USER("2401") ROLE("2402") LINK("user_roles", "2401", "2402"));
    act(world, "before", BILL("2403") ACTION("2403", "1"));
    act(world, "purge",
        DROP("users", "id", "2401") DROP("bills", "id", "2403"));
    cr_expect_str_eq(
        ask_all(world, "resource_type || ' ' || action || ' ' || resource_id",
                "request_id = 'purge' AND action IN ('revoke', 'remove')"),
        "users revoke " ID("2401") "; bills remove " ID("2403"));
}

ON_STORE(audit_watch, tells_that_a_table_was_emptied)
{
    world_script(world, "BEGIN; SELECT set_config('app.request_id', 'emptied',"
                        " true); TRUNCATE user_permissions; COMMIT");
    cr_expect_str_eq(told_of(world, "emptied",
                             "resource_type || ' ' || action || ' '"
                             " || coalesce(resource_id::text, 'all')"),
                     "users purge all");
}

/* --- what is not told -------------------------------------------------------
 */

ON_STORE(audit_watch, keeps_no_personal_value)
{
    act(world, "personal", USER("2501"));
    act(world, "personal",
        SET("users", "email = 'new@example.org', external_id = NULL", "2501"));
    act(world, "personal", DROP("users", "id", "2501"));
    cr_expect_str_eq(told(world, "personal"),
                     "users create; users update; users purge");
    cr_expect_str_eq(
        told_of(
            world, "personal",
            "(concat(before, after) ~ 'Secret|example|sub-|[+]1 555')::text"),
        "false; false; false");
    cr_expect_str_eq(
        told_of(world, "personal",
                "concat(before ->> 'email', ' ', after ->> 'email', ' ',"
                " before ->> 'external_id', ' ', after ->> 'external_id')"),
        " [redacted]  [redacted]; [redacted] [redacted] [redacted] ;"
        " [redacted]   ");
}

ON_STORE(audit_watch, keeps_no_secret_of_a_key)
{
    act(world, "before", USER("2601"));
    act(world, "secret", KEY("2602", "2601"));
    cr_expect_str_eq(
        told_of(world, "secret",
                "(after ->> 'name') || ' ' || (after ? 'secret_hash')"),
        "ci false");
}

static const struct {
    const struct resource *resource;
    const char *create;
} creations[] = {
    { &users, USER("3001") },
    { &roles, ROLE("3002") },
    { &permissions, PERMISSION("3003") },
    { &people, PERSON("3004") },
    { &bills, BILL("3005") },
    { &api_keys, KEY("3006", "3001") },
};

/* Its members and who made it; nothing of the table's own, nothing forgotten.
 */
static void expect_members(struct world *world, const struct shape *shape,
                           const char *request)
{
    size_t count = shape_count(shape);

    for (size_t i = 0; i < count; i++) {
        const struct field *field = shape_field(shape, i);
        bool redacted = field->flags & FIELD_REDACTED;
        struct text name = field_name(field);
        const char *is =
            told_of(world, request,
                    arena_format(&world->arena,
                                 "concat(after ? '%.*s', after ->> '%.*s' ="
                                 " '[redacted]')",
                                 TEXT_ARG(name), TEXT_ARG(name)));

        cr_expect_eq(is[0], 't', "%s: no %s", shape->name, field->name);
        cr_expect_eq(is[1] == 't', redacted, "%s: %s", shape->name,
                     field->name);
    }
    count += !shape_find(shape, TEXT("created_by"));
    cr_expect_eq(atol(told_of(world, request,
                              "(SELECT count(*) FROM jsonb_object_keys(after))"
                              "::text")),
                 (long)count, "%s: %s", shape->name,
                 told_of(world, request, "after::text"));
}

ON_STORE(audit_watch, keeps_to_the_marks_of_the_shapes)
{
    cr_assert_eq(ARRAY_LEN(creations), RESOURCE_COUNT);
    for (size_t i = 0; i < ARRAY_LEN(creations); i++) {
        const struct shape *shape = creations[i].resource->shape;

        act(world, shape->name, creations[i].create);
        expect_members(world, shape, shape->name);
    }
}

/* --- together with what it tells of -----------------------------------------
 */

ON_STORE(audit_watch, is_undone_with_what_it_tells_of)
{
    CLEANUP(connection_close)
    struct connection *service = test_open(test_url("STORE_TEST_SERVICE"));
    const char *text = arena_format(&world->arena, "BEGIN;%s%s;ROLLBACK",
                                    settings(world, "undone"), PERSON("4001"));

    cr_assert_eq(
        connection_script(service, text_of(text), after_ms(30000), NULL), 0);
    cr_expect_str_eq(told(world, "undone"), "(null)");
}

/* Whose plan was made for one row, and is then used for many. */
ON_STORE(audit_watch, tells_of_each_row_of_a_statement)
{
    act(world, "before",
        "INSERT INTO people (bioguide, full_name)"
        " SELECT 'many' || n, 'One of many' FROM generate_series(1, 3000) n");
    act(world, "many",
        "UPDATE people SET party = 'Q' WHERE bioguide = 'many1';"
        "UPDATE people SET party = 'R' WHERE bioguide LIKE 'many%'");
    cr_expect_str_eq(
        world_ask(world, "SELECT count(*) || ' ' || count(DISTINCT resource_id)"
                         "  FROM audit WHERE request_id = 'many'"),
        "3001 3000");
}

/* --- only grows -------------------------------------------------------------
 */

static void expect_refused(struct connection *by, const char *text)
{
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(connection_script(by, text_of(text), after_ms(30000), &diag),
                 -ERR_FORBIDDEN, "%s", text);
    cr_expect_str_eq(diag.sqlstate, "42501", "%s", text);
}

ON_STORE(audit_watch, is_not_changed_afterwards)
{
    static const char *const scripts[] = {
        "UPDATE audit SET actor_id = NULL",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "TRUNCATE audit_default",
        "DELETE FROM audit_default",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "SELECT audit_make_partitions(24)",
    };
    CLEANUP(connection_close)
    struct connection *service = test_open(test_url("STORE_TEST_SERVICE"));

    for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
        expect_refused(service, scripts[i]);
    for (size_t i = 0; i < 3; i++)
        expect_refused(world->owner, scripts[i]);
}

/* --- by month ---------------------------------------------------------------
 */

ON_STORE(audit_watch, keeps_each_month_by_itself)
{
    world_script(world,
                 "SELECT set_config('app.rights', '*:*', false);"
                 "INSERT INTO audit (at, action, resource_type, request_id)"
                 " SELECT date_trunc('month', now() AT TIME ZONE 'UTC')"
                 "            AT TIME ZONE 'UTC' + interval '1 month' + gap,"
                 "        'create', 'bills', 'month'"
                 "   FROM (VALUES (interval '-1 microsecond'),"
                 "                (interval '0')) AS v (gap)");
    cr_expect_str_eq(
        ask_all(world,
                "(tableoid::regclass::text ="
                " to_char(at AT TIME ZONE 'UTC', '\"audit_\"YYYY_MM'))::text"
                " || to_char(at AT TIME ZONE 'UTC', ' DD')",
                "request_id = 'month'"),
        world_ask(
            world,
            "SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC')"
            " + interval '1 month - 1 day', '\"true \"DD\"; true 01\"')"));
}

ON_STORE(audit_watch, takes_in_what_no_month_was_made_for)
{
    world_script(world,
                 "SELECT set_config('app.rights', '*:*', false);"
                 "INSERT INTO audit (at, action, resource_type, request_id)"
                 " VALUES (now() + interval '20 months', 'create', 'bills',"
                 "         'early')");
    cr_expect_str_eq(told_of(world, "early", "tableoid::regclass::text"),
                     "audit_default");
    world_script(world, "SELECT audit_make_partitions(21)");
    cr_expect_str_eq(
        told_of(world, "early",
                "(tableoid::regclass::text ="
                " to_char(at AT TIME ZONE 'UTC', '\"audit_\"YYYY_MM'))::text"),
        "true");
}
