/* SPDX-License-Identifier: MIT */
/* Conditions of writes (RFC 9110 § 13) and what they know no more of. */
#include "made.h"

#define TAG(answer) TEXT_ARG(tag_of(answer))

static const char *new_bill(struct wire *wire)
{
    return make(wire, "bills", bill(wire, some_key(wire), ""));
}

/* --- If-Match of what was deleted ---------------------------------------- */

Test(preconditions, several_tags_are_judged_like_one_when_it_is_deleted)
{
    const char *path, *tag;
    struct answer gone;
    struct wire wire;

    wire_open(&wire);
    path = new_bill(&wire);
    EXPECT(drop(&wire, path), 200, NULL);
    gone = get(&wire, SAY(&wire, "/v1/bills?deleted=only&id=%s", id_of(path)));
    tag = SAY(&wire, "If-Match: \"1\", \"%.*s\"\r\n",
              TEXT_ARG(member(&gone, "version")));
    EXPECT(ask(&wire, SAY(&wire, "POST %s/restore", path),
               "If-Match: \"1\", \"2\"\r\n", NULL),
           412, NULL);
    EXPECT(ask(&wire, SAY(&wire, "DELETE %s?purge=true", path),
               "If-Match: \"1\", \"2\"\r\n", NULL),
           412, NULL);
    EXPECT(ask(&wire, SAY(&wire, "DELETE %s", path), tag, NULL), 404, NULL);
    EXPECT(ask(&wire, SAY(&wire, "POST %s/restore", path), tag, NULL), 200,
           NULL);
    EXPECT(ask(&wire, SAY(&wire, "DELETE %s?purge=true", path), tag, NULL), 412,
           "is of version");
    wire_close(&wire);
}

Test(preconditions, several_tags_let_one_purge_what_is_deleted)
{
    const char *path;
    struct answer gone;
    struct wire wire;

    wire_open(&wire);
    path = new_bill(&wire);
    EXPECT(drop(&wire, path), 200, NULL);
    gone = get(&wire, SAY(&wire, "/v1/bills?deleted=only&id=%s", id_of(path)));
    EXPECT(ask(&wire, SAY(&wire, "DELETE %s?purge=true", path),
               SAY(&wire, "If-Match: \"%.*s\"\r\nIf-Match: \"1\"\r\n",
                   TEXT_ARG(member(&gone, "version"))),
               NULL),
           200, NULL);
    wire_close(&wire);
}

/* --- If-None-Match ------------------------------------------------------- */

static struct answer write_unless(struct wire *wire, const char *method,
                                  const char *path, const char *tags,
                                  const char *body)
{
    return ask(wire, SAY(wire, "%s %s", method, path),
               SAY(wire, "If-None-Match: %s\r\n", tags), body);
}

Test(preconditions, if_none_match_stops_writes_of_what_it_names)
{
    const char *path, *body;
    struct answer before;
    struct wire wire;

    wire_open(&wire);
    path = make(&wire, "people",
                SAY(&wire, "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}",
                    some_key(&wire)));
    before = get(&wire, path);
    body = "{\"bioguide\":\"other\",\"full_name\":\"Bob\"}";
    for (int i = 0; i < 3; i++) {
        const char *tags = i == 0   ? SAY(&wire, "%.*s", TAG(&before))
                           : i == 1 ? SAY(&wire, "\"1\", W/%.*s", TAG(&before))
                                    : SAY(&wire, "\"2\", *");

        EXPECT(write_unless(&wire, "PUT", path, tags, body), 412,
               "\"code\":\"precondition_failed\"");
        EXPECT(write_unless(&wire, "PATCH", path, tags, body), 412, NULL);
        EXPECT(write_unless(&wire, "DELETE", path, tags, NULL), 412, NULL);
    }
    EXPECT(write_unless(&wire, "PATCH", path, "*", body), 412, NULL);
    EXPECT(write_unless(&wire, "DELETE", path, "*", NULL), 412, NULL);
    cr_expect(text_equal(get(&wire, path).body, before.body));
    wire_close(&wire);
}

Test(preconditions, if_none_match_lets_writes_of_all_else_through)
{
    const char *path, *tag;
    struct answer before;
    struct wire wire;

    wire_open(&wire);
    path = new_bill(&wire);
    before = get(&wire, path);
    tag = SAY(&wire, "%.*s", TAG(&before));
    EXPECT(write_unless(&wire, "PATCH", path, "\"1\", \"x\"",
                        "{\"title\":\"Two\"}"),
           200, "\"title\":\"Two\"");
    EXPECT(write_unless(&wire, "PATCH", path, tag, "{\"title\":\"Three\"}"),
           200, NULL);
    EXPECT(write_unless(&wire, "DELETE", path, tag, NULL), 200, NULL);
    EXPECT(write_unless(&wire, "DELETE", path, "*", NULL), 404, NULL);
    EXPECT(
        write_unless(&wire, "POST", SAY(&wire, "%s/restore", path), "*", NULL),
        200, NULL);
    wire_close(&wire);
}

/* --- parameters ---------------------------------------------------------- */

#define ID "018f0000-0000-7000-8000-000000000000"
#define REFUSED                                                   \
    .as_admin = true, .expect = 400, .code = "invalid_parameter", \
    .has = "\"colour\":\"is not known here, where no parameter is\""

/* clang-format off */
SCENARIO(preconditions, writes_know_no_parameters,
    { "POST /v1/bills?colour=red", REFUSED, .body = "{}" },
    { "PUT /v1/bills/" ID "?colour=red", REFUSED, .body = "{}" },
    { "PUT /v1/people/" ID "?colour=red", REFUSED, .body = "{}",
      .headers = "If-None-Match: *\r\n" },
    { "PATCH /v1/users/" ID "?colour=red", REFUSED, .body = "{}" },
    { "POST /v1/roles/" ID "/restore?colour=red", REFUSED },
    { "POST /v1/bills/" ID "/actions?colour=red", REFUSED, .body = "{}" },
    { "PUT /v1/bills/" ID "/cosponsors/" ID "?colour=red", REFUSED },
    { "DELETE /v1/users/" ID "/roles/" ID "?colour=red", REFUSED },
    { "GET /v1/users/" ID "/effective-permissions?colour=red", REFUSED },
    { "POST /v1/batch?colour=red", REFUSED, .body = "[]" },
    { "POST /v1/bills/import?colour=red", REFUSED, .body = "{}" },
    { "DELETE /v1/bills/" ID "?colour=red", .as_admin = true, .expect = 400,
      .has = "\"colour\":\"is not known here, where purge is\"" },
    { "DELETE /v1/bills/" ID "?purge=no&colour=red", .as_admin = true,
      .expect = 400, .has = "\"detail\":\"2 parameters are invalid\"" })
/* clang-format on */
