/* SPDX-License-Identifier: MIT */
#include "store/list_share.h"

#include "base/check.h"
#include "base/memory.h"
#include "telemetry/metrics.h"

enum { MAGIC = 0x6c736872, SLOTS = 256 };

/* A list that is being read. */
struct shared {
    struct list link; /* in its slot */
    struct list open; /* on the share's, while its statement has not left */
    struct list joined, later;
    size_t key_len;
    char key[];
};

struct list_share {
    unsigned magic;
    struct loop *loop;
    struct list slots[SLOTS];
    struct list open;
    struct turn_hook close;
    struct list_share_stats stats;
};

enum state { WAITING, ANSWERED, APPOINTED };

/* A fiber that waits for another's answer, on its own stack. */
struct sharer {
    struct list link;
    struct fiber *fiber;
    const struct list_reader *reader;
    struct list_answer *answer;
    enum state state;
    int result;
};

/* --- the table ------------------------------------------------------------ */

static struct list *slot_of(struct list_share *share, struct text key)
{
    return &share->slots[text_hash(key) % SLOTS];
}

static struct shared *find(struct list *slot, struct text key)
{
    list_each (slot, struct shared, shared, link)
        if (text_equal(text_from(shared->key, shared->key_len), key))
            return shared;
    return NULL;
}

static struct shared *add(struct list *slot, struct text key)
{
    struct shared *shared = memory_new(sizeof(*shared) + key.len);

    list_init(&shared->open);
    list_init(&shared->joined);
    list_init(&shared->later);
    shared->key_len = key.len;
    memcpy(shared->key, key.at, key.len);
    list_push_front(slot, &shared->link);
    return shared;
}

/* What was queued in a turn leaves at its end: who comes later is too late. */
static void close_all(void *arg)
{
    struct list_share *share = arg;

    while (!list_is_empty(&share->open))
        list_remove(share->open.next);
}

/* --- answering ------------------------------------------------------------ */

bool list_keep_text(struct arena *arena, struct text *text)
{
    const char *copy;

    if (text_is_null(*text))
        return true;
    copy = arena_copy(arena, *text);
    *text = text_from(copy, text->len);
    return copy != NULL;
}

static int copy_answer(struct sharer *sharer, const struct list_answer *answer)
{
    struct page *page = &sharer->answer->page;
    struct arena *arena = sharer->reader->arena;

    *page = answer->page;
    if (!list_keep_text(arena, &page->next) ||
        !list_keep_text(arena, &page->prev))
        return FAIL(sharer->reader->diag, ERR_TOO_LARGE,
                    "the page is too large");
    sharer->answer->body = bytes_ref(answer->body);
    return 0;
}

static void answer_all(struct shared *shared, int result,
                       const struct list_answer *answer,
                       const struct diag *diag)
{
    struct sharer *sharer;

    while ((sharer = list_first(&shared->joined, struct sharer, link))) {
        list_remove(&sharer->link);
        sharer->state = ANSWERED;
        sharer->result = result;
        if (result == 0)
            sharer->result = copy_answer(sharer, answer);
        else
            diag_copy(sharer->reader->diag, diag);
        fiber_wake(sharer->fiber);
    }
}

/* Whoever is left reads for all of them; nothing is on its way meanwhile. */
static void hand_on(struct shared *shared)
{
    struct sharer *next;

    list_append_all(&shared->joined, &shared->later);
    next = list_first(&shared->joined, struct sharer, link);
    if (!next) {
        list_remove(&shared->link);
        memory_free(&shared);
        return;
    }
    list_remove(&next->link);
    next->state = APPOINTED;
    fiber_wake(next->fiber);
}

static unsigned length(const struct list *head)
{
    unsigned count = 0;

    for (const struct list *l = head->next; l != head; l = l->next)
        count++;
    return count;
}

static void observe(struct list_share *share, const struct shared *shared,
                    const struct list_reader *reader)
{
    share->stats.reads++;
    series_observe(METRIC_SERIES(METRIC_BATCH_SIZE, reader->name),
                   1 + length(&shared->joined));
}

/* --- asking --------------------------------------------------------------- */

static YIELDS int lead(struct list_share *share, struct shared *shared,
                       const struct list_reader *reader,
                       struct list_answer *ret_answer)
{
    int r;

    list_append_all(&shared->joined, &shared->later);
    list_push_back(&share->open, &shared->open);
    turn_hook_ask(share->loop, &share->close);
    r = reader->read(reader->arg, ret_answer);
    list_remove(&shared->open);
    observe(share, shared, reader);
    if (r != -ERR_DEADLINE && r != -ERR_CANCELLED)
        answer_all(shared, r, ret_answer, reader->diag);
    hand_on(shared);
    return r;
}

static YIELDS int join(struct list_share *share, struct shared *shared,
                       const struct list_reader *reader,
                       struct list_answer *ret_answer)
{
    struct sharer sharer = { .fiber = fiber_self(),
                             .reader = reader,
                             .answer = ret_answer };
    bool open = list_is_linked(&shared->open);
    int r = 0;

    list_push_back(open ? &shared->joined : &shared->later, &sharer.link);
    while (sharer.state == WAITING && r == 0)
        r = fiber_wait(reader->until);
    list_remove(&sharer.link);
    if (sharer.state == ANSWERED)
        return sharer.result;
    if (sharer.state == APPOINTED && r == 0)
        return lead(share, shared, reader, ret_answer);
    if (sharer.state == APPOINTED)
        hand_on(shared);
    return r == -ERR_DEADLINE ? FAIL(reader->diag, ERR_DEADLINE,
                                     "the database did not answer in time")
                              : r;
}

int list_share_get(struct list_share *share, struct text key,
                   const struct list_reader *reader,
                   struct list_answer *ret_answer)
{
    struct shared *shared;
    struct list *slot;

    OBJ_CHECK(share, MAGIC);
    *ret_answer = (struct list_answer){ .body = NULL };
    share->stats.requests++;
    slot = slot_of(share, key);
    shared = find(slot, key);
    if (shared)
        return join(share, shared, reader, ret_answer);
    return lead(share, add(slot, key), reader, ret_answer);
}

/* --- life ----------------------------------------------------------------- */

struct list_share *list_share_new(struct loop *loop)
{
    struct list_share *share = NEW(struct list_share);

    share->magic = MAGIC;
    share->loop = loop;
    for (size_t i = 0; i < SLOTS; i++)
        list_init(&share->slots[i]);
    list_init(&share->open);
    turn_hook_init(&share->close, TURN_FLUSH, close_all, share);
    return share;
}

void list_share_free(struct list_share **share_at)
{
    struct list_share *share = *share_at;

    if (!share)
        return;
    OBJ_CHECK(share, MAGIC);
    for (size_t i = 0; i < SLOTS; i++)
        CHECK(list_is_empty(&share->slots[i]));
    turn_hook_cancel(&share->close);
    share->magic = 0;
    memory_free(share_at);
}

void list_share_stats(const struct list_share *share,
                      struct list_share_stats *ret_stats)
{
    OBJ_CHECK(share, MAGIC);
    *ret_stats = share->stats;
}
