/* SPDX-License-Identifier: MIT */
#include "monitor/monitor.h"

#include "fetch/far_end.h"

#include "base/memory.h"
#include "telemetry/metrics_read.h"

#include <signal.h>

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

/* A monitor and its loop, on which everything here runs. */
static struct loop *loop;
static struct monitor *monitor;
static struct settings *settings;
static struct far_end far;
static char config[] = "/tmp/test-monitor-XXXXXX";
static char url[128];

/* With these lines in the file of settings, and webhook told of alerts. */
static struct settings *load(const char *lines)
{
    char *file = memory_format("--config=%s", config);
    char interval[] = "--health-interval=50ms";
    char *argv[] = { file, interval, NULL };
    struct settings_sources from = { .argc = 2, .argv = argv };
    CLEANUP(buffer_fini) struct buffer mistakes = { 0 };
    struct settings *made = NULL;
    FILE *out = fopen(config, "w");

    cr_assert_not_null(out);
    fprintf(out, "%s\nalert_webhook = %s\n", lines, url);
    fclose(out);
    buffer_init(&mistakes, 4096);
    cr_assert_eq(settings_load(&from, &mistakes, NULL, &made), 0, "%.*s",
                 TEXT_ARG(buffer_text(&mistakes)));
    memory_free(&file);
    return made;
}

static void set_up(void)
{
    int fd = mkstemp(config);

    signal(SIGPIPE, SIG_IGN);
    close(fd);
    far = (struct far_end){ .answers = { OK, OK, OK, OK, OK, OK, OK, OK } };
    far_end_start(&far);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/told", far.port);
    loop = loop_new();
}

static void tear_down(void)
{
    settings_free(&settings);
    loop_free(&loop);
    far_end_stop(&far);
    unlink(config);
}

TestSuite(monitor, .init = set_up, .fini = tear_down, .timeout = 60);

/* --- a check whose answer the test decides ------------------------------- */

struct stage {
    struct monitor_check check;
    enum health health;
    bool hangs;
    unsigned asked;
};

static void answer(struct monitor_check *check, struct deadline until UNUSED,
                   struct finding *ret)
{
    struct stage *stage = check->arg;

    stage->asked++;
    while (stage->hangs && fiber_sleep(DEADLINE_NEVER) == 0)
        continue;
    ret->health = stage->health;
}

static struct stage staged(const char *name)
{
    return (struct stage){
        .check = { .name = name, .loop = loop, .run = answer },
    };
}

static void enter(struct stage *stage)
{
    stage->check.arg = stage;
    monitor_register(monitor, &stage->check);
}

/* --- what /health tells -------------------------------------------------- */

static struct buffer page;

static bool tells(const char *part)
{
    buffer_fini(&page);
    buffer_init(&page, 1 << 20);
    monitor_write(monitor, &page);
    buffer_add_byte(&page, '\0');
    return strstr(page.at, part) != NULL;
}

#define UNTIL(condition) \
    while (!(condition)) \
    cr_assert_eq(fiber_sleep(deadline_after(loop_now_ns(loop), 5)), 0)

/* Runs the body as a fiber beside the monitor, with these lines as rules. */
#define ON_MONITOR(title, lines)                                               \
    static void title##_body(void);                                            \
    static void title##_fiber(void *arg)                                       \
    {                                                                          \
        (void)arg;                                                             \
        title##_body();                                                        \
        loop_stop(loop);                                                       \
    }                                                                          \
    Test(monitor, title)                                                       \
    {                                                                          \
        struct diag diag;                                                      \
        diag_init(&diag, NULL);                                                \
        settings = load(lines);                                                \
        cr_assert_eq(monitor_new(settings, loop, &monitor, &diag), 0, "%s",    \
                     diag.detail);                                             \
        monitor_start(monitor, "http://here");                                 \
        cr_assert_eq(fiber_start(loop, "test", title##_fiber, NULL, NULL), 0); \
        loop_run(loop);                                                        \
        monitor_stop(monitor);                                                 \
        while (loop_fiber_count(loop) > 0)                                     \
            loop_turn(loop, true);                                             \
        buffer_fini(&page);                                                    \
        monitor_free(&monitor);                                                \
    }                                                                          \
    static void title##_body(void)

ON_MONITOR(asks_a_check_at_once_and_again_and_again, "")
{
    struct stage stage = staged("part");

    enter(&stage);
    cr_expect_eq(monitor_wait(&stage.check, DEADLINE_NEVER), 0);
    cr_expect(tells(",\"part\":[{\"status\":\"pass\""), "%s", page.at);
    UNTIL(stage.asked > 3);
    stage.health = HEALTH_WARN;
    UNTIL(tells(",\"part\":[{\"status\":\"warn\""));
    monitor_unregister(&stage.check);
    cr_expect_not(tells("part"));
}

ON_MONITOR(asks_what_passes_no_more_often_than_it_wants, "")
{
    struct stage calm = staged("calm"), other = staged("other");

    calm.check.calm_ms = 60000;
    enter(&calm);
    enter(&other);
    UNTIL(other.asked > 5);
    cr_expect_eq(calm.asked, 1);
    monitor_unregister(&calm.check);
    monitor_unregister(&other.check);
}

ON_MONITOR(finds_that_what_does_not_answer_fails, "")
{
    struct stage stage = staged("part");

    stage.hangs = true;
    enter(&stage);
    UNTIL(tells("\"part\":[{\"status\":\"fail\""));
    cr_expect(tells("no answer for more than"));
    cr_expect_eq(stage.asked, 1, "it is not asked twice at the same time");
    monitor_unregister(&stage.check);
}

ON_MONITOR(tells_apart_what_has_one_name, "")
{
    struct stage one = staged("part"), two = staged("part");

    one.check.id = "loop 0";
    two.check.id = "loop 1";
    two.health = HEALTH_FAIL;
    enter(&one);
    enter(&two);
    cr_expect_eq(monitor_wait(&one.check, DEADLINE_NEVER), 0);
    cr_expect_eq(monitor_wait(&two.check, DEADLINE_NEVER), 0);
    cr_expect(tells("\"status\":\"pass\",\"componentId\":\"loop 0\""));
    cr_expect(tells("\"status\":\"fail\",\"componentId\":\"loop 1\""));
    buffer_clear(&page);
    cr_expect_eq(monitor_write(monitor, &page), HEALTH_FAIL, "the worst");
    monitor_unregister(&one.check);
    monitor_unregister(&two.check);
}

/* --- alerts -------------------------------------------------------------- */

static double metric(const char *name)
{
    struct metric_filter filter = { 0 };
    struct metric_reading reading;

    cr_assert(metric_find(text_of(name), &filter.metric));
    metric_read(&filter, &reading);
    return reading.value;
}

ON_MONITOR(tells_everybody_of_an_alert_that_fires_and_of_its_end,
           "alert.part_down = part == fail severity critical")
{
    struct stage stage = staged("part");

    stage.health = HEALTH_FAIL;
    enter(&stage);
    UNTIL(tells("\"alert:part_down\":[{\"status\":\"fail\""));
    cr_expect(tells("firing: part == fail severity critical"));
    cr_expect_eq(metric("portcullis_alerts_firing"), 1);
    UNTIL(far.connections == 1 &&
          metric("portcullis_alert_notices_total") == 1);
    cr_expect_not_null(strstr(far.request, "POST /told HTTP/1.1"));
    cr_expect_not_null(strstr(far.request,
                              "{\"status\":\"firing\",\"alert\":\"part_down\","
                              "\"severity\":\"critical\","
                              "\"rule\":\"part == fail severity critical\","
                              "\"value\":\"fail\",\"time\":\""));
    cr_expect_not_null(strstr(far.request, "\"instance\":\"http://here\"}"));
    stage.health = HEALTH_PASS;
    UNTIL(metric("portcullis_alert_notices_total") == 2);
    cr_expect_not_null(strstr(far.request, "{\"status\":\"resolved\""));
    cr_expect_eq(metric("portcullis_alerts_firing"), 0);
    cr_expect(tells("resolved: part == fail severity critical"));
    monitor_unregister(&stage.check);
}

ON_MONITOR(warns_of_what_is_no_more_than_a_warning,
           "alert.part_bad = part != pass severity warning\n"
           "alert.part_odd = part != pass severity info")
{
    struct stage stage = staged("part");

    stage.health = HEALTH_WARN;
    enter(&stage);
    UNTIL(tells("\"alert:part_bad\":[{\"status\":\"warn\""));
    UNTIL(tells("\"alert:part_odd\":[{\"status\":\"pass\"") &&
          tells("firing: part != pass severity info"));
    monitor_unregister(&stage.check);
}

static void refuse_twice(void)
{
    far.answers[0] = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
    far.answers[1] = "HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n";
}

ON_MONITOR(tells_a_webhook_again_that_could_not_take_it,
           "alert.part_down = part == fail")
{
    struct stage stage = staged("part");

    refuse_twice();
    stage.health = HEALTH_FAIL;
    enter(&stage);
    UNTIL(metric("portcullis_alert_notices_total") == 1);
    cr_expect_eq(far.connections, 3);
    monitor_unregister(&stage.check);
}

ON_MONITOR(does_not_insist_where_a_webhook_does_not_want_it,
           "alert.part_down = part == fail")
{
    struct stage stage = staged("part");

    far.answers[0] = "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n";
    stage.health = HEALTH_FAIL;
    enter(&stage);
    UNTIL(metric("portcullis_alert_notices_total") == 1);
    cr_expect_eq(far.connections, 1);
    monitor_unregister(&stage.check);
}

/* A page of thanks, say. */
static void answer_at_length(void)
{
    static char answer[100 * 1024];
    int head =
        snprintf(answer, sizeof(answer),
                 "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", 90 * 1024);

    memset(answer + head, '.', 90 * 1024);
    far.answers[0] = answer;
}

ON_MONITOR(does_not_read_what_a_webhook_has_to_say,
           "alert.part_down = part == fail")
{
    struct stage stage = staged("part");

    answer_at_length();
    stage.health = HEALTH_FAIL;
    enter(&stage);
    UNTIL(metric("portcullis_alert_notices_total") == 1);
    cr_expect_eq(far.connections, 1);
    monitor_unregister(&stage.check);
}

/* --- other rules --------------------------------------------------------- */

static int configure(const char *lines, struct diag *diag)
{
    CLEANUP(settings_free) struct settings *other = load(lines);

    diag_init(diag, NULL);
    return monitor_configure(monitor, other, diag);
}

ON_MONITOR(keeps_the_course_of_a_rule_that_stays_the_same,
           "alert.part_down = part == fail")
{
    struct stage stage = staged("part");
    struct diag diag;

    stage.health = HEALTH_FAIL;
    enter(&stage);
    UNTIL(tells("firing: part == fail"));
    cr_expect_eq(configure("alert.part_down = part == fail\n"
                           "alert.more = part >= warn for 1h",
                           &diag),
                 0);
    cr_expect(tells("firing: part == fail"), "%s", page.at);
    UNTIL(tells("pending: part >= warn for 1h"));
    UNTIL(metric("portcullis_alert_notices_total") == 1);
    cr_expect_eq(configure("", &diag), 0);
    cr_expect_not(tells("part_down"));
    cr_expect_eq(metric("portcullis_alerts_firing"), 0);
    UNTIL(metric("portcullis_alert_notices_total") == 2);
    cr_expect_not_null(strstr(far.request, "{\"status\":\"resolved\""));
    monitor_unregister(&stage.check);
}

ON_MONITOR(leaves_all_as_it_is_when_a_rule_is_bad, "alert.good = part == fail")
{
    struct diag diag;

    cr_expect_eq(configure("alert.other = part == fail\n"
                           "alert.bad = part is fail",
                           &diag),
                 -ERR_INVALID_PARAMETER);
    cr_expect_not_null(strstr(diag.detail, ":2: alert.bad: one of < <="), "%s",
                       diag.detail);
    cr_expect(tells("alert:good"));
    cr_expect_not(tells("alert:other"));
}

ON_MONITOR(has_rules_of_its_own_unless_they_are_taken_away,
           "alert.loop_late = off\n"
           "alert.pool_exhausted = primary:pool == warn")
{
    cr_expect(tells("\"alert:database_unreachable\":"));
    cr_expect(tells("inactive: primary:pool == warn\""));
    cr_expect_not(tells("loop_late"));
}
