/* SPDX-License-Identifier: MIT */
/*
 * Lists under generations: the ways in which a list would be given that is out
 * of date (docs/coherence.md), each as it would have to happen, on a real
 * Redis. A list holds one number: the version that its resource had.
 */
#include "caches.h"

static struct cache_touch touch_of(void)
{
    struct cache_touch touch = { .version = 0 };
    char name[CACHE_GENERATION_BYTES];

    cache_key_of_generation(&touch.key, "bills");
    cache_generation_name(name);
    touch.body = bytes_copy(text_of(name));
    touch.version = cache_mark_number();
    return touch;
}

static struct cache_touch begin(struct cache *cache)
{
    struct cache_touch touch = touch_of();

    cr_assert_eq(cache_mark(cache, &touch, 1, DEADLINE_NEVER), 0);
    return touch;
}

static void end(struct caches *w, struct cache *cache,
                struct cache_touch *touch, int64_t version)
{
    w->committed = version;
    cr_assert_eq(cache_put(cache, touch, 1), 0);
    bytes_unref(&touch->body);
}

static bool name_on(struct cache *cache, char *ret_name)
{
    return cache_generation(cache, "bills", after_ms(2000), ret_name);
}

/* A list that is being read: what was found, or what it would fill. */
struct listing {
    char name[CACHE_GENERATION_BYTES];
    bool named, found;
    struct cache_load load;
    enum cache_layer layer;
    int64_t version;
};

static void begin_list(struct caches *w, struct cache *cache,
                       struct listing *listing)
{
    unsigned char digest[CACHE_DIGEST_BYTES] = { 0 };
    struct cache_value value;
    struct cache_key key;

    *listing =
        (struct listing){ .load = CACHE_LOAD_NONE, .layer = CACHE_LAYERS };
    listing->named = name_on(cache, listing->name);
    if (listing->named) {
        memcpy(digest, listing->name, CACHE_GENERATION_BYTES);
        cache_key_of_list(&key, "bills", digest);
        listing->found =
            cache_get(cache, &key, after_ms(2000), &listing->load, &value);
    }
    listing->version = w->committed;
    if (listing->found) {
        listing->layer = value.layer;
        listing->version = strtoll(value.body->at, NULL, 10);
        bytes_unref(&value.body);
    }
}

static int64_t end_list(struct listing *listing)
{
    char text[24];
    struct bytes *body;

    snprintf(text, sizeof(text), "%lld", (long long)listing->version);
    body = bytes_copy(text_from(text, strlen(text) + 1));
    if (!listing->found)
        cache_fill(&listing->load, body, 0, after_ms(2000));
    cache_load_end(&listing->load);
    bytes_unref(&body);
    return listing->version;
}

static int64_t list_on(struct caches *w, struct cache *cache)
{
    struct listing listing;

    begin_list(w, cache, &listing);
    return end_list(&listing);
}

static enum cache_layer listed_from(struct caches *w, struct cache *cache)
{
    struct listing listing;

    begin_list(w, cache, &listing);
    cache_load_end(&listing.load);
    return listing.layer;
}

static void write_lists(struct caches *w, struct cache *cache, int64_t version)
{
    struct cache_touch touch = begin(cache);

    end(w, cache, &touch, version);
}

/* --- when nothing is wrong ------------------------------------------------ */

ON_CACHES(generations, a_name_is_everybodys_until_the_next_write)
{
    char first[CACHE_GENERATION_BYTES], next[CACHE_GENERATION_BYTES];

    cr_assert(name_on(w->a, first));
    cr_assert(name_on(w->b, next));
    cr_expect_str_eq(first, next);
    write_lists(w, w->b, 11);
    cr_assert(name_on(w->a, next));
    cr_expect_str_neq(first, next);
    cr_assert(name_on(w->b, first));
    cr_expect_str_eq(first, next);
}

ON_CACHES(generations, a_list_comes_from_memory_and_to_others_from_redis)
{
    cr_expect_eq(list_on(w, w->a), 10);
    cr_expect_eq(listed_from(w, w->a), CACHE_NEAR);
    cr_expect_eq(listed_from(w, w->b), CACHE_REDIS);
    cr_expect_eq(listed_from(w, w->b), CACHE_NEAR);
}

ON_CACHES(generations, a_write_is_what_everybody_lists_next)
{
    for (int64_t version = 11; version < 20; version++) {
        cr_expect_eq(list_on(w, w->a), version - 1);
        cr_expect_eq(list_on(w, w->b), version - 1);
        write_lists(w, version % 2 ? w->a : w->b, version);
        cr_expect_eq(list_on(w, w->b), version);
        cr_expect_eq(list_on(w, w->a), version);
    }
}

ON_CACHES(generations, what_was_rolled_back_leaves_lists_to_be_remembered)
{
    struct cache_touch touch = begin(w->a);

    cr_expect_eq(listed_from(w, w->b), CACHE_LAYERS);
    cache_abort(w->a, &touch, 1);
    bytes_unref(&touch.body);
    cr_expect_eq(list_on(w, w->b), 10);
    cr_expect_eq(listed_from(w, w->b), CACHE_NEAR);
}

/* --- writers side by side --------------------------------------------------
 */

/* Nobody keeps the writers of different objects apart. */
ON_CACHES(generations, until_the_last_of_many_writers_has_ended_there_is_none)
{
    char name[CACHE_GENERATION_BYTES];
    struct cache_touch one = begin(w->a), two = begin(w->b),
                       three = begin(w->a);

    end(w, w->b, &two, 11);
    cr_expect_not(name_on(w->a, name));
    cr_expect_not(name_on(w->b, name));
    cache_abort(w->a, &three, 1);
    bytes_unref(&three.body);
    cr_expect_not(name_on(w->b, name));
    end(w, w->a, &one, 12);
    cr_expect(name_on(w->b, name));
    cr_expect_eq(list_on(w, w->a), 12);
}

ON_CACHES(generations, a_writer_that_dies_leaves_lists_to_the_database)
{
    struct cache_touch touch = begin(w->a);

    fault_arm(FAULT_CACHE_PUT, 0, 1);
    end(w, w->a, &touch, 11);
    cr_expect_eq(fault_count(FAULT_CACHE_PUT), 1);
    fault_disarm_all();
    write_lists(w, w->b, 12);
    cr_expect_eq(listed_from(w, w->b), CACHE_LAYERS, "its marker stands");
    cr_expect_eq(list_on(w, w->a), 12);
}

ON_CACHES(generations, a_marker_that_died_too_early_is_set_again)
{
    struct cache_touch touch = begin(w->a);
    char key[CACHE_KEY_BYTES + 1];
    struct cache_stats stats;

    snprintf(key, sizeof(key), "%.*s", (int)touch.key.len, touch.key.at);
    cr_assert_eq(tell_redis(w, "HDEL", markers_key(w), key), 1);
    cr_expect_eq(list_on(w, w->b), 10, "what is not committed yet");
    cr_expect_eq(listed_from(w, w->b), CACHE_NEAR);
    end(w, w->a, &touch, 11);
    cr_expect_eq(list_on(w, w->b), 11);
    cr_expect_eq(list_on(w, w->a), 11);
    cache_stats(w->a, &stats);
    cr_expect_eq(stats.marks_lost, 1);
}

/* --- the counter-examples that lists can fall for ---------------------------
 */

/* (c) */
ON_CACHES(generations, what_was_listed_before_a_write_is_found_by_nobody_after)
{
    struct listing before, under;
    struct cache_touch touch;

    begin_list(w, w->b, &before);
    cr_assert(before.load.leased);
    touch = begin(w->a);
    begin_list(w, w->b, &under);
    cr_expect_not(under.named);
    end(w, w->a, &touch, 11);
    cr_expect_eq(end_list(&before), 10, "it has read what was before");
    end_list(&under);
    cr_expect_eq(list_on(w, w->b), 11);
    cr_expect_eq(list_on(w, w->a), 11);
}

/* (e) */
ON_CACHES(generations, a_name_that_is_looked_up_while_a_mark_passes_is_not_kept)
{
    CLEANUP(cache_load_end) struct cache_load load = CACHE_LOAD_NONE;
    CLEANUP(bytes_unref) struct bytes *name = bytes_copy(TEXT("old"));
    struct cache_value value;
    struct cache_key key;
    char now[CACHE_GENERATION_BYTES];

    cache_key_of_generation(&key, "bills");
    cr_assert_not(cache_get(w->b, &key, after_ms(2000), &load, &value));
    cr_assert(load.leased);
    write_lists(w, w->a, 11);
    UNTIL(load.placeholder.spoiled);
    cr_expect_not(cache_fill(&load, name, 0, after_ms(2000)));
    cr_assert(name_on(w->b, now));
    cr_expect_str_neq(now, "old");
}

/* (f) */
ON_CACHES(generations, nobody_lists_from_memory_what_somebody_may_have_changed)
{
    struct cache_touch touch;

    list_on(w, w->b);
    cr_assert_eq(listed_from(w, w->b), CACHE_NEAR);
    touch = begin(w->a);
    cr_expect_eq(listed_from(w, w->b), CACHE_LAYERS, "before it is committed");
    cr_expect_eq(listed_from(w, w->a), CACHE_LAYERS);
    end(w, w->a, &touch, 11);
}

/* (h) */
ON_CACHES(generations, an_empty_list_does_not_outlive_the_insert)
{
    w->committed = 0;
    cr_expect_eq(list_on(w, w->a), 0);
    cr_expect_eq(listed_from(w, w->a), CACHE_NEAR);
    cr_expect_eq(listed_from(w, w->b), CACHE_REDIS);
    write_lists(w, w->a, 11);
    cr_expect_eq(list_on(w, w->b), 11);
    cr_expect_eq(list_on(w, w->a), 11);
}

/* (d) */
ON_CACHES(generations, markers_that_were_evicted_end_the_epoch)
{
    struct cache_touch touch;
    char name[CACHE_GENERATION_BYTES];

    fault_arm(FAULT_CACHE_BEAT, 0, 1000); /* who would notice as well */
    touch = begin(w->a);
    cr_assert_eq(tell_redis(w, "DEL", markers_key(w), NULL), 1);
    cr_expect_not(name_on(w->b, name));
    cr_expect_lt(cache_put(w->a, &touch, 1), 0);
    bytes_unref(&touch.body);
    fault_disarm_all();
}

/* A protocol that is broken on purpose: these tests can fail. */
ON_CACHES(generations, without_a_mark_what_was_before_is_listed)
{
    struct cache_touch touch;

    list_on(w, w->b);
    fault_arm(FAULT_CACHE_MARK_FORGOTTEN, 0, 1);
    fault_arm(FAULT_CACHE_PUT, 0, 1);
    touch = begin(w->a);
    end(w, w->a, &touch, 11);
    cr_expect_eq(list_on(w, w->b), 10);
}
