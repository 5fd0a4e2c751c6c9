/* SPDX-License-Identifier: MIT */
/*
 * Questions for entries. All that a loop asks in one turn is one MGET: Redis
 * reads, looks up and answers one command, and one answer is taken apart here.
 * Whoever asks for a key that is asked for already joins, but only while the
 * question has not left: an answer is never older than the asking for it.
 */
#include "cache/cache_impl.h"

#include "base/check.h"
#include "base/memory.h"
#include "runtime/fiber.h"

enum {
    KEYS_MAX = 64, /* of one MGET */
    SLOTS = 128,
    SLOT_BITS = 7,
    KEY_BYTES = 2 + CACHE_RUN_BYTES + 1 + CACHE_KEY_BYTES,
};

/* On the stack of the fiber that waits. */
struct asker {
    struct list link; /* among those of its key */
    struct fiber *fiber;
    struct deadline until; /* or never: when its batch is late it is told */
    bool answered;
    int result;
    struct bytes *entry;
};

/* Gathering until it is sent, then the connection's until it is answered. */
struct cache_batch {
    struct redis_question question;
    struct cache *cache;
    struct deadline until;
    unsigned count;
    uint8_t slots[SLOTS]; /* by the key: which of the words; 0: none */
    struct text words[1 + KEYS_MAX];
    char keys[KEYS_MAX][KEY_BYTES];
    struct list askers[KEYS_MAX];
};

/* --- answers -------------------------------------------------------------- */

/* Each has bytes of its own: the last one those that came. */
static void give_entry(struct asker *asker, struct redis_reply *reply,
                       bool is_last)
{
    if (reply->kind == REDIS_TEXT)
        asker->entry =
            is_last ? redis_reply_take(reply) : bytes_copy(reply->text);
    else if (reply->kind != REDIS_NIL)
        asker->result = -ERR_UNAVAILABLE;
}

/* A reply; NULL: why there is none. */
static void give(struct list *askers, int result, struct redis_reply *reply)
{
    struct asker *asker;

    while ((asker = list_first(askers, struct asker, link)) != NULL) {
        list_remove(&asker->link);
        asker->answered = true;
        asker->result = result;
        if (reply)
            give_entry(asker, reply, list_is_empty(askers));
        fiber_wake(asker->fiber);
    }
}

static void put_batch(struct cache_batch *batch)
{
    if (batch->cache->spare)
        memory_free(&batch);
    else
        batch->cache->spare = batch;
}

static void on_answered(struct redis_question *question, int result,
                        struct redis_reply *reply)
{
    struct cache_batch *batch =
        CONTAINER_OF(question, struct cache_batch, question);

    if (result == 0 &&
        (reply->kind != REDIS_LIST || reply->count != batch->count))
        result = -ERR_UNAVAILABLE;
    for (unsigned i = 0; i < batch->count; i++)
        give(&batch->askers[i], result, result < 0 ? NULL : &reply->items[i]);
    redis_reply_free(&reply);
    put_batch(batch);
}

/* --- asking --------------------------------------------------------------- */

static void send(struct cache *cache)
{
    struct cache_batch *batch = cache->gathering;

    cache->gathering = NULL;
    redis_ask(cache->redis, batch->words, 1 + batch->count, batch->until,
              &batch->question);
}

static void on_turn_end(void *arg)
{
    struct cache *cache = arg;

    if (cache->gathering)
        send(cache);
}

static struct cache_batch *gathering(struct cache *cache)
{
    struct cache_batch *batch = cache->gathering;

    if (batch)
        return batch;
    batch = cache->spare ? cache->spare : NEW(struct cache_batch);
    cache->spare = NULL;
    batch->question.answered = on_answered;
    batch->cache = cache;
    batch->until = cache__after(cache, CACHE_READ_MS);
    batch->count = 0;
    batch->words[0] = TEXT("MGET");
    memset(batch->slots, 0, sizeof(batch->slots));
    cache->gathering = batch;
    turn_hook_ask(cache->loop, &cache->asks);
    return batch;
}

static struct text write_key(const struct cache *cache,
                             const struct cache_key *key,
                             char ret_at[static KEY_BYTES])
{
    char *end = mempcpy(ret_at, "c:", 2);

    end = mempcpy(end, cache->run, strlen(cache->run));
    *end++ = ':';
    end = mempcpy(end, key->at, key->len);
    return text_from(ret_at, (size_t)(end - ret_at));
}

/* The slot of the key, or the free one where it belongs. Keys differ at their
 * ends; who has many of them collide has a few dozen compared. */
static unsigned find_slot(const struct cache_batch *batch, struct text key)
{
    uint64_t end;
    unsigned slot;

    memcpy(&end, key.at + key.len - sizeof(end), sizeof(end));
    slot = (unsigned)(end * UINT64_C(0x9e3779b97f4a7c15) >> (64 - SLOT_BITS));
    while (batch->slots[slot] &&
           !text_equal(batch->words[batch->slots[slot]], key))
        slot = (slot + 1) % SLOTS;
    return slot;
}

static void join(struct cache *cache, const struct cache_key *key,
                 struct asker *asker)
{
    struct cache_batch *batch = gathering(cache);
    struct text word = write_key(cache, key, batch->keys[batch->count]);
    unsigned slot = find_slot(batch, word);

    if (!batch->slots[slot]) {
        list_init(&batch->askers[batch->count++]);
        batch->words[batch->count] = word;
        batch->slots[slot] = (uint8_t)batch->count;
    }
    list_push_back(&batch->askers[batch->slots[slot] - 1], &asker->link);
    if (batch->until.at_ns <= asker->until.at_ns)
        asker->until = DEADLINE_NEVER; /* the connection's comes first */
    if (batch->count == KEYS_MAX)
        send(cache);
}

int cache__ask(struct cache *cache, const struct cache_key *key,
               struct deadline until, struct bytes **ret_entry)
{
    struct asker asker = { .fiber = fiber_self(), .until = until };
    int r = 0;

    *ret_entry = NULL;
    if (!redis_is_up(cache->redis))
        return -ERR_UNAVAILABLE;
    join(cache, key, &asker);
    while (!asker.answered && r == 0)
        r = fiber_wait(asker.until);
    list_remove(&asker.link);
    if (!asker.answered)
        return r;
    *ret_entry = asker.entry;
    return asker.result;
}

/* --- life ----------------------------------------------------------------- */

void cache__asks_init(struct cache *cache)
{
    turn_hook_init(&cache->asks, TURN_FLUSH, on_turn_end, cache);
}

void cache__asks_fini(struct cache *cache)
{
    turn_hook_cancel(&cache->asks);
    memory_free(&cache->gathering);
    memory_free(&cache->spare);
}
