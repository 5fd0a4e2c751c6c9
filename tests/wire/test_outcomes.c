/* SPDX-License-Identifier: MIT */
/*
 * Writes without an Idempotency-Key, whose link to the database is cut when it
 * has got all of them, or instead of getting them.
 */
#include "made.h"

#include "support/own_service.h"
#include "support/proxied.h"

TestSuite(outcomes, .timeout = 60);

struct stage {
    struct fault_proxy proxy;
    struct own_service own;
    struct wire wire;
};

static struct stage stage_start(void)
{
    struct stage stage = { .proxy = proxied_start(getenv("DATABASE_URL")) };
    char url[1024];

    proxied_url(&stage.proxy, getenv("DATABASE_URL"), url);
    setenv("DATABASE_URL", url, 1);
    stage.own = own_service_start("--pool-max=4");
    wire_open(&stage.wire);
    return stage;
}

static void stage_stop(struct stage *stage)
{
    wire_close(&stage->wire);
    own_service_stop(&stage->own);
    fault_proxy_stop(&stage->proxy);
}

/* The next that says this to the database is cut off. */
static void arm(struct stage *stage, const char *where, const char *text)
{
    fault_proxy_tell(&stage->proxy, "cut %s %s", where, text);
}

static void expect_cuts(struct stage *stage, unsigned long long cuts)
{
    cr_expect_eq(fault_proxy_count(&stage->proxy, "cuts"), cuts);
}

static struct answer change(struct wire *wire, const char *request,
                            struct text tag, const char *body)
{
    return ask(wire, request,
               SAY(wire, "Request-Timeout: 30000\r\nIf-Match: %.*s\r\n",
                   TEXT_ARG(tag)),
               body);
}

static long records(struct wire *wire, const char *id, const char *action)
{
    struct answer answer = ask(
        wire, SAY(wire, "GET /v1/audit?resource_id=%s&action=%s", id, action),
        "Prefer: count=exact\r\n", NULL);

    cr_assert_eq(answer.status, 200);
    return strtol(answer_header(&answer, "X-Total-Count").at, NULL, 10);
}

/* Each is done once, and answered as if nothing had happened. */
static void write_all(struct stage *stage, const char *where)
{
    struct wire *wire = &stage->wire;
    const char *session = some_key(wire), *title = some_key(wire), *id, *path;
    struct answer made, changed, now;

    arm(stage, where, session);
    made = ask(wire, "POST /v1/bills", "Request-Timeout: 30000\r\n",
               bill(wire, session, ",\"summary\":\"It was made.\""));
    EXPECT(made, 201, "It was made.");
    cr_expect_not(text_is_null(answer_header(&made, "Consistency-Token")));
    expect_cuts(stage, 1);
    id = SAY(wire, "%.*s", TEXT_ARG(member(&made, "id")));
    path = SAY(wire, "/v1/bills/%s", id);
    now = get(wire, path);
    cr_expect(text_equal(tag_of(&made), tag_of(&now)));
    cr_expect(text_equal(made.body, now.body));
    cr_expect_eq(records(wire, id, "create"), 1);

    arm(stage, where, title);
    changed = change(wire, SAY(wire, "PATCH %s", path), tag_of(&made),
                     SAY(wire, "{\"title\":\"%s\"}", title));
    EXPECT(changed, 200, title);
    expect_cuts(stage, 2);
    now = get(wire, path);
    cr_expect(text_equal(tag_of(&changed), tag_of(&now)));
    cr_expect(text_equal(changed.body, now.body));
    cr_expect_eq(records(wire, id, "update"), 1);

    arm(stage, where, id);
    EXPECT(change(wire, SAY(wire, "DELETE %s", path), tag_of(&changed), NULL),
           200, id);
    expect_cuts(stage, 3);
    EXPECT(get(wire, path), 404, NULL);
    cr_expect_eq(records(wire, id, "delete"), 1);
}

Test(outcomes, what_was_committed_and_not_answered_is_answered_and_not_repeated)
{
    struct stage stage = stage_start();

    write_all(&stage, "after");
    stage_stop(&stage);
}

Test(outcomes, what_was_not_committed_is_done_again)
{
    struct stage stage = stage_start();

    write_all(&stage, "before");
    stage_stop(&stage);
}
