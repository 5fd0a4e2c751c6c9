/* SPDX-License-Identifier: MIT */
/* The audit log as a list: GET /v1/audit. */
#include "store/sql_list.h"

#include "database.h"

STORE_TESTS_BEGIN
STORE_TESTS_END

static struct page page;

static const char *listed_with(struct world *world, const char *query,
                               struct listing_options options)
{
    CLEANUP(bytes_unref) struct bytes *body = NULL;
    struct asked_for *asked = ask_with(&audit_log, query, options);
    const char *text;

    cr_assert_eq(asked->result, 0, "%s: %s", query, faults_of(&asked->diag));
    diag_clear(&world->diag);
    expect_ok(world, store_list(world->store, asked->listing, after_ms(20000),
                                &body, &page, &world->diag));
    text = arena_copy(&world->arena, bytes_text(body));
    cr_assert_not_null(text);
    return text;
}

static const char *listed(struct world *world, const char *query)
{
    return listed_with(world, query, (struct listing_options){ 0 });
}

/* `count` records of a type of the test's own, a second after each other. */
static void make_records(struct world *world, const char *type, unsigned count)
{
    world_script(
        world,
        arena_format(&world->arena,
                     "SELECT set_config('app.rights', '*:*', false);"
                     "INSERT INTO audit (at, action, resource_type, actor_id,"
                     " request_id, after) SELECT now() + i * interval '1 s',"
                     " CASE WHEN i %% 2 = 0 THEN 'update' ELSE 'create' END,"
                     " '%s', ('018f0000-0000-7000-8000-00000000000' || i %% 3)"
                     "::uuid, 'r' || i, jsonb_build_object('i', i)"
                     " FROM generate_series(1, %u) AS i",
                     type, count));
}

/* Its members in the contract's order, what is null included. */
ON_STORE(audit_log, has_the_contracts_members)
{
    const char *got;

    world_script(world, "SELECT set_config('app.rights', '*:*', false);"
                        "INSERT INTO audit (id, at, action, resource_type,"
                        " after) VALUES"
                        " ('018f0000-0000-7000-8000-000000000001',"
                        " '2026-01-02 03:04:05.6+00', 'create', 'whole',"
                        " '{\"a\": [1, \"x, y\"], \"b\": null}')");
    got = listed(world, "resource_type=whole");
    cr_expect_str_eq(got, "[{\"id\":\"018f0000-0000-7000-8000-000000000001\","
                          "\"at\":\"2026-01-02T03:04:05.600000Z\","
                          "\"actor_id\":null,\"action\":\"create\","
                          "\"resource_type\":\"whole\",\"resource_id\":null,"
                          "\"request_id\":null,\"before\":null,"
                          "\"after\":{\"a\":[1,\"x, y\"],\"b\":null}}]");
}

ON_STORE(audit_log, is_read_from_the_newest)
{
    make_records(world, "order", 3);
    cr_expect_str_eq(listed(world, "resource_type=order&fields=request_id"),
                     "[{\"request_id\":\"r3\"},{\"request_id\":\"r2\"},"
                     "{\"request_id\":\"r1\"}]");
    cr_expect_str_eq(
        listed(world, "resource_type=order&fields=request_id&sort=at"),
        "[{\"request_id\":\"r1\"},{\"request_id\":\"r2\"},"
        "{\"request_id\":\"r3\"}]");
}

/* Next and next, and back again. */
ON_STORE(audit_log, is_walked_by_cursors_both_ways)
{
    const char *next = "resource_type=walk&fields=request_id&limit=3";
    const char *begun = next;

    make_records(world, "walk", 8);
    cr_expect_str_eq(listed(world, next), "[{\"request_id\":\"r8\"},"
                                          "{\"request_id\":\"r7\"},"
                                          "{\"request_id\":\"r6\"}]");
    next = arena_format(&world->arena, "%s&cursor=%.*s", begun,
                        TEXT_ARG(page.next));
    cr_expect_str_eq(listed(world, next), "[{\"request_id\":\"r5\"},"
                                          "{\"request_id\":\"r4\"},"
                                          "{\"request_id\":\"r3\"}]");
    cr_expect_eq(page.first, 3);
    next = arena_format(&world->arena, "%s&cursor=%.*s", begun,
                        TEXT_ARG(page.prev));
    cr_expect_str_eq(listed(world, next), "[{\"request_id\":\"r8\"},"
                                          "{\"request_id\":\"r7\"},"
                                          "{\"request_id\":\"r6\"}]");
    cr_expect_not(page.has_prev);
}

static const struct {
    const char *query, *found;
} filters[] = {
    { "actor_id=018f0000-0000-7000-8000-000000000000", "r6 r3" },
    { "action=update", "r6 r4 r2" },
    { "action=update,grant", "r6 r4 r2" },
    { "request_id=r4", "r4" },
    { "resource_id_null=false", "" },
    { "at_gte=2001-01-01T00:00:00Z&action_ne=update", "r5 r3 r1" },
    { "at_lt=2001-01-01T00:00:00Z", "" },
    { "filter={\"action\":[\"create\"],\"request_id_gt\":\"r3\"}", "r5" },
};

ON_STORE(audit_log, is_filtered)
{
    make_records(world, "filter", 6);
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        const char *got = listed(
            world, arena_format(&world->arena,
                                "resource_type=filter&fields=request_id&%s",
                                filters[i].query));
        CLEANUP(buffer_fini) struct buffer wanted = { 0 };
        struct text rest = text_of(filters[i].found), id;

        buffer_init(&wanted, 4096);
        buffer_add_byte(&wanted, '[');
        while (rest.len > 0 && text_cut(&rest, ' ', &id))
            buffer_add_format(&wanted, "%s{\"request_id\":\"%.*s\"}",
                              wanted.len > 1 ? "," : "", TEXT_ARG(id));
        buffer_add_byte(&wanted, ']');
        cr_expect(text_is(buffer_text(&wanted), got), "%s: %s",
                  filters[i].query, got);
    }
}

ON_STORE(audit_log, is_counted_when_asked)
{
    make_records(world, "count", 5);
    listed_with(world, "resource_type=count&limit=2",
                (struct listing_options){ .count = COUNT_EXACT });
    cr_expect_eq(page.total, 5);
    cr_expect_eq(page.count, 2);
}

static const struct {
    const char *query, *faults;
} refusals[] = {
    { "deleted=include", "deleted unknown_parameter" },
    { "q=bills", "q unknown_parameter" },
    { "embed=actor", "embed unknown_parameter" },
    { "action=destroy", "action not_allowed" },
    { "actor_id=me", "actor_id invalid_format" },
    { "before=x", "before unknown_parameter" },
    { "sort=after", "sort not_allowed" },
};

Test(audit_log, has_nothing_deleted_searched_or_embedded)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        struct asked_for *asked = ask_for(&audit_log, refusals[i].query);

        cr_expect_eq(asked->result, -ERR_INVALID_PARAMETER, "%s",
                     refusals[i].query);
        cr_expect_str_eq(faults_of(&asked->diag), refusals[i].faults);
    }
}

/* As its indexes are: an order they do not have sorts the whole log. */
Test(audit_log, is_asked_for_in_the_order_of_its_index)
{
    CLEANUP(buffer_fini) struct buffer sql = { 0 };
    struct asked_for *asked = ask_for(&audit_log, "fields=id");
    struct params params = asked->listing->params;

    buffer_init(&sql, 4096);
    sql_page(&sql, asked->listing, NULL, &params);
    cr_expect(text_is(buffer_text(&sql), "SELECT id, at FROM audit WHERE true"
                                         " ORDER BY at DESC, id DESC LIMIT 26"),
              "%.*s", TEXT_ARG(buffer_text(&sql)));
}
