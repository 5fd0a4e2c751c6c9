/* SPDX-License-Identifier: MIT */
#include "resilience/breaker.h"

#include "base/clock.h"
#include "resilience/random.h"

#include <criterion/criterion.h>

#define MS(n) ((uint64_t)(n)*NS_PER_MS)
#define S(n)  ((uint64_t)(n)*NS_PER_S)

static struct breaker query(void)
{
    struct breaker b;

    breaker_init(&b, &breaker_rules_query, 1);
    return b;
}

static struct breaker connecting(void)
{
    struct breaker b;

    breaker_init(&b, &breaker_rules_connect, 1);
    return b;
}

static void note(struct breaker *b, unsigned good, unsigned bad, uint64_t now)
{
    while (good-- > 0)
        breaker_note(b, false, 0, now);
    while (bad-- > 0)
        breaker_note(b, true, 0, now);
}

/* Fails until it is open; when that was. */
static void trip(struct breaker *b, uint64_t now)
{
    note(b, 0, BREAKER_CALLS_MIN, now);
    cr_assert_eq(b->state, BREAKER_OPEN);
}

Test(breaker, opens_when_half_of_twenty_calls_fail)
{
    struct breaker b = query();

    note(&b, 10, 9, S(1));
    cr_expect(breaker_admits(&b), "19 calls say nothing yet");
    cr_expect(breaker_note(&b, true, 0, S(1)), "this one opened it");
    cr_expect_not(breaker_admits(&b));
}

Test(breaker, stays_closed_while_fewer_fail)
{
    struct breaker b = query();

    note(&b, 101, 0, S(1));
    note(&b, 0, 100, S(1));
    cr_expect(breaker_admits(&b));
    cr_expect(breaker_note(&b, true, 0, S(1)));
}

Test(breaker, is_not_opened_by_a_success)
{
    struct breaker b = query();

    note(&b, 0, 19, S(1));
    cr_expect_not(breaker_note(&b, false, 0, S(1)));
    cr_expect(breaker_admits(&b), "nineteen of twenty failed, but it is back");
}

Test(breaker, forgets_what_is_ten_seconds_old)
{
    struct breaker b = query();

    note(&b, 0, 19, S(1));
    note(&b, 0, 19, S(11));
    cr_expect(breaker_admits(&b));
    breaker_note(&b, true, 0, S(20));
    cr_expect_not(breaker_admits(&b));
}

Test(breaker, opens_after_five_failed_connects_in_a_row)
{
    struct breaker b = connecting();

    note(&b, 0, 4, S(1));
    note(&b, 1, 4, S(2));
    cr_expect(breaker_admits(&b), "never five in a row");
    cr_expect(breaker_note(&b, true, 0, S(3)));
    cr_expect_not(breaker_admits(&b));
}

Test(breaker, opens_by_slow_calls_where_the_rules_say_so)
{
    static const struct breaker_rules rules = {
        .calls_min = 4,
        .slow_ms = 50,
        .slow_percent = 50,
        .probes = 1,
        .open = { 500, 5000 },
    };
    struct breaker b;

    breaker_init(&b, &rules, 1);
    note(&b, 2, 0, S(1));
    cr_expect_not(breaker_note(&b, false, MS(50), S(1)));
    cr_expect(breaker_note(&b, false, MS(50), S(1)), "two of four");
}

Test(breaker, takes_no_notice_of_late_answers)
{
    struct breaker b = query();

    trip(&b, S(1));
    note(&b, 1000, 0, S(1));
    cr_expect_eq(b.state, BREAKER_OPEN);
}

Test(breaker, is_probed_by_one_at_a_time_after_half_a_second_or_less)
{
    struct breaker b = query();

    trip(&b, S(1));
    cr_expect_not(breaker_wants_probe(&b, S(1) + MS(249)));
    cr_expect_leq(breaker_probe_at(&b), S(1) + MS(500));
    cr_expect(breaker_wants_probe(&b, S(1) + MS(500)));
    cr_expect_eq(b.state, BREAKER_HALF_OPEN);
    cr_expect_not(breaker_wants_probe(&b, S(9)), "one is under way");
    cr_expect_eq(breaker_probe_at(&b), UINT64_MAX);
    cr_expect_not(breaker_admits(&b), "no call of a client's is a probe");
}

Test(breaker, closes_after_two_good_probes)
{
    struct breaker b = query();

    trip(&b, S(1));
    cr_assert(breaker_wants_probe(&b, S(2)));
    cr_expect_not(breaker_probed(&b, true, S(2)));
    cr_expect_not(breaker_admits(&b));
    cr_assert(breaker_wants_probe(&b, S(2)), "the second follows at once");
    cr_expect(breaker_probed(&b, true, S(2)));
    cr_expect(breaker_admits(&b));
    note(&b, 0, 19, S(2));
    cr_expect(breaker_admits(&b), "the old failures are forgotten");
}

Test(breaker, stays_open_twice_as_long_after_each_failed_probe)
{
    static const unsigned ceilings_ms[] = { 500, 1000, 2000, 4000, 5000, 5000 };
    struct breaker b = query();
    uint64_t now = S(1);

    trip(&b, now);
    for (size_t i = 0; i < ARRAY_LEN(ceilings_ms); i++) {
        uint64_t wait = breaker_probe_at(&b) - now;

        cr_expect_geq(wait, MS(ceilings_ms[i] / 2));
        cr_expect_leq(wait, MS(ceilings_ms[i]));
        now = breaker_probe_at(&b);
        cr_assert(breaker_wants_probe(&b, now));
        cr_expect_not(breaker_probed(&b, false, now));
    }
}

Test(breaker, asks_a_database_that_is_gone_again_within_a_second)
{
    struct breaker b = connecting();
    uint64_t now = S(1);

    note(&b, 0, 5, now);
    for (int i = 0; i < 50; i++) {
        cr_expect_leq(breaker_probe_at(&b) - now, MS(800));
        now = breaker_probe_at(&b);
        cr_assert(breaker_wants_probe(&b, now));
        breaker_probed(&b, false, now);
    }
}

Test(breaker, that_opens_again_soon_stays_open_longer)
{
    struct breaker b = query();
    uint64_t first, again;

    trip(&b, S(1));
    cr_assert(breaker_wants_probe(&b, S(2)) && !breaker_probed(&b, true, S(2)));
    cr_assert(breaker_wants_probe(&b, S(2)) && breaker_probed(&b, true, S(2)));
    trip(&b, S(3));
    again = breaker_probe_at(&b) - S(3);
    cr_expect_geq(again, MS(500), "a second trip");
    cr_assert(breaker_wants_probe(&b, S(5)) && !breaker_probed(&b, true, S(5)));
    cr_assert(breaker_wants_probe(&b, S(5)) && breaker_probed(&b, true, S(5)));
    trip(&b, S(16));
    first = breaker_probe_at(&b) - S(16);
    cr_expect_leq(first, MS(500), "it was well for ten seconds");
}

Test(breaker, is_probed_at_once_when_something_speaks_for_it)
{
    struct breaker b = query();

    trip(&b, S(1));
    cr_expect_not(breaker_wants_probe(&b, S(1)));
    breaker_hint(&b, S(1));
    cr_expect(breaker_wants_probe(&b, S(1)));
}

Test(breaker, tells_callers_when_to_come_again)
{
    static const struct breaker_rules slow_one = {
        .in_row = 1,
        .calls_min = 1,
        .probes = 1,
        .open = { 4000, 4000 },
    };
    struct breaker b;

    breaker_init(&b, &slow_one, 7);
    breaker_note(&b, true, 0, S(1));
    cr_expect_eq(breaker_retry_after_s(&b, S(1)),
                 (breaker_probe_at(&b) - S(1) + NS_PER_S - 1) / NS_PER_S);
    cr_expect_geq(breaker_retry_after_s(&b, S(1)), 2);
    cr_expect_eq(breaker_retry_after_s(&b, S(100)), 1);
}

Test(breaker, spreads_its_probes)
{
    uint64_t earliest = UINT64_MAX, latest = 0;

    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct breaker b;

        breaker_init(&b, &breaker_rules_query, seed * 977);
        trip(&b, S(1));
        earliest = b.probe_ns < earliest ? b.probe_ns : earliest;
        latest = b.probe_ns > latest ? b.probe_ns : latest;
    }
    cr_expect_lt(earliest, S(1) + MS(280));
    cr_expect_gt(latest, S(1) + MS(470));
}

/* --- against a naive model ----------------------------------------------- */

enum { CALLS = 4000 };

/* Every call since it last closed, and nothing clever. */
struct model {
    struct {
        uint64_t second;
        bool failed;
    } calls[CALLS];
    unsigned count, in_row;
};

static bool model_opens(const struct model *m,
                        const struct breaker_rules *rules, uint64_t now)
{
    unsigned calls = 0, failures = 0;

    for (unsigned i = 0; i < m->count; i++) {
        if (m->calls[i].second + BREAKER_WINDOW_S <= now / NS_PER_S)
            continue;
        calls++;
        failures += m->calls[i].failed;
    }
    return (rules->in_row > 0 && m->in_row >= rules->in_row) ||
           (calls >= rules->calls_min &&
            failures * 100 >= calls * rules->failure_percent);
}

static void model_note(struct model *m, bool failed, uint64_t now)
{
    m->calls[m->count].second = now / NS_PER_S;
    m->calls[m->count++].failed = failed;
    m->in_row = failed ? m->in_row + 1 : 0;
}

static unsigned compare(const struct breaker_rules *rules, uint64_t seed)
{
    struct chance chance = { seed };
    struct model model = { .count = 0 };
    uint64_t now = S(100), sick = 0;
    unsigned openings = 0;
    struct breaker b;

    breaker_init(&b, rules, seed);
    for (int i = 0; i < CALLS; i++) {
        bool failed, opens;

        now += chance_below(&chance, MS(400));
        if (chance_below(&chance, 100) == 0)
            sick = chance_below(&chance, 100);
        if (breaker_wants_probe(&b, now) && breaker_probed(&b, true, now))
            model = (struct model){ .count = 0 };
        if (!breaker_admits(&b))
            continue;
        failed = chance_below(&chance, 100) < sick;
        model_note(&model, failed, now);
        opens = failed && model_opens(&model, rules, now);
        cr_assert_eq(breaker_note(&b, failed, 0, now), opens, "call %d", i);
        openings += opens;
    }
    return openings;
}

Test(breaker, opens_exactly_when_a_naive_count_of_all_calls_says_so)
{
    unsigned openings = 0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        openings += compare(&breaker_rules_query, seed);
        openings += compare(&breaker_rules_connect, seed);
    }
    cr_expect_gt(openings, 100);
}
