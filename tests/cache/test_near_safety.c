/* SPDX-License-Identifier: MIT */
/*
 * One near cache in a world of marks, heartbeats, loads and writers, in random
 * order: messages late, lost, and a subscription that breaks. Whatever happens,
 * it serves nothing that is older than what was acknowledged.
 */
#include "cache/near.h"

#include "base/clock.h"
#include "support/property.h"

enum {
    CASES = 4000,
    STEPS_MAX = 400,
    SUBJECTS = 2,
    FLIGHT_MAX = 8,
    TURN_MS = 10, /* time goes on by up to so much between two steps */
};

struct write {
    bool under_way;
    uint64_t number, marked_ns;
};

struct heartbeat {
    uint64_t sent_ns, acknowledges, learnt;
    bool answered; /* it was at the server, and is on its way back */
};

struct reading {
    bool begun, has_value;
    int64_t version;
    struct near_load load;
};

static struct world {
    uint64_t now_ns;
    uint64_t number, acknowledged;               /* as the server knows them */
    int64_t committed[SUBJECTS], told[SUBJECTS]; /* told: to who wrote */
    struct write writes[SUBJECTS];
    struct reading readings[SUBJECTS];
    bool subscribed;
    unsigned messages_count, beats_count;
    uint64_t messages[FLIGHT_MAX]; /* number × SUBJECTS + subject */
    struct heartbeat beats[FLIGHT_MAX];
} world;

static struct near *near;

static struct text subject_name(unsigned subject)
{
    return subject ? TEXT("bills/b") : TEXT("bills/a");
}

static struct near_key key_of(unsigned subject)
{
    return (struct near_key){ subject_name(subject), TEXT("") };
}

/* --- writers
 * ------------------------------------------------------------------ */

static void publish(unsigned subject)
{
    if (!world.subscribed)
        return;
    if (world.messages_count ==
        FLIGHT_MAX) /* the server cuts off who is slow */
        world.messages_count--;
    world.messages[world.messages_count++] = world.number * SUBJECTS + subject;
}

static void mark(unsigned subject)
{
    struct write *write = &world.writes[subject];

    if (write->under_way)
        return;
    *write = (struct write){ true, ++world.number, world.now_ns };
    publish(subject);
}

/* COMMIT, then the acknowledgement, when the barrier lets it through. */
static void commit(unsigned subject)
{
    struct write *write = &world.writes[subject];

    if (!write->under_way ||
        (world.acknowledged < write->number &&
         world.now_ns < write->marked_ns + NEAR_LEASE_MS * NS_PER_MS))
        return;
    world.told[subject] = ++world.committed[subject];
    write->under_way = false;
}

/* --- the subscription
 * ----------------------------------------------------------- */

static uint64_t take_message(void)
{
    uint64_t message = world.messages[0];

    memmove(world.messages, world.messages + 1,
            --world.messages_count * sizeof(message));
    return message;
}

static void deliver(unsigned how)
{
    uint64_t message;

    (void)how;
    if (world.messages_count == 0)
        return;
    message = take_message();
    near_invalidate(near, subject_name((unsigned)(message % SUBJECTS)));
    near_heard(near, message / SUBJECTS);
}

static void lose(unsigned how)
{
    if (world.messages_count > 0 && how)
        take_message();
}

static void subscribe(unsigned how)
{
    near_leave(near);
    world.messages_count = 0;
    world.subscribed = how > 0;
}

static void join(unsigned how)
{
    (void)how;
    if (world.subscribed)
        near_join(near, world.number);
}

/* --- heartbeats
 * ----------------------------------------------------------------- */

static void send_beat(unsigned how)
{
    (void)how;
    if (world.beats_count < FLIGHT_MAX)
        world.beats[world.beats_count++] =
            (struct heartbeat){ .sent_ns = world.now_ns,
                                .acknowledges = near_number(near) };
}

/* The server takes the first that has not reached it. */
static void take_beat(unsigned how)
{
    (void)how;
    for (unsigned i = 0; i < world.beats_count; i++) {
        struct heartbeat *beat = &world.beats[i];

        if (beat->answered)
            continue;
        beat->answered = true;
        beat->learnt = world.number;
        world.acknowledged = beat->acknowledges;
        return;
    }
}

static void answer_beat(unsigned how)
{
    (void)how;
    if (world.beats_count == 0 || !world.beats[0].answered)
        return;
    near_beat(near, world.beats[0].sent_ns, world.beats[0].learnt);
    memmove(world.beats, world.beats + 1,
            --world.beats_count * sizeof(world.beats[0]));
}

/* --- readers
 * ---------------------------------------------------------------------- */

static void begin(unsigned subject)
{
    struct reading *reading = &world.readings[subject];

    if (reading->begun)
        near_load_end(&reading->load);
    *reading = (struct reading){ .begun = true };
    near_load_begin(near, &reading->load, subject_name(subject));
}

/* What Redis lets be remembered: nothing that is being written. */
static void ask(unsigned subject)
{
    struct reading *reading = &world.readings[subject];

    reading->has_value = reading->begun && !world.writes[subject].under_way;
    reading->version = world.committed[subject];
}

static void store(unsigned subject)
{
    struct reading *reading = &world.readings[subject];
    struct near_value value = { .version = reading->version,
                                .expires_ns = UINT64_MAX };

    if (!reading->begun || !reading->has_value)
        return;
    near_load_store(near, &reading->load, key_of(subject), &value);
    reading->begun = false;
}

/* --- the property
 * ------------------------------------------------------------------ */

typedef void action_fn(unsigned how);

static void beat(unsigned how)
{
    send_beat(how);
    take_beat(how);
    answer_beat(how);
}

static void load(unsigned subject)
{
    begin(subject);
    ask(subject);
    store(subject);
}

static void join_anew(unsigned how)
{
    (void)how;
    subscribe(1);
    join(1);
}

static action_fn *const usual[] = {
    mark,      commit,    commit,      deliver, deliver, deliver, beat, beat,
    send_beat, take_beat, answer_beat, begin,   ask,     store,   load, load,
};

static action_fn *const rare[] = { lose, subscribe, join, join_anew,
                                   join_anew };

enum { RARE = 30 }; /* one step in so many */

static void act(void)
{
    action_fn *action = any(RARE) == RARE - 1 ? rare[any(ARRAY_LEN(rare))]
                                              : usual[any(ARRAY_LEN(usual))];

    action(any(SUBJECTS));
    world.now_ns += any(TURN_MS + 1) * NS_PER_MS;
}

static const char *look(unsigned step)
{
    for (unsigned subject = 0; subject < SUBJECTS; subject++) {
        struct near_hit hit;

        if (near_find(near, key_of(subject), world.now_ns, &hit) &&
            hit.value.version < world.told[subject])
            return FAILS("step %u: %.*s is served as of version %lld, though "
                         "%lld was acknowledged",
                         step, TEXT_ARG(subject_name(subject)),
                         (long long)hit.value.version,
                         (long long)world.told[subject]);
    }
    return NULL;
}

static uint64_t hits_seen;

static void end_world(void)
{
    for (unsigned subject = 0; subject < SUBJECTS; subject++)
        if (world.readings[subject].begun)
            near_load_end(&world.readings[subject].load);
    hits_seen += near_stats(near).hits;
    near_free(&near);
}

static const char *never_stale(unsigned size)
{
    unsigned steps = (size + 1) * STEPS_MAX / SIZES;
    const char *fault = NULL;

    world = (struct world){ .now_ns = NS_PER_S, .subscribed = true };
    near = near_new(1 << 20, 42);
    near_join(near, 0);
    for (unsigned step = 0; step < steps && !fault; step++) {
        act();
        fault = look(step);
    }
    end_world();
    return fault;
}

Test(near_safety, nothing_is_served_that_is_older_than_what_was_acknowledged,
     .timeout = 120)
{
    for_all(CASES, never_stale);
    cr_expect_gt(hits_seen, CASES * 10, "and much is served: %llu",
                 (unsigned long long)hits_seen);
}
