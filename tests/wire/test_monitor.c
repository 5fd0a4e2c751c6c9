/* SPDX-License-Identifier: MIT */
/* /health, told from memory, and alert rules of the file of settings. */
#include "made.h"

#include "support/held.h"
#include "support/own_service.h"

#include <sys/stat.h>

enum { SAID_BYTES = 16 * 1024, CONFIG = 3 };

static char config[] = "/tmp/wire-monitor-XXXXXX";

static void make_config(void)
{
    int fd = mkstemp(config);

    close(fd);
}

static void remove_config(void)
{
    unlink(config);
}

TestSuite(monitor, .init = make_config, .fini = remove_config, .timeout = 60);

static void write_config(const char *lines)
{
    FILE *file = fopen(config, "w");

    cr_assert_not_null(file);
    fprintf(file, "%s\n", lines);
    fclose(file);
    cr_assert_eq(chmod(config, 0644), 0);
}

static struct own_service start(int log_fd)
{
    char flag[64];

    snprintf(flag, sizeof(flag), "--config=%s", config);
    return own_service_start_with(
        (const char *const[]){ flag, "--health-interval=50ms",
                               "--log-requests=off", NULL },
        log_fd);
}

static void until(const char *path, const char *part)
{
    bool is_so = false;

    while (!is_so) {
        struct answer answer;
        struct wire wire;

        wire_open(&wire);
        answer = get(&wire, path);
        is_so = answer_has(&answer, part);
        wire_close(&wire);
    }
}

/* clang-format off */
SCENARIO(monitor, every_component_is_told_with_its_age_and_history,
    { "GET /health", .expect = 200, .has = "\"draining\":[{\"status\":\"pass\"}]" },
    { "GET /health", .expect = 200, .has = "\"postgres\":[{\"status\":\"pass\"" },
    { "GET /health", .expect = 200, .has = "\"migrations\":[{\"status\":\"pass\"" },
    { "GET /health", .expect = 200, .has = "\"log\":[{\"status\":\"pass\"" },
    { "GET /health", .expect = 200, .has = "\"loop\":[{\"status\":\"" },
    { "GET /health", .expect = 200, .has = "\"primary:pool\":[{\"status\":\"" },
    { "GET /health", .expect = 200, .has = "\"componentId\":\"loop 0\"" },
    { "GET /health", .expect = 200, .has = "\"age\":" },
    { "GET /health", .expect = 200, .has = "\"history\":[{\"time\":\"20" },
    { "GET /health", .expect = 200, .has = "\"alert:database_unreachable\":[{\"status\":\"pass\"" })
/* clang-format on */

/* A rule of every service: somebody asked something. */
Test(monitor, an_alert_of_the_file_fires_and_is_told)
{
    char said[SAID_BYTES] = "";
    struct own_service own;
    struct wire wire;
    FILE *log = tmpfile();

    cr_assert_not_null(log);
    write_config("alert.asked = rate(http_server_request_duration_seconds) > "
                 "0 severity info\n"
                 "alert.lent = primary:pool == pass severity warning");
    own = start(fileno(log));
    wire_open(&wire);
    until("/health", "\"alert:lent\":[{\"status\":\"warn\"");
    until("/health", "firing: rate(http_server_request_duration_seconds)");
    EXPECT(get(&wire, "/health"), 200, "{\"status\":\"warn\"");
    EXPECT(get(&wire, "/metrics"), 200,
           "portcullis_alerts_firing{rule=\"lent\",severity=\"warning\"} 1");
    EXPECT(get(&wire, "/metrics"), 200,
           "portcullis_component_health{component=\"postgres\"} 0");
    wire_close(&wire);
    own_service_stop(&own);
    rewind(log);
    cr_expect_gt(fread(said, 1, sizeof(said) - 1, log), 0);
    cr_expect_not_null(strstr(said,
                              "\"event\":\"alert_firing\",\"rule\":\"lent\","
                              "\"severity\":\"warning\",\"condition\":"
                              "\"primary:pool == pass severity warning\""),
                       "%s", said);
    fclose(log);
}

Test(monitor, a_critical_alert_fails)
{
    struct own_service own;
    struct wire wire;

    write_config("alert.there = postgres == pass severity critical");
    own = start(STDERR_FILENO);
    wire_open(&wire);
    until("/health", "\"alert:there\":[{\"status\":\"fail\"");
    EXPECT(get(&wire, "/health"), 503, "{\"status\":\"fail\"");
    EXPECT(get(&wire, "/readyz"), 200, NULL);
    wire_close(&wire);
    own_service_stop(&own);
}

Test(monitor, that_is_switched_off_looks_at_nothing)
{
    struct own_service own = own_service_start("--health-monitoring=off");
    struct wire wire;

    wire_open(&wire);
    EXPECT(get(&wire, "/health"), 200, "health_monitoring is off");
    cr_expect_not(answer_has(
        &(struct answer){ .body = get(&wire, "/health").body }, "postgres"));
    wire_close(&wire);
    own_service_stop(&own);
}

Test(monitor, a_statement_that_takes_long_is_logged_and_counted)
{
    char said[SAID_BYTES] = "";
    struct own_service own;
    struct wire wire;
    struct held held;
    FILE *log = tmpfile();

    cr_assert_not_null(log);
    own = own_service_start_with(
        (const char *const[]){ "--slow-query-threshold=50ms", NULL },
        fileno(log));
    held = held_begin("LOCK TABLE people IN ACCESS EXCLUSIVE MODE");
    wire_open(&wire);
    EXPECT(
        ask(&wire, "GET /v1/people?limit=1", "Request-Timeout: 300\r\n", NULL),
        504, NULL);
    EXPECT(get(&wire, "/metrics"), 200,
           "\nportcullis_slow_queries_total{query=");
    wire_close(&wire);
    held_end(&held);
    own_service_stop(&own);
    rewind(log);
    cr_expect_gt(fread(said, 1, sizeof(said) - 1, log), 0);
    cr_expect_not_null(strstr(said, "\"event\":\"slow_query\""), "%s", said);
    cr_expect_not_null(strstr(said, "\"collection\":\"people\""), "%s", said);
    fclose(log);
}

Test(monitor, a_bad_rule_stops_the_start_and_is_named)
{
    char command[256], said[SAID_BYTES] = "";
    int status;
    FILE *out;

    write_config("pool_max = 4\nalert.odd = postgres is fail");
    snprintf(command, sizeof(command),
             "%s serve --listen=127.0.0.1:0 --config=%s 2>&1",
             getenv("PORTCULLIS_PROGRAM"), config);
    out = popen(command, "r");
    cr_assert_not_null(out);
    cr_expect_gt(fread(said, 1, sizeof(said) - 1, out), 0);
    status = pclose(out);
    cr_expect(WIFEXITED(status));
    cr_expect_eq(WEXITSTATUS(status), CONFIG);
    cr_expect_not_null(strstr(said, ":2: alert.odd: one of < <= == != >= > is "
                                    "expected at \"is fail\""),
                       "%s", said);
}
