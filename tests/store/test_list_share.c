/* SPDX-License-Identifier: MIT */
#include "store/list_share.h"

#include "base/error.h"
#include "support/database.h"

enum { ASKS = 8 };

/* What is read: the newest acknowledged state, told when it is let through. */
static struct world {
    struct list_share *share;
    struct condition gate;
    bool open;
    unsigned state; /* written by others meanwhile */
    int fails;      /* -ERR_x of the next read */
    unsigned begun; /* reads */
} world;

/* One fiber that asks for one list. */
struct ask {
    const char *key;
    struct deadline until;
    struct arena arena;
    struct diag diag;
    struct fiber *fiber;
    struct list_answer answer;
    int result;
    bool done;
};

static int read_state(void *arg, struct list_answer *ret_answer)
{
    struct ask *ask = arg;
    char text[32];
    int r = 0;

    world.begun++;
    while (!world.open && r == 0)
        r = condition_wait(&world.gate, ask->until);
    if (r == 0 && world.fails)
        r = FAIL(&ask->diag, -world.fails, "no list today");
    if (r < 0) {
        world.fails = 0;
        return r;
    }
    snprintf(text, sizeof(text), "%s %u", ask->key, world.state);
    ret_answer->body = bytes_copy(text_of(text));
    ret_answer->page.count = world.state;
    ret_answer->page.next =
        text_of(arena_format(&ask->arena, "behind %u", world.state));
    return 0;
}

static void ask_fiber(void *arg)
{
    struct ask *ask = arg;
    const struct list_reader reader = {
        .read = read_state,
        .arg = ask,
        .arena = &ask->arena,
        .name = "test_list",
        .until = ask->until,
        .diag = &ask->diag,
    };

    ask->result =
        list_share_get(world.share, text_of(ask->key), &reader, &ask->answer);
    ask->done = true;
}

static void start_until(struct ask *ask, const char *key, struct deadline until)
{
    *ask = (struct ask){ .key = key, .until = until };
    arena_init(&ask->arena, 4096);
    diag_init(&ask->diag, &ask->arena);
    cr_assert_eq(fiber_start(fiber_loop(fiber_self()), "ask", ask_fiber, ask,
                             &ask->fiber),
                 0);
}

static void start(struct ask *ask, const char *key)
{
    start_until(ask, key, after_ms(20000));
}

static void end(struct ask *ask)
{
    UNTIL(ask->done);
    bytes_unref(&ask->answer.body);
    arena_fini(&ask->arena);
}

static void expect_answer(struct ask *ask, const char *body)
{
    UNTIL(ask->done);
    cr_assert_eq(ask->result, 0, "%s", ask->diag.detail);
    cr_expect(text_is(bytes_text(ask->answer.body), body), "%.*s is not %s",
              TEXT_ARG(bytes_text(ask->answer.body)), body);
    end(ask);
}

static void expect_error(struct ask *ask, int code)
{
    UNTIL(ask->done);
    cr_expect_eq(ask->result, code);
    cr_expect_null(ask->answer.body);
    end(ask);
}

static void open_gate(void)
{
    world.open = true;
    condition_broadcast(&world.gate);
}

/* What was begun in this turn has left when it is over. */
static void let_it_leave(void)
{
    cr_assert_eq(fiber_sleep(after_ms(1)), 0);
}

static struct list_share_stats counts(void)
{
    struct list_share_stats stats;

    list_share_stats(world.share, &stats);
    return stats;
}

#define ON_SHARE(name)                                          \
    static void name##_body(void);                              \
    static void name##_fiber(void *arg)                         \
    {                                                           \
        (void)arg;                                              \
        world.share = list_share_new(fiber_loop(fiber_self())); \
        condition_init(&world.gate);                            \
        name##_body();                                          \
        list_share_free(&world.share);                          \
    }                                                           \
    Test(list_share, name, .timeout = 60)                       \
    {                                                           \
        fiber_run_alone("test", name##_fiber, NULL);            \
    }                                                           \
    static void name##_body(void)

ON_SHARE(lets_nobody_wait_who_asks_alone)
{
    struct ask ask;

    world.open = true;
    start(&ask, "a");
    cr_expect(ask.done, "without a turn of the loop");
    expect_answer(&ask, "a 0");
}

ON_SHARE(reads_once_for_all_who_ask_in_one_turn)
{
    struct ask asks[ASKS];

    for (size_t i = 0; i < ASKS; i++)
        start(&asks[i], "a");
    open_gate();
    UNTIL(asks[ASKS - 1].done);
    cr_expect_eq(asks[0].answer.body, asks[ASKS - 1].answer.body);
    for (size_t i = 0; i < ASKS; i++)
        expect_answer(&asks[i], "a 0");
    cr_expect_eq(counts().requests, ASKS);
    cr_expect_eq(counts().reads, 1);
}

ON_SHARE(gives_nobody_what_was_asked_before_he_asked)
{
    struct ask first, later;

    start(&first, "a");
    let_it_leave();
    start(&later, "a");
    cr_expect_eq(world.begun, 1);
    world.open = true;
    condition_signal(&world.gate); /* the first has its answer … */
    world.state = 1;               /* … and only then something is written */
    UNTIL(later.done);
    cr_expect_eq(counts().reads, 2);
    end(&first);
    expect_answer(&later, "a 1");
}

ON_SHARE(gathers_while_one_is_being_read)
{
    struct ask first, later[ASKS];

    start(&first, "a");
    let_it_leave();
    for (size_t i = 0; i < ASKS; i++) {
        start(&later[i], "a");
        let_it_leave();
    }
    cr_expect_eq(world.begun, 1);
    open_gate();
    expect_answer(&first, "a 0");
    for (size_t i = 0; i < ASKS; i++)
        expect_answer(&later[i], "a 0");
    cr_expect_eq(counts().reads, 2);
}

ON_SHARE(keeps_apart_what_has_another_key)
{
    struct ask one, other;

    start(&one, "a");
    start(&other, "b");
    cr_expect_eq(world.begun, 2, "neither waits for the other");
    open_gate();
    expect_answer(&one, "a 0");
    expect_answer(&other, "b 0");
}

ON_SHARE(copies_the_pages_texts_for_each)
{
    struct ask first, second;

    start(&first, "a");
    start(&second, "a");
    open_gate();
    UNTIL(first.done);
    end(&first); /* its arena is gone */
    UNTIL(second.done);
    cr_expect(text_is(second.answer.page.next, "behind 0"));
    cr_expect(text_is_null(second.answer.page.prev));
    end(&second);
}

ON_SHARE(tells_an_error_to_all_who_wait_for_it)
{
    struct ask asks[3];

    for (size_t i = 0; i < 3; i++)
        start(&asks[i], "a");
    world.fails = -ERR_OVERLOADED;
    open_gate();
    for (size_t i = 0; i < 3; i++) {
        UNTIL(asks[i].done);
        cr_expect_str_eq(asks[i].diag.detail, "no list today");
        expect_error(&asks[i], -ERR_OVERLOADED);
    }
    cr_expect_eq(counts().reads, 1);
}

ON_SHARE(asks_again_after_an_error)
{
    struct ask first, later;

    start(&first, "a");
    let_it_leave();
    start(&later, "a");
    world.fails = -ERR_LINK_LOST;
    world.open = true;
    condition_signal(&world.gate);
    expect_error(&first, -ERR_LINK_LOST);
    expect_answer(&later, "a 0");
}

ON_SHARE(hands_on_when_the_reader_is_cancelled)
{
    struct ask reader, others[3];

    start(&reader, "a");
    for (size_t i = 0; i < 3; i++)
        start(&others[i], "a");
    fiber_cancel(reader.fiber);
    expect_error(&reader, -ERR_CANCELLED);
    open_gate();
    for (size_t i = 0; i < 3; i++)
        expect_answer(&others[i], "a 0");
    cr_expect_eq(counts().reads, 2);
}

ON_SHARE(hands_on_when_the_reader_has_no_time_left)
{
    struct ask reader, other, later;

    start_until(&reader, "a", after_ms(20));
    start(&other, "a");
    let_it_leave();
    start(&later, "a");
    expect_error(&reader, -ERR_DEADLINE);
    open_gate();
    expect_answer(&other, "a 0");
    expect_answer(&later, "a 0");
    cr_expect_eq(counts().reads, 2, "the later one has joined the second");
}

ON_SHARE(loses_only_him_who_is_cancelled_or_late)
{
    struct ask reader, gone, late, patient;

    start(&reader, "a");
    start(&gone, "a");
    start_until(&late, "a", after_ms(20));
    start(&patient, "a");
    fiber_cancel(gone.fiber);
    expect_error(&gone, -ERR_CANCELLED);
    expect_error(&late, -ERR_DEADLINE);
    cr_expect_not(reader.done);
    open_gate();
    expect_answer(&reader, "a 0");
    expect_answer(&patient, "a 0");
    cr_expect_eq(counts().reads, 1);
}

ON_SHARE(hands_on_past_one_who_was_cancelled_before_his_turn)
{
    struct ask reader, next, last;

    start(&reader, "a");
    start(&next, "a");
    start(&last, "a");
    fiber_cancel(reader.fiber);
    fiber_cancel(next.fiber);
    expect_error(&reader, -ERR_CANCELLED);
    expect_error(&next, -ERR_CANCELLED);
    open_gate();
    expect_answer(&last, "a 0");
}

ON_SHARE(forgets_a_list_when_the_last_one_leaves)
{
    struct ask reader, other, fresh;

    start(&reader, "a");
    start(&other, "a");
    fiber_cancel(reader.fiber);
    fiber_cancel(other.fiber);
    expect_error(&reader, -ERR_CANCELLED);
    expect_error(&other, -ERR_CANCELLED);
    world.open = true;
    start(&fresh, "a");
    cr_expect(fresh.done, "nothing is left to wait for");
    expect_answer(&fresh, "a 0");
}
