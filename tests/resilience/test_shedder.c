/* SPDX-License-Identifier: MIT */
#include "resilience/shedder.h"

#include "base/clock.h"
#include "resilience/constants.h"
#include "resilience/random.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define MS(n) ((uint64_t)(n)*NS_PER_MS)
#define T0    MS(1000000)

/* A limit of four: one that cannot move. */
static void begin(struct shedder *s, unsigned route_max, unsigned all_max)
{
    struct shedder_options options = {
        .least = 4, .route_max = route_max, .all_max = all_max, .routes = 8
    };

    shedder_init(s, &options);
    s->limiter.limit = 4;
}

static struct ticket ticket(enum priority priority, unsigned route)
{
    return (struct ticket){ .priority = priority,
                            .route = route,
                            .may_wait = true,
                            .until_ns = UINT64_MAX };
}

static struct ticket reading(void)
{
    return ticket(PRIORITY_READ, 0);
}

/* Fills all places with reads; as `filled` they leave again. */
static void fill(struct shedder *s, struct ticket filled[static 4])
{
    for (int i = 0; i < 4; i++) {
        filled[i] = reading();
        cr_assert_eq(shedder_ask(s, &filled[i], T0), SHED_RUN);
    }
}

static void leave(struct shedder *s, struct ticket *t, uint64_t now)
{
    shedder_leave(s, t, false, now);
}

#define DONE(s, tickets, now)                                       \
    do {                                                            \
        for (size_t done_ = 0; done_ < ARRAY_LEN(tickets); done_++) \
            leave(&(s), &(tickets)[done_], now);                    \
        shedder_fini(&(s));                                         \
    } while (0)

Test(shedder, runs_as_many_as_the_limit_allows_and_lets_the_rest_wait)
{
    struct shedder s;
    struct ticket t[6];

    begin(&s, 0, 100);
    fill(&s, t);
    for (int i = 4; i < 6; i++) {
        t[i] = reading();
        cr_expect_eq(shedder_ask(&s, &t[i], T0), SHED_WAIT);
    }
    cr_expect_null(shedder_admit(&s, T0));
    leave(&s, &t[0], T0 + 1);
    cr_expect_eq(shedder_admit(&s, T0 + 1), &t[4], "first come, first served");
    cr_expect_null(shedder_admit(&s, T0 + 1));
    leave(&s, &t[1], T0 + 2);
    cr_expect_eq(shedder_admit(&s, T0 + 2), &t[5]);
    DONE(s, t, T0);
}

Test(shedder, serves_writes_before_reads_before_bulk)
{
    struct shedder s;
    struct ticket t[4], bulk = ticket(PRIORITY_BULK, 1), read = reading(),
                        write = ticket(PRIORITY_WRITE, 2);

    begin(&s, 0, 100);
    fill(&s, t);
    cr_expect_eq(shedder_ask(&s, &bulk, T0), SHED_WAIT);
    cr_expect_eq(shedder_ask(&s, &read, T0), SHED_WAIT);
    cr_expect_eq(shedder_ask(&s, &write, T0), SHED_WAIT);
    for (int i = 0; i < 3; i++)
        leave(&s, &t[i], T0);
    cr_expect_eq(shedder_admit(&s, T0), &write);
    cr_expect_eq(shedder_admit(&s, T0), &read);
    cr_expect_eq(shedder_admit(&s, T0), &bulk);
    leave(&s, &write, T0);
    leave(&s, &read, T0);
    leave(&s, &bulk, T0);
    DONE(s, t, T0);
}

Test(shedder, never_turns_operations_away)
{
    struct shedder s;
    struct ticket t[4], health[50];

    begin(&s, 1, 4);
    for (unsigned i = 0; i < 4; i++) {
        t[i] = ticket(PRIORITY_WRITE, i);
        cr_assert_eq(shedder_ask(&s, &t[i], T0), SHED_RUN);
    }
    for (int i = 0; i < 50; i++) {
        health[i] = ticket(PRIORITY_OPERATIONS, 7);
        cr_expect_eq(shedder_ask(&s, &health[i], T0), SHED_RUN);
    }
    cr_expect_eq(s.running, 4, "they take no place of the others");
    for (int i = 0; i < 50; i++)
        leave(&s, &health[i], T0);
    DONE(s, t, T0);
}

Test(shedder, gives_no_route_more_than_its_share)
{
    struct shedder s;
    struct ticket t[4], other = ticket(PRIORITY_READ, 1);

    begin(&s, 2, 100);
    for (int i = 0; i < 4; i++) {
        t[i] = reading();
        cr_expect_eq(shedder_ask(&s, &t[i], T0), i < 2 ? SHED_RUN : SHED_WAIT);
    }
    cr_expect_eq(shedder_ask(&s, &other, T0), SHED_RUN, "another's is free");
    leave(&s, &other, T0);
    cr_expect_null(shedder_admit(&s, T0));
    leave(&s, &t[1], T0);
    cr_expect_eq(shedder_admit(&s, T0), &t[2]);
    DONE(s, t, T0);
}

Test(shedder, refuses_at_once_who_may_not_wait)
{
    struct shedder s;
    struct ticket t[4], stream = ticket(PRIORITY_BULK, 3);

    begin(&s, 0, 100);
    fill(&s, t);
    stream.may_wait = false;
    cr_expect_eq(shedder_ask(&s, &stream, T0), SHED_REFUSE);
    cr_expect_eq(stream.reason, SHED_NO_ROOM);
    DONE(s, t, T0);
}

Test(shedder, has_a_limit_for_all_together)
{
    struct shedder s;
    struct ticket t[4], waiting = reading(), late = reading();

    begin(&s, 0, 5);
    fill(&s, t);
    cr_expect_eq(shedder_ask(&s, &waiting, T0), SHED_WAIT);
    cr_expect_eq(shedder_ask(&s, &late, T0), SHED_REFUSE);
    cr_expect_eq(late.reason, SHED_IN_FLIGHT);
    leave(&s, &waiting, T0);
    DONE(s, t, T0);
}

Test(shedder, turned_off_knows_only_that_limit)
{
    struct shedder s;
    struct ticket t[6], late = reading();

    begin(&s, 1, 6);
    s.off = true;
    for (int i = 0; i < 6; i++) {
        t[i] = reading();
        cr_expect_eq(shedder_ask(&s, &t[i], T0), SHED_RUN);
    }
    cr_expect_eq(shedder_ask(&s, &late, T0), SHED_REFUSE);
    DONE(s, t, T0);
}

/* --- too long ------------------------------------------------------------ */

Test(shedder, turns_away_whoever_waited_a_quarter_of_a_second)
{
    struct shedder s;
    struct ticket t[4], waiting = reading();

    begin(&s, 0, 100);
    fill(&s, t);
    cr_assert_eq(shedder_ask(&s, &waiting, T0), SHED_WAIT);
    cr_expect_leq(shedder_look_at(&s), T0 + MS(QUEUE_LOOK_MS));
    cr_expect_null(shedder_refuse(&s, T0 + MS(249)));
    cr_expect_eq(shedder_refuse(&s, T0 + MS(255)), &waiting);
    cr_expect_eq(waiting.reason, SHED_QUEUE_TIME);
    cr_expect_null(shedder_refuse(&s, T0 + MS(255)));
    cr_expect_eq(shedder_look_at(&s), UINT64_MAX);
    DONE(s, t, T0);
}

Test(shedder, lets_nobody_wait_longer_than_half_of_the_time_left)
{
    struct shedder s;
    struct ticket t[4], hasty = reading(), late = reading();

    begin(&s, 0, 100);
    fill(&s, t);
    hasty.until_ns = T0 + MS(40);
    late.until_ns = T0 + MS(10);
    cr_assert_eq(shedder_ask(&s, &hasty, T0), SHED_WAIT);
    cr_assert_eq(shedder_ask(&s, &late, T0), SHED_WAIT);
    leave(&s, &t[0], T0 + MS(20));
    cr_expect_null(shedder_admit(&s, T0 + MS(20)), "dropped, not run");
    cr_expect_eq(shedder_refuse(&s, T0 + MS(20)), &hasty);
    cr_expect_eq(hasty.reason, SHED_QUEUE_TIME);
    cr_expect_eq(shedder_refuse(&s, T0 + MS(20)), &late);
    cr_expect_eq(late.reason, SHED_DEADLINE, "its deadline has passed");
    DONE(s, t, T0);
}

/*
 * Somebody comes in now and then and has waited for longer than 20 ms, until
 * that is so for long enough. Returns when; four run, and nobody waits.
 */
static uint64_t press(struct shedder *s, struct ticket running[static 4])
{
    struct ticket others[20];
    uint64_t now = T0;
    size_t n = 0;

    others[0] = reading();
    cr_assert_eq(shedder_ask(s, &others[0], now), SHED_WAIT);
    for (;; n++) {
        others[n + 1] = reading();
        cr_assert_eq(shedder_ask(s, &others[n + 1], now), SHED_WAIT);
        now += MS(QUEUE_PRESSED_PATIENCE_MS + 10);
        while (shedder_refuse(s, now))
            ;
        if (s->pressed)
            break;
        leave(s, n == 0 ? &running[0] : &others[n - 1], now);
        cr_assert_eq(shedder_admit(s, now), &others[n]);
    }
    cr_assert_geq(now - T0, MS(QUEUE_PRESSURE_MS));
    cr_assert_eq(s->waiting, 0, "who had waited so long was turned away");
    leave(s, &others[n - 1], now);
    running[0] = reading();
    cr_assert_eq(shedder_ask(s, &running[0], now), SHED_RUN);
    return now;
}

Test(shedder, under_pressure_lets_nobody_wait_for_as_long)
{
    struct shedder s;
    struct ticket t[4], old = reading(), recent = reading();
    uint64_t now;

    begin(&s, 0, 100);
    fill(&s, t);
    now = press(&s, t);
    cr_assert_eq(shedder_ask(&s, &old, now), SHED_WAIT);
    cr_assert_eq(shedder_ask(&s, &recent, now + MS(25)), SHED_WAIT);
    now += MS(QUEUE_PRESSED_PATIENCE_MS);
    cr_expect_null(shedder_refuse(&s, now - 1));
    leave(&s, &t[0], now);
    cr_expect_eq(shedder_admit(&s, now), &recent);
    cr_expect_eq(shedder_refuse(&s, now + MS(QUEUE_LOOK_MS)), &old);
    cr_expect_eq(old.reason, SHED_QUEUE_TIME);
    leave(&s, &recent, now);
    DONE(s, t, T0);
}

Test(shedder, is_at_ease_again_when_nobody_was_turned_away_for_a_while)
{
    struct shedder s;
    struct ticket t[4], late = reading(), a = reading(), b = reading();
    uint64_t now;

    begin(&s, 0, 100);
    fill(&s, t);
    now = press(&s, t);
    cr_assert_eq(shedder_ask(&s, &late, now), SHED_WAIT);
    now += MS(QUEUE_PRESSED_PATIENCE_MS);
    cr_expect_eq(shedder_refuse(&s, now), &late);
    now += MS(QUEUE_PRESSURE_MS - 1);
    cr_expect_null(shedder_refuse(&s, now));
    cr_expect(s.pressed);
    now += MS(1);
    cr_assert_eq(shedder_ask(&s, &a, now), SHED_WAIT);
    cr_assert_eq(shedder_ask(&s, &b, now + MS(1)), SHED_WAIT);
    cr_expect_not(s.pressed);
    leave(&s, &t[0], now + MS(100));
    cr_expect_eq(shedder_admit(&s, now + MS(100)), &a, "in order");
    leave(&s, &a, now);
    leave(&s, &b, now);
    DONE(s, t, T0);
}

/* More clients than places, each asking again: a queue that always stands. */
Test(shedder, turns_nobody_away_while_all_come_in_soon)
{
    enum { CLIENTS = 24 };
    struct shedder s;
    struct ticket t[CLIENTS];
    uint64_t now = T0;

    begin(&s, 0, 100);
    s.mean_ns = MS(2);
    for (int i = 0; i < CLIENTS; i++) {
        t[i] = reading();
        shedder_ask(&s, &t[i], now);
    }
    for (int i = 0; i < 20000; i++) {
        struct ticket *done = &t[i % CLIENTS];

        now += MS(1) / 2;
        if (done->state != TICKET_RUNNING)
            continue;
        leave(&s, done, now);
        cr_assert_not_null(shedder_admit(&s, now));
        *done = reading();
        cr_assert_eq(shedder_ask(&s, done, now), SHED_WAIT);
        cr_assert_null(shedder_refuse(&s, now));
        cr_assert_not(s.pressed);
    }
    DONE(s, t, now);
}

Test(shedder, lets_no_more_wait_than_can_be_served_in_time)
{
    struct shedder s;
    struct ticket t[4], waiting[QUEUE_LENGTH_MIN + 1], bulk, write;

    begin(&s, 0, 1000);
    fill(&s, t);
    s.mean_ns = 1e9; /* a second each: hardly any */
    for (int i = 0; i < QUEUE_LENGTH_MIN; i++) {
        waiting[i] = reading();
        cr_assert_eq(shedder_ask(&s, &waiting[i], T0), SHED_WAIT);
    }
    waiting[QUEUE_LENGTH_MIN] = reading();
    cr_expect_eq(shedder_ask(&s, &waiting[QUEUE_LENGTH_MIN], T0), SHED_REFUSE);
    cr_expect_eq(waiting[QUEUE_LENGTH_MIN].reason, SHED_QUEUE_FULL);
    bulk = ticket(PRIORITY_BULK, 3);
    cr_expect_eq(shedder_ask(&s, &bulk, T0), SHED_REFUSE);
    write = ticket(PRIORITY_WRITE, 2);
    cr_expect_eq(shedder_ask(&s, &write, T0), SHED_WAIT);
    cr_expect_eq(shedder_refuse(&s, T0), &waiting[QUEUE_LENGTH_MIN - 1],
                 "the last of the reads made place for it");
    leave(&s, &write, T0);
    DONE(s, waiting, T0);
}

/* A millisecond for most; half a second for those of one route. */
Test(shedder, measures_the_queue_of_a_slow_route_by_itself)
{
    struct shedder s;
    struct ticket t[4], waiting[QUEUE_LENGTH_MIN], late, other;

    begin(&s, 0, 1000);
    fill(&s, t);
    s.mean_ns = MS(1);
    s.of[0].mean_ns = MS(500);
    for (int i = 0; i < QUEUE_LENGTH_MIN; i++) {
        waiting[i] = reading();
        cr_assert_eq(shedder_ask(&s, &waiting[i], T0), SHED_WAIT);
    }
    late = reading();
    cr_expect_eq(shedder_ask(&s, &late, T0), SHED_REFUSE);
    cr_expect_eq(late.reason, SHED_QUEUE_FULL);
    other = ticket(PRIORITY_READ, 1);
    cr_expect_eq(shedder_ask(&s, &other, T0), SHED_WAIT, "they are quick");
    leave(&s, &other, T0);
    for (int i = 0; i < 4; i++)
        leave(&s, &t[i], T0);
    DONE(s, waiting, T0);
}

Test(shedder, under_pressure_turns_most_away_at_the_door)
{
    struct shedder s;
    struct ticket t[4], waiting[QUEUE_LENGTH_PRESSED_MIN], late = reading();
    uint64_t now;

    begin(&s, 0, 1000);
    fill(&s, t);
    now = press(&s, t);
    s.mean_ns = 1e9;
    for (int i = 0; i < QUEUE_LENGTH_PRESSED_MIN; i++) {
        waiting[i] = reading();
        cr_assert_eq(shedder_ask(&s, &waiting[i], now), SHED_WAIT);
    }
    cr_expect_eq(shedder_ask(&s, &late, now), SHED_REFUSE);
    cr_expect_eq(late.reason, SHED_QUEUE_FULL);
    for (int i = 0; i < QUEUE_LENGTH_PRESSED_MIN; i++)
        leave(&s, &waiting[i], now);
    DONE(s, t, now);
}

/*
 * Clients that come back at once when they are turned away: a flood stays what
 * it is, but a load that can be done must not be taken for one.
 */
Test(shedder, does_not_stay_under_pressure_by_its_own_refusals)
{
    enum { CLIENTS = 24 };
    struct shedder s;
    struct ticket t[CLIENTS], running[4];
    uint64_t now;

    begin(&s, 0, 100);
    fill(&s, running);
    now = press(&s, running);
    s.mean_ns = MS(2);
    for (int i = 0; i < 4; i++)
        leave(&s, &running[i], now);
    for (int i = 0; i < CLIENTS; i++)
        t[i] = reading();
    for (int i = 0; i < 10000; i++, now += MS(1) / 2) {
        struct ticket *one = &t[i % CLIENTS];

        if (one->state == TICKET_RUNNING)
            leave(&s, one, now);
        while (shedder_refuse(&s, now) || shedder_admit(&s, now))
            ;
        for (int k = 0; k < CLIENTS; k++)
            if (t[k].state == TICKET_OUT)
                shedder_ask(&s, &t[k], now);
    }
    cr_expect_not(s.pressed);
    DONE(s, t, now);
}

Test(shedder, lowers_its_limit_when_routes_take_longer_than_usual)
{
    struct shedder_options options = { .least = 4, .all_max = 99, .routes = 1 };
    struct shedder s;
    struct ticket t[16];
    uint64_t now = T0;

    shedder_init(&s, &options);
    for (int round = 0; round < 400; round++) {
        uint64_t took = round < 20 ? MS(5) : MS(40);

        for (int i = 0; i < 16; i++) {
            t[i] = reading();
            if (shedder_ask(&s, &t[i], now) == SHED_WAIT)
                leave(&s, &t[i], now);
        }
        now += took;
        for (int i = 0; i < 16; i++)
            shedder_leave(&s, &t[i], true, now);
        if (round == 19)
            cr_expect_eq(limiter_limit(&s.limiter), 16);
        if (round == 100)
            cr_expect_leq(limiter_limit(&s.limiter), 6);
    }
    shedder_fini(&s);
}

/* --- a flood ------------------------------------------------------------- */

/* Eight at a time, 10 ms each: 800 in a second can be done; 4000 come. */
enum { SERVERS = 8, SERVICE_MS = 10, FLOOD_S = 10, FLOOD = 5 * 800 * FLOOD_S };

struct flood {
    struct shedder s;
    struct ticket t[FLOOD];
    struct ticket *served[SERVERS];
    uint64_t done_at[SERVERS];
    uint64_t waits[2][FLOOD]; /* of those served, of those refused */
    unsigned counts[2];
};

enum { SERVED, REFUSED };

static void count_wait(struct flood *f, int how, const struct ticket *t,
                       uint64_t now)
{
    f->waits[how][f->counts[how]++] = now - t->asked_ns;
}

static void serve(struct flood *f, struct ticket *t, uint64_t now)
{
    int i = 0;

    while (f->served[i])
        i++;
    f->served[i] = t;
    f->done_at[i] = now + MS(SERVICE_MS);
    count_wait(f, SERVED, t, now);
}

static void go_on(struct flood *f, uint64_t now)
{
    struct ticket *t;

    for (int i = 0; i < SERVERS; i++) {
        if (!f->served[i] || f->done_at[i] > now)
            continue;
        shedder_leave(&f->s, f->served[i], true, now);
        f->served[i] = NULL;
    }
    while ((t = shedder_refuse(&f->s, now)) != NULL)
        count_wait(f, REFUSED, t, now);
    while ((t = shedder_admit(&f->s, now)) != NULL)
        serve(f, t, now);
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double p99_ms(struct flood *f, int how)
{
    qsort(f->waits[how], f->counts[how], sizeof(uint64_t), by_size);
    return (double)f->waits[how][f->counts[how] * 99 / 100] / NS_PER_MS;
}

static struct flood flood;

Test(shedder, in_a_flood_does_all_it_can_and_refuses_the_rest_quickly)
{
    struct shedder_options options = {
        .least = SERVERS, .route_max = SERVERS, .all_max = 1024, .routes = 1
    };
    struct flood *f = &flood;
    uint64_t now = T0;

    shedder_init(&f->s, &options);
    for (int i = 0; i < FLOOD; i++, now += MS(1) / 4) {
        go_on(f, now);
        f->t[i] = reading();
        switch (shedder_ask(&f->s, &f->t[i], now)) {
        case SHED_RUN:
            serve(f, &f->t[i], now);
            break;
        case SHED_REFUSE:
            count_wait(f, REFUSED, &f->t[i], now);
            break;
        case SHED_WAIT:
            break;
        }
    }
    cr_expect_geq(f->counts[SERVED], FLOOD / 5 * 98 / 100);
    cr_expect_lt(p99_ms(f, REFUSED), 10, "%f", p99_ms(f, REFUSED));
    for (int i = 0; i < 1000; i++)
        go_on(f, now += MS(1));
    cr_expect_eq(f->counts[SERVED] + f->counts[REFUSED], FLOOD);
    cr_expect_not(f->s.pressed, "at ease a second later");
    shedder_fini(&f->s);
}

/* --- promises, whatever happens ------------------------------------------ */

enum { CLIENTS = 200, ROUTES = 5, LIMIT = 12, SHARE = 5, ALL = 60 };

struct world {
    struct shedder s;
    struct chance chance;
    struct ticket t[CLIENTS];
    uint64_t now;
    unsigned ran[PRIORITY_COUNT], refused[SHED_REASONS];
};

static void check_promises(const struct world *w)
{
    unsigned running = 0, waiting = 0, of[ROUTES] = { 0 };

    for (int i = 0; i < CLIENTS; i++) {
        const struct ticket *t = &w->t[i];
        bool counts = t->priority != PRIORITY_OPERATIONS;

        running += t->state == TICKET_RUNNING && counts;
        waiting += t->state == TICKET_WAITING;
        of[t->route] += t->state == TICKET_RUNNING && counts;
    }
    cr_assert_eq(running, w->s.running);
    cr_assert_eq(waiting, w->s.waiting);
    cr_assert_leq(running, LIMIT);
    cr_assert_leq(running + waiting, ALL);
    for (int i = 0; i < ROUTES; i++)
        cr_assert_leq(of[i], SHARE);
}

/* Who could run instead and is more important? Nobody may. */
static void check_order(const struct world *w, const struct ticket *admitted,
                        const unsigned *running_of)
{
    for (int i = 0; i < CLIENTS; i++) {
        const struct ticket *t = &w->t[i];

        if (t->state != TICKET_WAITING || t->priority >= admitted->priority)
            continue;
        cr_assert(running_of[t->route] >= SHARE ||
                      w->now - t->asked_ns >= MS(QUEUE_PRESSED_PATIENCE_MS) ||
                      w->now - t->asked_ns >= (t->until_ns - t->asked_ns) / 2,
                  "a less important one went first");
    }
}

static void settle(struct world *w)
{
    unsigned running_of[ROUTES];
    struct ticket *t;

    while ((t = shedder_refuse(&w->s, w->now)) != NULL) {
        cr_assert_eq(t->state, TICKET_OUT);
        w->refused[t->reason]++;
    }
    for (;;) {
        for (int i = 0; i < ROUTES; i++)
            running_of[i] = w->s.of[i].running;
        t = shedder_admit(&w->s, w->now);
        if (!t)
            return;
        cr_assert_eq(t->state, TICKET_RUNNING);
        cr_assert_lt(w->now, t->until_ns);
        cr_assert_leq(w->now - t->asked_ns, MS(QUEUE_PATIENCE_MS));
        check_order(w, t, running_of);
        w->ran[t->priority]++;
    }
}

static void step(struct world *w)
{
    struct ticket *t = &w->t[chance_below(&w->chance, CLIENTS)];

    w->now += chance_below(&w->chance, MS(2));
    if (t->state == TICKET_RUNNING ||
        (t->state == TICKET_WAITING && chance_below(&w->chance, 20) == 0)) {
        shedder_leave(&w->s, t, false, w->now);
    } else if (t->state == TICKET_OUT) {
        *t = ticket((enum priority)chance_below(&w->chance, PRIORITY_COUNT),
                    (unsigned)chance_below(&w->chance, ROUTES));
        t->may_wait = chance_below(&w->chance, 10) > 0;
        t->until_ns = w->now + chance_below(&w->chance, MS(1000));
        switch (shedder_ask(&w->s, t, w->now)) {
        case SHED_RUN:
            w->ran[t->priority]++;
            break;
        case SHED_REFUSE:
            w->refused[t->reason]++;
            break;
        case SHED_WAIT:
            break;
        }
    }
    settle(w);
    check_promises(w);
}

Test(shedder, keeps_its_promises_whatever_comes)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world w = { .now = T0, .chance = { seed } };
        struct shedder_options options = {
            .least = LIMIT, .route_max = SHARE, .all_max = ALL, .routes = ROUTES
        };

        shedder_init(&w.s, &options);
        w.s.limiter.limit = LIMIT;
        for (int i = 0; i < 20000; i++)
            step(&w);
        for (enum priority p = 0; p < PRIORITY_COUNT; p++)
            cr_expect_gt(w.ran[p], 0);
        cr_expect_gt(w.refused[SHED_QUEUE_TIME], 0);
        cr_expect_gt(w.refused[SHED_NO_ROOM], 0);
        for (int i = 0; i < CLIENTS; i++)
            if (w.t[i].asked_ns > 0)
                shedder_leave(&w.s, &w.t[i], false, w.now);
        shedder_fini(&w.s);
    }
}
