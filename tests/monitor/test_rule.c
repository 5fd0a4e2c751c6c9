/* SPDX-License-Identifier: MIT */
#include "monitor/rule.h"

#include "monitor/health.h"

#include <criterion/criterion.h>

static struct rule rule;
static struct diag diag;

static int parse(const char *line)
{
    diag_init(&diag, NULL);
    return rule_parse(TEXT("a_rule"), text_of(line), &rule, &diag);
}

#define EXPECT_TAKEN(line) \
    cr_assert_eq(parse(line), 0, "%s: %s", line, diag.detail)

#define EXPECT_REFUSED(line, why)                                             \
    do {                                                                      \
        cr_expect_eq(parse(line), -ERR_INVALID_PARAMETER, line);              \
        cr_expect(strstr(diag.detail, why), "%s: \"%s\" is not \"%s\"", line, \
                  diag.detail, why);                                          \
    } while (0)

Test(rule, compares_a_component_with_how_it_may_be)
{
    EXPECT_TAKEN("primary_query:breaker >= warn for 5s severity critical");
    cr_expect_eq(rule.kind, RULE_COMPONENT);
    cr_expect_str_eq(rule.component, "primary_query:breaker");
    cr_expect_eq(rule.comparison, COMPARE_GREATER_EQUAL);
    cr_expect_eq(rule.threshold, HEALTH_WARN);
    cr_expect_eq(rule.for_ms, 5000);
    cr_expect_eq(rule.severity, SEVERITY_CRITICAL);
}

Test(rule, is_a_warning_at_once_unless_it_says_more)
{
    EXPECT_TAKEN("postgres == fail");
    cr_expect_eq(rule.for_ms, 0);
    cr_expect_eq(rule.severity, SEVERITY_WARNING);
}

Test(rule, compares_what_a_metric_shows_with_a_number)
{
    EXPECT_TAKEN("portcullis_breaker_state{dependency=\"primary_query\"}>=1");
    cr_expect_eq(rule.kind, RULE_VALUE);
    cr_expect_eq(rule.filter.metric, METRIC_BREAKER);
    cr_expect(rule.filter.given[0]);
    cr_expect_str_eq(rule.filter.values[0], "primary_query");
    cr_expect_eq(rule.threshold, 1);
}

Test(rule, takes_several_labels_and_fractions)
{
    EXPECT_TAKEN("p99( http_server_request_duration_seconds { "
                 "http_route = \"/v1/bills/{id}\", "
                 "http_request_method=\"GET\" } ) > 0.25 for 1m");
    cr_expect_eq(rule.kind, RULE_QUANTILE);
    cr_expect_eq(rule.percent, 99);
    cr_expect_str_eq(rule.filter.values[0], "GET");
    cr_expect_str_eq(rule.filter.values[1], "/v1/bills/{id}");
    cr_expect_not(rule.filter.given[2]);
    cr_expect_eq(rule.threshold, 0.25);
    cr_expect_eq(rule.for_ms, 60000);
}

Test(rule, takes_rates_of_counters_and_of_histograms)
{
    EXPECT_TAKEN("rate(portcullis_shed_total) > 10 for 30s severity info");
    cr_expect_eq(rule.kind, RULE_RATE);
    cr_expect_eq(rule.severity, SEVERITY_INFO);
    EXPECT_TAKEN("rate(http_server_request_duration_seconds) < 1");
}

Test(rule, compares_as_its_sign_says)
{
    static const struct {
        const char *line;
        bool below, equal, above;
    } signs[] = {
        { "portcullis_fibers < 5", true, false, false },
        { "portcullis_fibers <= 5", true, true, false },
        { "portcullis_fibers == 5", false, true, false },
        { "portcullis_fibers != 5", true, false, true },
        { "portcullis_fibers >= 5", false, true, true },
        { "portcullis_fibers > 5", false, false, true },
    };

    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        EXPECT_TAKEN(signs[i].line);
        cr_expect_eq(rule_holds(&rule, 4.5), signs[i].below);
        cr_expect_eq(rule_holds(&rule, 5), signs[i].equal);
        cr_expect_eq(rule_holds(&rule, 5.5), signs[i].above);
    }
}

Test(rule, that_is_none_is_refused_with_what_is_wrong)
{
    EXPECT_REFUSED("", "1 to 255 characters");
    EXPECT_REFUSED("== fail", "a component or a metric is expected");
    EXPECT_REFUSED("postgres", "one of < <= == != >= > is missing");
    EXPECT_REFUSED("postgres = fail", "one of < <= == != >= > is expected");
    EXPECT_REFUSED("postgres ==", "compared with pass, warn or fail");
    EXPECT_REFUSED("postgres == 2", "\"postgres\" is no metric");
    EXPECT_REFUSED("portcullis_fibers > fail", "compared with a number");
    EXPECT_REFUSED("portcullis_fibers > -1", "a number is expected");
    EXPECT_REFUSED("portcullis_fibers > 1.2.3", "a number is expected");
    EXPECT_REFUSED("portcullis_fibers > 1e9", "a number is expected");
    EXPECT_REFUSED("portcullis_fibers{} > 1", "one of the metric's labels");
    EXPECT_REFUSED("portcullis_shed_total{why=\"x\"} > 1",
                   "one of the metric's labels is expected at \"why");
    EXPECT_REFUSED("portcullis_shed_total{reason=x} > 1", "=\"VALUE\"");
    EXPECT_REFUSED("portcullis_shed_total{reason=\"x} > 1",
                   "the label's value");
    EXPECT_REFUSED("portcullis_shed_total{reason=\"x\" > 1", "} is expected");
    EXPECT_REFUSED("rate(nothing) > 1", "no metric \"nothing\"");
    EXPECT_REFUSED("mean(portcullis_fibers) > 1", "none of rate, p50");
    EXPECT_REFUSED("p42(portcullis_fibers) > 1", "none of rate, p50");
    EXPECT_REFUSED("rate(portcullis_shed_total > 1", ") is expected");
    EXPECT_REFUSED("postgres == fail for", "a duration up to 24h");
    EXPECT_REFUSED("postgres == fail for 5", "a duration up to 24h");
    EXPECT_REFUSED("postgres == fail for 25h", "a duration up to 24h");
    EXPECT_REFUSED("postgres == fail for -5s", "a duration up to 24h");
    EXPECT_REFUSED("postgres == fail severity bad", "info, warning, critical");
    EXPECT_REFUSED("postgres == fail severity info for 5s", "or the end");
    EXPECT_REFUSED("postgres == fail or more", "or the end");
}

Test(rule, asks_of_a_metric_only_what_it_can_tell)
{
    EXPECT_REFUSED("http_server_request_duration_seconds > 1",
                   "a histogram has no one value");
    EXPECT_REFUSED("p99(portcullis_fibers) > 1", "only a histogram");
    EXPECT_REFUSED("rate(portcullis_fibers) > 1", "a gauge has no rate");
}

Test(rule, has_a_name_that_can_be_a_label)
{
    static const char *const names[] = { "", "With-Dash", "Upper", "a b" };
    char longest[RULE_NAME_BYTES + 1];

    memset(longest, 'a', sizeof(longest));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        cr_expect_lt(
            rule_parse(text_of(names[i]), TEXT("a == fail"), &rule, NULL), 0,
            "%s", names[i]);
    cr_expect_lt(rule_parse(text_from(longest, RULE_NAME_BYTES),
                            TEXT("a == fail"), &rule, NULL),
                 0);
    cr_expect_eq(rule_parse(text_from(longest, RULE_NAME_BYTES - 1),
                            TEXT("a == fail"), &rule, NULL),
                 0);
}
