/* SPDX-License-Identifier: MIT */
#include "runtime/fiber.h"

#include "base/check.h"
#include "base/error.h"
#include "base/memory.h"
#include "runtime/loop_impl.h"
#include "runtime/switch.h"

enum { FIBER_MAGIC = 0x46494252, IDLE_FIBERS_MAX = 256 };

/* A fiber's state; WAITING ones are on no list of the loop. */
enum fiber_state { FIBER_IDLE, FIBER_RUNNING, FIBER_WAITING, FIBER_READY };

struct fiber {
    unsigned magic;
    enum fiber_state state;
    struct list link;  /* among the loop's ready or idle ones */
    struct list queue; /* in a condition */
    struct loop *loop;
    const char *name;
    fiber_fn *fn;
    void *arg;
    struct stack stack, *resumer;
    struct timer timer;
    int wait_result;
    unsigned shields, brief_shields; /* of these, so many are brief */
    bool cancelled;
    struct deadline waits_until; /* while it waits */
    struct deadline grace_ends;  /* once it is cancelled */
    uint64_t waited_ns;
};

static _Thread_local struct fiber *running;
static _Thread_local struct stack thread_stack;

struct fiber *fiber_self(void)
{
    return running;
}

const char *fiber_name(const struct fiber *fiber)
{
    return fiber->name;
}

struct loop *fiber_loop(const struct fiber *fiber)
{
    return fiber->loop;
}

/* --- switching ----------------------------------------------------------- */

static void resume(struct fiber *fiber)
{
    struct fiber *resumer = running;

    OBJ_CHECK(fiber, FIBER_MAGIC);
    fiber->resumer = resumer ? &resumer->stack : &thread_stack;
    fiber->state = FIBER_RUNNING;
    running = fiber;
    stack_switch(fiber->resumer, &fiber->stack);
    running = resumer;
}

static void suspend(struct fiber *self)
{
    stack_switch(&self->stack, self->resumer);
}

/* Every fiber lives many lives: one call of fn each, idle in between. */
static void live(void *arg)
{
    struct fiber *self = arg;

    for (;;) {
        self->fn(self->arg);
        CHECK(self->shields == 0 && self->brief_shields == 0);
        CHECK(!list_is_linked(&self->queue));
        self->state = FIBER_IDLE;
        suspend(self);
    }
}

/* --- the pool ------------------------------------------------------------ */

static void wake_by_timer(void *arg);

static void free_fiber(struct fiber *fiber)
{
    stack_unmap(&fiber->stack);
    memory_free(&fiber);
}

static struct fiber *take_fiber(struct loop *loop)
{
    struct fiber *fiber = list_first(&loop->fibers.idle, struct fiber, link);

    if (fiber) {
        list_remove(&fiber->link);
        loop->fibers.idle_count--;
        return fiber;
    }
    fiber = NEW(struct fiber);
    if (stack_map(&fiber->stack, live, fiber) < 0) {
        memory_free(&fiber);
        return NULL;
    }
    fiber->magic = FIBER_MAGIC;
    fiber->loop = loop;
    list_init(&fiber->link);
    list_init(&fiber->queue);
    timer_init(&fiber->timer, loop, wake_by_timer, fiber);
    return fiber;
}

static void put_if_ended(struct fiber *fiber)
{
    struct loop *loop = fiber->loop;

    if (fiber->state != FIBER_IDLE)
        return;
    loop->fibers.alive--;
    if (loop->fibers.idle_count >= IDLE_FIBERS_MAX) {
        free_fiber(fiber);
        return;
    }
    list_push_front(&loop->fibers.idle, &fiber->link); /* its stack is warm */
    loop->fibers.idle_count++;
}

void loop__free_idle_fibers(struct loop *loop)
{
    list_each_safe (&loop->fibers.idle, struct fiber, fiber, link) {
        list_remove(&fiber->link);
        free_fiber(fiber);
    }
    loop->fibers.idle_count = 0;
}

int fiber_start(struct loop *loop, const char *name, fiber_fn *fn, void *arg,
                struct fiber **ret_fiber)
{
    struct fiber *fiber;

    OBJ_CHECK(loop, LOOP_MAGIC);
    fiber = take_fiber(loop);
    if (!fiber)
        return -ERR_OVERLOADED;
    fiber->name = name;
    fiber->fn = fn;
    fiber->arg = arg;
    fiber->cancelled = false;
    fiber->waited_ns = 0;
    loop->fibers.alive++;
    if (ret_fiber)
        *ret_fiber = fiber;
    resume(fiber);
    put_if_ended(fiber);
    return 0;
}

bool loop__run_ready_fibers(struct loop *loop)
{
    struct list due;
    struct fiber *fiber;

    if (list_is_empty(&loop->ready))
        return false;
    list_init(&due);
    list_append_all(&due, &loop->ready);
    while ((fiber = list_first(&due, struct fiber, link)) != NULL) {
        list_remove(&fiber->link);
        resume(fiber);
        put_if_ended(fiber);
    }
    return true;
}

/* --- waiting ------------------------------------------------------------- */

static void make_ready(struct fiber *fiber, int result)
{
    OBJ_CHECK(fiber, FIBER_MAGIC);
    if (fiber->state != FIBER_WAITING)
        return;
    fiber->state = FIBER_READY;
    fiber->wait_result = result;
    list_push_back(&fiber->loop->ready, &fiber->link);
}

static bool must_stop(const struct fiber *fiber)
{
    return fiber->cancelled && fiber->shields == 0;
}

/* Is it cancelled, and goes on for a little only? */
static bool is_in_grace(const struct fiber *fiber)
{
    return fiber->cancelled && fiber->shields > 0 &&
           fiber->shields == fiber->brief_shields;
}

/* How long it may wait, and what it is told then. */
static struct deadline patience(const struct fiber *fiber, int *ret_result)
{
    *ret_result = -ERR_DEADLINE;
    if (!is_in_grace(fiber) ||
        fiber->waits_until.at_ns <= fiber->grace_ends.at_ns)
        return fiber->waits_until;
    *ret_result = -ERR_CANCELLED;
    return fiber->grace_ends;
}

static void wake_by_timer(void *arg)
{
    int result;

    patience(arg, &result);
    make_ready(arg, result);
}

void fiber_wake(struct fiber *fiber)
{
    make_ready(fiber, 0);
}

int fiber_wait(struct deadline until)
{
    struct fiber *self = running;
    uint64_t since;
    int result;

    OBJ_CHECK(self, FIBER_MAGIC);
    if (must_stop(self))
        return -ERR_CANCELLED;
    since = loop_now_ns(self->loop);
    self->waits_until = until;
    until = patience(self, &result);
    if (until.at_ns <= since)
        return result;
    timer_set(&self->timer, until);
    self->state = FIBER_WAITING;
    suspend(self);
    timer_stop(&self->timer);
    self->waited_ns += loop_now_ns(self->loop) - since;
    return self->wait_result;
}

int fiber_sleep(struct deadline until)
{
    int r = 0;

    while (r == 0)
        r = fiber_wait(until);
    return r == -ERR_DEADLINE ? 0 : r;
}

uint64_t fiber_waited_ns(const struct fiber *fiber)
{
    return fiber->waited_ns;
}

void fiber_cancel(struct fiber *fiber)
{
    int result;

    OBJ_CHECK(fiber, FIBER_MAGIC);
    if (!fiber->cancelled)
        fiber->grace_ends =
            deadline_after(loop_now_ns(fiber->loop), FIBER_GRACE_MS);
    fiber->cancelled = true;
    if (must_stop(fiber))
        make_ready(fiber, -ERR_CANCELLED);
    else if (fiber->state == FIBER_WAITING)
        timer_set(&fiber->timer, patience(fiber, &result));
}

bool fiber_is_cancelled(const struct fiber *fiber)
{
    return fiber->cancelled;
}

void fiber_shield(void)
{
    CHECK(running != NULL);
    running->shields++;
}

void fiber_unshield(void)
{
    CHECK(running != NULL && running->shields > running->brief_shields);
    running->shields--;
}

void fiber_shield_briefly(void)
{
    fiber_shield();
    running->brief_shields++;
}

void fiber_unshield_briefly(void)
{
    CHECK(running != NULL && running->brief_shields > 0);
    running->brief_shields--;
    fiber_unshield();
}

/* --- conditions ---------------------------------------------------------- */

void condition_init(struct condition *condition)
{
    list_init(&condition->waiters);
}

int condition_wait(struct condition *condition, struct deadline until)
{
    struct fiber *self = running;
    int r;

    OBJ_CHECK(self, FIBER_MAGIC);
    list_push_back(&condition->waiters, &self->queue);
    r = fiber_wait(until);
    list_remove(&self->queue);
    return r;
}

bool condition_signal(struct condition *condition)
{
    struct fiber *fiber;

    while ((fiber = list_first(&condition->waiters, struct fiber, queue))) {
        list_remove(&fiber->queue);
        if (fiber->state == FIBER_WAITING) { /* else it gave up just now */
            fiber_wake(fiber);
            return true;
        }
    }
    return false;
}

void condition_broadcast(struct condition *condition)
{
    while (condition_signal(condition))
        ;
}

bool condition_has_waiters(const struct condition *condition)
{
    return !list_is_empty(&condition->waiters);
}

void fiber_end(struct fiber *const *fiber, struct condition *ended)
{
    if (!*fiber)
        return;
    fiber_cancel(*fiber);
    fiber_shield();
    while (*fiber)
        if (condition_wait(ended, DEADLINE_NEVER) < 0)
            continue;
    fiber_unshield();
}

/* --- a command's fiber --------------------------------------------------- */

struct lone {
    struct loop *loop;
    fiber_fn *fn;
    void *arg;
    bool ended;
};

static void run_lone(void *arg)
{
    struct lone *lone = arg;

    lone->fn(lone->arg);
    lone->ended = true;
    loop_stop(lone->loop);
}

void fiber_run_alone(const char *name, fiber_fn *fn, void *arg)
{
    struct lone lone = { .loop = loop_new(), .fn = fn, .arg = arg };

    CHECK(fiber_start(lone.loop, name, run_lone, &lone, NULL) == 0);
    if (!lone.ended)
        loop_run(lone.loop);
    CHECK(lone.ended);
    loop_free(&lone.loop);
}
