/* SPDX-License-Identifier: MIT */
/*
 * A loop: one thread's events (libuv), its ready fibers and its timers. Loops
 * share nothing; what one tells another goes through loop_post().
 *
 * One turn: due timers -> I/O callbacks -> the end of the turn, which repeats
 * "run ready fibers, then serve hooks, then flush hooks" until nothing is left
 * to do. So whatever became possible in a turn is answered, and what was
 * queued to the database leaves in one write, before the loop sleeps again.
 * After four milliseconds of that it is flushed all the same, and the next turn
 * goes on, without sleep.
 */
#pragma once

#include "base/attr.h"
#include "base/clock.h"
#include "base/list.h"

#include <stdatomic.h>

struct loop;

/* A loop on the real clock. The caller frees it, after loop_run() returned. */
struct loop *loop_new(void) MUST_CHECK;

/*
 * A loop for tests whose clock stands still until loop_advance() moves it. It
 * still does real I/O when it is run.
 */
struct loop *loop_new_with_fake_time(void) MUST_CHECK;

/* Fibers must have ended and watches and timers must have been stopped. */
void loop_free(struct loop **loop);

/* Runs on the calling thread until loop_stop(). */
void loop_run(struct loop *loop);

/* One turn; waits for I/O only when `wait`. For tests and for shutting down. */
void loop_turn(struct loop *loop, bool wait);

/* Makes loop_run() return after this turn. From any thread. */
void loop_stop(struct loop *loop);

/* The loop that runs on this thread, or NULL. */
struct loop *loop_current(void);

/* The clock as of the beginning of this turn; refreshed by every wakeup. */
uint64_t loop_now_ns(const struct loop *loop);

/* Fake time only: moves the clock, firing timers in their order. */
void loop_advance(struct loop *loop, uint64_t ns);

/* Fibers alive on this loop. */
unsigned loop_fiber_count(const struct loop *loop);

/* --- work at the end of the turn --------------------------------------- */

enum turn_stage { TURN_SERVE, TURN_FLUSH, TURN_STAGES };

typedef void turn_fn(void *arg);

/* Embedded in its owner; runs once for each time it was asked for. */
struct turn_hook {
    struct list link;
    enum turn_stage stage;
    turn_fn *run;
    void *arg;
};

void turn_hook_init(struct turn_hook *hook, enum turn_stage stage, turn_fn *run,
                    void *arg);

/* Have it run at the end of this turn; asking twice is asking once. */
void turn_hook_ask(struct loop *loop, struct turn_hook *hook);
void turn_hook_cancel(struct turn_hook *hook);

/* --- timers -------------------------------------------------------------- */

typedef void timer_fn(void *arg);

/* Embedded in its owner. A timer that is not set costs nothing. */
struct timer {
    struct loop *loop;
    uint64_t at_ns;
    size_t slot; /* place in the loop's heap, from 1; 0: not set */
    timer_fn *fire;
    void *arg;
};

void timer_init(struct timer *timer, struct loop *loop, timer_fn *fire,
                void *arg);

/* Sets it, or moves it when it was set. DEADLINE_NEVER stops it. */
void timer_set(struct timer *timer, struct deadline at);
void timer_stop(struct timer *timer);

/* --- descriptors --------------------------------------------------------- */

enum { WATCH_READ = 1, WATCH_WRITE = 2, WATCH_HANGUP = 4 };

typedef void watch_fn(void *arg, int events);

struct watch;

/*
 * Watches a descriptor, level-triggered, until watch_free(). The descriptor
 * must stay open until then. -ERR_INTERNAL when it cannot be watched.
 */
int watch_new(struct loop *loop, int fd, int events, watch_fn *ready, void *arg,
              struct watch **ret_watch) MUST_CHECK;

/* Changes what is waited for; 0 waits for nothing. */
void watch_change(struct watch *watch, int events);

/* From within its own callback too. NULL is taken. */
void watch_free(struct watch **watch);

/* --- other threads ------------------------------------------------------- */

typedef void post_fn(void *arg);

/* A message to a loop; the sender owns it until it has run. */
struct post {
    struct post *next;
    post_fn *run;
    void *arg;
};

/* Runs post->run(post->arg) on the loop's thread, soon. From any thread. */
void loop_post(struct loop *loop, struct post *post);

/* --- signals ------------------------------------------------------------- */

typedef void signal_fn(void *arg, int number);

struct signal_watch;

/* Calls back on the loop when the process gets the signal. */
int signal_watch_new(struct loop *loop, int number, signal_fn *got, void *arg,
                     struct signal_watch **ret_watch) MUST_CHECK;
void signal_watch_free(struct signal_watch **watch);
