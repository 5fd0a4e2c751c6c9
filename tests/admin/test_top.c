/* SPDX-License-Identifier: MIT */
/* What /metrics said becomes rates, percentiles and a screen. */
#include "admin/samples.h"
#include "admin/screen.h"

#include <criterion/criterion.h>
#include <string.h>

static struct samples before, now;

static void read_samples(struct samples *samples, const char *text)
{
    struct buffer body;

    buffer_init(&body, 1 << 20);
    buffer_add_string(&body, text);
    samples_read(samples, &body, 0);
}

static void tear_down(void)
{
    samples_fini(&before);
    samples_fini(&now);
}

TestSuite(samples, .fini = tear_down);
TestSuite(screen, .fini = tear_down);

#define ALL_OF(metric) ((struct sample_filter){ .name = (metric) })
#define FILTER(...)    ((struct sample_filter){ __VA_ARGS__ })

Test(samples, are_read_whatever_their_labels_hold)
{
    read_samples(&now, "# HELP a b\n"
                       "a 1\n"
                       "b{x=\"q\\\"}\",y=\"2\"} 2.5\n"
                       "broken{x=\"1\n"
                       "c{} nonsense\n"
                       "\n"
                       "d +Inf\n");
    cr_assert_eq(now.count, 3);
    cr_expect(text_is(sample_label(&now.at[1], "x"), "q\\\"}"));
    cr_expect(text_is(sample_label(&now.at[1], "y"), "2"));
    cr_expect(text_is_null(sample_label(&now.at[1], "z")));
    cr_expect_eq(samples_sum(&now, FILTER("b", "y", TEXT("2"), false)), 2.5);
    cr_expect_eq(samples_sum(&now, FILTER("b", "y", TEXT("3"), false)), 0);
}

Test(samples, grow_by_series_and_begin_anew_when_they_shrank)
{
    read_samples(&before, "a{x=\"1\"} 10\na{x=\"2\"} 5\nb 100\n");
    read_samples(&now, "a{x=\"0\"} 3\na{x=\"1\"} 12\na{x=\"2\"} 5\nb 7\n");
    samples_since(&now, &before);
    cr_expect_eq(samples_growth(&now, FILTER("a", "x", TEXT("1"), false)), 2);
    cr_expect_eq(samples_growth(&now, FILTER("a", "x", TEXT("2"), false)), 0);
    cr_expect_eq(samples_growth(&now, FILTER("a", "x", TEXT("0"), false)), 3,
                 "it is new");
    cr_expect_eq(samples_growth(&now, ALL_OF("b")), 7,
                 "the process began anew");
    cr_expect_eq(samples_growth(&now, FILTER("a", "x", TEXT(""), true)), 5);
}

#define HISTOGRAM(a, b, c)                  \
    "h_bucket{r=\"x\",le=\"0.1\"} " #a "\n" \
    "h_bucket{r=\"x\",le=\"0.2\"} " #b "\n" \
    "h_bucket{r=\"x\",le=\"+Inf\"} " #c "\n"

Test(samples, have_percentiles_of_what_was_added)
{
    read_samples(&before, HISTOGRAM(100, 100, 100));
    read_samples(&now, HISTOGRAM(150, 200, 200));
    samples_since(&now, &before);
    cr_expect_float_eq(samples_quantile(&now, ALL_OF("h"), 0.5), 0.1, 1e-9);
    cr_expect_float_eq(samples_quantile(&now, ALL_OF("h"), 0.75), 0.15, 1e-9);
    cr_expect_float_eq(
        samples_quantile(&now, FILTER("h", "r", TEXT("x"), false), 0.25), 0.05,
        1e-9);
    cr_expect_lt(
        samples_quantile(&now, FILTER("h", "r", TEXT("y"), false), 0.5), 0,
        "nothing was added");
}

Test(samples, past_the_last_bound_have_that_bound)
{
    read_samples(&now, HISTOGRAM(0, 1, 10));
    cr_expect_float_eq(samples_quantile(&now, ALL_OF("h"), 0.99), 0.2, 1e-9);
}

/* --- screen --- */

static const char metrics[] =
    "http_server_request_duration_seconds_bucket{http_request_method=\"GET\","
    "http_route=\"/v1/bills/{id}\",http_response_status_code=\"200\","
    "le=\"0.001\"} 50\n"
    "http_server_request_duration_seconds_bucket{http_request_method=\"GET\","
    "http_route=\"/v1/bills/{id}\",http_response_status_code=\"200\","
    "le=\"+Inf\"} 50\n"
    "http_server_request_duration_seconds_count{http_request_method=\"GET\","
    "http_route=\"/v1/bills/{id}\",http_response_status_code=\"200\"} 50\n"
    "http_server_request_duration_seconds_count{http_request_method=\"GET\","
    "http_route=\"/v1/users\",http_response_status_code=\"503\"} 10\n"
    "db_client_connection_count{pool=\"a\",state=\"idle\"} 3\n"
    "portcullis_breaker_state{dependency=\"redis\"} 2\n";

static void draw(const struct screen *screen, struct buffer *out)
{
    buffer_init(out, 1 << 16);
    read_samples(&now, metrics);
    screen_draw(screen, &now, out);
    buffer_add_byte(out, '\0');
    out->len--;
}

#define EXPECT_DRAWN(out, part) \
    cr_expect(strstr((out).at, part), "no \"%s\" in:\n%s", part, (out).at)

static unsigned lines_of(const struct buffer *out)
{
    struct text rest = buffer_text(out), line;
    unsigned count = 0;

    while (text_cut(&rest, '\n', &line) && rest.at)
        count++;
    return count;
}

Test(screen, is_never_higher_than_the_terminal)
{
    for (unsigned rows = 1; rows < 30; rows++) {
        CLEANUP(buffer_fini) struct buffer out;
        const struct screen screen = {
            .url = "http://x", .columns = 80, .rows = rows, .seconds = 2
        };

        draw(&screen, &out);
        cr_expect_leq(lines_of(&out), rows, "%u:\n%s", rows, out.at);
        EXPECT_DRAWN(out, "portcullis top");
        samples_fini(&now);
    }
}

Test(screen, says_first_that_nobody_answers_any_more)
{
    CLEANUP(buffer_fini) struct buffer out;
    const struct screen screen = { .url = "http://x",
                                   .columns = 80,
                                   .rows = 2,
                                   .seconds = 2,
                                   .trouble = "refused" };

    draw(&screen, &out);
    EXPECT_DRAWN(out, "\nno answer, these are the last numbers: refused\n");
}

Test(screen, of_60_columns_shortens_names_and_keeps_numbers)
{
    CLEANUP(buffer_fini) struct buffer out;
    const struct screen screen = {
        .url = "http://x", .columns = 60, .rows = 40, .seconds = 2
    };

    draw(&screen, &out);
    EXPECT_DRAWN(out, "\nROUTE                       /s    p50 ms    p95 ms    "
                      "p99 ms\n");
    EXPECT_DRAWN(out, "\n/v1/bills/{id}            25.0 ");
}

Test(samples, are_told_to_programs_with_what_they_grew)
{
    CLEANUP(buffer_fini) struct buffer out;

    buffer_init(&out, 1 << 16);
    read_samples(&before, "a{x=\"1\"} 10\n");
    read_samples(&now, "a{x=\"1\"} 14\nb +Inf\n");
    samples_since(&now, &before);
    samples_encode(&now, 2, &out);
    buffer_add_byte(&out, '\0');
    cr_expect_str_eq(out.at,
                     "[\n{\"metric\":\"a\",\"labels\":\"x=\\\"1\\\"\","
                     "\"value\":14,\"per_second\":2},\n{\"metric\":\"b\","
                     "\"labels\":\"\",\"value\":null,\"per_second\":null}"
                     "\n]\n");
}

Test(screen, shows_rates_latency_pools_and_breakers)
{
    const struct screen screen = {
        .url = "http://x", .columns = 120, .rows = 40, .seconds = 2
    };
    CLEANUP(buffer_fini) struct buffer out;

    draw(&screen, &out);
    EXPECT_DRAWN(out, "requests  30.0/s   2xx 25.0   4xx 0.0   p50 0.50 ");
    EXPECT_DRAWN(out, "          5xx 5.0/s");
    EXPECT_DRAWN(out, "pools     a idle 3");
    EXPECT_DRAWN(out, "breakers  redis OPEN");
    EXPECT_DRAWN(out, "\n/v1/bills/{id}                           25.0      "
                      "0.50      0.95      0.99\n");
    cr_expect_null(strchr(out.at, '\033'), "no colours unless they are wanted");
}

Test(screen, keeps_to_its_size)
{
    const struct screen screen = {
        .url = "http://x", .columns = 30, .rows = 17, .seconds = 1
    };
    CLEANUP(buffer_fini) struct buffer out;
    struct text rest, line;
    unsigned lines = 0;

    draw(&screen, &out);
    rest = buffer_text(&out);
    while (text_cut(&rest, '\n', &line)) {
        cr_expect_leq(line.len, 30, "%.*s", TEXT_ARG(line));
        lines++;
    }
    cr_expect_leq(lines, 17 + 1);
}
