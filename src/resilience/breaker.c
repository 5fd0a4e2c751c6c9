/* SPDX-License-Identifier: MIT */
#include "resilience/breaker.h"

#include "base/check.h"
#include "base/clock.h"

const struct breaker_rules breaker_rules_query = {
    .calls_min = BREAKER_CALLS_MIN,
    .failure_percent = BREAKER_FAILURE_PERCENT,
    .probes = BREAKER_PROBES,
    .open = { BREAKER_OPEN_MS, BREAKER_OPEN_MAX_MS },
};

/*
 * One attempt costs a database next to nothing and without one we cannot know
 * that it is back, so probes never get as rare as those of queries.
 */
const struct breaker_rules breaker_rules_connect = {
    .calls_min = BREAKER_CALLS_MIN,
    .failure_percent = BREAKER_FAILURE_PERCENT,
    .in_row = BREAKER_CONNECTS_IN_ROW,
    .probes = 1,
    .open = { BREAKER_OPEN_MS, BREAKER_CONNECT_MAX_MS },
};

void breaker_init(struct breaker *b, const struct breaker_rules *rules,
                  uint64_t seed)
{
    *b = (struct breaker){ .rules = rules, .chance = seed | 1 };
}

/* xorshift64* (S. Vigna, 2016): good enough to spread probes. */
static uint32_t draw(struct breaker *b)
{
    b->chance ^= b->chance >> 12;
    b->chance ^= b->chance << 25;
    b->chance ^= b->chance >> 27;
    return (uint32_t)(b->chance * UINT64_C(0x2545F4914F6CDD1D) >> 32);
}

/* --- moving -------------------------------------------------------------- */

static const bool may_become[3][3] = {
    [BREAKER_CLOSED] = { [BREAKER_OPEN] = true },
    [BREAKER_OPEN] = { [BREAKER_HALF_OPEN] = true },
    [BREAKER_HALF_OPEN] = { [BREAKER_CLOSED] = true, [BREAKER_OPEN] = true },
};

static void become(struct breaker *b, enum breaker_state next, uint64_t now_ns)
{
    CHECK(may_become[b->state][next]);
    b->state = next;
    b->changed_ns = now_ns;
    b->good = 0;
    b->in_row = 0;
}

static void open_up(struct breaker *b, uint64_t now_ns)
{
    uint32_t ms;

    become(b, BREAKER_OPEN, now_ns);
    ms = backoff_equal_ms(b->rules->open, b->trips++, draw(b));
    b->probe_ns = now_ns + ms * NS_PER_MS;
}

/* --- the window ---------------------------------------------------------- */

static void forget_window(struct breaker *b)
{
    for (unsigned i = 0; i < BREAKER_WINDOW_S; i++)
        b->window[i] = (struct breaker_second){ 0 };
}

static void count(struct breaker *b, bool failed, bool slow, uint64_t now_ns)
{
    uint64_t second = now_ns / NS_PER_S;
    struct breaker_second *s = &b->window[second % BREAKER_WINDOW_S];

    if (s->second != second)
        *s = (struct breaker_second){ .second = second };
    s->calls++;
    s->failures += failed;
    s->slow += slow;
}

static struct breaker_second sum_up(const struct breaker *b, uint64_t now_ns)
{
    uint64_t second = now_ns / NS_PER_S;
    struct breaker_second sum = { 0 };

    for (unsigned i = 0; i < BREAKER_WINDOW_S; i++) {
        const struct breaker_second *s = &b->window[i];

        if (s->second + BREAKER_WINDOW_S <= second)
            continue;
        sum.calls += s->calls;
        sum.failures += s->failures;
        sum.slow += s->slow;
    }
    return sum;
}

static bool reaches(uint32_t part, unsigned percent, uint32_t whole)
{
    return percent > 0 && (uint64_t)part * 100 >= (uint64_t)percent * whole;
}

static bool is_too_much(const struct breaker *b, uint64_t now_ns)
{
    const struct breaker_rules *rules = b->rules;
    struct breaker_second sum;

    if (rules->in_row > 0 && b->in_row >= rules->in_row)
        return true;
    sum = sum_up(b, now_ns);
    return sum.calls >= rules->calls_min &&
           (reaches(sum.failures, rules->failure_percent, sum.calls) ||
            reaches(sum.slow, rules->slow_percent, sum.calls));
}

/* --- calls --------------------------------------------------------------- */

/* It fails again soon after it was back: as if it had never been. */
static void forget_trips(struct breaker *b, uint64_t now_ns)
{
    if (now_ns - b->changed_ns >= BREAKER_WINDOW_S * NS_PER_S)
        b->trips = 0;
}

bool breaker_note(struct breaker *b, bool failed, uint64_t took_ns,
                  uint64_t now_ns)
{
    bool slow =
        b->rules->slow_ms > 0 && took_ns >= b->rules->slow_ms * NS_PER_MS;

    if (b->state != BREAKER_CLOSED)
        return false;
    count(b, failed, slow, now_ns);
    b->in_row = failed ? b->in_row + 1 : 0;
    if ((!failed && !slow) || !is_too_much(b, now_ns))
        return false;
    forget_trips(b, now_ns);
    open_up(b, now_ns);
    return true;
}

/* --- probes -------------------------------------------------------------- */

bool breaker_wants_probe(struct breaker *b, uint64_t now_ns)
{
    if (b->state == BREAKER_CLOSED || b->probing || now_ns < b->probe_ns)
        return false;
    if (b->state == BREAKER_OPEN)
        become(b, BREAKER_HALF_OPEN, now_ns);
    b->probing = true;
    return true;
}

bool breaker_probed(struct breaker *b, bool good, uint64_t now_ns)
{
    CHECK(b->probing && b->state == BREAKER_HALF_OPEN);
    b->probing = false;
    if (!good) {
        open_up(b, now_ns);
        return false;
    }
    if (++b->good < b->rules->probes)
        return false;
    become(b, BREAKER_CLOSED, now_ns);
    forget_window(b);
    return true;
}

void breaker_hint(struct breaker *b, uint64_t now_ns)
{
    if (b->state == BREAKER_OPEN && b->probe_ns > now_ns)
        b->probe_ns = now_ns;
}

uint64_t breaker_probe_at(const struct breaker *b)
{
    return b->state == BREAKER_CLOSED || b->probing ? UINT64_MAX : b->probe_ns;
}

unsigned breaker_retry_after_s(const struct breaker *b, uint64_t now_ns)
{
    uint64_t left_ns = b->probe_ns > now_ns ? b->probe_ns - now_ns : 0;

    return left_ns > NS_PER_S ? (unsigned)((left_ns + NS_PER_S - 1) / NS_PER_S)
                              : 1;
}

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = { "closed", "half_open", "open" };

    return names[state];
}
