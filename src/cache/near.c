/* SPDX-License-Identifier: MIT */
/*
 * Invalidations. An item counts while its era is the cache's, so that
 * forgetting all is one addition.
 *
 * Budget. A segmented LRU (Karedla, Love and Wherry, "Caching strategies to
 * improve disk system performance", 1994): what comes in is on probation, what
 * is asked for again is protected, and falls back on probation when it was not
 * asked for in long. So a scan through everything evicts only probation.
 */
#include "cache/near.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "cache/near_impl.h"
#include "cache/refresh.h"

/* --- memory ----------------------------------------------------------------
 */

struct near *near_new(size_t limit_bytes, uint64_t seed)
{
    struct near *near = NEW(struct near);
    size_t slots = 16;

    while (slots < limit_bytes / NEAR_ITEM_USUAL_BYTES)
        slots *= 2;
    near->magic = NEAR_MAGIC;
    near->limit = limit_bytes;
    near->mask = slots - 1;
    near->seed = seed;
    near->luck = seed | 1;
    near->slots = memory_new_array(slots, sizeof(struct near_item *));
    for (size_t i = 0; i < NEAR_SEGMENTS; i++)
        list_init(&near->segments[i].used);
    for (size_t i = 0; i < NEAR_LOAD_SLOTS; i++)
        list_init(&near->loads[i]);
    return near;
}

void near_free(struct near **near_at)
{
    struct near *near = *near_at;

    if (!near)
        return;
    near_flush(near);
    for (size_t i = 0; i < NEAR_LOAD_SLOTS; i++)
        CHECK(list_is_empty(&near->loads[i]));
    memory_free(&near->slots);
    near->magic = 0;
    memory_free(near_at);
}

static size_t bytes_kept(const struct near *near)
{
    return near->segments[NEAR_PROBATION].bytes +
           near->segments[NEAR_PROTECTED].bytes;
}

struct near_stats near_stats(const struct near *near)
{
    struct near_stats stats;

    OBJ_CHECK(near, NEAR_MAGIC);
    stats = near->stats;
    stats.bytes = bytes_kept(near);
    return stats;
}

/* --- the lease --------------------------------------------------------------
 */

/* Nothing counts that is remembered, nor what is being loaded. */
static void forget(struct near *near)
{
    near->era++;
}

void near_join(struct near *near, uint64_t number)
{
    OBJ_CHECK(near, NEAR_MAGIC);
    forget(near);
    near->joined = true;
    near->heard = number;
    near->beats_count = 0;
    near->lease_ns = 0;
}

void near_leave(struct near *near)
{
    OBJ_CHECK(near, NEAR_MAGIC);
    if (!near->joined)
        return;
    near_join(near, 0);
    near->joined = false;
}

uint64_t near_number(const struct near *near)
{
    OBJ_CHECK(near, NEAR_MAGIC);
    return near->joined ? near->heard : 0;
}

bool near_serves(const struct near *near, uint64_t now_ns)
{
    OBJ_CHECK(near, NEAR_MAGIC);
    return near->joined && now_ns < near->lease_ns;
}

static void drop_first_beats(struct near *near, unsigned count)
{
    near->beats_count -= count;
    memmove(near->beats, near->beats + count,
            near->beats_count * sizeof(near->beats[0]));
}

/* Heartbeats come back in the order in which they were sent, and numbers only
 * grow: what holds for one holds for all before it. */
static void extend_lease(struct near *near)
{
    unsigned known = 0;

    while (known < near->beats_count &&
           near->beats[known].number <= near->heard)
        known++;
    if (known == 0)
        return;
    if (near->beats[known - 1].sent_ns + NEAR_LEASE_MS * NS_PER_MS >
        near->lease_ns)
        near->lease_ns =
            near->beats[known - 1].sent_ns + NEAR_LEASE_MS * NS_PER_MS;
    drop_first_beats(near, known);
}

static void hear_all_up_to(struct near *near, uint64_t number)
{
    near->heard = number;
    near->stats.gaps++;
    forget(near);
}

void near_heard(struct near *near, uint64_t number)
{
    OBJ_CHECK(near, NEAR_MAGIC);
    if (!near->joined || number <= near->heard)
        return;
    if (number > near->heard + 1)
        hear_all_up_to(near, number);
    near->heard = number;
    extend_lease(near);
}

/* Has the first mark that is waited for been published so long ago that it is
 * lost? Publishing needs no answer: it is a matter of microseconds. */
static bool is_overdue(const struct near *near, uint64_t sent_ns)
{
    return near->beats_count == NEAR_BEATS_MAX ||
           (near->beats_count > 0 &&
            sent_ns >= near->beats[0].sent_ns + NEAR_LEASE_MS * NS_PER_MS);
}

void near_beat(struct near *near, uint64_t sent_ns, uint64_t number)
{
    OBJ_CHECK(near, NEAR_MAGIC);
    if (!near->joined)
        return;
    if (is_overdue(near, sent_ns)) {
        near->beats_count = 0;
        hear_all_up_to(near, number);
    }
    near->beats[near->beats_count++] = (struct near_beat){ sent_ns, number };
    extend_lease(near);
}

/* --- items ------------------------------------------------------------------
 */

static uint64_t hash_of(const struct near *near, struct text subject)
{
    return text_hash_keyed(subject, near->seed);
}

static struct near_item **slot_of(struct near *near, uint64_t hash)
{
    return &near->slots[hash & near->mask];
}

static bool is_about(const struct near_item *item, uint64_t hash,
                     struct text subject)
{
    return item->hash == hash && item->subject_len == subject.len &&
           memcmp(item->key, subject.at, subject.len) == 0;
}

static bool is_at(const struct near_item *item, uint64_t hash,
                  struct near_key key)
{
    return is_about(item, hash, key.subject) &&
           item->scope_len == key.scope.len &&
           memcmp(item->key + item->subject_len, key.scope.at, key.scope.len) ==
               0;
}

static struct near_item *find(struct near *near, struct near_key key)
{
    uint64_t hash = hash_of(near, key.subject);
    struct near_item *item = *slot_of(near, hash);

    while (item && !is_at(item, hash, key))
        item = item->next;
    return item;
}

static void leave_segment(struct near *near, struct near_item *item)
{
    near->segments[item->segment].bytes -= item->bytes;
    list_remove(&item->used);
}

static void enter_segment(struct near *near, struct near_item *item,
                          enum near_segment_id id)
{
    item->segment = id;
    near->segments[id].bytes += item->bytes;
    list_push_front(&near->segments[id].used, &item->used);
}

static void drop(struct near *near, struct near_item *item)
{
    struct near_item **at = slot_of(near, item->hash);

    while (*at != item)
        at = &(*at)->next;
    *at = item->next;
    leave_segment(near, item);
    near->stats.entries--;
    bytes_unref(&item->value.body);
    memory_free(&item);
}

static struct near_item *oldest(struct near *near, enum near_segment_id id)
{
    return list_last(&near->segments[id].used, struct near_item, used);
}

void near_flush(struct near *near)
{
    OBJ_CHECK(near, NEAR_MAGIC);
    forget(near);
    for (int id = 0; id < NEAR_SEGMENTS; id++)
        while (!list_is_empty(&near->segments[id].used))
            drop(near, oldest(near, (enum near_segment_id)id));
}

/* --- the budget -------------------------------------------------------------
 */

static size_t bytes_of(struct near_key key, const struct near_value *value)
{
    return sizeof(struct near_item) + key.subject.len + key.scope.len +
           (value->body ? bytes_held(value->body) : 0);
}

/* What is least missed: on probation, then protected, not used for longest. */
static void keep_to_budget(struct near *near)
{
    while (bytes_kept(near) > near->limit) {
        struct near_item *item = oldest(near, NEAR_PROBATION);

        drop(near, item ? item : oldest(near, NEAR_PROTECTED));
        near->stats.evicted++;
    }
}

static void move_to(struct near *near, struct near_item *item,
                    enum near_segment_id id)
{
    leave_segment(near, item);
    enter_segment(near, item, id);
}

/* It was asked for again. */
static void use(struct near *near, struct near_item *item)
{
    const size_t limit = near->limit / 100 * NEAR_PROTECTED_PERCENT;

    move_to(near, item, NEAR_PROTECTED);
    while (near->segments[NEAR_PROTECTED].bytes > limit)
        move_to(near, oldest(near, NEAR_PROTECTED), NEAR_PROBATION);
}

/* --- reading ----------------------------------------------------------------
 */

/* xorshift64* */
static uint64_t next_random(struct near *near)
{
    near->luck ^= near->luck >> 12;
    near->luck ^= near->luck << 25;
    near->luck ^= near->luck >> 27;
    return near->luck * UINT64_C(2685821657736338717);
}

static bool give(struct near *near, struct near_item *item, uint64_t now_ns,
                 struct near_hit *ret_hit)
{
    use(near, item);
    near->stats.hits++;
    ret_hit->value = item->value;
    ret_hit->refresh = refresh_is_due(now_ns, item->value.expires_ns,
                                      item->value.cost_ns, next_random(near));
    return true;
}

static bool miss(struct near *near)
{
    near->stats.misses++;
    return false;
}

bool near_find(struct near *near, struct near_key key, uint64_t now_ns,
               struct near_hit *ret_hit)
{
    struct near_item *item;

    if (!near_serves(near, now_ns)) {
        near->stats.unsure++;
        return false;
    }
    item = find(near, key);
    if (!item || item->era != near->era || now_ns >= item->value.expires_ns)
        return miss(near);
    return give(near, item, now_ns, ret_hit);
}

bool near_find_last(struct near *near, struct near_key key,
                    struct near_value *ret_value)
{
    const struct near_item *item;

    OBJ_CHECK(near, NEAR_MAGIC);
    item = near->joined ? find(near, key) : NULL;
    if (!item || item->era != near->era)
        return false;
    *ret_value = item->value;
    return true;
}

/* --- invalidating and loading ------------------------------------------------
 */

static struct list *loads_of(struct near *near, uint64_t hash)
{
    return &near->loads[hash % NEAR_LOAD_SLOTS];
}

static void spoil_loads(struct near *near, uint64_t hash)
{
    list_each (loads_of(near, hash), struct near_load, load, link)
        load->spoiled |= load->hash == hash;
}

static void drop_items_about(struct near *near, uint64_t hash,
                             struct text subject)
{
    struct near_item *item = *slot_of(near, hash), *next;

    for (; item; item = next) {
        next = item->next;
        if (is_about(item, hash, subject))
            drop(near, item);
    }
}

void near_invalidate(struct near *near, struct text subject)
{
    uint64_t hash;

    OBJ_CHECK(near, NEAR_MAGIC);
    hash = hash_of(near, subject);
    near->stats.invalidated++;
    spoil_loads(near, hash);
    drop_items_about(near, hash, subject);
}

void near_load_begin(struct near *near, struct near_load *load,
                     struct text subject)
{
    OBJ_CHECK(near, NEAR_MAGIC);
    *load =
        (struct near_load){ .hash = hash_of(near, subject), .era = near->era };
    list_push_back(loads_of(near, load->hash), &load->link);
}

void near_load_end(struct near_load *load)
{
    if (!load->link.next)
        return;
    list_remove(&load->link);
    *load = NEAR_LOAD_NONE;
}

static void add(struct near *near, struct near_key key,
                const struct near_value *value)
{
    size_t key_bytes = key.subject.len + key.scope.len;
    struct near_item *item = memory_new(sizeof(*item) + key_bytes);
    struct near_item **slot;

    item->hash = hash_of(near, key.subject);
    item->era = near->era;
    item->bytes = bytes_of(key, value);
    item->subject_len = key.subject.len;
    item->scope_len = key.scope.len;
    memcpy(item->key, key.subject.at, key.subject.len);
    memcpy(item->key + key.subject.len, key.scope.at, key.scope.len);
    item->value = *value;
    if (value->body)
        item->value.body = bytes_ref(value->body);
    slot = slot_of(near, item->hash);
    item->next = *slot;
    *slot = item;
    near->stats.entries++;
    enter_segment(near, item, NEAR_PROBATION);
}

static bool may_store(const struct near *near, const struct near_load *load,
                      struct near_key key, const struct near_value *value)
{
    return !load->spoiled && load->era == near->era &&
           bytes_of(key, value) <= near->limit / NEAR_ITEM_MAX_PART;
}

bool near_load_store(struct near *near, struct near_load *load,
                     struct near_key key, const struct near_value *value)
{
    struct near_item *old;
    bool stores;

    OBJ_CHECK(near, NEAR_MAGIC);
    CHECK(load->link.next != NULL);
    stores = may_store(near, load, key, value);
    near_load_end(load);
    if (!stores) {
        near->stats.spoiled++;
        return false;
    }
    old = find(near, key);
    if (old)
        drop(near, old);
    add(near, key, value);
    near->stats.stored++;
    keep_to_budget(near);
    return true;
}
