/* SPDX-License-Identifier: MIT */
/* Nothing begins to refer to what is deleted (api.md § 3). */
#include "made.h"

#define NDJSON  "Content-Type: application/x-ndjson\r\n"
#define UNKNOWN "\"pointer\":\"/sponsor_id\",\"code\":\"unknown_reference\""

static const char *person(struct wire *wire)
{
    return make(wire, "people",
                SAY(wire, "{\"bioguide\":\"%s\",\"full_name\":\"Ann\"}",
                    some_key(wire)));
}

static const char *sponsored(struct wire *wire, const char *session,
                             const char *by)
{
    return bill(wire, session, SAY(wire, ",\"sponsor_id\":\"%s\"", id_of(by)));
}

Test(references, a_deleted_person_becomes_nobodys_sponsor)
{
    const char *gone, *path, *session;
    struct wire wire;

    wire_open(&wire);
    gone = person(&wire);
    session = some_key(&wire);
    path = make(&wire, "bills", bill(&wire, session, ""));
    EXPECT(drop(&wire, gone), 200, NULL);
    EXPECT(post(&wire, "/v1/bills", sponsored(&wire, some_key(&wire), gone)),
           422, UNKNOWN);
    EXPECT(put_new(&wire, SAY(&wire, "/v1/bills/%s", some_id(&wire)),
                   sponsored(&wire, some_key(&wire), gone)),
           422, UNKNOWN);
    EXPECT(put(&wire, path, sponsored(&wire, session, gone)), 422, UNKNOWN);
    EXPECT(
        ask(&wire, SAY(&wire, "PATCH %s", path), NULL,
            SAY(&wire, "{\"title\":\"n\",\"sponsor_id\":\"%s\"}", id_of(gone))),
        422, UNKNOWN);
    EXPECT(get(&wire, path), 200, "\"title\":\"A bill\"");
    EXPECT(post(&wire, SAY(&wire, "%s/restore", gone), NULL), 200, NULL);
    EXPECT(put(&wire, path, sponsored(&wire, session, gone)), 200, NULL);
    wire_close(&wire);
}

Test(references, a_bill_keeps_a_sponsor_who_was_deleted_since)
{
    const char *by, *path, *session;
    struct wire wire;

    wire_open(&wire);
    by = person(&wire);
    session = some_key(&wire);
    path = make(&wire, "bills", sponsored(&wire, session, by));
    EXPECT(drop(&wire, by), 200, NULL);
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", path), NULL, "{\"title\":\"n\"}"),
           200, SAY(&wire, "\"sponsor_id\":\"%s\"", id_of(by)));
    EXPECT(put(&wire, path, sponsored(&wire, session, by)), 200, NULL);
    EXPECT(ask(&wire, "POST /v1/bills/import", NDJSON,
               sponsored(&wire, session, by)),
           200, "\"unchanged\":1,\"failed\":0");
    EXPECT(drop(&wire, path), 200, NULL);
    EXPECT(post(&wire, SAY(&wire, "%s/restore", path), NULL), 200, NULL);
    wire_close(&wire);
}

Test(references, a_line_with_a_deleted_sponsor_is_told)
{
    const char *gone;
    struct wire wire;

    wire_open(&wire);
    gone = person(&wire);
    EXPECT(drop(&wire, gone), 200, NULL);
    EXPECT(ask(&wire, "POST /v1/bills/import", NDJSON,
               sponsored(&wire, some_key(&wire), gone)),
           200, "{\"line\":1,\"code\":\"unknown_reference\"");
    wire_close(&wire);
}

/* Which types there are, the database knows. */
Test(references, an_unknown_type_of_bills_is_told)
{
    const char *session, *body;
    struct wire wire;

    wire_open(&wire);
    session = some_key(&wire);
    body = SAY(&wire,
               "{\"session\":\"%s\",\"type\":\"unheard_of\",\"number\":1,"
               "\"chamber\":\"house\",\"title\":\"A bill\","
               "\"introduced_on\":\"2026-02-28\"}",
               session);
    EXPECT(post(&wire, "/v1/bills", body), 422,
           "\"pointer\":\"/type\",\"code\":\"not_allowed\"");
    EXPECT(ask(&wire, "POST /v1/bills/import", NDJSON, body), 200,
           "{\"line\":1,\"code\":\"not_allowed\",\"detail\":\"/type: ");
    EXPECT(get(&wire, "/v1/bills?type=unheard_of,unheard_of_2"), 200, "[]");
    EXPECT(get(&wire, "/v1/bills?type=Unheard"), 400, "a letter first");
    wire_close(&wire);
}

static void expect_no_link(struct wire *wire, const char *owner,
                           const char *name, const char *other,
                           const char *body)
{
    const char *link = SAY(wire, "%s/%s/%s", owner, name, id_of(other));

    EXPECT(drop(wire, other), 200, NULL);
    EXPECT(put(wire, link, body), 404, "\"code\":\"not_found\"");
    EXPECT(post(wire, SAY(wire, "%s/restore", other), NULL), 200, NULL);
    EXPECT(put(wire, link, body), 201, NULL);
}

Test(references, nothing_is_linked_to_what_is_deleted)
{
    const char *user, *role, *other, *right;
    struct wire wire;

    wire_open(&wire);
    user = make(&wire, "users",
                SAY(&wire, "{\"email\":\"%s@x.org\",\"display_name\":\"U\"}",
                    some_key(&wire)));
    role = make(&wire, "roles",
                SAY(&wire, "{\"key\":\"%s\",\"name\":\"R\"}", some_key(&wire)));
    other =
        make(&wire, "roles",
             SAY(&wire, "{\"key\":\"%s\",\"name\":\"O\"}", some_key(&wire)));
    right = make(&wire, "permissions",
                 SAY(&wire, "{\"key\":\"%s:read\"}", some_key(&wire)));
    expect_no_link(&wire, user, "roles", role, "{}");
    expect_no_link(&wire, user, "permissions", right, "{\"effect\":\"deny\"}");
    expect_no_link(&wire, role, "permissions", right, "{}");
    expect_no_link(&wire, role, "parents", other, "{}");
    expect_no_link(&wire,
                   make(&wire, "bills", bill(&wire, some_key(&wire), "")),
                   "cosponsors", person(&wire), "{}");
    wire_close(&wire);
}
