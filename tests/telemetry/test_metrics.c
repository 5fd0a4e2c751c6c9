/* SPDX-License-Identifier: MIT */
#include "base/memory.h"
#include "telemetry/metrics.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct buffer page;

/* What a scrape would get, as a string. */
static const char *scraped(void)
{
    buffer_fini(&page);
    buffer_init(&page, 64 << 20);
    metrics_write(&page);
    buffer_add_byte(&page, '\0');
    cr_assert_not(buffer_overflown(&page));
    return page.at;
}

static void forget(void)
{
    buffer_fini(&page);
}

#define EXPECT_LINE(line) \
    cr_expect_not_null(strstr(scraped(), "\n" line "\n"), "%s is missing", line)

TestSuite(metrics, .fini = forget);

Test(metrics, count_from_zero_where_there_are_no_labels)
{
    EXPECT_LINE("portcullis_fibers 0");
    EXPECT_LINE("portcullis_log_dropped_total 0");
}

Test(metrics, add_up_by_labels)
{
    struct series *a = METRIC_SERIES(METRIC_SHED, "queue");

    series_add(a, 2);
    series_add(METRIC_SERIES(METRIC_SHED, "deadline"), 1);
    cr_expect_eq(METRIC_SERIES(METRIC_SHED, "queue"), a, "made once");
    series_add(a, 3);
    EXPECT_LINE("portcullis_shed_total{reason=\"deadline\"} 1\n"
                "portcullis_shed_total{reason=\"queue\"} 5");
}

Test(metrics, merge_labels_with_equal_text_at_other_addresses)
{
    static const char one[] = "bills", two[] = "bills";

    series_add(METRIC_SERIES(METRIC_SHED, one), 1);
    series_add(METRIC_SERIES(METRIC_SHED, two), 1);
    EXPECT_LINE("portcullis_shed_total{reason=\"bills\"} 2");
}

Test(metrics, escape_label_values)
{
    series_add(METRIC_SERIES(METRIC_SHED, "a\"b\\c\nd"), 1);
    EXPECT_LINE("portcullis_shed_total{reason=\"a\\\"b\\\\c\\nd\"} 1");
}

Test(metrics, put_each_value_into_its_bucket_and_those_above)
{
    struct series *size = METRIC_SERIES(METRIC_BATCH_SIZE, "q");

    series_observe(size, 1);
    series_observe(size, 2);
    series_observe(size, 3);
    series_observe(size, 1000);
    EXPECT_LINE("portcullis_batch_size_bucket{query=\"q\",le=\"1\"} 1\n"
                "portcullis_batch_size_bucket{query=\"q\",le=\"2\"} 2\n"
                "portcullis_batch_size_bucket{query=\"q\",le=\"4\"} 3");
    EXPECT_LINE("portcullis_batch_size_bucket{query=\"q\",le=\"256\"} 3\n"
                "portcullis_batch_size_bucket{query=\"q\",le=\"+Inf\"} 4\n"
                "portcullis_batch_size_sum{query=\"q\"} 1006\n"
                "portcullis_batch_size_count{query=\"q\"} 4");
}

/* promtool does not notice a bucket below the one before it. */
Test(metrics, have_buckets_that_never_fall_and_end_at_the_count)
{
    uint64_t before = 0, bound_count = 0;
    double bound_before = 0;

    for (int i = 0; i < 5000; i++)
        series_observe(METRIC_SERIES(METRIC_DB_WAIT, "main"),
                       (double)(i % 97) * (i % 7) / 1000);
    for (char *line = strtok((char *)(uintptr_t)scraped(), "\n"); line;
         line = strtok(NULL, "\n")) {
        char le[16];
        unsigned long count;

        if (sscanf(line,
                   "db_client_connection_wait_time_seconds_bucket{"
                   "pool=\"main\",le=\"%15[^\"]\"} %lu",
                   le, &count) == 2) {
            double bound = strtod(le, NULL);

            cr_expect_geq(count, before);
            cr_expect_gt(bound, bound_before);
            before = count;
            bound_before = bound;
            bound_count++;
        }
        if (sscanf(line,
                   "db_client_connection_wait_time_seconds_count{"
                   "pool=\"main\"} %lu",
                   &count) == 1)
            cr_expect_eq(count, before);
    }
    cr_expect_eq(before, 5000);
    cr_expect_gt(bound_count, 10);
}

static void *count_and_set(void *unused)
{
    struct series *series = METRIC_SERIES(METRIC_RETRIES, "pg", "lost");

    for (int i = 0; i < 10000; i++)
        series_add(series, 1);
    series_set(METRIC_SERIES(METRIC_DB_CONNECTIONS, "main", "idle"), 7);
    return unused;
}

Test(metrics, sum_all_threads_also_those_that_have_ended)
{
    pthread_t threads[3];

    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, count_and_set, NULL);
    scraped(); /* while they count */
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    count_and_set(NULL);
    EXPECT_LINE("portcullis_retries_total{dependency=\"pg\",reason=\"lost\"} "
                "40000");
    EXPECT_LINE("db_client_connection_count{pool=\"main\",state=\"idle\"} 28");
}

static void *be_broken(void *arg)
{
    series_set(METRIC_SERIES(METRIC_BREAKER, "pg"), *(int *)arg);
    return NULL;
}

Test(metrics, tell_the_worst_of_all_threads_where_a_sum_says_nothing)
{
    int states[] = { 1, 2, 1 };

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        pthread_t thread;

        pthread_create(&thread, NULL, be_broken, &states[i]);
        pthread_join(thread, NULL);
    }
    EXPECT_LINE("portcullis_breaker_state{dependency=\"pg\"} 2");
}

Test(metrics, stop_telling_apart_when_a_family_is_full)
{
    static char labels[METRIC_SERIES_MAX + 10][8];

    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        snprintf(labels[i], sizeof(labels[i]), "r%zu", i);
        series_add(METRIC_SERIES(METRIC_SHED, labels[i]), 1);
    }
    EXPECT_LINE("portcullis_shed_total{reason=\"other\"} 10");
    EXPECT_LINE("portcullis_series_overflow_total{metric="
                "\"portcullis_shed_total\"} 10");
    EXPECT_LINE("portcullis_shed_total{reason=\"r1023\"} 1");
}

Test(metrics, go_down_again_where_they_are_gauges)
{
    struct series *active = metric_series(METRIC_HTTP_ACTIVE, NULL);

    series_add(active, 3);
    series_add(active, -2);
    EXPECT_LINE("http_server_active_requests 1");
}

Test(metrics, have_a_label_for_every_status)
{
    cr_expect_str_eq(metric_status(100), "100");
    cr_expect_str_eq(metric_status(404), "404");
    cr_expect_str_eq(metric_status(599), "599");
    cr_expect_eq(metric_status(200), metric_status(200));
}

static double process_value(const char *name)
{
    const char *at = scraped();
    size_t len = strlen(name);

    while ((at = strstr(at, name)) && (at[-1] != '\n' || at[len] != ' '))
        at += len;
    cr_assert_not_null(at, "%s", name);
    return strtod(at + len, NULL);
}

Test(metrics, tell_about_the_process)
{
    double started = process_value("process_start_time_seconds");
    double descriptors = process_value("process_open_fds");
    int more = dup(1);

    cr_expect_gt(process_value("process_cpu_seconds_total"), 0);
    cr_expect_gt(process_value("process_resident_memory_bytes"), 100000);
    cr_expect_geq(process_value("process_virtual_memory_bytes"),
                  process_value("process_resident_memory_bytes"));
    cr_expect_eq(process_value("process_open_fds"), descriptors + 1);
    cr_expect_gt(process_value("process_max_fds"), descriptors);
    cr_expect(started <= (double)time(NULL) + 1 &&
                  started > (double)time(NULL) - 60,
              "%f", started);
    close(more);
}

Test(metrics, give_the_same_page_twice)
{
    CLEANUP(memory_free) char *first = NULL;
    size_t len;

    for (int i = 0; i < 3; i++)
        series_observe(METRIC_SERIES(METRIC_HTTP_DURATION, "GET", "/v1/bills",
                                     metric_status(200 + i)),
                       0.1);
    len = (size_t)(strstr(scraped(), "# HELP process_") - page.at);
    first = memory_copy(page.at, len);
    cr_expect_eq(memcmp(scraped(), first, len), 0);
}

Test(metrics, pass_promtool_check_metrics)
{
    FILE *promtool;

    if (system("command -v promtool >/dev/null") != 0)
        cr_skip_test("promtool (package prometheus) is not installed");
    series_observe(METRIC_SERIES(METRIC_HTTP_DURATION, "GET", "/v1/bills",
                                 metric_status(200)),
                   0.1);
    series_observe(METRIC_SERIES(METRIC_DB_DURATION, "bill_by_id", "bills", ""),
                   0.1);
    series_add(METRIC_SERIES(METRIC_GATE_REFUSALS, "bad_request"), 1);
    series_set(METRIC_SERIES(METRIC_BUILD_INFO, "0.1.0", "abc", "gcc"), 1);
    promtool = popen("promtool check metrics", "w");
    cr_assert_not_null(promtool);
    cr_assert_eq(fputs(scraped(), promtool) >= 0, 1);
    cr_expect_eq(pclose(promtool), 0);
}
