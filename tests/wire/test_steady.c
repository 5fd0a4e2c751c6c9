/* SPDX-License-Identifier: MIT */
/* A service under load, and before a database that is gone. */
#include "lock_waits.h"
#include "made.h"

#include "support/held.h"
#include "support/own_service.h"
#include "support/proxied.h"

TestSuite(steady, .timeout = 60);

static void send_get(struct wire *wire, const char *path)
{
    wire->method = "GET";
    wire->path = path;
    wire_send_string(wire, SAY(wire,
                               "GET %s HTTP/1.1\r\nHost: t\r\n"
                               "Request-Timeout: 30000\r\n\r\n",
                               path));
}

/* The value of a sample of /metrics, 0 when it is not there. */
static long sample(const char *name)
{
    struct wire wire;
    const char *page, *at;
    long value;

    wire_open(&wire);
    page = SAY(&wire, "\n%.*s", TEXT_ARG(get(&wire, "/metrics").body));
    at = strstr(page, SAY(&wire, "\n%s ", name));
    value = at ? strtol(at + strlen(name) + 2, NULL, 10) : 0;
    wire_close(&wire);
    return value;
}

/* Three lists of people at once, while nobody may read that table. */
Test(steady, no_route_takes_more_than_half_of_the_pool)
{
    struct own_service own = own_service_start("--pool-max=4");
    struct wire wires[3], other;
    struct answer answer;
    struct held held;

    wire_open(&other);
    for (int i = 0; i < 3; i++)
        wire_open(&wires[i]);
    held = held_begin("LOCK TABLE people IN ACCESS EXCLUSIVE MODE");
    for (int i = 0; i < 3; i++)
        send_get(&wires[i], "/v1/people?limit=1&fields=id");
    EXPECT(get(&other, "/v1/roles?limit=1"), 200, NULL);
    answer = wire_read(&wires[2], false);
    EXPECT(answer, 503, "\"code\":\"overloaded\"");
    cr_expect_not(text_is_null(answer_header(&answer, "Retry-After")));
    EXPECT(get(&other, "/v1/roles?limit=1"), 200, NULL);
    EXPECT(get(&other, "/health"), 200, "\"status\":\"pass\"");
    cr_expect_eq(sample("portcullis_shed_total{reason=\"queue_time\"}"), 1);
    held_end(&held);
    for (int i = 0; i < 2; i++)
        EXPECT(wire_read(&wires[i], false), 200, "\"id\"");
    for (int i = 0; i < 3; i++)
        wire_close(&wires[i]);
    wire_close(&other);
    own_service_stop(&own);
}

/* Asks until the answer is this; the suite's timeout ends it. */
static void until(const char *path, int status, const char *part)
{
    bool is_so = false;

    while (!is_so) {
        struct answer answer;
        struct wire wire;

        wire_open(&wire);
        answer = get(&wire, path);
        is_so = answer.status == status && (!part || answer_has(&answer, part));
        wire_close(&wire);
    }
}

/* Reads by key share connections; one that waits is in the way of others. */
Test(steady, one_locked_table_does_not_hold_up_reads_of_others)
{
    struct own_service own = own_service_start("--pool-max=4");
    const char *path, *cosponsors;
    struct wire wires[3], other;
    struct held held;

    wire_open(&other);
    path = make(&other, "bills", bill(&other, some_key(&other), ""));
    cosponsors = SAY(&other, "%s/cosponsors", path);
    held = held_begin("LOCK TABLE bill_cosponsors IN ACCESS EXCLUSIVE MODE");
    for (int i = 0; i < 3; i++) {
        wire_open(&wires[i]);
        send_get(&wires[i], cosponsors);
    }
    until("/health", 200, "\"status\":\"pass\"");
    for (int i = 0; i < 10; i++)
        EXPECT(get(&other, path), 200, NULL);
    EXPECT(get(&other, "/health"), 200, "\"status\":\"pass\"");
    held_end(&held);
    for (int i = 0; i < 3; i++)
        wire_close(&wires[i]);
    wire_close(&other);
    own_service_stop(&own);
}

Test(steady, a_database_that_is_gone_is_not_asked_and_is_found_again)
{
    struct fault_proxy proxy = proxied_start(getenv("DATABASE_URL"));
    unsigned long long before;
    struct own_service own;
    struct answer answer;
    struct wire wire;
    char url[1024];

    proxied_url(&proxy, getenv("DATABASE_URL"), url);
    setenv("DATABASE_URL", url, 1);
    own = own_service_start("--pool-max=4");
    wire_open(&wire);
    EXPECT(get(&wire, "/v1/bills?limit=1"), 200, NULL);
    fault_proxy_tell(&proxy, "refuse");
    fault_proxy_tell(&proxy, "reset");
    until("/v1/bills?limit=1", 503, "\"code\":\"unavailable\"");
    before = fault_proxy_count(&proxy, "bytes_up") +
             fault_proxy_count(&proxy, "accepted");
    for (int i = 0; i < 50; i++) {
        answer = get(&wire, i % 2 ? "/v1/roles?limit=1"
                                  : SAY(&wire, "/v1/bills/%s", some_id(&wire)));
        EXPECT(answer, 503, "\"code\":\"unavailable\"");
        cr_expect_not(text_is_null(answer_header(&answer, "Retry-After")));
    }
    EXPECT(get(&wire, "/livez"), 200, NULL);
    EXPECT(get(&wire, "/readyz"), 503, "[-]postgres failed");
    until("/health", 503, "\"primary_connect:breaker\":[{\"status\":\"warn\"");
    cr_expect_geq(
        sample("portcullis_breaker_state{dependency=\"primary_connect\"}"), 1);
    cr_expect_geq(sample("portcullis_shed_total{reason=\"breaker\"}"), 50);
    cr_expect_eq(fault_proxy_count(&proxy, "bytes_up") +
                     fault_proxy_count(&proxy, "accepted"),
                 before, "nothing reached the database");
    fault_proxy_tell(&proxy, "heal");
    until("/v1/bills?limit=1", 200, NULL);
    until("/health", 200, "\"primary_connect:breaker\":[{\"status\":\"pass\"");
    wire_close(&wire);
    own_service_stop(&own);
    fault_proxy_stop(&proxy);
}

/* As during a switch to another primary, or where a disk is about to be full.
 */
Test(steady, a_primary_that_is_read_only_is_a_warning_and_reads_go_on)
{
    struct own_service own;
    struct answer answer;
    struct wire wire;
    char url[1024];

    snprintf(url, sizeof(url),
             "%s&options=-cdefault_transaction_read_only%%3Don",
             getenv("DATABASE_URL"));
    setenv("DATABASE_URL", url, 1);
    own = own_service_start("--health-interval=100ms");
    wire_open(&wire);
    until("/health", 200, "\"output\":\"the primary is read-only\"");
    EXPECT(get(&wire, "/health"), 200, "{\"status\":\"warn\"");
    EXPECT(get(&wire, "/readyz"), 200, NULL);
    EXPECT(get(&wire, "/v1/bills?limit=1"), 200, NULL);
    answer = post(&wire, "/v1/bills", bill(&wire, some_key(&wire), ""));
    EXPECT(answer, 503, "\"code\":\"read_only\"");
    cr_expect_not(text_is_null(answer_header(&answer, "Retry-After")));
    wire_close(&wire);
    own_service_stop(&own);
}

/* What is asked on behalf of nobody, such as a seal, may take minutes. */
Test(steady, it_stops_though_its_database_never_answers)
{
    struct fault_proxy proxy = proxied_start(getenv("DATABASE_URL"));
    struct own_service own;
    char url[1024];

    proxied_url(&proxy, getenv("DATABASE_URL"), url);
    setenv("DATABASE_URL", url, 1);
    own = own_service_start("--health-interval=100ms");
    until("/health", 200, "\"status\":\"pass\"");
    fault_proxy_tell(&proxy, "blackhole up");
    until("/health", 503, "\"status\":\"fail\"");
    own_service_stop(&own);
    fault_proxy_stop(&proxy);
}

/* --- who has left ----------------------------------------------------------
 */

#define READS_OF_PEOPLE " AND relation = 'people'::regclass"

/* Nothing else would end it: all its limits are ten minutes. */
Test(steady, a_read_whose_client_has_left_is_cancelled_in_the_database)
{
    const char *const flags[] = { "--request-timeout=5m",
                                  "--statement-timeout=10m",
                                  "--log-level=error", NULL };
    struct own_service own = own_service_start_with(flags, STDERR_FILENO);
    struct held held = held_begin("LOCK TABLE people IN ACCESS EXCLUSIVE MODE");
    struct wire wire;

    wire_open(&wire);
    wire_send_string(&wire, "GET /v1/people?limit=1&fields=id HTTP/1.1\r\n"
                            "Host: t\r\n\r\n");
    while (count_lock_waits(READS_OF_PEOPLE) == 0)
        continue;
    wire_close(&wire);
    while (count_lock_waits(READS_OF_PEOPLE) > 0)
        continue;
    held_end(&held);
    own_service_stop(&own);
}

/* --- who is told twice -----------------------------------------------------
 */

/* It would serve for five minutes more. */
Test(steady, a_second_signal_ends_it_at_once)
{
    struct own_service own = own_service_start("--drain-delay=5m");
    int status = -1;

    kill(own.pid, SIGTERM);
    until("/readyz", 503, NULL);
    kill(own.pid, SIGTERM);
    cr_expect_eq(waitpid(own.pid, &status, 0), own.pid);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM,
              "it ended otherwise: %d", status);
}
