/* SPDX-License-Identifier: MIT */
/* What api.md § 2 says of lists, beside test_lists.c and test_paging.c. */
#include "made.h"

/* How many objects are on the page, each with nothing but its number. */
static size_t rows_of(const struct answer *page)
{
    struct text rest = page->body, piece;
    size_t count = 0;

    while (text_cut(&rest, '{', &piece))
        count++;
    return count - 1;
}

Test(contract, a_page_has_25_rows_unless_told)
{
    const char *session, *list;
    struct answer page;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    for (int i = 1; i <= 26; i++)
        make(&wire, "bills",
             SAY(&wire,
                 "{\"session\":\"%s\",\"type\":\"s\",\"number\":%d,"
                 "\"chamber\":\"senate\",\"title\":\"t\","
                 "\"introduced_on\":\"2026-01-01\"}",
                 session, i));
    list = SAY(&wire, "/v1/bills?session=%s&fields=number", session);
    page = get(&wire, list);
    cr_expect_eq(rows_of(&page), 25);
    cr_expect(memmem(page.head.at, page.head.len, "rel=\"next\"", 10));
    page = get(&wire, SAY(&wire, "%s&offset=0", list));
    cr_expect_eq(rows_of(&page), 25);
    cr_expect(text_is(answer_header(&page, "Content-Range"), "bills 0-24/26"));
    page = get(&wire, SAY(&wire, "%s&limit=26", list));
    cr_expect_eq(rows_of(&page), 26);
    cr_expect_not(memmem(page.head.at, page.head.len, "rel=\"next\"", 10));
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(contract, a_refused_query_is_told_what_is_allowed,
    { "GET /v1/people?colour=red", .expect = 400,
      .has = "must be among fields, embed, q, filter, sort, " },
    { "GET /v1/people?colour=red", .expect = 400,
      .has = "bioguide, full_name, given_name, family_name, party, state, "
             "chamber, district, current" },
    { "GET /v1/people?full_name_has=x", .expect = 400,
      .has = "full_name takes _ne, _gt, _gte, _lt, _lte, _like, _prefix, _in, "
             "_null" },
    { "GET /v1/people?current_gt=true", .expect = 400,
      .has = "current takes _ne, _in, _null" },
    { "GET /v1/people?chamber=lords", .expect = 400,
      .has = "must be one of house, senate" },
    { "GET /v1/people?sort=colour", .expect = 400, .has = "full_name" },
    { "GET /v1/people?fields=colour", .expect = 400, .has = "full_name" },
    { "GET /v1/people?deleted=yes", .expect = 400, .has = "include" },
    { "GET /v1/bills?embed=votes", .expect = 400,
      .has = "sponsor, cosponsors, actions" },
    { "GET /v1/bills?number=x", .expect = 400, .has = "must be an integer" })

SCENARIO(contract, what_can_be_embedded_is_one_level_deep,
    { "GET /v1/bills?limit=1&embed=sponsor.bills", .expect = 400 },
    { "GET /v1/roles?limit=1&embed=parents.parents", .as_admin = true,
      .expect = 400 },
    { "GET /v1/people?limit=1&embed=bills", .expect = 400,
      .code = "invalid_parameter" },
    { "GET /v1/permissions?limit=1&embed=roles", .as_admin = true,
      .expect = 400 },
    { "GET /v1/bills?limit=1&embed=sponsor,cosponsors,actions&fields=id",
      .expect = 200, .has = "\"cosponsors\":[" },
    { "GET /v1/bills?limit=1&embed=sponsor&embed=actions", .expect = 400,
      .has = "\"repeated\"" })

SCENARIO(contract, lists_answer_200_to_every_range,
    { "GET /v1/people?limit=1", .headers = "Range: bytes=0-3\r\n",
      .expect = 200 },
    { "GET /v1/people?limit=1", .headers = "Range: people=0-0\r\n",
      .expect = 200 },
    { "GET /v1/people?limit=1", .headers = "Range: nonsense\r\n",
      .expect = 200 })
/* clang-format on */

Test(contract, the_same_is_embedded_in_a_list_and_in_an_object)
{
    const char *person, *path, *session, *embedded;
    struct answer one, list;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    person = make(
        &wire, "people",
        SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}", session));
    path = make(&wire, "bills",
                bill(&wire, session,
                     SAY(&wire, ",\"sponsor_id\":\"%s\"", id_of(person))));
    put(&wire, SAY(&wire, "%s/cosponsors/%s", path, id_of(person)), "{}");
    one = get(&wire, SAY(&wire, "%s?embed=sponsor,cosponsors,actions", path));
    list = get(&wire, SAY(&wire,
                          "/v1/bills?session=%s&embed=sponsor,cosponsors,"
                          "actions",
                          session));
    embedded = SAY(&wire, "%.*s", TEXT_ARG(get(&wire, person).body));
    EXPECT(one, 200, SAY(&wire, "\"sponsor\":%s", embedded));
    EXPECT(one, 200, SAY(&wire, "\"cosponsors\":[%s]", embedded));
    EXPECT(one, 200, "\"actions\":[]");
    cr_expect(text_equal(list.body,
                         text_of(SAY(&wire, "[%.*s]", TEXT_ARG(one.body)))));
    wire_close(&wire);
}

Test(contract, a_role_embeds_its_permissions_and_parents_and_a_user_roles)
{
    const char *key, *role, *parent, *right, *user;
    struct wire wire;

    wire_open(&wire);
    key = some_key(&wire);
    role = make(&wire, "roles",
                SAY(&wire, "{\"key\":\"%s\",\"name\":\"R\"}", key));
    parent = make(&wire, "roles",
                  SAY(&wire, "{\"key\":\"%sp\",\"name\":\"P\"}", key));
    right = make(&wire, "permissions", SAY(&wire, "{\"key\":\"%s:a\"}", key));
    user = make(
        &wire, "users",
        SAY(&wire, "{\"email\":\"%s@a.example\",\"display_name\":\"U\"}", key));
    put(&wire, SAY(&wire, "%s/parents/%s", role, id_of(parent)), "{}");
    put(&wire, SAY(&wire, "%s/permissions/%s", role, id_of(right)), "{}");
    put(&wire, SAY(&wire, "%s/roles/%s", user, id_of(role)), "{}");
    EXPECT(get(&wire, SAY(&wire, "%s?embed=permissions,parents", role)), 200,
           SAY(&wire, "\"permissions\":[{\"id\":\"%s\"", id_of(right)));
    EXPECT(get(&wire, SAY(&wire, "%s?embed=permissions,parents", role)), 200,
           SAY(&wire, "\"parents\":[{\"id\":\"%s\"", id_of(parent)));
    EXPECT(get(&wire, SAY(&wire, "%s?embed=roles", user)), 200,
           SAY(&wire, "\"roles\":[{\"id\":\"%s\"", id_of(role)));
    wire_close(&wire);
}

Test(contract, commas_stand_between_ids_too)
{
    const char *one, *two, *list;
    struct answer page;
    struct wire wire;

    wire_open(&wire);
    one = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    two = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    list = SAY(&wire, "/v1/bills?id=%s,%s&fields=id", id_of(one), id_of(two));
    page = get(&wire, list);
    cr_expect_eq(rows_of(&page), 2, "%.*s", TEXT_ARG(page.body));
    list = SAY(&wire, "/v1/bills?id_ne=%s&id=%s&fields=id", id_of(one),
               id_of(one));
    EXPECT(get(&wire, list), 200, "[]");
    wire_close(&wire);
}

static int64_t total_of(struct wire *wire, const char *request,
                        const char *headers)
{
    struct answer page = ask(wire, request, headers, NULL);
    int64_t total = -1;

    cr_expect_eq(page.status, 200);
    cr_expect(text_to_int64(answer_header(&page, "X-Total-Count"), &total),
              "%.*s", TEXT_ARG(page.head));
    return total;
}

/* What the planner thinks of a whole table is near; ours is loaded by demo. */
Test(contract, an_estimate_is_near_for_a_whole_table)
{
    static const char list[] = "GET /v1/people?limit=1&fields=id";
    int64_t exact, estimated;
    struct wire wire;

    wire_open(&wire);
    exact = total_of(&wire, list, "Prefer: count=exact\r\n");
    estimated = total_of(&wire, list, "Prefer: count=estimated\r\n");
    cr_expect_geq(estimated, exact / 4, "%lld of %lld", (long long)estimated,
                  (long long)exact);
    cr_expect_leq(estimated, exact * 4, "%lld of %lld", (long long)estimated,
                  (long long)exact);
    wire_close(&wire);
}

/* Whatever the planner thinks of rows that were just made. */
Test(contract, an_estimate_never_contradicts_its_page)
{
    static const char estimated[] = "Prefer: count=estimated\r\n";
    const char *session, *list;
    struct answer page;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    for (int i = 1; i <= 5; i++)
        make(&wire, "bills",
             SAY(&wire,
                 "{\"session\":\"%s\",\"type\":\"s\",\"number\":%d,"
                 "\"chamber\":\"senate\",\"title\":\"t\","
                 "\"introduced_on\":\"2026-01-01\"}",
                 session, i));
    list = SAY(&wire, "GET /v1/bills?session=%s&fields=id", session);
    cr_expect_geq(total_of(&wire, SAY(&wire, "%s&limit=2", list), estimated), 3,
                  "there is a next page");
    cr_expect_geq(
        total_of(&wire, SAY(&wire, "%s&offset=2&limit=2", list), estimated), 5);
    page = ask(&wire, SAY(&wire, "%s&offset=4&limit=2", list), estimated, NULL);
    cr_expect(text_is(answer_header(&page, "Content-Range"), "bills 4-4/5"),
              "the last row is seen: %.*s", TEXT_ARG(page.head));
    page = ask(&wire, SAY(&wire, "%s&limit=5", list), estimated, NULL);
    cr_expect(text_is(answer_header(&page, "Content-Range"), "bills 0-4/5"));
    page = ask(&wire, SAY(&wire, "%s&number=9", list), estimated, NULL);
    cr_expect(text_is(answer_header(&page, "Content-Range"), "bills */0"));
    wire_close(&wire);
}

Test(contract, deleted_asks_for_the_right_to_restore)
{
    static const char *const requests[] = {
        "GET /v1/bills?deleted=include", "GET /v1/people?deleted=only",
        "GET /v1/bills/facets?by=type&deleted=include",
        "GET /v1/bills/export?deleted=include"
    };
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        answer = wire_step(&wire, &(struct step){ .request = requests[i] });
        EXPECT(answer, 403, "\"code\":\"forbidden\"");
    }
    wire_close(&wire);
}
