/* SPDX-License-Identifier: MIT */
/*
 * Fibers: straight-line functions on stacks of their own, switched without a
 * system call. A fiber belongs to one loop and runs only there. It is never
 * destroyed while suspended: cancelling sets a flag and wakes it, and it
 * returns through its own frames, so scope cleanup is safe.
 */
#pragma once

#include "runtime/loop.h"

struct fiber;

typedef void fiber_fn(void *arg);

/*
 * Runs fn(arg) on a new fiber at once, until it ends or first waits. Must be
 * called on the loop's thread; a fiber may start another, which then runs
 * before the starter goes on. `name` must outlive the fiber.
 *
 * *ret_fiber (which may be NULL) is set before fn runs and is valid until the
 * fiber ends; its owner learns of that from fn itself. -ERR_OVERLOADED when
 * there is no memory for a stack: fn was not called then.
 */
int fiber_start(struct loop *loop, const char *name, fiber_fn *fn, void *arg,
                struct fiber **ret_fiber) MUST_CHECK;

/* The running fiber, or NULL outside of one. */
struct fiber *fiber_self(void);

const char *fiber_name(const struct fiber *fiber);
struct loop *fiber_loop(const struct fiber *fiber);

/* From now on every wait of the fiber ends with -ERR_CANCELLED. */
void fiber_cancel(struct fiber *fiber);
bool fiber_is_cancelled(const struct fiber *fiber);

/*
 * While shielded, a cancel is remembered but waits do not end by it: for what
 * must be brought to an end, such as a COMMIT. Nests.
 */
void fiber_shield(void);
void fiber_unshield(void);

/*
 * A shield for waits for somebody else, who may never answer: after a cancel
 * they go on for FIBER_GRACE_MS, and then end with -ERR_CANCELLED. Within a
 * fiber_shield() they do not. Nests; ended by fiber_unshield_briefly().
 */
enum { FIBER_GRACE_MS = 1000 };
void fiber_shield_briefly(void);
void fiber_unshield_briefly(void);

/* How long this fiber has been suspended in all its waits, in nanoseconds. */
uint64_t fiber_waited_ns(const struct fiber *fiber);

/*
 * Suspends until fiber_wake(): 0, or -ERR_CANCELLED, or -ERR_DEADLINE. A wake
 * that came before the wait is not remembered; callers loop on a condition.
 */
YIELDS int fiber_wait(struct deadline until) MUST_CHECK;

/* Makes it ready; it runs at the end of this turn. On the loop's thread. */
void fiber_wake(struct fiber *fiber);

/* 0 at the deadline, or -ERR_CANCELLED. */
YIELDS int fiber_sleep(struct deadline until) MUST_CHECK;

/* --- conditions ---------------------------------------------------------- */

/* A queue of waiting fibers; lives in what it is about. */
struct condition {
    struct list waiters;
};

void condition_init(struct condition *condition);

/* As fiber_wait(); waiters are served in order. The caller loops. */
YIELDS int condition_wait(struct condition *condition, struct deadline until)
    MUST_CHECK;

/* Wakes the one that waits longest; false when nobody waits. */
bool condition_signal(struct condition *condition);
void condition_broadcast(struct condition *condition);
bool condition_has_waiters(const struct condition *condition);

/*
 * Cancels a fiber and waits until it has ended, which it tells by setting
 * *fiber to NULL and a broadcast of `ended`. At once where *fiber is NULL. To
 * be cancelled oneself ends no sooner.
 */
YIELDS void fiber_end(struct fiber *const *fiber, struct condition *ended);

/* --- blocking work ------------------------------------------------------- */

/*
 * Runs fn(arg) on a helper thread and suspends the fiber until it is done; for
 * the few calls that block (resolving a name, PQcancel). Not ended by cancel
 * or deadline, so arg may live on the fiber's stack: fn must be bounded.
 */
YIELDS void work_run(void (*fn)(void *arg), void *arg);

/*
 * The same for work that can be told to end: when the fiber is cancelled or
 * the deadline has passed, *stop becomes true, and the fiber waits until fn,
 * which looks at it now and then, has returned. 0 when fn came to its end by
 * itself, else -ERR_CANCELLED or -ERR_DEADLINE.
 */
YIELDS int work_run_until(void (*fn)(void *arg), void *arg,
                          struct deadline until, atomic_bool *stop) MUST_CHECK;

/* --- a command's fiber --------------------------------------------------- */

/*
 * For programs that are no servers: runs fn(arg) as a fiber on a loop of its
 * own and returns when it has ended.
 */
void fiber_run_alone(const char *name, fiber_fn *fn, void *arg);
