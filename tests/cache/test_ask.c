/* SPDX-License-Identifier: MIT */
/* Readers who ask Redis in the same turn of a loop, by one command. */
#include "cache/cache_impl.h"
#include "caches.h"

enum { MANY = 70, TRIES = 200 };

struct reader {
    struct caches *w;
    struct cache_key key;
    uint64_t patience_ms;
    struct fiber *fiber; /* of no meaning when it is done */
    bool done, found;
    enum cache_layer layer;
    int64_t version;
};

static void run_reader(void *arg)
{
    CLEANUP(cache_load_end) struct cache_load load = CACHE_LOAD_NONE;
    struct reader *reader = arg;
    struct cache_value value = { .body = NULL };

    reader->found = cache_get(reader->w->b, &reader->key,
                              after_ms(reader->patience_ms), &load, &value);
    reader->layer = value.layer;
    reader->version = value.version;
    bytes_unref(&value.body);
    reader->done = true;
}

/* Until it waits for Redis, or is done. */
static void start(struct caches *w, struct reader *reader,
                  const struct cache_key *key, uint64_t patience_ms)
{
    *reader =
        (struct reader){ .w = w, .key = *key, .patience_ms = patience_ms };
    cr_assert_eq(fiber_start(loop_current(), "reader", run_reader, reader,
                             &reader->fiber),
                 0);
}

static bool are_done(const struct reader *readers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!readers[i].done)
            return false;
    return true;
}

static bool are_from_redis(const struct reader *readers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!readers[i].found || readers[i].layer != CACHE_REDIS)
            return false;
    return true;
}

/* Redis has them, and b remembers nothing. */
static void prepare(struct caches *w, const struct cache_key *keys,
                    unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        w->key = keys[i];
        read_on(w, w->a);
    }
    UNTIL(cache_serves(w->b));
    near_flush(w->b->near);
}

static void make_keys(struct cache_key *keys, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        cache_key_of_object(&keys[i], "bills", uuid_v7());
}

/* --- what Redis was asked ------------------------------------------------- */

static struct redis_reply *say(struct caches *w, const char *const words[])
{
    struct redis_reply *reply = NULL;
    struct text texts[4];
    unsigned count = 0;

    for (; words[count]; count++)
        texts[count] = text_of(words[count]);
    UNTIL(redis_is_up(w->side));
    cr_assert_eq(
        redis_call(w->side, texts, count, after_ms(30000), &reply, NULL), 0);
    cr_assert_neq(reply->kind, REDIS_ERROR, "%.*s", TEXT_ARG(reply->text));
    return reply;
}

#define SAY(w, ...)                                             \
    do {                                                        \
        struct redis_reply *said_ =                             \
            say(w, (const char *const[]){ __VA_ARGS__, NULL }); \
        redis_reply_free(&said_);                               \
    } while (0)

/* From now on. */
static void log_commands(struct caches *w)
{
    SAY(w, "CONFIG", "SET", "slowlog-max-len", "4000");
    SAY(w, "CONFIG", "SET", "slowlog-log-slower-than", "0");
    SAY(w, "SLOWLOG", "RESET");
}

struct asked {
    unsigned commands, keys;
};

static struct asked asked_since(struct caches *w)
{
    CLEANUP(redis_reply_free)
    struct redis_reply *log =
        say(w, (const char *const[]){ "SLOWLOG", "GET", "4000", NULL });
    struct asked asked = { 0 };

    for (unsigned i = 0; i < log->count; i++) {
        const struct redis_reply *entry = &log->items[i], *words;

        cr_assert_gt(entry->count, 3);
        words = &entry->items[3];
        if (!text_is(redis_reply_text(words, 0), "MGET"))
            continue;
        asked.commands++;
        asked.keys += words->count - 1;
    }
    return asked;
}

/* What it takes to have all of them read at once by b. On a machine that is so
 * slow that leases end, again. */
static struct asked read_at_once(struct caches *w, const struct cache_key *keys,
                                 unsigned count, unsigned times)
{
    static struct reader readers[2 * MANY];
    bool good = false;

    cr_assert_leq(count * times, ARRAY_LEN(readers));
    for (int i = 0; i < TRIES && !good; i++) {
        prepare(w, keys, count);
        log_commands(w);
        for (unsigned n = 0; n < count * times; n++)
            start(w, &readers[n], &keys[n % count], 8000);
        UNTIL(are_done(readers, count * times));
        good = are_from_redis(readers, count * times);
    }
    cr_assert(good, "they never came from Redis");
    return asked_since(w);
}

ON_CACHES(ask, all_that_is_asked_in_a_turn_is_one_command)
{
    struct cache_key keys[5];
    struct asked asked;

    make_keys(keys, ARRAY_LEN(keys));
    asked = read_at_once(w, keys, ARRAY_LEN(keys), 1);
    cr_expect_eq(asked.commands, 1);
    cr_expect_eq(asked.keys, ARRAY_LEN(keys));
}

ON_CACHES(ask, a_key_that_several_want_is_asked_for_once)
{
    struct cache_key keys[2];
    struct asked asked;

    make_keys(keys, ARRAY_LEN(keys));
    asked = read_at_once(w, keys, ARRAY_LEN(keys), 4);
    cr_expect_eq(asked.commands, 1);
    cr_expect_eq(asked.keys, ARRAY_LEN(keys));
}

/* The last bytes of a key are what it is found by. */
ON_CACHES(ask, keys_that_end_alike_are_told_apart)
{
    struct cache_key keys[3];
    struct asked asked;

    make_keys(keys, ARRAY_LEN(keys));
    for (unsigned i = 1; i < ARRAY_LEN(keys); i++)
        memcpy(keys[i].at + keys[i].len - 12, keys[0].at + keys[0].len - 12,
               12);
    keys[1].at[8] = 'a';
    keys[2].at[8] = 'b';
    asked = read_at_once(w, keys, ARRAY_LEN(keys), 2);
    cr_expect_eq(asked.commands, 1);
    cr_expect_eq(asked.keys, ARRAY_LEN(keys));
}

ON_CACHES(ask, what_is_too_much_for_one_command_is_two)
{
    static struct cache_key keys[MANY];

    make_keys(keys, MANY);
    cr_expect_eq(read_at_once(w, keys, MANY, 1).commands, 2);
}

/* --- those who leave ------------------------------------------------------ */

/* Both before the question leaves; the one who stays is answered. */
ON_CACHES(ask, who_leaves_early_takes_no_answer_from_others)
{
    struct reader cancelled, late, stays = { .found = false };

    for (int i = 0; i < TRIES && !are_from_redis(&stays, 1); i++) {
        prepare(w, &w->key, 1);
        start(w, &cancelled, &w->key, 8000);
        start(w, &late, &w->key, 0);
        cr_expect(late.done);
        start(w, &stays, &w->key, 8000);
        if (!cancelled.done)
            fiber_cancel(cancelled.fiber);
        UNTIL(cancelled.done && stays.done);
        cr_expect_not(cancelled.found);
        cr_expect_not(late.found);
    }
    cr_expect(are_from_redis(&stays, 1));
    cr_expect_eq(stays.version, 10);
}

/* By then its stack is somebody else's. */
ON_CACHES(ask, who_leaves_while_the_answer_is_on_its_way_is_not_missed)
{
    struct reader leaves[2], next = { .found = false };

    prepare(w, &w->key, 1);
    own_redis_signal(&w->server, SIGSTOP);
    start(w, &leaves[0], &w->key, 8000);
    start(w, &leaves[1], &w->key, 8000);
    cr_assert_eq(fiber_sleep(after_ms(1)), 0);
    for (unsigned i = 0; i < ARRAY_LEN(leaves); i++)
        if (!leaves[i].done)
            fiber_cancel(leaves[i].fiber);
    UNTIL(are_done(leaves, ARRAY_LEN(leaves)));
    own_redis_signal(&w->server, SIGCONT);
    for (int i = 0; i < TRIES && !are_from_redis(&next, 1); i++) {
        prepare(w, &w->key, 1);
        start(w, &next, &w->key, 8000);
        UNTIL(next.done);
    }
    cr_expect(are_from_redis(&next, 1));
}

/* --- what goes wrong ------------------------------------------------------ */

ON_CACHES(ask, a_redis_that_is_gone_is_told_to_all_who_asked)
{
    static struct cache_key keys[MANY];
    static struct reader readers[MANY];

    make_keys(keys, MANY);
    prepare(w, keys, MANY);
    own_redis_signal(&w->server, SIGSTOP);
    for (unsigned i = 0; i < MANY; i++)
        start(w, &readers[i], &keys[i], 8000);
    cr_assert_eq(fiber_sleep(after_ms(1)), 0);
    own_redis_kill(&w->server);
    UNTIL(are_done(readers, MANY));
    for (unsigned i = 0; i < MANY; i++)
        cr_expect_not(readers[i].found);
    cr_expect_eq(read_on(w, w->b), 10, "as the database has it");
}

/* It is what stands there that is wrong, not what was asked beside it. */
ON_CACHES(ask, bytes_that_are_no_entry_spoil_no_other_answer)
{
    struct reader readers[2] = { { .found = false } };
    struct cache_key keys[2];

    make_keys(keys, ARRAY_LEN(keys));
    for (int i = 0; i < TRIES && !are_from_redis(&readers[1], 1); i++) {
        prepare(w, keys, ARRAY_LEN(keys));
        w->key = keys[0];
        tell_redis(w, "SET", redis_key(w), "no entry");
        start(w, &readers[0], &keys[0], 8000);
        start(w, &readers[1], &keys[1], 8000);
        UNTIL(are_done(readers, ARRAY_LEN(readers)));
        cr_expect_not(readers[0].found);
    }
    cr_expect(are_from_redis(&readers[1], 1));
}

/* The question is asked before the mark, its answer comes after it. */
ON_CACHES(ask, a_mark_between_question_and_answer_is_not_missed)
{
    struct reader reader = { .found = false };

    for (int i = 0; i < TRIES && !are_from_redis(&reader, 1); i++) {
        prepare(w, &w->key, 1);
        start(w, &reader, &w->key, 8000);
        near_invalidate(w->b->near, cache__subject(cache__key(&w->key)));
        UNTIL(reader.done);
    }
    cr_expect(are_from_redis(&reader, 1));
    cr_expect_neq(layer_on(w, w->b), CACHE_NEAR);
}
