/* SPDX-License-Identifier: MIT */
#include "monitor/health.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct buffer page;

static const char *written(const struct health_record *record, const char *id,
                           uint64_t now_ns)
{
    buffer_fini(&page);
    buffer_init(&page, 1 << 16);
    health_write(record, id, now_ns, &page);
    buffer_add_byte(&page, '\0');
    return page.at;
}

static void forget(void)
{
    buffer_fini(&page);
}

TestSuite(health, .fini = forget);

static bool note(struct health_record *record, enum health health,
                 const char *output, uint64_t second)
{
    struct finding finding = { .health = health,
                               .observed = 1.5,
                               .unit = "ms" };

    snprintf(finding.output, sizeof(finding.output), "%s", output);
    return health_note(record, &finding, second * NS_PER_S, second * NS_PER_S);
}

Test(health, warns_while_nothing_is_known)
{
    struct health_record record = { 0 };

    cr_expect_str_eq(
        written(&record, NULL, 0),
        "{\"status\":\"warn\",\"output\":\"it was not looked at yet\"}");
}

Test(health, tells_the_last_finding_its_age_and_when_it_changed)
{
    struct health_record record = { 0 };

    cr_expect(note(&record, HEALTH_PASS, "", 1));
    cr_expect_not(note(&record, HEALTH_PASS, "", 2), "no change");
    cr_expect(note(&record, HEALTH_FAIL, "no \"answer\"", 3));
    cr_expect_str_eq(
        written(&record, "loop 0", 4 * NS_PER_S + NS_PER_S / 4),
        "{\"status\":\"fail\",\"componentId\":\"loop 0\","
        "\"observedValue\":1.500,\"observedUnit\":\"ms\",\"age\":1.250,"
        "\"output\":\"no \\\"answer\\\"\",\"history\":["
        "{\"time\":\"1970-01-01T00:00:03.000000Z\",\"status\":\"fail\","
        "\"output\":\"no \\\"answer\\\"\"},"
        "{\"time\":\"1970-01-01T00:00:01.000000Z\",\"status\":\"pass\"}]}");
}

Test(health, remembers_the_last_changes_only)
{
    struct health_record record = { 0 };
    const char *at;
    unsigned count = 0;

    for (unsigned i = 1; i <= 21; i++)
        note(&record, i % 2 ? HEALTH_PASS : HEALTH_WARN, "", i);
    for (at = written(&record, NULL, 0); (at = strstr(at, "\"time\"")); at++)
        count++;
    cr_expect_eq(count, HEALTH_HISTORY_MAX);
    cr_expect_not_null(strstr(page.at, "[{\"time\":\"1970-01-01T00:00:21"));
    cr_expect_not_null(strstr(page.at, "{\"time\":\"1970-01-01T00:00:14"));
}
