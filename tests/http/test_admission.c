/* SPDX-License-Identifier: MIT */
/* The edge under load: who runs, who waits, who is turned away; time is faked.
 */
#include "http/exchange.h"

#include "base/feature.h"
#include "base/settings.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct loop *loop;
static struct router *router;
static struct edge edge;
static struct condition release;
static bool released;
static char ran[64]; /* the last letter of each path, in order of running */
static unsigned woken;

/* Runs until released, as if it waited for the database. */
static int hold(struct request *request, struct reply *reply)
{
    size_t len = strlen(ran);
    int r = 0;

    ran[len] = request->path.at[request->path.len - 1];
    while (!released && r == 0)
        r = condition_wait(&release, request->until);
    reply_constant(reply, CONTENT_JSON, TEXT("{}"));
    return r;
}

#define HELD(verb, where, first, shares, streams)                             \
    {                                                                         \
        .id = where, .method = METHOD_##verb, .path = where, .handler = hold, \
        .media = CONTENT_JSON, .deadline_ms = 10000,                          \
        .priority = PRIORITY_##first, .shares_connection = shares,            \
        .streams_body = streams                                               \
    }

static const struct route routes[] = {
    HELD(GET, "/health", OPERATIONS, true, false),
    HELD(POST, "/w", WRITE, false, false),
    HELD(GET, "/r", READ, false, false),
    HELD(GET, "/s", READ, false, false),
    HELD(GET, "/b", BULK, false, false),
    HELD(GET, "/k", READ, true, false),
    HELD(POST, "/import", BULK, false, true),
};

static int everyone(struct request *request)
{
    (void)request;
    return 0;
}

static void on_wake(struct exchange *exchange)
{
    (void)exchange;
    woken++;
}

static void set_up(void)
{
    struct server_options options = {
        .authorize = everyone,
        .in_flight_max = 50,
        .deadline_max_ms = 30000,
        .own_least = 4,
        .shared_least = 4,
    };

    loop = loop_new_with_fake_time();
    router = router_new(routes, ARRAY_LEN(routes));
    options.router = router;
    condition_init(&release);
    edge_init(&edge, loop, &options, on_wake);
    edge.admission.tracks[TRACK_OWN].limiter.limit = 4;
}

static void tear_down(void)
{
    edge_fini(&edge);
    router_free(&router);
    loop_free(&loop);
}

TestSuite(admission, .init = set_up, .fini = tear_down, .timeout = 10);

/* A request that has arrived whole. */
static struct exchange *request(const char *line, const char *fields)
{
    struct exchange *exchange;
    char head[256];

    snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: x\r\n%s\r\n", line,
             fields);
    exchange = exchange_begin(&edge, text_of(head), loop_now_ns(loop));
    exchange_run(exchange);
    return exchange;
}

static struct exchange *get(const char *path)
{
    char line[64];

    snprintf(line, sizeof(line), "%s %s",
             strcmp(path, "/w") == 0 ? "POST" : "GET", path);
    return request(line, "");
}

static void end(struct exchange *exchange)
{
    exchange_end(&exchange, true, clock_monotonic_ns());
    loop_turn(loop, false);
}

static void end_all(struct exchange **all, size_t count)
{
    released = true;
    condition_broadcast(&release);
    loop_turn(loop, false);
    for (size_t i = 0; i < count; i++)
        end(all[i]);
}

static void pass_ms(uint64_t ms)
{
    loop_advance(loop, ms * NS_PER_MS);
    loop_turn(loop, false);
}

static void expect_refusal(const struct exchange *exchange, const char *code)
{
    cr_assert_eq(exchange->state, EXCHANGE_ANSWERED);
    cr_expect_str_eq(error_info(exchange->result)->code, code);
    cr_expect(exchange->reply.status == 504 ||
              reply_header_at((struct reply *)(uintptr_t)&exchange->reply,
                              "Retry-After") != NULL);
}

Test(admission, gives_one_route_half_of_the_pool_and_others_the_rest)
{
    struct exchange *all[] = { get("/r"), get("/r"), get("/r"), get("/s"),
                               get("/w") };

    cr_expect_eq(all[1]->state, EXCHANGE_RUNNING);
    cr_expect_eq(all[2]->state, EXCHANGE_WAITING, "half of four is two");
    cr_expect_str_eq(ran, "rrsw");
    cr_expect_eq(edge.in_flight_count, 4);
    cr_expect_eq(edge.admission.waiting_count, 1);
    end_all(all, ARRAY_LEN(all));
    cr_expect_str_eq(ran, "rrswr");
}

Test(admission, lets_writes_in_before_reads_before_bulk)
{
    struct exchange *first = get("/r"), *all[6];
    size_t n = 0;

    edge.admission.tracks[TRACK_OWN].limiter.limit = 1;
    edge.admission.tracks[TRACK_OWN].limiter.least = 1;
    all[n++] = get("/b");
    all[n++] = get("/s");
    all[n++] = get("/b");
    all[n++] = get("/w");
    all[n++] = get("/s");
    all[n++] = get("/w");
    released = true;
    condition_broadcast(&release);
    loop_turn(loop, false);
    cr_expect_str_eq(ran, "rwwssbb");
    end(first);
    end_all(all, n);
}

Test(admission, answers_health_whatever_the_load)
{
    struct exchange *all[60];
    size_t n = 0;

    for (; n < 50; n++)
        all[n] = get(n % 2 ? "/r" : "/w");
    cr_expect_eq(edge.in_flight_count, 4);
    cr_expect_eq(edge.admission.waiting_count, 46, "as many as may");
    for (; n < 60; n++) {
        all[n] = get("/health");
        cr_expect_eq(all[n]->state, EXCHANGE_RUNNING);
    }
    end_all(all, n);
}

Test(admission, turns_away_whoever_has_waited_for_a_quarter_of_a_second)
{
    struct exchange *all[] = { get("/r"), get("/r"), get("/r") };

    pass_ms(240);
    cr_expect_eq(all[2]->state, EXCHANGE_WAITING);
    pass_ms(15);
    expect_refusal(all[2], "overloaded");
    cr_expect_eq(all[2]->reply.status, 503);
    cr_expect_eq(woken, 1, "its connection was told");
    cr_expect_str_eq(ran, "rr", "it never ran");
    end_all(all, ARRAY_LEN(all));
}

Test(admission, never_runs_what_nobody_wants_any_more)
{
    struct exchange *all[] = { get("/r"), get("/r"),
                               request("GET /r", "Request-Timeout: 40\r\n") };

    pass_ms(25);
    expect_refusal(all[2], "overloaded");
    cr_expect_str_eq(ran, "rr");
    end_all(all, ARRAY_LEN(all));
    cr_expect_str_eq(ran, "rr");
}

Test(admission, says_so_when_the_deadline_itself_has_passed)
{
    struct exchange *all[] = { get("/r"), get("/r"),
                               request("GET /r", "Request-Timeout: 2\r\n") };

    pass_ms(6); /* the loop was away for a little */
    expect_refusal(all[2], "deadline_exceeded");
    cr_expect_eq(all[2]->reply.status, 504);
    end_all(all, ARRAY_LEN(all));
}

Test(admission, lets_no_stream_wait)
{
    struct exchange *all[] = { request("POST /import", ""),
                               request("POST /import", ""),
                               request("POST /import", "") };

    cr_expect_eq(all[1]->state, EXCHANGE_RUNNING);
    expect_refusal(all[2], "overloaded");
    end_all(all, ARRAY_LEN(all));
}

Test(admission, has_a_limit_of_its_own_for_reads_by_key)
{
    struct exchange *all[20];
    size_t n = 0;

    for (; n < 4; n++)
        all[n] = get(n % 2 ? "/r" : "/w");
    while (n < 20)
        all[n++] = get("/k");
    cr_expect_eq(edge.in_flight_count, 20, "four times four of them");
    end_all(all, n);
}

Test(admission, forgets_who_left_while_waiting)
{
    struct exchange *all[] = { get("/r"), get("/r") };
    struct exchange *gone = get("/r");

    exchange_end(&gone, false, clock_monotonic_ns());
    cr_expect_eq(edge.admission.waiting_count, 0);
    end_all(all, ARRAY_LEN(all));
    cr_expect_str_eq(ran, "rr");
}

Test(admission, tells_those_who_wait_when_it_closes)
{
    struct exchange *all[] = { get("/r"), get("/r"), get("/r") };

    admission_close(&edge);
    expect_refusal(all[2], "draining");
    end_all(all, ARRAY_LEN(all));
}

static void switch_off(char *flag)
{
    char *argv[] = { flag, NULL };
    struct settings_sources from = { .argc = 1, .argv = argv };
    CLEANUP(settings_free) struct settings *settings = NULL;
    CLEANUP(buffer_fini) struct buffer mistakes;

    buffer_init(&mistakes, 4096);
    cr_assert_eq(settings_load(&from, &mistakes, NULL, &settings), 0);
    features_apply(settings);
}

Test(admission, switched_off_knows_only_max_in_flight)
{
    struct exchange *all[51];
    size_t n = 0;

    switch_off((char[]){ "--load-shedding=off" });
    for (; n < 51; n++)
        all[n] = get(n % 2 ? "/r" : "/k");
    cr_expect_eq(edge.in_flight_count, 50);
    expect_refusal(all[50], "overloaded");
    end_all(all, n);
}
