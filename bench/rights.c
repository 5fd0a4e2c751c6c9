/* SPDX-License-Identifier: MIT */
/*
 * bench_rights SECONDS: how long it takes to tell whether a caller may do what
 * a route asks for, once their rights are in memory. All of it, as a request
 * pays for it: finding the user's rights among a thousand users', whether they
 * are still fresh, the permission by its key, the two bits. DATABASE_URL is
 * where the users come from. Answers a line of JSON.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "database/session.h"
#include "database/target.h"
#include "postgres/postgres.h"
#include "store/rights_memory.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

enum { USERS_MAX = 1000, BATCH = 1000, BATCHES_MAX = 1 << 20 };

struct bench {
    unsigned seconds, users;
    char ids[USERS_MAX][UUID_TEXT_BYTES];
    struct freshness freshness;
    struct rights_memory *memory;
    float *took_ns; /* for one check, of each batch */
    size_t batches;
};

static const char *const asked[] = {
    "bills:read",  "bills:update", "users:read",  "roles:grant",
    "bills:purge", "audit:read",   "people:read", "api-keys:delete",
};

static struct deadline soon(void)
{
    return deadline_after(loop_now_ns(fiber_loop(fiber_self())), 10000);
}

/* --- who is asked about --------------------------------------------------- */

static YIELDS void find_users(struct bench *bench, struct pool *pool)
{
    static const struct statement find = {
        .name = "bench_users",
        .sql = "SELECT id FROM users WHERE email LIKE 'bench-rights-%'",
    };
    static const struct transaction_setting all = { "app.rights", TEXT("*:*") };
    static const struct scope scope = { 1, { all } };
    CLEANUP(rows_unref) struct rows *rows = NULL;

    if (pool_read(pool, &scope, &find, NULL, 0, soon(), &rows, NULL) < 0 ||
        rows_count(rows) == 0)
        errx(1, "the database has no users to ask about");
    for (; bench->users < rows_count(rows) && bench->users < USERS_MAX;
         bench->users++)
        snprintf(bench->ids[bench->users], UUID_TEXT_BYTES, "%.*s",
                 TEXT_ARG(rows_get(rows, bench->users, 0)));
}

static YIELDS void warm_up(struct bench *bench)
{
    for (unsigned i = 0; i < bench->users; i++) {
        struct rights *rights;

        if (rights_get(bench->memory, RIGHTS_BY_ID, text_of(bench->ids[i]),
                       soon(), &rights, NULL) < 0)
            errx(1, "the rights of a user could not be read");
        rights_unref(&rights);
    }
}

/* --- asking --------------------------------------------------------------- */

/* As a beat would do it. */
static void keep_fresh(struct bench *bench)
{
    freshness_lease(&bench->freshness,
                    clock_boottime_ns() + RIGHTS_LEASE_MS * NS_PER_MS);
}

static enum may check(struct bench *bench, size_t number)
{
    const char *id = bench->ids[number % bench->users];
    const char *key = asked[number % ARRAY_LEN(asked)];
    struct rights *rights = rights_known(bench->memory, RIGHTS_BY_ID,
                                         text_from(id, UUID_TEXT_BYTES - 1));
    enum permission permission;
    enum may may;

    if (!rights || !permission_find(text_of(key), &permission))
        errx(1, "what was known is not known any more");
    may = permission_set_may(rights->set, permission);
    rights_unref(&rights);
    return may;
}

static void run(struct bench *bench)
{
    uint64_t end_ns = clock_monotonic_ns() + bench->seconds * NS_PER_S, now_ns;
    unsigned seen = 0;
    size_t number = 0;

    do {
        uint64_t begun_ns;

        keep_fresh(bench);
        begun_ns = clock_monotonic_ns();
        for (unsigned i = 0; i < BATCH; i++)
            seen |= check(bench, number++);
        now_ns = clock_monotonic_ns();
        bench->took_ns[bench->batches++] = (float)(now_ns - begun_ns) / BATCH;
    } while (now_ns < end_ns && bench->batches < BATCHES_MAX);
    if (seen != MAY_ANY)
        errx(1, "nobody may anything");
}

/* --- telling -------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

static void tell(const struct bench *bench)
{
    double all_ns = 0;

    qsort(bench->took_ns, bench->batches, sizeof(*bench->took_ns), compare);
    for (size_t i = 0; i < bench->batches; i++)
        all_ns += (double)bench->took_ns[i];
    printf("{\"checks_per_s\":%.0f,\"p50_us\":%.4f,\"p99_us\":%.4f}\n",
           (double)NS_PER_S * (double)bench->batches / all_ns,
           (double)bench->took_ns[bench->batches / 2] / 1000,
           (double)bench->took_ns[bench->batches * 99 / 100] / 1000);
}

static void bench_fiber(void *arg)
{
    struct bench *bench = arg;
    CLEANUP(target_free) struct target *target = NULL;
    struct pool_options options = pool_options_default();
    struct mac_key key = mac_key_derive(TEXT("of the bench"), "cursor");
    const char *url = getenv("DATABASE_URL");
    struct store *store;
    struct pool *pool;

    if (!url || target_parse(text_of(url), &target, NULL) < 0)
        errx(1, "DATABASE_URL is no address of a database");
    options.connect_timeout_ms = 10000;
    pool = pool_start(fiber_loop(fiber_self()), &postgres_driver, target,
                      &options);
    store = store_new(pool, &key);
    freshness_init(&bench->freshness);
    bench->memory =
        rights_memory_new(store, &bench->freshness, RIGHTS_MEMORY_BYTES);
    find_users(bench, pool);
    warm_up(bench);
    run(bench);
    tell(bench);
    rights_memory_free(&bench->memory);
    store_free(&store);
    pool_stop(&pool, soon());
}

int main(int argc, char **argv)
{
    struct bench *bench = NEW(struct bench);

    if (argc != 2 || atoi(argv[1]) < 1)
        errx(2, "usage: bench_rights SECONDS");
    bench->seconds = (unsigned)atoi(argv[1]);
    bench->took_ns = memory_new_array(BATCHES_MAX, sizeof(*bench->took_ns));
    fiber_run_alone("bench", bench_fiber, bench);
    memory_free(&bench->took_ns);
    memory_free(&bench);
    return 0;
}
