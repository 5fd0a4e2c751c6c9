/* SPDX-License-Identifier: MIT */
#include "store/freshness.h"

#include "base/check.h"
#include "base/clock.h"

enum { GENERATION_BITS = 44 };

static const uint64_t generation_mask = (UINT64_C(1) << GENERATION_BITS) - 1;

void freshness_init(struct freshness *freshness)
{
    freshness->now_ns = clock_boottime_ns;
    uuid_format(uuid_v7(), freshness->id);
    atomic_init(&freshness->newest, 0);
    atomic_init(&freshness->lease_ns, 0);
    atomic_init(&freshness->joined_ns, UINT64_MAX);
    atomic_init(&freshness->caches_since_ns, UINT64_MAX);
    atomic_init(&freshness->caches, CACHES_OFF);
    atomic_init(&freshness->outside, true);
}

uint64_t freshness_newest(const struct freshness *freshness)
{
    return atomic_load(&freshness->newest);
}

uint64_t freshness_generation(uint64_t stamp)
{
    return stamp & generation_mask;
}

bool generation_read(struct text t, uint64_t *ret_generation)
{
    int64_t value;

    if (text_is_null(t) || !text_to_int64(t, &value) || value < 0 ||
        (uint64_t)value > generation_mask)
        return false;
    *ret_generation = (uint64_t)value;
    return true;
}

/* A stamp of an older era is never the greater one. */
uint64_t freshness_note(struct freshness *freshness, uint64_t asked,
                        uint64_t generation)
{
    uint64_t stamp = (asked & ~generation_mask) | generation;
    uint64_t newest = atomic_load(&freshness->newest);

    CHECK(generation <= generation_mask);
    while (newest < stamp &&
           !atomic_compare_exchange_weak(&freshness->newest, &newest, stamp))
        continue;
    return stamp;
}

/*
 * The lease is looked at first: who extends it has told the newest stamp
 * before.
 */
bool freshness_holds(const struct freshness *freshness, uint64_t stamp,
                     uint64_t now_ns)
{
    return now_ns < atomic_load(&freshness->lease_ns) &&
           stamp >= atomic_load(&freshness->newest);
}

void freshness_forget(struct freshness *freshness)
{
    uint64_t newest = atomic_load(&freshness->newest), next;

    do
        next = ((newest >> GENERATION_BITS) + 1) << GENERATION_BITS;
    while (!atomic_compare_exchange_weak(&freshness->newest, &newest, next));
}

void freshness_lease(struct freshness *freshness, uint64_t until_ns)
{
    atomic_store(&freshness->lease_ns, until_ns);
}

/*
 * What was not heard of while there was no lease may have been something else:
 * it counts from now.
 */
void freshness_note_caches(struct freshness *freshness, enum cache_mode mode)
{
    uint64_t now_ns = freshness->now_ns();

    if (now_ns >= atomic_load(&freshness->lease_ns) ||
        atomic_load(&freshness->caches) != (int)mode)
        atomic_store(&freshness->caches_since_ns, now_ns);
    atomic_store(&freshness->caches, (int)mode);
}

static bool are(const struct freshness *freshness, enum cache_mode mode,
                uint64_t now_ns)
{
    return now_ns < atomic_load(&freshness->lease_ns) &&
           atomic_load(&freshness->caches) == (int)mode;
}

bool freshness_caches_are_on(const struct freshness *freshness, uint64_t now_ns)
{
    return are(freshness, CACHES_ON, now_ns);
}

bool freshness_may_serve(const struct freshness *freshness, uint64_t now_ns)
{
    return freshness_caches_are_on(freshness, now_ns) &&
           !atomic_load(&freshness->outside);
}

void freshness_note_outside(struct freshness *freshness, bool outside)
{
    atomic_store(&freshness->outside, outside);
}

bool freshness_caches_are_off(const struct freshness *freshness,
                              uint64_t now_ns)
{
    uint64_t since_ns;

    if (!are(freshness, CACHES_OFF, now_ns))
        return false;
    since_ns = atomic_load(&freshness->caches_since_ns);
    return now_ns >= since_ns &&
           now_ns - since_ns >= RIGHTS_SETTLE_MS * NS_PER_MS;
}

void freshness_join(struct freshness *freshness)
{
    freshness_lease(freshness, 0);
    freshness_forget(freshness);
    atomic_store(&freshness->joined_ns, freshness->now_ns());
}

bool freshness_has_settled(const struct freshness *freshness)
{
    uint64_t joined_ns = atomic_load(&freshness->joined_ns);

    return joined_ns != UINT64_MAX &&
           freshness->now_ns() >= joined_ns + RIGHTS_SETTLE_MS * NS_PER_MS;
}
