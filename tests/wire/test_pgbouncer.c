/* SPDX-License-Identifier: MIT */
/* A service whose database stands behind PgBouncer in transaction mode. */
#include "lock_waits.h"
#include "made.h"

#include "support/held.h"
#include "support/own_service.h"
#include "support/pgbouncer.h"

TestSuite(pgbouncer, .timeout = 60);

struct through {
    struct pgbouncer bouncer;
    struct own_service own;
    struct wire wire;
};

static struct through through_start(const char *flag)
{
    struct through it;

    it.bouncer = pgbouncer_start();
    it.own = own_service_start_with(
        (const char *const[]){ "--prepared-statements=off", "--pool-max=8",
                               "--log-level=error", flag, NULL },
        STDERR_FILENO);
    wire_open(&it.wire);
    return it;
}

static void through_stop(struct through *it)
{
    wire_close(&it->wire);
    own_service_stop(&it->own);
    pgbouncer_stop(&it->bouncer);
}

Test(pgbouncer, objects_are_made_read_listed_changed_and_removed)
{
    struct through it = through_start(NULL);
    struct wire *wire = &it.wire;
    const char *path = make(wire, "bills", bill(wire, some_key(wire), ""));
    struct answer answer = get(wire, path);

    EXPECT(answer, 200, "\"created_at\":\"20");
    cr_expect(answer_has(&answer, "Z\",\"updated_at\""), "times are UTC: %.*s",
              TEXT_ARG(answer.body));
    EXPECT(get(wire, "/v1/bills?limit=2&status=introduced"), 200, "\"id\"");
    EXPECT(get(wire, "/v1/bills?q=bill&limit=2"), 200, NULL);
    EXPECT(ask(wire, SAY(wire, "PATCH %s", path), NULL,
               "{\"title\":\"Another title\"}"),
           200, "Another title");
    EXPECT(ask(wire, SAY(wire, "DELETE %s", path), NULL, NULL), 200, NULL);
    EXPECT(get(wire, path), 404, NULL);
    EXPECT(get(wire, SAY(wire, "/v1/audit?resource_id=%s", id_of(path))), 200,
           "\"action\":\"");
    through_stop(&it);
}

Test(pgbouncer, several_writes_are_one_transaction)
{
    struct through it = through_start(NULL);
    struct wire *wire = &it.wire;

    EXPECT(ask(wire, "POST /v1/batch", NULL,
               SAY(wire,
                   "[{\"method\":\"POST\",\"path\":\"/v1/bills\",\"body\":%s},"
                   "{\"method\":\"PATCH\",\"path\":\"/v1/bills/$0.id\","
                   "\"body\":{\"title\":\"Changed at once\"}}]",
                   bill(wire, some_key(wire), ""))),
           200, "Changed at once");
    EXPECT(get(wire, "/v1/bills/export?format=ndjson&status=vetoed"), 200,
           NULL);
    through_stop(&it);
}

/* Nothing else would end it: the statement's own limit is ten minutes. */
Test(pgbouncer, what_nobody_waits_for_any_more_is_cancelled)
{
    struct through it = through_start("--statement-timeout=10m");
    struct held held;

    held = held_begin("LOCK TABLE people IN ACCESS EXCLUSIVE MODE");
    EXPECT(ask(&it.wire, "GET /v1/people?limit=1&fields=id",
               "Request-Timeout: 400\r\n", NULL),
           504, NULL);
    while (count_lock_waits("") > 0)
        continue;
    held_end(&held);
    EXPECT(get(&it.wire, "/v1/people?limit=1"), 200, NULL);
    through_stop(&it);
}

static void ask_for_page(struct wire *wire, int i)
{
    wire_send_string(wire, SAY(wire,
                               "GET /v1/bills?limit=1&offset=%d HTTP/1.1\r\n"
                               "Host: t\r\n\r\n",
                               i));
}

/* Who was turned away, as happens where a machine is slow, asks again. */
static struct answer read_page(struct wire *wire, int i)
{
    struct answer answer = wire_read(wire, false);

    while (answer.status == 503 && answer_has(&answer, "\"overloaded\"")) {
        ask_for_page(wire, i);
        answer = wire_read(wire, false);
    }
    return answer;
}

/* More ask at once than the pooler has sessions, each something of its own. */
Test(pgbouncer, many_share_few_sessions)
{
    enum { CLIENTS = 12 };
    struct through it = through_start(NULL);
    struct wire wires[CLIENTS];

    for (int i = 0; i < CLIENTS; i++) {
        wire_open(&wires[i]);
        wires[i].method = "GET";
        wires[i].path = "/v1/bills";
    }
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < CLIENTS; i++)
            ask_for_page(&wires[i], i);
        for (int i = 0; i < CLIENTS; i++)
            EXPECT(read_page(&wires[i], i), 200, "\"id\"");
    }
    for (int i = 0; i < CLIENTS; i++)
        wire_close(&wires[i]);
    through_stop(&it);
}
