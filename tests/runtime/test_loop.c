/* SPDX-License-Identifier: MIT */
#include "runtime/loop.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* --- timers --- */

struct bell {
    struct timer timer;
    uint64_t rang_at_ns;
};

static void ring(void *arg)
{
    struct bell *bell = arg;

    bell->rang_at_ns = loop_now_ns(bell->timer.loop);
}

Test(timer, fires_each_at_its_own_time_whatever_order_they_were_set_in)
{
    enum { BELLS = 500 };
    struct loop *loop = loop_new_with_fake_time();
    uint64_t start = loop_now_ns(loop);
    static struct bell bells[BELLS];

    srand(7);
    for (int i = 0; i < BELLS; i++) {
        timer_init(&bells[i].timer, loop, ring, &bells[i]);
        timer_set(&bells[i].timer,
                  deadline_after(start, 1 + (uint64_t)rand() % 1000));
    }
    for (int i = 0; i < BELLS; i += 3) /* some move */
        timer_set(&bells[i].timer, deadline_after(start, 1 + (uint64_t)i));
    for (int i = 1; i < BELLS; i += 3) /* some stop */
        timer_stop(&bells[i].timer);
    loop_advance(loop, 1001 * NS_PER_MS);
    for (int i = 0; i < BELLS; i++) {
        if (i % 3 == 1)
            cr_expect_eq(bells[i].rang_at_ns, 0);
        else
            cr_expect_eq(bells[i].rang_at_ns, bells[i].timer.at_ns);
    }
    loop_free(&loop);
}

/* --- the turn --- */

struct stage_note {
    struct turn_hook hook;
    char **order;
    char name;
};

static void note(void *arg)
{
    struct stage_note *n = arg;

    *(*n->order)++ = n->name;
}

Test(turn, serves_before_it_flushes_and_asks_once)
{
    struct loop *loop = loop_new_with_fake_time();
    char order[8] = "", *end = order;
    struct stage_note serve = { .order = &end, .name = 's' };
    struct stage_note flush = { .order = &end, .name = 'f' };

    turn_hook_init(&serve.hook, TURN_SERVE, note, &serve);
    turn_hook_init(&flush.hook, TURN_FLUSH, note, &flush);
    turn_hook_ask(loop, &flush.hook);
    turn_hook_ask(loop, &serve.hook);
    turn_hook_ask(loop, &serve.hook);
    loop_advance(loop, 0);
    cr_expect_str_eq(order, "sf");
    loop_free(&loop);
}

/* One that has always more to do, and takes its time. */
struct endless {
    struct turn_hook hook;
    struct loop *loop;
    uint64_t takes_ns;
    unsigned runs;
};

static void go_on(void *arg)
{
    struct endless *endless = arg;
    uint64_t began_ns = clock_monotonic_ns();

    while (clock_monotonic_ns() - began_ns < endless->takes_ns)
        ;
    endless->runs++;
    turn_hook_ask(endless->loop, &endless->hook);
}

Test(turn, what_is_queued_does_not_wait_for_what_has_always_more_to_do)
{
    struct loop *loop = loop_new();
    struct endless endless = { .loop = loop };
    char order[8] = "", *end = order;
    struct stage_note flush = { .order = &end, .name = 'f' };

    turn_hook_init(&endless.hook, TURN_SERVE, go_on, &endless);
    turn_hook_init(&flush.hook, TURN_FLUSH, note, &flush);
    turn_hook_ask(loop, &flush.hook);
    turn_hook_ask(loop, &endless.hook);
    loop_turn(loop, false);
    cr_expect_str_eq(order, "f");
    cr_expect_gt(endless.runs, 1);
    turn_hook_cancel(&endless.hook);
    loop_free(&loop);
}

/* It may begin before and behind the look at the descriptors, no more. */
Test(turn, looks_at_descriptors_again_when_it_has_taken_long)
{
    struct loop *loop = loop_new();
    struct endless endless = { .loop = loop, .takes_ns = 10 * NS_PER_MS };

    turn_hook_init(&endless.hook, TURN_SERVE, go_on, &endless);
    turn_hook_ask(loop, &endless.hook);
    loop_turn(loop, false);
    cr_expect_leq(endless.runs, 2);
    turn_hook_cancel(&endless.hook);
    loop_free(&loop);
}

/* --- mail --- */

struct letter {
    struct post post;
    struct loop *to;
    int *next, number;
    bool last;
};

static void open_letter(void *arg)
{
    struct letter *letter = arg;

    cr_expect_eq(*letter->next, letter->number, "in the order of posting");
    (*letter->next)++;
    if (letter->last)
        loop_stop(letter->to);
}

static void *post_all(void *arg)
{
    struct letter *letters = arg;

    for (int i = 0; i < 100; i++)
        loop_post(letters[i].to, &letters[i].post);
    return NULL;
}

Test(loop, delivers_mail_of_another_thread_in_order)
{
    struct loop *loop = loop_new();
    static struct letter letters[100];
    int next = 0;
    pthread_t sender;

    for (int i = 0; i < 100; i++)
        letters[i] = (struct letter){
            .post = { .run = open_letter, .arg = &letters[i] },
            .to = loop,
            .next = &next,
            .number = i,
            .last = i == 99,
        };
    pthread_create(&sender, NULL, post_all, letters);
    loop_run(loop);
    pthread_join(sender, NULL);
    cr_expect_eq(next, 100);
    loop_free(&loop);
}

/* --- descriptors --- */

struct pipe_end {
    struct loop *loop;
    struct watch *watch;
    int fd, seen;
};

static void read_one(void *arg, int events)
{
    struct pipe_end *end = arg;
    char byte;

    end->seen |= events;
    cr_expect_eq(read(end->fd, &byte, 1), 1);
    watch_free(&end->watch);
    loop_stop(end->loop);
}

Test(watch, calls_back_when_a_descriptor_becomes_readable)
{
    struct pipe_end end = { .loop = loop_new() };
    int fds[2];

    cr_assert_eq(pipe(fds), 0);
    end.fd = fds[0];
    cr_assert_eq(
        watch_new(end.loop, fds[0], WATCH_READ, read_one, &end, &end.watch), 0);
    cr_assert_eq(write(fds[1], "x", 1), 1);
    loop_run(end.loop);
    cr_expect_eq(end.seen, WATCH_READ);
    loop_free(&end.loop);
    close(fds[0]);
    close(fds[1]);
}
