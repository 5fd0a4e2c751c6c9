/* SPDX-License-Identifier: MIT */
/*
 * What one may not see is not told from what is not there: the same answer, by
 * the same statements, as often. So no clock tells it either: what differs is
 * whether the database's policy lets a row pass.
 */
#include "support/own_service.h"
#include "wire/authorizing.h"

enum { STATEMENTS = 64, ASKED = 5 };

/* How often each statement was sent, by its name. */
struct tally {
    unsigned count;
    struct {
        const char *name;
        long sent;
    } of[STATEMENTS];
};

/* What goes on beside requests: in other tables, or by these names. */
static bool is_of_requests(struct text labels)
{
    static const char *const tables[] = { "\"users\"", "\"bills\"",
                                          "\"api_keys\"" };

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (memmem(labels.at, labels.len, tables[i], strlen(tables[i])) &&
            !memmem(labels.at, labels.len, "api_key_uses", 12))
            return true;
    return false;
}

static struct tally tally_of(struct wire *wire)
{
    static const char metric[] = "db_client_operation_duration_seconds_count";
    struct answer answer = get(wire, "/metrics");
    struct text rest = answer.body, line;
    struct tally tally = { 0 };

    cr_assert_eq(answer.status, 200);
    while (text_cut(&rest, '\n', &line)) {
        size_t labels = line.len;

        if (!text_starts_with(line, metric) || !is_of_requests(line))
            continue;
        while (labels > 0 && line.at[labels - 1] != ' ')
            labels--;
        cr_assert_lt(tally.count, STATEMENTS);
        tally.of[tally.count].name = SAY(wire, "%.*s", (int)labels, line.at);
        tally.of[tally.count++].sent = atol(line.at + labels);
    }
    return tally;
}

static long sent_before(const struct tally *tally, const char *name)
{
    for (unsigned i = 0; i < tally->count; i++)
        if (strcmp(tally->of[i].name, name) == 0)
            return tally->of[i].sent;
    return 0;
}

/* "name 5, …": what was sent between the two. */
static const char *difference(struct wire *wire, const struct tally *before,
                              const struct tally *after)
{
    const char *text = "";

    for (unsigned i = 0; i < after->count; i++) {
        long sent = after->of[i].sent - sent_before(before, after->of[i].name);

        if (sent != 0)
            text = SAY(wire, "%s%s%ld\n", text, after->of[i].name, sent);
    }
    return text;
}

/* Answers, but for what tells one request from another. */
static const char *told(struct wire *wire, const struct answer *answer,
                        const char *id)
{
    char *text = arena_copy(&wire->arena, answer->body);
    char *request = strstr(text, "\"request_id\":\"");

    for (char *at = strstr(text, id); at; at = strstr(at, id))
        memset(at, 'x', strlen(id));
    if (request)
        for (char *c = request + 14; *c && *c != '"'; c++)
            *c = 'x';
    return SAY(wire, "%d %s", answer->status, text);
}

struct asking {
    const char *answer, *statements;
};

static struct asking ask_about(struct wire *wire, const char *token,
                               const char *request, const char *id)
{
    struct tally before = tally_of(wire), after;
    struct asking asking = { 0 };

    for (int i = 0; i < ASKED; i++) {
        struct answer answer =
            ask_as(wire, token, SAY(wire, request, id), NULL);

        asking.answer = told(wire, &answer, id);
    }
    after = tally_of(wire);
    asking.statements = difference(wire, &before, &after);
    return asking;
}

static void expect_the_same(struct wire *wire, const char *token,
                            const char *request, const char *there)
{
    struct asking warm = ask_about(wire, token, request, there);
    struct asking hidden = ask_about(wire, token, request, there);
    struct asking absent = ask_about(wire, token, request, some_id(wire));

    (void)warm; /* who asks is remembered from now on */
    cr_expect(text_starts_with(text_of(hidden.answer), "404 "), "%s: %s",
              request, hidden.answer);
    cr_expect_str_eq(hidden.answer, absent.answer, "%s", request);
    cr_expect_str_eq(hidden.statements, absent.statements, "%s", request);
    cr_expect_str_neq(hidden.statements, "", "%s asks nothing", request);
}

Test(hidden, what_one_may_not_see_costs_what_is_not_there_costs, .timeout = 60)
{
    struct signed_in viewer, other;
    struct own_service own;
    struct answer made;
    const char *bill_path;
    struct wire wire;

    own = own_service_start("--pool-lanes=1"); /* one loop, asked by nobody */
    wire_open(&wire);
    viewer = sign_in(&wire, "viewer");
    other = sign_in(&wire, "editor");
    made = ask_as(&wire, other.token, "POST /v1/api-keys", "{\"name\":\"k\"}");
    cr_assert_eq(made.status, 201);
    bill_path = make(&wire, "bills", bill(&wire, some_key(&wire), ""));
    EXPECT(drop(&wire, bill_path), 200, NULL);
    expect_the_same(&wire, viewer.token, "GET /v1/users/%s", other.id);
    expect_the_same(&wire, viewer.token, "GET /v1/api-keys/%s",
                    SAY(&wire, "%.*s", TEXT_ARG(member(&made, "id"))));
    expect_the_same(&wire, viewer.token, "GET /v1/bills/%s", id_of(bill_path));
    expect_the_same(&wire, viewer.token, "DELETE /v1/api-keys/%s",
                    SAY(&wire, "%.*s", TEXT_ARG(member(&made, "id"))));
    wire_close(&wire);
    own_service_stop(&own);
}
