/* SPDX-License-Identifier: MIT */
#include "resilience/shedder.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "resilience/constants.h"

void shedder_init(struct shedder *s, const struct shedder_options *options)
{
    CHECK(options->routes > 0);
    *s = (struct shedder){ .options = *options, .look_ns = UINT64_MAX };
    limiter_init(&s->limiter, options->least);
    s->of = memory_new_array(options->routes, sizeof(*s->of));
    for (enum priority p = 0; p < PRIORITY_COUNT; p++)
        list_init(&s->queues[p]);
    list_init(&s->refused);
}

void shedder_fini(struct shedder *s)
{
    CHECK(s->waiting == 0 && list_is_empty(&s->refused));
    memory_free(&s->of);
}

void shedder_adjust(struct shedder *s, const struct shedder_options *options)
{
    CHECK(options->routes == s->options.routes);
    s->options = *options;
    limiter_resize(&s->limiter, options->least);
}

/* --- running ------------------------------------------------------------- */

static bool needs_room(const struct ticket *t)
{
    return t->priority != PRIORITY_OPERATIONS;
}

static bool has_room(const struct shedder *s, const struct ticket *t)
{
    if (s->off)
        return true;
    if (s->running >= limiter_limit(&s->limiter))
        return false;
    return s->options.route_max == 0 ||
           s->of[t->route].running < s->options.route_max;
}

static enum shed_verdict run(struct shedder *s, struct ticket *t,
                             uint64_t now_ns)
{
    t->state = TICKET_RUNNING;
    t->began_ns = now_ns;
    if (needs_room(t)) {
        s->running++;
        s->of[t->route].running++;
    }
    return SHED_RUN;
}

static enum shed_verdict refuse(struct ticket *t, enum shed_reason reason)
{
    t->state = TICKET_OUT;
    t->reason = reason;
    return SHED_REFUSE;
}

/* --- the queue ----------------------------------------------------------- */

/* Somebody's wait has ended, one way or the other. */
static void note_wait(struct shedder *s, const struct ticket *t,
                      uint64_t now_ns)
{
    if (now_ns - t->asked_ns < QUEUE_TARGET_MS * NS_PER_MS)
        s->slow_since_ns = 0;
    else if (s->slow_since_ns == 0)
        s->slow_since_ns = now_ns;
}

static void feel_pressure(struct shedder *s, uint64_t now_ns)
{
    const uint64_t long_ns = QUEUE_PRESSURE_MS * NS_PER_MS;

    if (s->pressed) {
        s->pressed = now_ns - s->turned_ns < long_ns;
    } else if (s->slow_since_ns > 0 && now_ns - s->slow_since_ns >= long_ns) {
        s->pressed = true;
        s->turned_ns = now_ns;
        s->slow_since_ns = 0; /* to be felt anew when it has ended */
    }
}

static uint64_t patience_ns(const struct shedder *s)
{
    return (s->pressed ? QUEUE_PRESSED_PATIENCE_MS : QUEUE_PATIENCE_MS) *
           NS_PER_MS;
}

static double at_least(double least, double value)
{
    return value < least ? least : value;
}

/* As many as those who run will have let in by then. */
static unsigned length_max(const struct shedder *s, unsigned running,
                           double mean_ns)
{
    double least = s->pressed ? QUEUE_LENGTH_PRESSED_MIN : QUEUE_LENGTH_MIN;
    double wait_ms = s->pressed ? QUEUE_PRESSED_MS : QUEUE_PATIENCE_MS;
    double most = s->options.all_max;
    double served;

    if (mean_ns <= 0)
        return s->options.all_max;
    served = running * wait_ms * NS_PER_MS / mean_ns;
    return (unsigned)(served > most ? most : at_least(least, served));
}

static bool is_full(const struct shedder *s)
{
    return s->waiting >= length_max(s, s->running, s->mean_ns);
}

static bool is_full_for(const struct shedder *s, unsigned route)
{
    const struct shedder_route *of = &s->of[route];

    return of->waiting >= length_max(s, of->running, of->mean_ns);
}

static void enqueue(struct shedder *s, struct ticket *t, uint64_t now_ns)
{
    if (s->waiting++ == 0)
        s->look_ns = now_ns + QUEUE_LOOK_MS * NS_PER_MS;
    t->state = TICKET_WAITING;
    s->of[t->route].waiting++;
    list_push_back(&s->queues[t->priority], &t->link);
}

static void dequeue(struct shedder *s, struct ticket *t)
{
    list_remove(&t->link);
    s->of[t->route].waiting--;
    if (--s->waiting > 0)
        return;
    s->look_ns = UINT64_MAX;
    s->slow_since_ns = 0;
}

static void turn_away(struct shedder *s, struct ticket *t,
                      enum shed_reason reason, uint64_t now_ns)
{
    note_wait(s, t, now_ns);
    dequeue(s, t);
    s->turned_ns = now_ns;
    (void)refuse(t, reason);
    list_push_back(&s->refused, &t->link);
}

static struct list *least_important(struct shedder *s)
{
    enum priority p = PRIORITY_COUNT - 1;

    while (list_is_empty(&s->queues[p]))
        p--;
    return &s->queues[p];
}

/* Somebody less important has to go, and who came last among them. */
static bool make_place(struct shedder *s, const struct ticket *t,
                       uint64_t now_ns)
{
    struct ticket *last = list_last(least_important(s), struct ticket, link);

    if (last->priority <= t->priority)
        return false;
    turn_away(s, last, SHED_QUEUE_FULL, now_ns);
    return true;
}

/* There is no room: it waits, if it may and the queue is not too long. */
static enum shed_verdict wait_or_go(struct shedder *s, struct ticket *t,
                                    uint64_t now_ns)
{
    feel_pressure(s, now_ns);
    if (is_full_for(s, t->route) || (is_full(s) && !make_place(s, t, now_ns))) {
        s->turned_ns = now_ns;
        return refuse(t, SHED_QUEUE_FULL);
    }
    enqueue(s, t, now_ns);
    return SHED_WAIT;
}

enum shed_verdict shedder_ask(struct shedder *s, struct ticket *t,
                              uint64_t now_ns)
{
    CHECK(t->priority < PRIORITY_COUNT && t->route < s->options.routes);
    CHECK(t->state == TICKET_OUT);
    t->asked_ns = now_ns;
    t->reason = SHED_FOR_NOTHING;
    list_init(&t->link);
    if (!needs_room(t))
        return run(s, t, now_ns);
    if (s->running + s->waiting >= s->options.all_max)
        return refuse(t, SHED_IN_FLIGHT);
    if (has_room(s, t))
        return run(s, t, now_ns);
    if (!t->may_wait)
        return refuse(t, SHED_NO_ROOM);
    return wait_or_go(s, t, now_ns);
}

/* --- those who wait ------------------------------------------------------ */

static uint64_t gives_up_at(const struct ticket *t, uint64_t patience)
{
    uint64_t left =
        t->until_ns > t->asked_ns ? (t->until_ns - t->asked_ns) / 2 : 0;

    return t->asked_ns + (left < patience ? left : patience);
}

static struct ticket *first_with_room(struct shedder *s, struct list *queue,
                                      uint64_t now_ns)
{
    uint64_t patience = patience_ns(s);

    list_each (queue, struct ticket, t, link)
        if (now_ns < gives_up_at(t, patience) && has_room(s, t))
            return t;
    return NULL;
}

struct ticket *shedder_admit(struct shedder *s, uint64_t now_ns)
{
    feel_pressure(s, now_ns);
    if (s->waiting == 0 ||
        (!s->off && s->running >= limiter_limit(&s->limiter)))
        return NULL;
    for (enum priority p = 0; p < PRIORITY_COUNT; p++) {
        struct ticket *t = first_with_room(s, &s->queues[p], now_ns);

        if (!t)
            continue;
        note_wait(s, t, now_ns);
        dequeue(s, t);
        (void)run(s, t, now_ns);
        return t;
    }
    return NULL;
}

static void look_through(struct shedder *s, uint64_t now_ns)
{
    uint64_t patience = patience_ns(s);

    s->look_ns = now_ns + QUEUE_LOOK_MS * NS_PER_MS;
    for (enum priority p = 0; p < PRIORITY_COUNT; p++) {
        list_each_safe (&s->queues[p], struct ticket, t, link) {
            if (now_ns >= t->until_ns)
                turn_away(s, t, SHED_DEADLINE, now_ns);
            else if (now_ns >= gives_up_at(t, patience))
                turn_away(s, t, SHED_QUEUE_TIME, now_ns);
        }
    }
}

struct ticket *shedder_refuse(struct shedder *s, uint64_t now_ns)
{
    struct ticket *t;

    feel_pressure(s, now_ns);
    if (now_ns >= s->look_ns)
        look_through(s, now_ns);
    t = list_first(&s->refused, struct ticket, link);
    if (t)
        list_remove(&t->link);
    return t;
}

uint64_t shedder_look_at(const struct shedder *s)
{
    return s->look_ns;
}

/* --- leaving ------------------------------------------------------------- */

enum { MEAN_OF = 16 };

static void add_to(double *mean_ns, uint64_t took_ns)
{
    *mean_ns += ((double)took_ns - *mean_ns) / (*mean_ns > 0 ? MEAN_OF : 1);
}

static void learn(struct shedder *s, const struct ticket *t, uint64_t now_ns)
{
    struct shedder_route *of = &s->of[t->route];
    uint64_t took_ns = now_ns - t->began_ns;
    double slowness = usual_compare(&of->usual, took_ns, now_ns);

    limiter_sample(&s->limiter, slowness, s->running, now_ns);
    add_to(&s->mean_ns, took_ns);
    add_to(&of->mean_ns, took_ns);
}

void shedder_leave(struct shedder *s, struct ticket *t, bool telling,
                   uint64_t now_ns)
{
    if (t->state == TICKET_WAITING)
        dequeue(s, t);
    list_remove(&t->link);
    if (t->state == TICKET_RUNNING && needs_room(t)) {
        if (telling)
            learn(s, t, now_ns);
        s->running--;
        s->of[t->route].running--;
    }
    t->state = TICKET_OUT;
}

const char *shed_reason_name(enum shed_reason reason)
{
    static const char *const names[SHED_REASONS] = {
        [SHED_FOR_NOTHING] = "none",      [SHED_IN_FLIGHT] = "in_flight",
        [SHED_NO_ROOM] = "no_room",       [SHED_QUEUE_FULL] = "queue_full",
        [SHED_QUEUE_TIME] = "queue_time", [SHED_DEADLINE] = "deadline",
    };

    CHECK(reason < SHED_REASONS);
    return names[reason];
}
