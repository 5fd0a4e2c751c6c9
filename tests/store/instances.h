/* SPDX-License-Identifier: MIT */
/*
 * Processes of the service, as far as rights go, in one test: each with a pool
 * and a memory of its own. The generation is everybody's, so these are tests
 * ON_OWN_STORE. The clock of leases stands still unless the test moves it.
 */
#pragma once

#include "base/fault.h"
#include "database.h"
#include "store/relation.h"
#include "store/rights_beat.h"
#include "store/rights_memory.h"
#include "store/rights_settle.h"

/* --- a process ------------------------------------------------------------ */

static uint64_t test_now_ns = UINT64_C(1000000000000);

static inline uint64_t test_clock(void)
{
    return test_now_ns;
}

static inline void test_pass_ms(uint64_t ms)
{
    test_now_ns += ms * NS_PER_MS;
}

struct instance {
    struct test_pool pool, beat_pool;
    struct primary_pools beat_at; /* the latter, for ever */
    struct freshness freshness;
    struct store *nobodys, store; /* the latter everybody's who may all */
    struct rights_memory *memory;
    struct rights_beat beat;
};

static inline struct test_pool instance_pool(const char *url, bool for_beat)
{
    struct pool_options options = test_pool_options();

    return test_pool_start(url, for_beat ? rights_beat_pool_options(options)
                                         : options);
}

static inline void instance_start_at(struct instance *instance, const char *url)
{
    const struct actor administrator = { .rights = TEXT("*:*") };
    struct mac_key key = mac_key_derive(TEXT("of the tests"), "cursor");

    *instance = (struct instance){ .pool = instance_pool(url, false),
                                   .beat_pool = instance_pool(url, true) };
    instance->beat_at.at[0] = instance->beat_pool.pool;
    freshness_init(&instance->freshness);
    instance->freshness.now_ns = test_clock;
    instance->nobodys = store_new(instance->pool.pool, &key);
    store_settle_rights(instance->nobodys, &instance->freshness);
    instance->store = store_as(instance->nobodys, &administrator);
    instance->memory =
        rights_memory_new(instance->nobodys, &instance->freshness, 1 << 20);
}

static inline void instance_start(struct instance *instance)
{
    instance_start_at(instance, test_url("STORE_TEST_SERVICE"));
}

static inline bool instance_has_lease(const struct instance *instance)
{
    return test_now_ns < atomic_load(&instance->freshness.lease_ns);
}

/* Until the database knows it, and it may be believed in that. */
static inline void instance_beat(struct instance *instance)
{
    rights_beat_start(&instance->beat, &instance->beat_at,
                      &instance->freshness);
    UNTIL(instance_has_lease(instance));
    test_pass_ms(RIGHTS_SETTLE_MS);
    UNTIL(instance_has_lease(instance));
}

/* As if the process had crashed, or its machine slept. */
static inline void instance_stop_beating(struct instance *instance)
{
    fiber_cancel(instance->beat.fiber);
    UNTIL(instance->beat.fiber == NULL);
}

static inline void instance_stop(struct instance *instance)
{
    rights_beat_stop(&instance->beat);
    rights_memory_free(&instance->memory);
    store_free(&instance->nobodys);
    test_pool_end(&instance->beat_pool);
    test_pool_end(&instance->pool);
}

/* --- who may what --------------------------------------------------------- */

/* One user, ann@x.org, who has a role that has a parent that may todos:read. */
static inline void make_ann(struct world *world)
{
    world_script(world, "INSERT INTO users (email, display_name, external_id)"
                        " VALUES ('ann@x.org', 'Ann', 'ext-ann');"
                        "INSERT INTO roles (key, name)"
                        " VALUES ('worker', 'n'), ('reader', 'n');"
                        "INSERT INTO permissions (key)"
                        " VALUES ('todos:read'), ('todos:write');"
                        "INSERT INTO role_parents (role_id, parent_id)"
                        " SELECT r.id, p.id FROM roles AS r, roles AS p"
                        " WHERE r.key = 'worker' AND p.key = 'reader';"
                        "INSERT INTO role_permissions (role_id, permission_id)"
                        " SELECT r.id, p.id FROM roles AS r, permissions AS p"
                        " WHERE r.key = 'reader' AND p.key = 'todos:read';"
                        "INSERT INTO user_roles (user_id, role_id)"
                        " SELECT u.id, r.id FROM users AS u, roles AS r"
                        " WHERE r.key = 'worker'");
}

/* 1 or 0; or the error. The rights in `world->diag` are not looked at. */
static inline int ann_may(struct instance *instance, const char *key)
{
    CLEANUP(rights_unref) struct rights *rights = NULL;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = rights_get(instance->memory, RIGHTS_BY_EMAIL, TEXT("ann@x.org"),
                   after_ms(10000), &rights, &diag);
    if (r < 0)
        return r;
    return permission_set_may_key(rights->set, text_of(key)) == MAY_ANY;
}

/* The same by heart; false where the database would be asked. */
static inline bool ann_is_known_to(struct instance *instance, const char *key)
{
    CLEANUP(rights_unref)
    struct rights *rights =
        rights_known(instance->memory, RIGHTS_BY_EMAIL, TEXT("ann@x.org"));

    return rights &&
           permission_set_may_key(rights->set, text_of(key)) == MAY_ANY;
}
