/* SPDX-License-Identifier: MIT */
#include "monitor/signal.h"

#include "base/clock.h"

#include <criterion/criterion.h>

static struct rule rule_of(const char *line)
{
    struct rule rule;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(rule_parse(TEXT("r"), text_of(line), &rule, &diag), 0, "%s",
                 diag.detail);
    return rule;
}

static uint64_t s(uint64_t seconds)
{
    return (1000 + seconds) * NS_PER_S;
}

static bool counted(struct signal *signal, const struct rule *rule,
                    double value, uint64_t second, double *ret_value)
{
    struct metric_reading reading = { .found = true, .value = value };

    return signal_value(signal, rule, &reading, s(second), ret_value);
}

Test(signal, of_a_gauge_is_what_it_shows)
{
    struct rule rule = rule_of("portcullis_fibers > 3");
    struct metric_reading none = { .found = false };
    struct signal signal = { 0 };
    double value;

    cr_expect(counted(&signal, &rule, 7, 0, &value));
    cr_expect_eq(value, 7);
    cr_expect_not(signal_value(&signal, &rule, &none, s(1), &value),
                  "no such series");
}

Test(signal, of_a_rate_needs_two_looks)
{
    struct rule rule = rule_of("rate(portcullis_shed_total) > 3");
    struct signal signal = { 0 };
    double value;

    cr_expect_not(counted(&signal, &rule, 100, 0, &value));
    cr_expect(counted(&signal, &rule, 110, 2, &value));
    cr_expect_eq(value, 5);
}

Test(signal, of_a_rate_forgets_what_is_older_than_its_window)
{
    struct rule rule = rule_of("rate(portcullis_shed_total) > 3");
    struct signal signal = { 0 };
    double value = 0;

    (void)!counted(&signal, &rule, 0, 0, &value);
    for (unsigned i = 1; i <= 300; i++)
        cr_expect(counted(&signal, &rule, 6000, i, &value));
    cr_expect_eq(value, 0);
    for (unsigned i = 301; i <= 600; i++)
        cr_expect(counted(&signal, &rule, 6000 + 2 * (i - 300), i, &value));
    cr_expect_float_eq(value, 2, 0.001);
}

Test(signal, of_a_quantile_is_of_what_was_observed_in_the_window)
{
    struct rule rule = rule_of("p50(portcullis_batch_size) > 3");
    struct metric_reading reading = { .found = true };
    struct signal signal = { 0 };
    double value;

    reading.buckets[0] = reading.count = 1000; /* before: 1 each */
    cr_expect_not(signal_value(&signal, &rule, &reading, s(0), &value));
    cr_expect_not(signal_value(&signal, &rule, &reading, s(1), &value),
                  "nothing was observed");
    reading.buckets[3] = 10; /* 4 to 8 */
    reading.count += 10;
    cr_expect(signal_value(&signal, &rule, &reading, s(2), &value));
    cr_expect_eq(value, 6);
}
