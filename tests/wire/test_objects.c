/* SPDX-License-Identifier: MIT */
/* Bills and people, as a client of the running service sees them. */
#include "base/id.h"
#include "support/wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A bill nobody else makes, with these members on top. */
static const char *new_bill(struct wire *wire, const char *more)
{
    unsigned number;

    random_bytes(&number, sizeof(number));
    return arena_format(&wire->arena,
                        "{\"session\":\"test\",\"type\":\"hr\",\"number\":%u,"
                        "\"chamber\":\"house\",\"title\":\"A bill\","
                        "\"introduced_on\":\"2026-02-28\"%s}",
                        number % 2000000000 + 1, more);
}

static struct answer post(struct wire *wire, const char *path, const char *body)
{
    return wire_step(wire, &(struct step){ .request = arena_format(
                                               &wire->arena, "POST %s", path),
                                           .body = body,
                                           .as_admin = true });
}

static struct answer get(struct wire *wire, struct text path)
{
    return wire_step(
        wire, &(struct step){ .request = arena_format(&wire->arena, "GET %.*s",
                                                      TEXT_ARG(path)) });
}

Test(objects, a_bill_is_made_and_read_again)
{
    struct answer made, read;
    struct wire wire;

    wire_open(&wire);
    made =
        post(&wire, "/v1/bills",
             new_bill(&wire, ",\"summary\":\"žluťoučký 🐎 \\u2028 \\\"q\\\"\","
                             "\"subjects\":[\"Élan\",\"b,c\"]"));
    cr_assert_eq(made.status, 201, "%.*s", TEXT_ARG(made.body));
    cr_expect(answer_has(&made, "\"status\":\"introduced\""));
    cr_expect(answer_has(&made, "\"subjects\":[\"Élan\",\"b,c\"]"));
    cr_expect(answer_has(&made, "\"deleted_at\":null"));
    read = get(&wire, answer_header(&made, "Location"));
    cr_expect_eq(read.status, 200);
    cr_expect(text_equal(read.body, made.body), "%.*s\n%.*s",
              TEXT_ARG(read.body), TEXT_ARG(made.body));
    cr_expect(
        text_equal(answer_header(&read, "ETag"), answer_header(&made, "ETag")));
    wire_close(&wire);
}

Test(objects, an_unchanged_bill_is_304)
{
    struct answer made, read;
    struct wire wire;

    wire_open(&wire);
    made = post(&wire, "/v1/bills", new_bill(&wire, ""));
    read = wire_step(
        &wire,
        &(struct step){
            .request = arena_format(&wire.arena, "GET %.*s",
                                    TEXT_ARG(answer_header(&made, "Location"))),
            .headers =
                arena_format(&wire.arena, "If-None-Match: \"x\", W/%.*s\r\n",
                             TEXT_ARG(answer_header(&made, "ETag"))) });
    cr_expect_eq(read.status, 304);
    wire_close(&wire);
}

Test(objects, return_minimal_is_204_with_the_place)
{
    struct answer made;
    struct wire wire;

    wire_open(&wire);
    made = wire_step(&wire,
                     &(struct step){ .request = "POST /v1/bills",
                                     .headers = "Prefer: return=minimal\r\n",
                                     .body = new_bill(&wire, ""),
                                     .as_admin = true });
    cr_expect_eq(made.status, 204);
    cr_expect(
        text_is(answer_header(&made, "Preference-Applied"), "return=minimal"));
    cr_expect_eq(get(&wire, answer_header(&made, "Location")).status, 200);
    wire_close(&wire);
}

Test(objects, the_same_natural_key_is_taken_once)
{
    struct answer answer;
    const char *body;
    struct wire wire;

    wire_open(&wire);
    body = new_bill(&wire, "");
    cr_assert_eq(post(&wire, "/v1/bills", body).status, 201);
    answer = post(&wire, "/v1/bills", body);
    cr_expect_eq(answer.status, 409);
    cr_expect(answer_has(&answer, "\"code\":\"duplicate\""));
    cr_expect(answer_has(&answer, "\"number\":"), "errors name the members");
    wire_close(&wire);
}

Test(objects, a_sponsor_is_embedded_where_asked_for)
{
    struct answer person, bill;
    struct text location;
    const char *path;
    struct wire wire;
    char key[20];

    wire_open(&wire);
    snprintf(key, sizeof(key), "T%07d", rand() % 10000000);
    person = post(&wire, "/v1/people",
                  arena_format(&wire.arena,
                               "{\"bioguide\":\"%s%d\",\"full_name\":\"Ann\"}",
                               key, (int)getpid()));
    cr_assert_eq(person.status, 201, "%.*s", TEXT_ARG(person.body));
    location = answer_header(&person, "Location");
    bill = post(
        &wire, "/v1/bills",
        new_bill(&wire, arena_format(&wire.arena, ",\"sponsor_id\":\"%.*s\"",
                                     36, location.at + location.len - 36)));
    cr_assert_eq(bill.status, 201, "%.*s", TEXT_ARG(bill.body));
    path = arena_format(&wire.arena, "%.*s?embed=sponsor&fields=id,title",
                        TEXT_ARG(answer_header(&bill, "Location")));
    bill = get(&wire, text_of(path));
    cr_expect(answer_has(&bill, "\"sponsor\":{\"id\":\""), "%.*s",
              TEXT_ARG(bill.body));
    cr_expect(answer_has(&bill, "\"full_name\":\"Ann\""));
    cr_expect_not(answer_has(&bill, "\"number\""), "fields are exactly those");
    wire_close(&wire);
}

/* Follows rel="next"; false at the last page. */
static bool next_page(struct wire *wire, const struct answer *answer,
                      struct text *ret_path)
{
    struct text link = answer_header(answer, "Link");
    const char *end =
        link.at ? memmem(link.at, link.len, ">; rel=\"next\"", 13) : NULL;
    const char *begin = end;

    if (!end)
        return false;
    while (*begin != '<')
        begin--;
    *ret_path = text_of(arena_copy(
        &wire->arena, text_from(begin + 1, (size_t)(end - begin) - 1)));
    return true;
}

static size_t count_ids(struct text body)
{
    size_t count = 0;

    for (const char *at = body.at;
         (at = memmem(at, body.len - (size_t)(at - body.at), "{\"id\":\"", 7));
         at++)
        count++;
    return count;
}

Test(objects, pages_by_cursor_show_every_person_once)
{
    struct text path = TEXT("/v1/people?limit=17&sort=-full_name&fields=id");
    struct answer answer, all;
    size_t seen = 0, pages = 0;
    struct wire wire;

    wire_open(&wire);
    do {
        answer = get(&wire, path);
        cr_assert_eq(answer.status, 200, "%.*s", TEXT_ARG(answer.body));
        seen += count_ids(answer.body);
        pages++;
    } while (next_page(&wire, &answer, &path));
    all = wire_step(&wire,
                    &(struct step){ .request = "GET /v1/people?limit=1",
                                    .headers = "Prefer: count=exact\r\n" });
    cr_expect_gt(pages, 5);
    cr_expect_geq((int)seen, 300);
    cr_expect(!text_is_null(answer_header(&all, "X-Total-Count")));
    wire_close(&wire);
}

/* clang-format off */
SCENARIO(objects, ids_that_are_none_are_404,
    { "GET /v1/bills/7", .expect = 404, .code = "not_found" },
    { "GET /v1/bills/018f0000-0000-7000-8000-000000000000", .expect = 404 },
    { "GET /v1/people/018f0000-0000-7000-8000-00000000000g", .expect = 404 })

SCENARIO(objects, every_fault_of_a_body_is_listed,
    { "POST /v1/bills", .as_admin = true,
      .body = "{\"title\":\"\",\"number\":0,\"chamber\":\"moon\",\"extra\":1,"
              "\"version\":3,\"introduced_on\":\"2026-02-30\"}",
      .expect = 422, .code = "validation",
      .has = "\"pointer\":\"/extra\",\"code\":\"unknown_field\"" },
    { "POST /v1/bills", .as_admin = true, .body = "{\"version\":3}",
      .expect = 422, .has = "\"pointer\":\"/version\",\"code\":\"read_only\"" },
    { "POST /v1/bills", .as_admin = true, .body = "{\"title\":\"a\\u0000b\"}",
      .expect = 422, .has = "\"code\":\"nul\"" })

SCENARIO(objects, a_sponsor_must_exist,
    { "POST /v1/bills", .as_admin = true,
      .body = "{\"session\":\"test\",\"type\":\"s\",\"number\":1,"
              "\"chamber\":\"senate\",\"title\":\"t\","
              "\"introduced_on\":\"2026-01-01\","
              "\"sponsor_id\":\"018f0000-0000-7000-8000-000000000000\"}",
      .expect = 422, .has = "\"code\":\"unknown_reference\"" })

SCENARIO(objects, lists_take_filters_order_and_members,
    { "GET /v1/bills?status=enacted&limit=2", .expect = 200 },
    { "GET /v1/bills?introduced_on_gte=2020-01-01&sort=-introduced_on,number",
      .expect = 200 },
    { "GET /v1/bills?number_lt=10&number_gt=2&fields=id,number",
      .expect = 200 },
    { "GET /v1/bills?embed=sponsor&limit=3", .expect = 200,
      .has = "\"sponsor\":" })

SCENARIO(objects, lists_name_what_they_do_not_know,
    { "GET /v1/bills?colour=red", .expect = 400, .code = "invalid_parameter" },
    { "GET /v1/bills?sort=password", .expect = 400,
      .code = "invalid_parameter" },
    { "GET /v1/bills?fields=id,secret", .expect = 400 },
    { "GET /v1/bills?limit=0", .expect = 400 },
    { "GET /v1/bills?limit=201", .expect = 400 },
    { "GET /v1/bills?limit=5&limit=6", .expect = 400 },
    { "GET /v1/bills?number=seven", .expect = 400 },
    { "GET /v1/bills?status=lost", .expect = 400, .has = "introduced" },
    { "GET /v1/bills?introduced_on=2026-02-30", .expect = 400 },
    { "GET /v1/bills?sponsor_id=7", .expect = 400 },
    { "GET /v1/bills?cursor=abc", .expect = 400, .code = "invalid_cursor" },
    { "GET /v1/bills?sort=1;drop%20table%20bills", .expect = 400 })
/* clang-format on */

Test(objects, a_cursor_belongs_to_its_query)
{
    struct answer answer;
    struct text path;
    const char *other;
    struct wire wire;

    wire_open(&wire);
    answer = get(&wire, TEXT("/v1/bills?limit=1"));
    cr_assert(next_page(&wire, &answer, &path));
    other = arena_format(&wire.arena, "%.*s&status=enacted", TEXT_ARG(path));
    answer = get(&wire, text_of(other));
    cr_expect_eq(answer.status, 400);
    cr_expect(answer_has(&answer, "\"code\":\"cursor_mismatch\""), "%.*s",
              TEXT_ARG(answer.body));
    wire_close(&wire);
}
