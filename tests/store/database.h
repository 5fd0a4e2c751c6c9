/* SPDX-License-Identifier: MIT */
/*
 * A migrated database for the tests of one program, which share it and run side
 * by side: each test keeps to rows of its own, or is ON_OWN_STORE. It is made
 * by STORE_TESTS_BEGIN before the first of them, and dropped by STORE_TESTS_END
 * after the last.
 */
#pragma once

#include "asked.h"
#include "store/store.h"
#include "support/fresh_database.h"

#include <criterion/hooks.h>

static inline void store_fill(const struct fresh_database *fresh)
{
    fresh_database_set_up(fresh);
    fresh_database_migrate(fresh, fresh_migrations_up);
}

/* Whoever asks for a STORE_TEST_… from now on asks for the new one's. */
static inline void store_database_make(void)
{
    static const struct model_database model = { "model_store", store_fill };
    struct fresh_database fresh;

    fresh_database_like(&fresh, &model);
    setenv("STORE_TEST_NAME", fresh.name, 1);
    setenv("STORE_TEST_OWNER", fresh.owner_url, 1);
    setenv("STORE_TEST_SERVICE", fresh.service_url, 1);
}

static inline void store_database_drop(void)
{
    struct fresh_database fresh = { .name = "" };

    snprintf(fresh.name, sizeof(fresh.name), "%s", test_url("STORE_TEST_NAME"));
    fresh_database_drop(&fresh);
}

/* Criterion names hooks by their line: one on each. */
#define STORE_TESTS_BEGIN                                  \
    ReportHook(PRE_ALL)(struct criterion_test_set * tests) \
    {                                                      \
        (void)tests;                                       \
        store_database_make();                             \
    }
#define STORE_TESTS_END                                         \
    ReportHook(POST_ALL)(struct criterion_global_stats * stats) \
    {                                                           \
        (void)stats;                                            \
        store_database_drop();                                  \
    }

/* --- a test on a fiber ------------------------------------------------------
 */

/* What a test's body works with. */
struct world {
    struct store *store; /* of one who may do everything */
    struct pool *pool;
    struct connection *owner; /* may do everything, also what we may not */
    struct arena arena;
    struct diag diag;
    struct buffer out;
};

static inline void world_run(void (*body)(struct world *world))
{
    struct pool_options options = test_pool_options();
    struct mac_key key = mac_key_derive(TEXT("of the tests"), "cursor");
    const struct actor administrator = { .rights = TEXT("*:*") };
    struct store *nobodys, bound;
    struct world world = { 0 };
    struct test_pool made;

    options.max = 1;
    made = test_pool_start(test_url("STORE_TEST_SERVICE"), options);
    world.pool = made.pool;
    nobodys = store_new(made.pool, &key);
    bound = store_as(nobodys, &administrator);
    world.store = &bound;
    world.owner = test_open(test_url("STORE_TEST_OWNER"));
    arena_init(&world.arena, 64 << 20);
    diag_init(&world.diag, &world.arena);
    buffer_init(&world.out, 64 << 20);
    body(&world);
    buffer_fini(&world.out);
    arena_fini(&world.arena);
    connection_close(&world.owner);
    store_free(&nobodys);
    test_pool_end(&made);
}

#define WORLDS_TEST(suite, name)                  \
    static void name##_body(struct world *world); \
    static void name##_fiber(void *arg)           \
    {                                             \
        (void)arg;                                \
        world_run(name##_body);                   \
    }                                             \
    Test(suite, name, .timeout = 120)

#define ON_STORE(suite, name)                        \
    WORLDS_TEST(suite, name)                         \
    {                                                \
        fiber_run_alone("test", name##_fiber, NULL); \
    }                                                \
    static void name##_body(struct world *world)

/* Nobody else's rows are there. */
#define ON_OWN_STORE(suite, name)                    \
    WORLDS_TEST(suite, name)                         \
    {                                                \
        store_database_make();                       \
        fiber_run_alone("test", name##_fiber, NULL); \
        store_database_drop();                       \
    }                                                \
    static void name##_body(struct world *world)

/* Runs SQL as the owner. */
static inline void world_script(struct world *world, const char *text)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = connection_script(world->owner, text_of(text), after_ms(60000), &diag);
    cr_assert_eq(r, 0, "%s: %s (%s)", text, diag.detail, diag.cause);
}

/* What was written, NUL-terminated, in the arena; the buffer is emptied. */
static inline const char *world_text(struct world *world)
{
    const char *text = arena_copy(&world->arena, buffer_text(&world->out));

    cr_assert_not_null(text);
    buffer_clear(&world->out);
    return text;
}

static inline void expect_ok(struct world *world, int r)
{
    cr_assert_eq(r, 0, "%d: %s (%s)\n%s", r, world->diag.detail,
                 world->diag.cause, faults_of(&world->diag));
}

/* A value the owner's SELECT gives, in the arena. */
static inline const char *world_ask(struct world *world, const char *text)
{
    CLEANUP(memory_free) char *value = ask(world->owner, text);
    const char *copy;

    if (!value)
        return "(null)";
    copy = arena_copy(&world->arena, text_of(value));
    cr_assert_not_null(copy);
    return copy;
}

static inline struct uuid world_id(struct world *world, const char *text)
{
    struct uuid id;

    cr_assert(uuid_parse(text_of(world_ask(world, text)), &id), "%s", text);
    return id;
}
