/* SPDX-License-Identifier: MIT */
/*
 * Reads are answered past libmicrohttpd (http/peer_direct.c). Whatever else
 * comes over their connection while one waits, or cannot be sent at once, has
 * its turn.
 */
#include "lock_waits.h"
#include "made.h"

#include "support/held.h"
#include "support/one_at_a_time.h"
#include "support/own_service.h"

#include <sys/socket.h>
#include <time.h>

enum { PATIENCE_MS = 30000, PAUSE_MS = 10 };

#define LIVEZ "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n"

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* A read that waits until held_end(), and its connection. */
struct waiting {
    struct own_service own;
    struct wire wire;
    struct held held;
    const char *bill;
};

static long waits(void)
{
    return count_lock_waits(" AND relation = 'bill_actions'::regclass");
}

static void expect_wait(void)
{
    for (int ms = 0; waits() == 0; ms += PAUSE_MS) {
        cr_assert_lt(ms, PATIENCE_MS);
        pause_ms(PAUSE_MS);
    }
}

static struct waiting begin_to_wait(void)
{
    struct waiting w = { .own = own_service_start("--statement-timeout=1m") };

    wire_open(&w.wire);
    w.bill = make(&w.wire, "bills", bill(&w.wire, some_key(&w.wire), ""));
    w.held = held_begin("LOCK TABLE bill_actions IN ACCESS EXCLUSIVE MODE");
    w.wire.method = w.wire.path = NULL;
    wire_send_string(&w.wire, SAY(&w.wire,
                                  "GET %s/actions HTTP/1.1\r\nHost: t\r\n"
                                  "Request-Timeout: 30000\r\n\r\n",
                                  w.bill));
    expect_wait();
    return w;
}

static void end_to_wait(struct waiting *w)
{
    wire_close(&w->wire);
    own_service_stop(&w->own);
}

static bool is_closed_soon(struct wire *wire)
{
    for (int seconds = 0; seconds < PATIENCE_MS / 1000; seconds++)
        if (wire_is_closed(wire))
            return true;
    return false;
}

/* --- while one waits --------------------------------------------------------
 */

Test(direct, what_comes_while_a_read_waits_is_answered_behind_it)
{
    struct waiting w = begin_to_wait();

    wire_send_string(&w.wire, LIVEZ);
    pause_ms(PAUSE_MS); /* it may come in one piece with the next, or not */
    wire_send_string(&w.wire, LIVEZ LIVEZ);
    held_end(&w.held);
    EXPECT(wire_read(&w.wire, false), 200, "[]");
    for (int i = 0; i < 3; i++)
        EXPECT(wire_read(&w.wire, false), 200, "ok");
    EXPECT(get(&w.wire, w.bill), 200, NULL);
    end_to_wait(&w);
}

Test(direct, a_write_that_comes_while_a_read_waits_is_done_behind_it)
{
    struct waiting w = begin_to_wait();

    wire_send_string(&w.wire,
                     SAY(&w.wire,
                         "PATCH %s HTTP/1.1\r\nHost: t\r\n"
                         "Authorization: Bearer %s\r\nContent-Type: "
                         "application/merge-patch+json\r\n"
                         "Content-Length: 16\r\n\r\n{\"title\":\"next\"",
                         w.bill, getenv("ADMIN_TOKEN")));
    wire_send_string(&w.wire, "}");
    held_end(&w.held);
    EXPECT(wire_read(&w.wire, false), 200, "[]");
    EXPECT(wire_read(&w.wire, false), 200, "\"title\":\"next\"");
    end_to_wait(&w);
}

Test(direct, what_is_no_http_is_refused_behind_the_read_that_waits)
{
    struct waiting w = begin_to_wait();

    wire_send_string(&w.wire, "this is no HTTP\r\n\r\n");
    held_end(&w.held);
    EXPECT(wire_read(&w.wire, false), 200, "[]");
    EXPECT(wire_read(&w.wire, false), 400, "bad_request");
    cr_expect(is_closed_soon(&w.wire));
    end_to_wait(&w);
}

static bool nobody_waits(void)
{
    struct answer answer;
    struct wire wire;
    bool nobody;

    wire_open(&wire);
    wire.path = NULL;
    wire_send_string(&wire, SAY(&wire,
                                "GET /metrics HTTP/1.1\r\nHost: t\r\n"
                                "Authorization: Bearer %s\r\n\r\n",
                                getenv("ADMIN_TOKEN")));
    answer = wire_read(&wire, false);
    nobody = answer_has(&answer, "http_server_active_requests 0");
    wire_close(&wire);
    return nobody;
}

Test(direct, a_read_whose_client_resets_the_connection_is_given_up)
{
    const struct linger none = { .l_onoff = 1 };
    struct waiting w = begin_to_wait();

    cr_expect_not(nobody_waits());
    setsockopt(w.wire.fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    wire_close(&w.wire);
    for (int ms = 0; !nobody_waits(); ms += PAUSE_MS) {
        cr_assert_lt(ms, PATIENCE_MS);
        pause_ms(PAUSE_MS);
    }
    own_service_stop(&w.own);
    held_end(&w.held);
}

/* --- when the socket is full -----------------------------------------------
 */

/* Together far more than any socket holds for a client who does not read. */
Test(direct, answers_that_a_socket_does_not_take_at_once_come_whole)
{
    enum { ANSWERS = 64 };
    struct wire wire;
    size_t len = 0;

    wire_open(&wire);
    for (int i = 0; i < ANSWERS; i++) {
        wire_send_string(&wire,
                         "GET /openapi.json HTTP/1.1\r\nHost: t\r\n\r\n");
        pause_ms(PAUSE_MS); /* so that most come by themselves */
    }
    for (int i = 0; i < ANSWERS; i++) {
        struct answer answer = wire_read(&wire, false);

        cr_assert_eq(answer.status, 200);
        cr_assert(i == 0 || answer.body.len == len);
        cr_assert_eq(answer.body.at[answer.body.len - 1], '}');
        len = answer.body.len;
    }
    wire_send_string(&wire, LIVEZ);
    EXPECT(wire_read(&wire, false), 200, "ok");
    wire_close(&wire);
}

/* --- the end -----------------------------------------------------------------
 */

Test(direct, who_shuts_its_side_down_behind_a_request_gets_answer_and_end)
{
    for (int i = 0; i < 8; i++) { /* both may come in one piece, or not */
        struct wire wire;

        wire_open(&wire);
        wire_send_string(&wire, LIVEZ);
        shutdown(wire.fd, SHUT_WR);
        EXPECT(wire_read(&wire, false), 200, "ok");
        cr_expect(is_closed_soon(&wire), "%d", i);
        wire_close(&wire);
    }
}

Test(direct, a_request_that_asks_for_the_end_gets_it)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, "GET /livez HTTP/1.1\r\nHost: t\r\n"
                            "Connection: close\r\n\r\n");
    answer = wire_read(&wire, false);
    EXPECT(answer, 200, "ok");
    cr_expect(text_is(answer_header(&answer, "Connection"), "close"));
    cr_expect(is_closed_soon(&wire));
    wire_close(&wire);
}

Test(direct, what_is_unchanged_has_no_body_and_no_length)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = ask(&wire, "GET /openapi.yaml", NULL, NULL);
    answer = ask(&wire, "GET /openapi.yaml",
                 SAY(&wire, "If-None-Match: %.*s\r\n",
                     TEXT_ARG(answer_header(&answer, "ETag"))),
                 NULL);
    EXPECT(answer, 304, NULL);
    cr_expect(text_is_null(answer_header(&answer, "Content-Length")));
    EXPECT(get(&wire, "/livez"), 200, "ok");
    wire_close(&wire);
}
