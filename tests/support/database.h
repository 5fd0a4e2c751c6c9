/* SPDX-License-Identifier: MIT */
/*
 * For tests against a real database. `portcullis sandbox` (or whoever runs the
 * tests) sets DATABASE_URL, the service's role, and OWNER_DATABASE_URL.
 */
#pragma once

#include "base/id.h"
#include "base/memory.h"
#include "database/driver.h"
#include "database/pool.h"
#include "database/session.h"
#include "postgres/postgres.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* A schema of the test's own, and the URLs of sessions that look into it. */
struct place {
    char schema[32];
    char service_url[1024], owner_url[1024];
};

static inline const char *test_url(const char *variable)
{
    const char *url = getenv(variable);

    cr_assert(url && *url,
              "%s is not set: run this test inside `portcullis sandbox`",
              variable);
    return url;
}

/* The sessions of an owner have every right, as those of commands have. */
static inline void place_url(const struct place *place, const char *variable,
                             char ret_url[static 1024])
{
    const char *url = test_url(variable);
    bool owner = strcmp(variable, "OWNER_DATABASE_URL") == 0;

    snprintf(ret_url, 1024, "%s%coptions=-csearch_path%%3D%s%s", url,
             strchr(url, '?') ? '&' : '?', place->schema,
             owner ? "%20-capp.rights%3D*:*" : "");
}

static inline int run_script(struct connection *connection, void *arg,
                             struct diag *diag)
{
    const char *sql = arg;

    return connection_script(connection, text_of(sql), DEADLINE_NEVER, diag);
}

/* Runs SQL as the owner, on a connection of its own. */
static inline void place_script(const struct place *place, const char *sql)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(&postgres_driver, text_of(place->owner_url),
                         run_script, (void *)sql, &diag);
    cr_assert_eq(r, 0, "%s (%s)", diag.detail, diag.cause);
}

/* Makes the schema and runs the SQL in it; all roles may use what it made. */
static inline struct place place_make(const char *sql)
{
    CLEANUP(memory_free) char *script = NULL;
    struct place place;
    unsigned char random[8];
    char hex[17];

    random_bytes(random, sizeof(random));
    hex_format(random, sizeof(random), hex);
    snprintf(place.schema, sizeof(place.schema), "test_%s", hex);
    place_url(&place, "DATABASE_URL", place.service_url);
    place_url(&place, "OWNER_DATABASE_URL", place.owner_url);
    script = memory_format("CREATE SCHEMA %s; GRANT ALL ON SCHEMA %s TO PUBLIC;"
                           "%s; GRANT ALL ON ALL TABLES IN SCHEMA %s TO PUBLIC",
                           place.schema, place.schema, sql, place.schema);
    place_script(&place, script);
    return place;
}

static inline void place_drop(const struct place *place)
{
    CLEANUP(memory_free)
    char *script = memory_format("DROP SCHEMA %s CASCADE", place->schema);

    place_script(place, script);
}

static inline struct deadline after_ms(uint64_t ms)
{
    return deadline_after(loop_now_ns(fiber_loop(fiber_self())), ms);
}

/* A statement for one use. */
static inline struct statement sql(const char *text)
{
    return (struct statement){ .name = "test", .sql = text };
}

static inline struct target *test_target(const char *url)
{
    struct target *target = NULL;

    cr_assert_eq(target_parse(text_of(url), &target, NULL), 0);
    return target;
}

static inline struct connection *test_open(const char *url)
{
    static const struct open_options options = {
        .application_name = "portcullis test",
        .connect_timeout_ms = 30000,
    };
    CLEANUP(target_free) struct target *target = test_target(url);
    struct connection *connection = NULL;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = connection_open(&postgres_driver, fiber_loop(fiber_self()), target,
                        &options, after_ms(30000), &connection, &diag);
    cr_assert_eq(r, 0, "%s (%s)", diag.detail, diag.cause);
    return connection;
}

/* The first column of the first row as a copy for memory_free(), or NULL. */
static inline char *ask(struct connection *connection, const char *text)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct statement statement = sql(text);
    struct diag diag;
    struct text value;
    int r;

    diag_init(&diag, NULL);
    r = connection_query(connection, &statement, NULL, 0, after_ms(30000),
                         &rows, &diag);
    cr_assert_eq(r, 0, "%s: %s (%s)", text, diag.detail, diag.cause);
    if (rows_count(rows) == 0)
        return NULL;
    value = rows_get(rows, 0, 0);
    return text_is_null(value) ? NULL : memory_copy(value.at, value.len);
}

static inline long ask_number(struct connection *connection, const char *text)
{
    CLEANUP(memory_free) char *value = ask(connection, text);

    return value ? strtol(value, NULL, 10) : -1;
}

/* --- pools --------------------------------------------------------------- */

/* As in production, but patient: a loaded machine must not fail a test. */
static inline struct pool_options test_pool_options(void)
{
    struct pool_options options = pool_options_default();

    options.application_name = "portcullis test";
    options.wait_max_ms = 30000;
    options.connect_timeout_ms = 30000;
    return options;
}

/* A pool and what must outlive it; made and ended on the same fiber. */
struct test_pool {
    struct target *target;
    struct pool *pool;
};

static inline struct test_pool test_pool_start(const char *url,
                                               struct pool_options options)
{
    struct test_pool made = { .target = test_target(url) };

    made.pool = pool_start(fiber_loop(fiber_self()), &postgres_driver,
                           made.target, &options);
    return made;
}

static inline void test_pool_end(struct test_pool *made)
{
    pool_stop(&made->pool, after_ms(5000));
    target_free(&made->target);
}

static inline struct pool_stats stats_of(const struct pool *pool)
{
    struct pool_stats stats;

    pool_stats(pool, &stats);
    return stats;
}

/* Lets the loop turn until the condition holds; the suite's timeout ends it. */
#define UNTIL(condition) \
    while (!(condition)) \
    cr_assert_eq(fiber_sleep(after_ms(1)), 0)

/* Ends a session of the database, as an administrator would. */
static inline void end_session(struct connection *victim, struct connection *by)
{
    char key[SESSION_KEY_BYTES];
    struct statement end = sql("SELECT pg_terminate_backend($1)");
    struct text param;

    postgres_driver.session_key(victim, key);
    param = text_of(key);
    cr_assert_eq(
        connection_query(by, &end, &param, 1, after_ms(30000), NULL, NULL), 0);
}
