/* SPDX-License-Identifier: MIT */
#include "cache/near.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { LIMIT_BYTES = 1 << 20 };

#define MS(n) ((uint64_t)(n)*NS_PER_MS)

static const uint64_t FAR = UINT64_MAX / 2;
static struct near *near;

static void setup(void)
{
    near = near_new(LIMIT_BYTES, 42);
}

static void teardown(void)
{
    near_free(&near);
}

TestSuite(near, .init = setup, .fini = teardown);

static struct near_key key_of(const char *subject)
{
    return (struct near_key){ text_of(subject), TEXT("bills:read") };
}

/* Joined at mark 7, with a heartbeat that was sent at 1000 ms. */
static void join(void)
{
    near_join(near, 7);
    near_beat(near, MS(1000), 7);
}

static bool store_by(struct near_load *load, const char *subject,
                     int64_t version)
{
    CLEANUP(bytes_unref) struct bytes *body = bytes_copy(TEXT("{}"));
    struct near_value value = { .body = body,
                                .version = version,
                                .expires_ns = FAR };

    return near_load_store(near, load, key_of(subject), &value);
}

static bool store(const char *subject, int64_t version)
{
    struct near_load load;

    near_load_begin(near, &load, text_of(subject));
    return store_by(&load, subject, version);
}

/* The version that is served at this time; 0: none. */
static int64_t served(const char *subject, unsigned at_ms)
{
    struct near_hit hit;

    return near_find(near, key_of(subject), MS(at_ms), &hit) ? hit.value.version
                                                             : 0;
}

/* --- the lease -------------------------------------------------------------
 */

Test(near, serves_nothing_before_it_has_joined)
{
    cr_expect(store("bills/1", 3));
    near_beat(near, MS(1000), 7);
    cr_expect_eq(served("bills/1", 1001), 0);
    cr_expect_eq(near_number(near), 0);
}

Test(near, serves_until_250_ms_after_the_heartbeat_was_sent)
{
    join();
    cr_expect(store("bills/1", 3));
    cr_expect_eq(served("bills/1", 1249), 3);
    cr_expect_eq(served("bills/1", 1250), 0);
    near_beat(near, MS(1100), 7);
    cr_expect_eq(served("bills/1", 1349), 3);
    cr_expect_eq(served("bills/1", 1350), 0);
}

Test(near, a_heartbeat_counts_when_the_mark_it_learnt_of_was_heard)
{
    join();
    cr_expect(store("bills/1", 3));
    near_beat(near, MS(1200), 9);
    cr_expect_eq(served("bills/1", 1300), 0, "two marks are still missing");
    near_heard(near, 8);
    cr_expect_eq(served("bills/1", 1300), 0);
    near_heard(near, 9);
    cr_expect_eq(served("bills/1", 1300), 3, "they were of other subjects");
    cr_expect_eq(near_number(near), 9);
}

static int64_t last(const char *subject)
{
    struct near_value value;

    return near_find_last(near, key_of(subject), &value) ? value.version : 0;
}

Test(near, holds_what_it_may_not_serve_until_it_is_marked_or_forgotten)
{
    cr_expect(store("bills/1", 3));
    cr_expect_eq(last("bills/1"), 0, "it has not joined");
    join();
    cr_expect_eq(last("bills/1"), 0, "that was another epoch");
    cr_expect(store("bills/1", 3));
    cr_expect(store("bills/2", 4));
    cr_expect_eq(served("bills/1", 1250), 0, "the lease is over");
    cr_expect_eq(last("bills/1"), 3);
    near_invalidate(near, TEXT("bills/1"));
    cr_expect_eq(last("bills/1"), 0, "it was marked");
    cr_expect_eq(last("bills/2"), 4);
    near_heard(near, 9);
    cr_expect_eq(last("bills/2"), 0, "a mark is missing: whose was it?");
}

Test(near, holds_nothing_when_the_subscription_is_lost)
{
    join();
    cr_expect(store("bills/1", 3));
    near_leave(near);
    cr_expect_eq(last("bills/1"), 0);
    join();
    cr_expect_eq(last("bills/1"), 0);
}

Test(near, a_late_answer_takes_nothing_of_a_longer_lease)
{
    join();
    cr_expect(store("bills/1", 3));
    near_beat(near, MS(1200), 7);
    near_beat(near, MS(1100), 7);
    cr_expect_eq(served("bills/1", 1449), 3);
}

Test(near, a_missing_mark_forgets_everything)
{
    join();
    cr_expect(store("bills/1", 3));
    near_heard(near, 9);
    cr_expect_eq(served("bills/1", 1001), 0);
    cr_expect(store("bills/1", 4));
    cr_expect_eq(served("bills/1", 1001), 4, "and goes on behind it");
    cr_expect_eq(near_stats(near).gaps, 1);
}

Test(near, marks_of_before_it_joined_may_come_late)
{
    join();
    cr_expect(store("bills/1", 3));
    near_heard(near, 5);
    near_heard(near, 7);
    cr_expect_eq(served("bills/1", 1001), 3);
    cr_expect_eq(near_number(near), 7);
}

Test(near, a_mark_that_never_comes_is_taken_for_lost)
{
    join();
    cr_expect(store("bills/1", 3));
    for (unsigned at_ms = 1050; at_ms <= 1250; at_ms += 50)
        near_beat(near, MS(at_ms), 8);
    cr_expect_eq(served("bills/1", 1251), 0);
    cr_expect_eq(near_number(near), 7);
    near_beat(near, MS(1300), 8);
    cr_expect_eq(near_number(near), 8);
    cr_expect_eq(served("bills/1", 1301), 0, "what it may have been about");
    cr_expect(store("bills/1", 4));
    cr_expect_eq(served("bills/1", 1549), 4);
}

Test(near, many_heartbeats_without_the_mark_are_no_more_than_it_can_hold)
{
    join();
    for (unsigned i = 0; i < 1000; i++)
        near_beat(near, MS(1001), 8 + i);
    cr_expect(near_serves(near, MS(1002)));
}

Test(near, without_its_subscription_it_serves_nothing)
{
    join();
    cr_expect(store("bills/1", 3));
    near_leave(near);
    near_beat(near, MS(1001), 7);
    cr_expect_eq(served("bills/1", 1001), 0);
    join();
    cr_expect_eq(served("bills/1", 1001), 0, "marks may have passed meanwhile");
}

/* --- invalidations and loads ------------------------------------------------
 */

Test(near, an_invalidation_forgets_its_subject_in_all_scopes)
{
    struct near_key other = { TEXT("bills/1"), TEXT("bills:read:own") };
    struct near_value absent = { .version = 2, .expires_ns = FAR };
    struct near_load load;
    struct near_hit hit;

    join();
    near_load_begin(near, &load, other.subject);
    cr_expect(near_load_store(near, &load, other, &absent));
    cr_expect(store("bills/1", 3));
    cr_expect(store("bills/2", 3));
    cr_expect(near_find(near, other, MS(1001), &hit));
    cr_expect_null(hit.value.body, "absent");
    near_invalidate(near, TEXT("bills/1"));
    cr_expect_eq(served("bills/1", 1001), 0);
    cr_expect_not(near_find(near, other, MS(1001), &hit));
    cr_expect_eq(served("bills/2", 1001), 3);
}

Test(near, what_an_invalidation_hit_while_it_was_loaded_is_not_remembered)
{
    CLEANUP(near_load_end)
    struct near_load hit = NEAR_LOAD_NONE, other = NEAR_LOAD_NONE;

    join();
    near_load_begin(near, &hit, TEXT("bills/1"));
    near_load_begin(near, &other, TEXT("bills/2"));
    near_invalidate(near, TEXT("bills/1"));
    cr_expect_not(store_by(&hit, "bills/1", 3));
    cr_expect(store_by(&other, "bills/2", 3));
    cr_expect_eq(served("bills/1", 1001), 0);
    cr_expect(store("bills/1", 4), "the next one is");
    cr_expect_eq(near_stats(near).spoiled, 1);
}

Test(near, what_was_loaded_across_a_gap_or_a_flush_is_not_remembered)
{
    CLEANUP(near_load_end)
    struct near_load gap = NEAR_LOAD_NONE, flush = NEAR_LOAD_NONE,
                     rejoin = NEAR_LOAD_NONE;

    join();
    near_load_begin(near, &gap, TEXT("bills/1"));
    near_heard(near, 9);
    cr_expect_not(store_by(&gap, "bills/1", 3));
    near_load_begin(near, &flush, TEXT("bills/1"));
    near_flush(near);
    cr_expect_not(store_by(&flush, "bills/1", 3));
    near_load_begin(near, &rejoin, TEXT("bills/1"));
    near_leave(near);
    join();
    cr_expect_not(store_by(&rejoin, "bills/1", 3));
}

Test(near, a_load_that_failed_leaves_nothing)
{
    CLEANUP(near_load_end) struct near_load never = NEAR_LOAD_NONE;
    struct near_load load;

    join();
    near_load_begin(near, &load, TEXT("bills/1"));
    near_load_end(&load);
    near_load_end(&load);
    near_invalidate(near, TEXT("bills/1"));
    cr_expect_eq(served("bills/1", 1001), 0);
}

Test(near, a_newer_value_takes_the_place_of_the_older)
{
    join();
    cr_expect(store("bills/1", 3));
    cr_expect(store("bills/1", 4));
    cr_expect_eq(served("bills/1", 1001), 4);
    cr_expect_eq(near_stats(near).entries, 1);
}

/* --- values -----------------------------------------------------------------
 */

Test(near, a_reply_keeps_the_bytes_that_the_cache_has_forgotten)
{
    CLEANUP(bytes_unref) struct bytes *kept = NULL;
    struct near_hit hit;

    join();
    cr_expect(store("bills/1", 3));
    cr_assert(near_find(near, key_of("bills/1"), MS(1001), &hit));
    kept = bytes_ref(hit.value.body);
    near_flush(near);
    cr_expect(text_is(bytes_text(kept), "{}"));
    cr_expect_eq(near_stats(near).bytes, 0);
}

Test(near, what_has_expired_is_not_served_and_told_to_be_read_again_before)
{
    CLEANUP(bytes_unref) struct bytes *body = bytes_copy(TEXT("{}"));
    struct near_value value = {
        .body = body, .version = 3, .expires_ns = MS(1100), .cost_ns = MS(10)
    };
    struct near_load load;
    struct near_hit hit;
    unsigned due = 0;

    join();
    near_load_begin(near, &load, TEXT("bills/1"));
    cr_expect(near_load_store(near, &load, key_of("bills/1"), &value));
    for (unsigned i = 0; i < 1000; i++) {
        cr_assert(near_find(near, key_of("bills/1"), MS(1090), &hit));
        due += hit.refresh;
    }
    cr_expect(due > 300 && due < 440, "%u of 1000: about 1/e", due);
    cr_expect_not(near_find(near, key_of("bills/1"), MS(1100), &hit));
}

Test(near, one_too_large_leaves_the_others_where_they_are)
{
    CLEANUP(bytes_unref)
    struct bytes *large =
        bytes_adopt(calloc(1, LIMIT_BYTES / 8), LIMIT_BYTES / 8);
    struct near_value value = { .body = large, .expires_ns = FAR };
    struct near_load load;

    join();
    cr_expect(store("bills/1", 3));
    near_load_begin(near, &load, TEXT("bills/2"));
    cr_expect_not(near_load_store(near, &load, key_of("bills/2"), &value));
    cr_expect_eq(served("bills/1", 1001), 3);
}
