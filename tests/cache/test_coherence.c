/* SPDX-License-Identifier: MIT */
/*
 * The ways in which caches give what is out of date, each as it would have to
 * happen, on a real Redis; and what they do when nothing is wrong.
 */
#include "caches.h"

/* --- when nothing is wrong ------------------------------------------------ */

ON_CACHES(coherence,
          what_was_read_once_comes_from_memory_and_to_others_from_redis)
{
    cr_expect_eq(layer_on(w, w->a), CACHE_LAYERS);
    tell_redis(w, "FLUSHDB", NULL, NULL); /* the lease of that look */
    open_epoch(w);
    cr_expect_eq(read_on(w, w->a), 10);
    cr_expect_eq(layer_on(w, w->a), CACHE_NEAR);
    cr_expect_eq(layer_on(w, w->b), CACHE_REDIS);
    cr_expect_eq(layer_on(w, w->b), CACHE_NEAR);
}

ON_CACHES(coherence, what_is_near_is_handed_out_without_a_copy)
{
    struct reading first, second;

    read_on(w, w->a);
    begin_read(w, w->a, &first);
    begin_read(w, w->a, &second);
    cr_expect_eq(first.value.layer, CACHE_NEAR);
    cr_expect_eq(first.value.body, second.value.body);
    end_read(&first);
    end_read(&second);
}

ON_CACHES(coherence, a_write_is_what_everybody_reads_next)
{
    for (int64_t version = 11; version < 20; version++) {
        cr_expect_eq(read_on(w, w->a), version - 1);
        cr_expect_eq(read_on(w, w->b), version - 1);
        write_on(w, version % 2 ? w->a : w->b, version);
        cr_expect_eq(read_on(w, w->b), version);
        cr_expect_eq(read_on(w, w->a), version);
    }
}

ON_CACHES(coherence, what_was_written_is_in_redis_for_who_reads_first)
{
    write_on(w, w->a, 11);
    cr_expect_eq(layer_on(w, w->b), CACHE_REDIS);
    cr_expect_eq(read_on(w, w->b), 11);
}

ON_CACHES(coherence, while_it_is_written_everybody_reads_the_primary)
{
    struct writing writing;

    read_on(w, w->a);
    read_on(w, w->b);
    cr_assert_eq(begin_write(w, w->a, 11, &writing), 0);
    cr_expect_eq(layer_on(w, w->a), CACHE_LAYERS);
    cr_expect_eq(layer_on(w, w->b), CACHE_LAYERS);
    cr_expect_eq(read_on(w, w->b), 10, "and fills nothing");
    cr_expect_eq(layer_on(w, w->b), CACHE_LAYERS);
    cr_assert_eq(end_write(w, w->a, &writing), 0);
    cr_expect_eq(read_on(w, w->b), 11);
}

ON_CACHES(coherence, what_was_rolled_back_is_read_as_before)
{
    struct writing writing;

    read_on(w, w->b);
    cr_assert_eq(begin_write(w, w->a, 11, &writing), 0);
    cache_abort(w->a, &writing.touch, 1);
    cr_expect_eq(read_on(w, w->b), 10);
    cr_expect_eq(layer_on(w, w->b), CACHE_NEAR, "and remembered");
}

/* --- the eight (docs/coherence.md) ---------------------------------------- */

ON_CACHES(coherence, a_read_from_before_a_write_fills_nothing_after_it)
{
    struct reading reading;

    begin_read(w, w->b, &reading);
    cr_assert(reading.load.leased);
    write_on(w, w->a, 11);
    cr_expect_eq(reading.version, 10, "it has read what was before");
    end_read(&reading);
    cr_expect_eq(read_on(w, w->a), 11);
    cr_expect_eq(read_on(w, w->b), 11);
}

ON_CACHES(coherence, writers_that_cross_leave_the_last_ones_value)
{
    struct writing first, second;

    cr_assert_eq(begin_write(w, w->a, 11, &first), 0);
    w->committed = 11;
    cr_assert_eq(begin_write(w, w->b, 12, &second), 0);
    cr_assert_eq(end_write(w, w->b, &second), 0);
    first.touch.body = body_of(11);
    cr_assert_eq(cache_put(w->a, &first.touch, 1), 0);
    bytes_unref(&first.touch.body);
    cr_expect_eq(read_on(w, w->a), 12);
    cr_expect_eq(read_on(w, w->b), 12);
}

ON_CACHES(coherence, a_lease_is_not_given_under_a_marker_and_outlives_none)
{
    struct reading before, under;
    struct writing writing;

    begin_read(w, w->b, &before);
    cr_assert(before.load.leased);
    cr_assert_eq(begin_write(w, w->a, 11, &writing), 0);
    begin_read(w, w->b, &under);
    cr_expect_not(under.load.leased);
    cr_assert_eq(end_write(w, w->a, &writing), 0);
    cr_assert_eq(tell_redis(w, "DEL", redis_key(w), NULL), 1, "evicted");
    end_read(&before);
    end_read(&under);
    cr_expect_eq(read_on(w, w->b), 11);
    cr_expect_eq(read_on(w, w->a), 11);
}

ON_CACHES(coherence, a_flush_between_mark_and_commit_ends_the_epoch)
{
    struct reading reading;
    struct writing writing;

    cr_assert_eq(begin_write(w, w->a, 11, &writing), 0);
    tell_redis(w, "FLUSHALL", NULL, NULL);
    begin_read(w, w->b, &reading);
    cr_expect_not(reading.load.leased, "nobody fills what may be old");
    end_read(&reading);
    cr_expect_lt(end_write(w, w->a, &writing), 0,
                 "its writer is told that caches must be switched off");
    UNTIL(!cache_serves(w->a) && !cache_serves(w->b));
}

/* Redis evicts whole keys: all markers, or none. */
static void evict_markers(struct caches *w)
{
    cr_assert_eq(tell_redis(w, "DEL", markers_key(w), NULL), 1);
}

ON_CACHES(coherence, markers_that_were_evicted_end_the_epoch)
{
    struct reading reading;
    struct writing writing;

    fault_arm(FAULT_CACHE_BEAT, 0, 1000); /* who would notice as well */
    cr_assert_eq(begin_write(w, w->a, 11, &writing), 0);
    evict_markers(w);
    begin_read(w, w->b, &reading);
    cr_expect_not(reading.load.leased, "nobody fills what may be old");
    end_read(&reading);
    cr_expect_lt(end_write(w, w->a, &writing), 0,
                 "its writer is told that caches must be switched off");
    fault_disarm_all();
}

ON_CACHES(coherence, an_eviction_before_a_put_that_is_lost_leaves_nothing_old)
{
    struct reading reading;
    struct writing writing;

    cr_assert_eq(begin_write(w, w->a, 11, &writing), 0);
    evict_markers(w);
    begin_read(w, w->b, &reading);
    fault_arm(FAULT_CACHE_PUT, 0, 1);
    cr_assert_eq(end_write(w, w->a, &writing), 0);
    cr_expect_eq(fault_count(FAULT_CACHE_PUT), 1);
    cr_expect_eq(read_on(w, w->b), 11);
    cr_expect_eq(reading.version, 10, "it has read what was before");
    end_read(&reading);
    cr_expect_eq(read_on(w, w->a), 11);
    cr_expect_eq(read_on(w, w->b), 11);
}

ON_CACHES(coherence, a_mark_that_finds_no_markers_ends_the_epoch)
{
    struct writing writing;

    fault_arm(FAULT_CACHE_BEAT, 0, 1000);
    evict_markers(w);
    cr_expect_lt(begin_write(w, w->a, 11, &writing), 0);
    fault_disarm_all();
    UNTIL(cache_epoch(w->b) == CACHE_EPOCH_NONE);
}

ON_CACHES(coherence, a_marker_that_died_too_early_is_set_again)
{
    struct reading reading;
    struct writing writing;
    struct cache_stats stats;
    char key[CACHE_KEY_BYTES + 1];

    snprintf(key, sizeof(key), "%.*s", (int)w->key.len, w->key.at);
    cr_assert_eq(begin_write(w, w->a, 11, &writing), 0);
    cr_assert_eq(tell_redis(w, "HDEL", markers_key(w), key), 1);
    begin_read(w, w->b, &reading);
    cr_expect(reading.load.leased);
    end_read(&reading);
    cr_expect_eq(layer_on(w, w->b), CACHE_NEAR, "what is not committed yet");
    cr_assert_eq(end_write(w, w->a, &writing), 0);
    cr_expect_eq(read_on(w, w->b), 11);
    cr_expect_eq(read_on(w, w->a), 11);
    cache_stats(w->a, &stats);
    cr_expect_eq(stats.marks_lost, 1);
}

ON_CACHES(coherence, what_is_loaded_while_a_mark_passes_is_not_remembered_near)
{
    struct reading reading;
    struct cache_stats stats;

    begin_read(w, w->b, &reading);
    write_on(w, w->a, 11);
    UNTIL(reading.load.placeholder.spoiled);
    end_read(&reading);
    cache_stats(w->b, &stats);
    cr_expect_eq(stats.near.stored, 0);
    cr_expect_eq(stats.fills_refused, 1);
}

ON_CACHES(coherence, nobody_gives_from_memory_what_somebody_may_have_changed)
{
    struct writing writing;

    read_on(w, w->b);
    cr_assert_eq(layer_on(w, w->b), CACHE_NEAR);
    cr_assert_eq(begin_write(w, w->a, 11, &writing), 0);
    cr_expect_neq(layer_on(w, w->b), CACHE_NEAR, "before it is committed");
    cr_assert_eq(end_write(w, w->a, &writing), 0);
}

ON_CACHES(coherence, whoever_does_not_say_that_it_has_heard_is_waited_for)
{
    uint64_t began_ns, took_ns;
    struct cache_stats stats;

    read_on(w, w->b);
    fault_arm(FAULT_CACHE_ACK, 0, 1);
    began_ns = clock_boottime_ns();
    write_on(w, w->a, 11);
    took_ns = clock_boottime_ns() - began_ns;
    cr_expect_eq(fault_count(FAULT_CACHE_ACK), 1);
    cr_expect_geq(took_ns, NEAR_LEASE_MS * NS_PER_MS, "until it has no lease");
    cache_stats(w->a, &stats);
    cr_expect_eq(stats.barriers_timed_out, 1);
    fault_disarm_all();
    UNTIL(cache_serves(w->b));
    cr_expect_eq(read_on(w, w->b), 11);
}

ON_CACHES(coherence, whoever_has_little_time_gives_up_and_nothing_has_changed)
{
    struct writing writing = { .touch = { .key = w->key, .version = 11 } };
    struct cache_stats stats;

    cr_expect_eq(read_on(w, w->b), 10);
    fault_arm(FAULT_CACHE_ACK, 0, 1);
    cr_expect_eq(cache_mark(w->a, &writing.touch, 1,
                            deadline_after(loop_now_ns(loop_current()), 20)),
                 -ERR_DEADLINE);
    cache_stats(w->a, &stats);
    cr_expect_eq(stats.barriers_timed_out, 0, "nobody was silent for long");
    cr_expect_neq(layer_on(w, w->b), CACHE_NEAR, "its mark stands");
    cache_abort(w->a, &writing.touch, 1);
    fault_disarm_all();
    UNTIL(cache_serves(w->b));
    cr_expect_eq(read_on(w, w->b), 10);
}

ON_CACHES(coherence, an_absence_does_not_outlive_the_insert)
{
    w->committed = 0;
    cr_expect_eq(read_on(w, w->a), 0);
    cr_expect_eq(layer_on(w, w->a), CACHE_NEAR, "an absence is remembered");
    cr_expect_eq(layer_on(w, w->b), CACHE_REDIS);
    write_on(w, w->a, 11);
    cr_expect_eq(read_on(w, w->b), 11);
    cr_expect_eq(read_on(w, w->a), 11);
}

/* --- a writer that dies --------------------------------------------------- */

ON_CACHES(coherence, a_writer_that_dies_after_commit_leaves_its_marker)
{
    struct writing writing;

    read_on(w, w->b);
    cr_assert_eq(begin_write(w, w->a, 11, &writing), 0);
    fault_arm(FAULT_CACHE_PUT, 0, 1);
    cr_assert_eq(end_write(w, w->a, &writing), 0);
    cr_expect_eq(fault_count(FAULT_CACHE_PUT), 1);
    cr_expect_eq(read_on(w, w->b), 11);
    cr_expect_eq(layer_on(w, w->b), CACHE_LAYERS, "nothing is filled under it");
}

/* A protocol that is broken on purpose: these tests can fail. */
ON_CACHES(coherence, without_a_mark_what_was_before_is_read)
{
    read_on(w, w->b);
    fault_arm(FAULT_CACHE_MARK_FORGOTTEN, 0, 1);
    fault_arm(FAULT_CACHE_PUT, 0, 1);
    write_on(w, w->a, 11);
    cr_expect_eq(read_on(w, w->b), 10);
}

/* --- Redis ---------------------------------------------------------------- */

ON_CACHES(coherence, a_redis_that_is_gone_fails_no_read_and_no_write_unnoticed)
{
    struct writing writing;

    read_on(w, w->b);
    own_redis_kill(&w->server);
    UNTIL(!cache_serves(w->b));
    cr_expect_eq(read_on(w, w->b), 10);
    cr_expect_lt(begin_write(w, w->a, 11, &writing), 0);
}

ON_CACHES(coherence, a_redis_that_stands_still_is_waited_for_50_ms_once)
{
    uint64_t began_ns, took_ns;
    struct cache_key other;

    read_on(w, w->b);
    cache_key_of_object(&other, "bills", uuid_v7());
    w->key = other;
    own_redis_signal(&w->server, SIGSTOP);
    began_ns = clock_monotonic_ns();
    cr_expect_eq(read_on(w, w->b), 10);
    took_ns = clock_monotonic_ns() - began_ns;
    cr_expect_lt(took_ns, 2000 * NS_PER_MS);
    cr_expect_eq(layer_on(w, w->b), CACHE_LAYERS);
    own_redis_signal(&w->server, SIGCONT);
    UNTIL(cache_serves(w->b));
}

ON_CACHES(coherence, a_redis_that_was_restarted_begins_a_new_epoch)
{
    char before[CACHE_RUN_BYTES];

    memcpy(before, w->run, sizeof(before));
    read_on(w, w->b);
    own_redis_kill(&w->server);
    w->committed = 11; /* by somebody who could not mark it */
    own_redis_run(&w->server, "");
    UNTIL(cache_epoch(w->a) == CACHE_EPOCH_NONE);
    cr_expect_eq(read_on(w, w->b), 11);
    open_epoch(w);
    cr_expect_str_neq(before, w->run);
    cr_expect_eq(read_on(w, w->b), 11);
    cr_expect_eq(layer_on(w, w->a), CACHE_REDIS);
}

/* The epoch of another run of the server, as an old snapshot brings it back. */
ON_CACHES(coherence, an_epoch_of_another_run_of_redis_is_none)
{
    char epoch[96];

    read_on(w, w->b);
    snprintf(epoch, sizeof(epoch), "A%s:%040d", w->run, 7);
    tell_redis(w, "SET", "cache:epoch", epoch);
    UNTIL(cache_epoch(w->b) == CACHE_EPOCH_NONE);
    w->committed = 11;
    cr_expect_eq(read_on(w, w->b), 11);
}

ON_CACHES(coherence, members_that_were_evicted_end_the_epoch)
{
    struct writing writing;
    char members[64];

    read_on(w, w->b);
    snprintf(members, sizeof(members), "m:%s", w->run);
    fault_arm(FAULT_CACHE_BEAT, 0, 1000);
    cr_assert_eq(tell_redis(w, "DEL", members, NULL), 1);
    cr_expect_lt(begin_write(w, w->a, 11, &writing), 0,
                 "nobody knows who has a near cache");
    fault_disarm_all();
}

ON_CACHES(coherence, in_quarantine_marks_count_and_nothing_is_kept)
{
    struct writing writing;
    char run[CACHE_RUN_BYTES];

    cr_assert_eq(cache_epoch_open(w->a, run, NULL), 0);
    UNTIL(cache_epoch(w->b) == CACHE_EPOCH_QUARANTINE);
    cr_expect_eq(read_on(w, w->b), 10);
    cr_expect_eq(layer_on(w, w->b), CACHE_LAYERS);
    cr_assert_eq(begin_write(w, w->a, 11, &writing), 0);
    cr_assert_eq(cache_epoch_activate(w->a, run, NULL), 0);
    UNTIL(cache_serves(w->b));
    cr_expect_eq(layer_on(w, w->b), CACHE_LAYERS, "the marker stands");
    cr_assert_eq(end_write(w, w->a, &writing), 0);
    cr_expect_eq(read_on(w, w->b), 11);
}

ON_CACHES(coherence, only_the_newest_epoch_is_activated)
{
    char first[CACHE_RUN_BYTES], second[CACHE_RUN_BYTES];

    cr_assert_eq(cache_epoch_open(w->a, first, NULL), 0);
    cr_assert_eq(cache_epoch_open(w->b, second, NULL), 0);
    cr_expect_lt(cache_epoch_activate(w->a, first, NULL), 0);
    cr_expect_eq(cache_epoch_activate(w->b, second, NULL), 0);
}

ON_CACHES(coherence, bytes_that_are_no_entry_are_removed_and_read_anew)
{
    struct cache_stats stats;

    tell_redis(w, "SET", redis_key(w), "V000000000000000000");
    cr_expect_eq(read_on(w, w->b), 10);
    cache_stats(w->b, &stats);
    cr_expect_eq(stats.corrupt, 1);
    cr_expect_eq(read_on(w, w->b), 10);
    cr_expect_eq(layer_on(w, w->a), CACHE_REDIS);
}

ON_CACHES(coherence, without_the_databases_word_nothing_is_given)
{
    read_on(w, w->a);
    w->switched_on = false;
    w->committed = 11;
    cr_expect_eq(read_on(w, w->a), 11);
    cr_expect_eq(read_on(w, w->b), 11);
}

/* --- many at once --------------------------------------------------------- */

struct reader {
    struct caches *w;
    struct cache *cache;
    unsigned *done, *asked;
};

static void read_one(void *arg)
{
    struct reader *reader = arg;
    struct reading reading;

    begin_read(reader->w, reader->cache, &reading);
    *reader->asked += !reading.found;
    if (!reading.found)
        cr_expect_eq(fiber_sleep(after_ms(5)), 0, "the database's time");
    end_read(&reading);
    ++*reader->done;
}

/* How many of so many who miss at once ask the database. */
static unsigned ask_at_once(struct caches *w)
{
    enum { MANY = 300 };
    static struct reader readers[MANY];
    unsigned done = 0, asked = 0;

    cache_key_of_object(&w->key, "bills", uuid_v7());
    for (unsigned i = 0; i < MANY; i++) {
        readers[i] = (struct reader){ w, i % 2 ? w->a : w->b, &done, &asked };
        cr_assert_eq(
            fiber_start(loop_current(), "reader", read_one, &readers[i], NULL),
            0);
    }
    UNTIL(done == MANY);
    return asked;
}

/* Others wait 16 ms for it: a machine that had no time for it tries again. */
ON_CACHES(coherence, of_many_who_miss_at_once_one_asks_the_database)
{
    unsigned asked = 0;

    for (int i = 0; i < 100 && asked != 1; i++)
        asked = ask_at_once(w);
    cr_expect_eq(asked, 1);
}
