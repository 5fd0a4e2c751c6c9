/* SPDX-License-Identifier: MIT */
/*
 * Two processes on real clocks, the second with two loops, under load: once a
 * change is acknowledged no question that begins later is answered by what was
 * before it.
 */
#include "instances.h"

#include <pthread.h>

STORE_TESTS_BEGIN
STORE_TESTS_END

enum { ROUNDS = 12, READERS = 4 };

/* What Ann has, as far as it was acknowledged. */
enum phase { CHANGING, REVOKED, GRANTED, OVER };

static _Atomic(enum phase) phase;

struct reader {
    pthread_t thread;
    struct freshness *freshness; /* of its process */
    bool beats;
    uint64_t asked[OVER], wrong, hits;
    unsigned running;
};

/* --- the process that remembers ------------------------------------------- */

struct reading {
    struct reader *reader;
    struct instance instance;
};

/* Only where nothing was changed meanwhile is there just one right answer. */
static YIELDS void look(struct reading *reading)
{
    enum phase before = phase;
    int may = ann_may(&reading->instance, "todos:read");

    if (before == CHANGING || before == OVER || before != phase)
        return;
    reading->reader->asked[before]++;
    reading->reader->wrong += may != (before == GRANTED);
}

static void read_all_the_time(void *arg)
{
    struct reading *reading = arg;

    while (phase != OVER) {
        for (int i = 0; i < 20; i++)
            look(reading);
        if (fiber_sleep(after_ms(1)) < 0)
            break;
    }
    reading->reader->running--;
}

static void read_fiber(void *arg)
{
    struct reading reading = { .reader = arg };
    struct instance *instance = &reading.instance;
    struct rights_memory_stats stats;

    instance_start(instance);
    rights_memory_free(&instance->memory);
    instance->memory = rights_memory_new(instance->nobodys,
                                         reading.reader->freshness, 1 << 20);
    if (reading.reader->beats)
        rights_beat_start(&instance->beat, &instance->beat_at,
                          reading.reader->freshness);
    for (int i = 0; i < READERS; i++) {
        reading.reader->running++;
        cr_assert_eq(fiber_start(pool_loop(instance->pool.pool), "reader",
                                 read_all_the_time, &reading, NULL),
                     0);
    }
    UNTIL(reading.reader->running == 0);
    rights_memory_stats(instance->memory, &stats);
    reading.reader->hits = stats.hits;
    instance_stop(instance);
}

static void *read_thread(void *arg)
{
    fiber_run_alone("reader", read_fiber, arg);
    return NULL;
}

/* --- the process that changes --------------------------------------------- */

static void change(struct world *world, struct instance *instance,
                   enum phase wanted)
{
    struct uuid ann = world_id(world, "SELECT id FROM users");
    struct uuid role = world_id(world, "SELECT id FROM roles"
                                       " WHERE key = 'worker'");
    struct values *nothing;
    bool made;

    expect_ok(world,
              shape_read(relation_extra(&user_roles), TEXT("{}"), SHAPE_CREATE,
                         &world->arena, &world->diag, &nothing));
    buffer_clear(&world->out);
    phase = CHANGING;
    if (wanted == REVOKED)
        expect_ok(world, relation_drop(&instance->store, &user_roles, ann, role,
                                       after_ms(20000), &world->diag));
    else
        expect_ok(world, relation_put(&instance->store, &user_roles, ann, role,
                                      nothing, after_ms(20000), &world->out,
                                      &made, &world->diag));
    phase = wanted;
    cr_assert_eq(fiber_sleep(after_ms(40)), 0);
}

static void expect_right(const struct reader *reader)
{
    cr_expect_eq(
        reader->wrong, 0, "%llu of %llu answers were out of date",
        (unsigned long long)reader->wrong,
        (unsigned long long)(reader->asked[REVOKED] + reader->asked[GRANTED]));
    cr_expect_gt(reader->asked[REVOKED], ROUNDS);
    cr_expect_gt(reader->asked[GRANTED], ROUNDS);
    cr_expect_gt(reader->hits, 0, "nothing was remembered at all");
}

ON_OWN_STORE(rights_race, no_answer_is_older_than_what_was_acknowledged)
{
    struct freshness other;
    struct reader readers[] = { { .freshness = &other, .beats = true },
                                { .freshness = &other } };
    struct instance a;

    make_ann(world);
    freshness_init(&other);
    instance_start(&a);
    a.freshness.now_ns = clock_boottime_ns;
    rights_beat_start(&a.beat, &a.beat_at, &a.freshness);
    for (size_t i = 0; i < ARRAY_LEN(readers); i++)
        cr_assert_eq(
            pthread_create(&readers[i].thread, NULL, read_thread, &readers[i]),
            0);
    for (int i = 0; i < ROUNDS; i++)
        change(world, &a, i % 2 == 0 ? REVOKED : GRANTED);
    phase = OVER;
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        pthread_join(readers[i].thread, NULL);
        expect_right(&readers[i]);
    }
    instance_stop(&a);
}
