/* SPDX-License-Identifier: MIT */
/* AuthZEN Authorization API 1.0: searches, page by page to the end. */
#include "wire/authorizing.h"

#define SUBJECT(id) "\"subject\":{\"type\":\"user\",\"id\":\"" id "\"}"

static struct answer search(struct wire *wire, const char *what,
                            const char *body)
{
    return post(wire, SAY(wire, "/access/v1/search/%s", what), body);
}

static unsigned count_of(const struct answer *answer, const char *part)
{
    const char *at = answer->body.at, *end = at + answer->body.len;
    unsigned count = 0;

    while ((at = memmem(at, (size_t)(end - at), part, strlen(part))) != NULL) {
        count++;
        at += strlen(part);
    }
    return count;
}

/*
 * All pages of a search, one after another, in one text; `body` ends within
 * the braces, so that the page can follow.
 */
static const char *search_all(struct wire *wire, const char *what,
                              const char *body, unsigned limit,
                              unsigned *ret_pages)
{
    const char *all = "", *token = "";

    for (*ret_pages = 0; *ret_pages < 1000; ++*ret_pages) {
        struct answer answer =
            search(wire, what,
                   SAY(wire, "{%s,\"page\":{\"limit\":%u,\"token\":\"%s\"}}",
                       body, limit, token));

        cr_assert_eq(answer.status, 200, "%.*s", TEXT_ARG(answer.body));
        all = SAY(wire, "%s%.*s", all, TEXT_ARG(answer.body));
        token = SAY(wire, "%.*s", TEXT_ARG(member(&answer, "next_token")));
        if (!token[0])
            break;
    }
    ++*ret_pages;
    return all;
}

/* --- subjects ------------------------------------------------------------- */

static const char *who(struct wire *wire, const char *thing, const char *action,
                       const char *more)
{
    return SAY(wire,
               "\"subject\":{\"type\":\"user\"},\"action\":{\"name\":\"%s\"},"
               "\"resource\":{\"type\":\"%s\",\"id\":\"1\"%s}",
               action, thing, more);
}

#define BRACED(wire, text) SAY((wire), "{%s}", (text))

Test(authzen_search, subjects_have_it_by_role_by_inheritance_or_directly)
{
    struct signed_in by_role, inheriting, directly, never, denied, expired;
    const char *thing, *key, *role, *child;
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    thing = some_key(&wire);
    key = SAY(&wire, "%ss:open", thing);
    role = make_role(&wire, key);
    child = make_role(&wire, "bills:read");
    give(&wire,
         SAY(&wire, "/v1/roles/%s/parents/%s", role_id(&wire, child),
             role_id(&wire, role)),
         NULL);
    by_role = sign_in(&wire, role);
    inheriting = sign_in(&wire, child);
    directly = sign_in(&wire, NULL);
    give_directly(&wire, &directly, SAY(&wire, "%s:*", thing), "allow");
    never = sign_in(&wire, "editor");
    denied = sign_in(&wire, role);
    give_directly(&wire, &denied, SAY(&wire, "%s:open", thing), "deny");
    expired = sign_in(&wire, NULL);
    give(&wire, SAY(&wire, "%s/roles/%s", expired.path, role_id(&wire, role)),
         "{\"expires_at\":\"2001-01-01T00:00:00Z\"}");

    answer =
        search(&wire, "subject", BRACED(&wire, who(&wire, thing, "open", "")));
    cr_expect_eq(answer.status, 200, "%.*s", TEXT_ARG(answer.body));
    cr_expect(answer_has(&answer, by_role.id));
    cr_expect(answer_has(&answer, inheriting.id));
    cr_expect(answer_has(&answer, directly.id));
    cr_expect_not(answer_has(&answer, never.id));
    cr_expect_not(answer_has(&answer, denied.id));
    cr_expect_not(answer_has(&answer, expired.id));
    cr_expect(answer_has(&answer, "\"page\":{\"next_token\":\"\","));
    wire_close(&wire);
}

Test(authzen_search, every_subject_found_is_one_that_evaluation_permits)
{
    const char *thing, *all;
    struct signed_in users[7];
    unsigned pages;
    struct wire wire;

    wire_open(&wire);
    thing = some_key(&wire);
    for (unsigned i = 0; i < ARRAY_LEN(users); i++) {
        users[i] = sign_in(&wire, i % 3 == 2 ? "admin" : NULL);
        if (i % 3 == 0)
            give_directly(&wire, &users[i], SAY(&wire, "%s:open", thing),
                          "allow");
    }
    all =
        search_all(&wire, "subject", who(&wire, thing, "open", ""), 2, &pages);
    cr_expect_gt(pages, 2);
    for (unsigned i = 0; i < ARRAY_LEN(users); i++) {
        struct answer one = evaluate(
            &wire, question(&wire, users[i].id, "open",
                            SAY(&wire, "\"type\":\"%s\",\"id\":\"1\"", thing)));

        cr_expect_eq(answer_has(&one, "true"), strstr(all, users[i].id) != NULL,
                     "%s %.*s", users[i].id, TEXT_ARG(one.body));
    }
    wire_close(&wire);
}

Test(authzen_search, of_what_is_owned_the_owner_is_found)
{
    struct signed_in owner, other, all;
    struct answer answer;
    const char *thing;
    struct wire wire;

    wire_open(&wire);
    thing = some_key(&wire);
    owner = sign_in(&wire, NULL);
    other = sign_in(&wire, NULL);
    all = sign_in(&wire, NULL);
    give_directly(&wire, &owner, SAY(&wire, "%s:open:own", thing), "allow");
    give_directly(&wire, &other, SAY(&wire, "%s:open:own", thing), "allow");
    give_directly(&wire, &all, SAY(&wire, "%s:open", thing), "allow");
    answer = search(
        &wire, "subject",
        BRACED(&wire, who(&wire, thing, "open",
                          SAY(&wire, ",\"properties\":{\"owner_id\":\"%s\"}",
                              owner.id))));
    cr_expect(answer_has(&answer, owner.id));
    cr_expect(answer_has(&answer, all.id));
    cr_expect_not(answer_has(&answer, other.id));
    answer =
        search(&wire, "subject", BRACED(&wire, who(&wire, thing, "open", "")));
    cr_expect_not(answer_has(&answer, owner.id), "whose it is is not known");
    cr_expect(answer_has(&answer, all.id));
    wire_close(&wire);
}

Test(authzen_search, who_is_not_active_is_not_found)
{
    struct signed_in user;
    struct answer answer;
    const char *thing;
    struct wire wire;

    wire_open(&wire);
    thing = some_key(&wire);
    user = sign_in(&wire, NULL);
    give_directly(&wire, &user, SAY(&wire, "%s:open", thing), "allow");
    EXPECT(
        search(&wire, "subject", BRACED(&wire, who(&wire, thing, "open", ""))),
        200, user.id);
    EXPECT(ask(&wire, SAY(&wire, "PATCH %s", user.path), NULL,
               "{\"status\":\"suspended\"}"),
           200, NULL);
    answer =
        search(&wire, "subject", BRACED(&wire, who(&wire, thing, "open", "")));
    cr_expect_not(answer_has(&answer, user.id));
    wire_close(&wire);
}

/* --- resources ------------------------------------------------------------ */

static const char *what(struct wire *wire, const char *subject,
                        const char *action, const char *type)
{
    return SAY(wire,
               "\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
               "\"action\":{\"name\":\"%s\"},\"resource\":{\"type\":\"%s\"}",
               subject, action, type);
}

Test(authzen_search, one_s_own_resources_are_found_and_no_others)
{
    struct signed_in user;
    const char *all, *ids[5];
    unsigned pages;
    struct answer made;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, make_role(&wire, "bills:create bills:update:own"));
    make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    for (unsigned i = 0; i < ARRAY_LEN(ids); i++) {
        made = ask_as(&wire, user.token, "POST /v1/bills",
                      bill(&wire, some_key(&wire), ""));
        cr_assert_eq(made.status, 201, "%.*s", TEXT_ARG(made.body));
        ids[i] = SAY(&wire, "%.*s", TEXT_ARG(member(&made, "id")));
    }
    EXPECT(drop(&wire, SAY(&wire, "/v1/bills/%s", ids[4])), 200, NULL);
    all = search_all(&wire, "resource", what(&wire, user.id, "update", "bill"),
                     3, &pages);
    cr_expect_eq(pages, 2, "%u", pages);
    for (unsigned i = 0; i < 4; i++)
        cr_expect_not_null(strstr(all, ids[i]));
    cr_expect_null(strstr(all, ids[4]), "deleted");
    made = search(&wire, "resource",
                  BRACED(&wire, what(&wire, user.id, "update", "bill")));
    cr_expect_eq(count_of(&made, "\"type\":\"bill\""), 4, "%.*s",
                 TEXT_ARG(made.body));
    wire_close(&wire);
}

Test(authzen_search, a_right_to_any_finds_all_that_live)
{
    struct signed_in user;
    const char *path, *all;
    unsigned pages;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    all = search_all(&wire, "resource", what(&wire, user.id, "read", "bills"),
                     1000, &pages);
    cr_expect_not_null(strstr(all, id_of(path)));
    EXPECT(search(&wire, "resource",
                  BRACED(&wire, what(&wire, user.id, "update", "bill"))),
           200, "{\"page\":{\"next_token\":\"\",\"count\":0},\"results\":[]}");
    EXPECT(search(&wire, "resource",
                  BRACED(&wire, what(&wire, user.id, "read", "moon"))),
           200, "\"results\":[]");
    EXPECT(
        search(&wire, "resource",
               BRACED(&wire, what(&wire, "no@tests.invalid", "read", "bill"))),
        200, "\"results\":[]");
    wire_close(&wire);
}

/* --- actions -------------------------------------------------------------- */

Test(authzen_search, actions_are_those_of_the_catalogue_and_of_permissions)
{
    struct signed_in user;
    struct answer answer;
    const char *action, *all;
    unsigned pages;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "editor");
    action = some_key(&wire);
    give_directly(&wire, &user, SAY(&wire, "bill:%s", action), "allow");
    give_directly(&wire, &user, "bills:delete", "deny");
    answer = search(&wire, "action",
                    SAY(&wire,
                        "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
                        "\"resource\":{\"type\":\"bill\",\"id\":\"1\"}}",
                        user.id));
    cr_expect_eq(answer.status, 200, "%.*s", TEXT_ARG(answer.body));
    cr_expect(answer_has(&answer, "{\"name\":\"create\"}"));
    cr_expect(answer_has(&answer, "{\"name\":\"read\"}"));
    cr_expect(answer_has(&answer, "{\"name\":\"update\"}"));
    cr_expect(answer_has(&answer, SAY(&wire, "{\"name\":\"%s\"}", action)));
    cr_expect_not(answer_has(&answer, "delete"), "denied");
    cr_expect_not(answer_has(&answer, "purge"));
    all = search_all(&wire, "action",
                     SAY(&wire,
                         "\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
                         "\"resource\":{\"type\":\"bill\",\"id\":\"1\"}",
                         user.id),
                     1, &pages);
    cr_expect_eq(pages, 4, "%u", pages);
    cr_expect_not_null(strstr(all, action));
    wire_close(&wire);
}

/* --- pages ---------------------------------------------------------------- */

Test(authzen_search, a_token_is_for_its_own_search)
{
    struct signed_in user;
    struct answer answer;
    const char *token;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, "admin");
    answer = search(&wire, "action",
                    SAY(&wire,
                        "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
                        "\"resource\":{\"type\":\"bill\",\"id\":\"1\"},"
                        "\"page\":{\"limit\":2}}",
                        user.id));
    cr_expect_eq(count_of(&answer, "\"name\""), 2);
    cr_expect(answer_has(&answer, "\"count\":2"));
    token = SAY(&wire, "%.*s", TEXT_ARG(member(&answer, "next_token")));
    cr_assert_neq(token[0], '\0');
#define AGAIN(type, page)                                           \
    search(&wire, "action",                                         \
           SAY(&wire,                                               \
               "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"    \
               "\"resource\":{\"type\":\"" type "\",\"id\":\"1\"}," \
               "\"page\":{" page "\"token\":\"%s\"}}",              \
               user.id, token))
    EXPECT(AGAIN("bill", ""), 200, "\"count\":2");
    EXPECT(AGAIN("bill", "\"limit\":2,"), 200, "\"count\":2");
    EXPECT(AGAIN("bill", "\"limit\":3,"), 400, "cursor_mismatch");
    EXPECT(AGAIN("person", ""), 400, "cursor_mismatch");
    token = SAY(&wire, "%sAA", token);
    EXPECT(AGAIN("bill", ""), 400, "invalid_cursor");
    wire_close(&wire);
}

#define PAGE(page, why)                                                  \
    {                                                                    \
        "POST /access/v1/search/action",                                 \
            .as_admin = true, .expect = 400,                             \
            .body = "{" SUBJECT("a") ",\"resource\":{\"type\":\"bill\"," \
                                     "\"id\":\"1\"},\"page\":" page "}", \
            .has = (why)                                                 \
    }

SCENARIO(authzen_search, what_a_page_must_look_like,
         PAGE("[]", "page must be an object"),
         PAGE("{\"limit\":-1}", "page.limit"),
         PAGE("{\"limit\":\"2\"}", "page.limit"),
         PAGE("{\"limit\":1.5}", "page.limit"),
         PAGE("{\"token\":1}", "page.token must be a string"),
         PAGE("{\"token\":\"x\"}", "invalid_cursor"))

SCENARIO(authzen_search, what_is_missing_is_400,
         { "POST /access/v1/search/subject", .as_admin = true, .expect = 400,
           .body = "{\"subject\":{\"type\":\"user\"},\"action\":"
                   "{\"name\":\"read\"},\"resource\":{\"type\":\"bill\"}}",
           .has = "resource.id is missing" },
         { "POST /access/v1/search/resource", .as_admin = true, .expect = 400,
           .body = "{\"subject\":{\"type\":\"user\"},\"action\":"
                   "{\"name\":\"read\"},\"resource\":{\"type\":\"bill\"}}",
           .has = "subject.id is missing" },
         { "POST /access/v1/search/action", .as_admin = true, .expect = 400,
           .body = "{" SUBJECT("a") "}", .has = "resource is missing" })

/* --- who may search ------------------------------------------------------- */

Test(authzen_search, others_are_for_who_may_check)
{
    struct signed_in user, other;
    struct wire wire;

    wire_open(&wire);
    user = sign_in(&wire, NULL);
    other = sign_in(&wire, NULL);
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/search/subject",
                  BRACED(&wire, who(&wire, "bill", "read", ""))),
           403, "authz:check");
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/search/resource",
                  BRACED(&wire, what(&wire, other.id, "read", "bill"))),
           403, "authz:check");
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/search/resource",
                  BRACED(&wire, what(&wire, user.id, "read", "moon"))),
           200, "\"results\":[]");
    EXPECT(ask_as(&wire, user.token, "POST /access/v1/search/action",
                  SAY(&wire,
                      "{\"subject\":{\"type\":\"user\",\"id\":\"%s\"},"
                      "\"resource\":{\"type\":\"bill\",\"id\":\"1\"}}",
                      user.id)),
           200, "{\"name\":\"read\"}");
    wire_close(&wire);
}
