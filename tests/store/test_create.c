/* SPDX-License-Identifier: MIT */
#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static int create(struct world *world, const struct resource *resource,
                  const char *body, struct stored *stored)
{
    struct values *values;
    int r;

    diag_clear(&world->diag);
    buffer_clear(&world->out);
    r = shape_read(resource->shape, text_of(body), SHAPE_CREATE, &world->arena,
                   &world->diag, &values);
    expect_ok(world, r);
    return store_create(world->store, resource, values, after_ms(30000),
                        &world->out, stored, &world->diag);
}

#define BILL(session, number)                                             \
    "{\"session\":\"" session "\",\"type\":\"hr\",\"number\":" number "," \
    "\"chamber\":\"house\",\"title\":\"A title\","                        \
    "\"introduced_on\":\"2025-03-06\""

/* The service's answer without what it made up itself. */
static const char *without_own(struct world *world, const struct stored *stored)
{
    static const char made[] = "\"deleted_at\":null,";
    const char *text = world_text(world), *rest = strstr(text, made);
    char id[UUID_TEXT_BYTES], head[128];

    uuid_format(stored->id, id);
    snprintf(head, sizeof(head),
             "{\"id\":\"%s\",\"version\":%lld,\"created_at\":\"2", id,
             (long long)stored->version);
    cr_assert_eq(strncmp(text, head, strlen(head)), 0, "%s", text);
    cr_assert_not_null(rest);
    return rest + strlen(made);
}

ON_STORE(create, answers_with_the_whole_object)
{
    struct stored stored = { 0 };

    expect_ok(world, create(world, &bills, BILL("c1", "7") "}", &stored));
    cr_expect_gt(stored.version, 0);
    cr_expect_eq(stored.id.bytes[6] >> 4, 7, "UUIDv7");
    cr_expect_str_eq(
        without_own(world, &stored),
        "\"session\":\"c1\",\"type\":\"hr\",\"number\":7,"
        "\"chamber\":\"house\",\"title\":\"A title\",\"short_title\":null,"
        "\"official_title\":null,\"summary\":null,\"status\":\"introduced\","
        "\"sponsor_id\":null,\"policy_area\":null,\"subjects\":[],"
        "\"introduced_on\":\"2025-03-06\",\"latest_action_on\":null,"
        "\"latest_action\":null,\"url\":null,\"created_by\":null}");
}

ON_STORE(create, gives_back_exactly_what_it_was_given)
{
    struct stored stored = { 0 };
    const char *text;

    expect_ok(world,
              create(world, &bills,
                     "{\"session\":\"c2\",\"type\":\"s\",\"number\":2147483647,"
                     "\"chamber\":\"senate\","
                     "\"title\":\"\\\"q\\\\ \\u0001\\n \\ud834\\udd1e \\u00e4 "
                     "\\u2028\",\"short_title\":\"\",\"subjects\":[\"a,b\","
                     "\"{}\",\"NULL\",\"\\\"\",\"\\\\\",\"\"],"
                     "\"introduced_on\":\"0001-01-01\"}",
                     &stored));
    text = world_text(world);
    cr_expect_not_null(strstr(text, "\"short_title\":\"\""), "%s", text);
    cr_expect_not_null(strstr(text, "\"introduced_on\":\"0001-01-01\""));
    cr_expect_not_null(strstr(text, "\"number\":2147483647"));
    cr_expect_not_null(strstr(text, "\"subjects\":[\"a,b\",\"{}\",\"NULL\","
                                    "\"\\\"\",\"\\\\\",\"\"]"),
                       "%s", text);
    cr_expect_not_null(strstr(text, "\"title\":\"\\\"q\\\\ \\u0001\\n "
                                    "\xf0\x9d\x84\x9e \xc3\xa4 "
                                    "\xe2\x80\xa8\""),
                       "%s", text);
}

ON_STORE(create, gives_the_same_bytes_when_it_is_read_again)
{
    struct stored stored = { 0 };
    const char *made;
    struct view view;
    int64_t version;

    expect_ok(world, create(world, &bills,
                            BILL("c3", "1") ",\"subjects\":[\"x\"]}", &stored));
    made = world_text(world);
    view_all(&bills, &view);
    expect_ok(world, store_get(world->store, &view, stored.id, after_ms(30000),
                               &world->out, &version, &world->diag));
    cr_expect_str_eq(world_text(world), made);
    cr_expect_eq(version, stored.version);
}

ON_STORE(create, remembers_who_did_it)
{
    struct stored stored = { 0 };
    struct actor actor = { .rights = TEXT("*:*") };
    struct values *values;
    struct store by;
    char id[UUID_TEXT_BYTES];

    expect_ok(world, create(world, &users,
                            "{\"email\":\"who@did.it\",\"display_name\":\"W\"}",
                            &stored));
    uuid_format(stored.id, id);
    actor.user_id = text_of(id);
    by = store_as(world->store, &actor);
    expect_ok(world,
              shape_read(bills.shape, TEXT(BILL("c4", "1") "}"), SHAPE_CREATE,
                         &world->arena, &world->diag, &values));
    buffer_clear(&world->out);
    expect_ok(world, store_create(&by, &bills, values, after_ms(30000),
                                  &world->out, &stored, &world->diag));
    cr_expect_not_null(strstr(world_text(world), id));
}

ON_STORE(create, names_the_members_of_a_key_that_is_taken)
{
    struct stored stored = { 0 };
    int r;

    expect_ok(world, create(world, &bills, BILL("c5", "1") "}", &stored));
    r = create(world, &bills, BILL("c5", "1") "}", &stored);
    cr_expect_eq(r, -ERR_DUPLICATE);
    cr_expect_str_eq(faults_of(&world->diag), "/session duplicate\n"
                                              "/type duplicate\n"
                                              "/number duplicate");
    cr_expect_str_eq(world->diag.sqlstate, "23505");
}

ON_STORE(create, takes_the_key_of_what_was_deleted)
{
    struct stored stored = { 0 };

    expect_ok(world, create(world, &bills, BILL("c6", "1") "}", &stored));
    world_script(world, "UPDATE bills SET deleted_at = now()"
                        " WHERE session = 'c6'");
    expect_ok(world, create(world, &bills, BILL("c6", "1") "}", &stored));
}

ON_STORE(create, refuses_a_reference_to_nothing)
{
    struct stored stored = { 0 };
    int r = create(world, &bills,
                   BILL("c7", "1") ",\"sponsor_id\":"
                                   "\"019aa3fe-04c6-70c5-8000-000000000000\"}",
                   &stored);

    cr_expect_eq(r, -ERR_VALIDATION);
    cr_expect_str_eq(faults_of(&world->diag), "/sponsor_id unknown_reference");
}

/* Another legislature's types are one INSERT in a migration. */
ON_STORE(create, takes_the_types_of_bills_that_the_database_has)
{
    struct stored stored = { 0 };
    const char *body = "{\"session\":\"c9\",\"type\":\"ld_2\","
                       "\"number\":1,\"chamber\":\"house\",\"title\":\"T\","
                       "\"introduced_on\":\"2025-03-06\"}";

    cr_expect_eq(create(world, &bills, body, &stored), -ERR_VALIDATION);
    cr_expect_str_eq(faults_of(&world->diag), "/type not_allowed");
    world_script(world, "INSERT INTO bill_types (type, name)"
                        " VALUES ('ld_2', 'Legislative document')");
    expect_ok(world, create(world, &bills, body, &stored));
}

ON_STORE(create, names_the_member_of_a_rule_only_the_database_knows)
{
    struct stored stored = { 0 };
    int r;

    world_script(world, "ALTER TABLE people ADD CONSTRAINT people_party_value"
                        " CHECK (party <> 'Nobody')");
    r = create(world, &people,
               "{\"bioguide\":\"C8\",\"full_name\":\"N\",\"party\":\"Nobody\"}",
               &stored);
    cr_expect_eq(r, -ERR_VALIDATION);
    cr_expect_str_eq(faults_of(&world->diag), "/party not_allowed");
}

ON_STORE(create, makes_one_of_each_resource)
{
    struct stored stored = { 0 };

    expect_ok(world, create(world, &users,
                            "{\"email\":\"a@b.de\",\"display_name\":\"A\","
                            "\"profile\":{\"locale\":\"de\"}}",
                            &stored));
    cr_expect_str_eq(
        without_own(world, &stored),
        "\"email\":\"a@b.de\",\"display_name\":\"A\",\"status\":\"active\","
        "\"external_id\":null,\"profile\":{\"locale\":\"de\"}}");
    expect_ok(world, create(world, &roles,
                            "{\"key\":\"clerk\",\"name\":\"Clerk\"}", &stored));
    cr_expect_str_eq(without_own(world, &stored),
                     "\"key\":\"clerk\",\"name\":\"Clerk\","
                     "\"description\":null,\"system\":false}");
    expect_ok(world, create(world, &permissions,
                            "{\"key\":\"bills:stamp:own\"}", &stored));
    cr_expect_str_eq(without_own(world, &stored),
                     "\"key\":\"bills:stamp:own\",\"description\":null,"
                     "\"resource\":\"bills\",\"action\":\"stamp\","
                     "\"scope\":\"own\"}");
    expect_ok(world, create(world, &people,
                            "{\"bioguide\":\"X1\",\"full_name\":\"X\","
                            "\"district\":0,\"current\":true}",
                            &stored));
    cr_expect_str_eq(without_own(world, &stored),
                     "\"bioguide\":\"X1\",\"full_name\":\"X\","
                     "\"given_name\":null,\"family_name\":null,\"party\":null,"
                     "\"state\":null,\"chamber\":null,\"district\":0,"
                     "\"current\":true}");
}

ON_STORE(create, finds_an_email_taken_in_another_case)
{
    struct stored stored = { 0 };

    expect_ok(world, create(world, &users,
                            "{\"email\":\"One@x.org\",\"display_name\":\"1\"}",
                            &stored));
    cr_expect_eq(create(world, &users,
                        "{\"email\":\"oNE@x.org\",\"display_name\":\"2\"}",
                        &stored),
                 -ERR_DUPLICATE);
    cr_expect_str_eq(faults_of(&world->diag), "/email duplicate");
}
