/* SPDX-License-Identifier: MIT */
#include "runtime/loop_impl.h"

#include "base/check.h"
#include "base/memory.h"
#include "telemetry/log.h"

/*
 * Rounds of one turn, and how long it may last, after which the loop looks at
 * its descriptors again, so that fibers which keep waking each other, or a
 * thousand clients who come at once, cannot starve everybody else.
 */
enum { ROUNDS_PER_TURN = 64, TURN_US = 4000 };

static _Thread_local struct loop *current;

struct loop *loop_current(void)
{
    return current;
}

void loop__make_current(struct loop *loop)
{
    current = loop;
}

uint64_t loop_now_ns(const struct loop *loop)
{
    struct loop *l = (struct loop *)loop; /* the clock is a cache */

    if (l->now_is_old && !l->fake_time) {
        l->now_ns = clock_monotonic_ns();
        l->now_is_old = false;
    }
    return l->now_ns;
}

/* --- the end of a turn --------------------------------------------------- */

void turn_hook_init(struct turn_hook *hook, enum turn_stage stage, turn_fn *run,
                    void *arg)
{
    *hook = (struct turn_hook){ .stage = stage, .run = run, .arg = arg };
    list_init(&hook->link);
}

void turn_hook_ask(struct loop *loop, struct turn_hook *hook)
{
    if (!list_is_linked(&hook->link))
        list_push_back(&loop->hooks[hook->stage], &hook->link);
}

void turn_hook_cancel(struct turn_hook *hook)
{
    list_remove(&hook->link);
}

/* Those asked for until now; what they ask for anew is the next round's. */
static bool run_hooks(struct loop *loop, enum turn_stage stage)
{
    struct list due;
    struct turn_hook *hook;

    if (list_is_empty(&loop->hooks[stage]))
        return false;
    list_init(&due);
    list_append_all(&due, &loop->hooks[stage]);
    while ((hook = list_first(&due, struct turn_hook, link)) != NULL) {
        list_remove(&hook->link);
        hook->run(hook->arg);
    }
    return true;
}

static void keep_awake(uv_idle_t *idle)
{
    uv_idle_stop(idle);
}

/* Faked time stands still: there the rounds alone end it. */
static bool is_long(const struct loop *loop, uint64_t began_ns)
{
    return !loop->fake_time &&
           clock_monotonic_ns() - began_ns > TURN_US * NS_PER_US;
}

/* Where it is not let end, what is queued does not wait for its rest. */
static void end_turn(struct loop *loop)
{
    uint64_t began_ns = clock_monotonic_ns();

    for (int round = 0; round < ROUNDS_PER_TURN; round++) {
        bool ran = loop__run_ready_fibers(loop);

        ran |= run_hooks(loop, TURN_SERVE);
        if (!ran && !run_hooks(loop, TURN_FLUSH))
            return;
        if (is_long(loop, began_ns))
            break;
    }
    run_hooks(loop, TURN_FLUSH);
    uv_idle_start(&loop->stay_awake, keep_awake);
}

static void on_before_sleep(uv_prepare_t *handle)
{
    struct loop *loop = handle->data;

    end_turn(loop);
    log_flush();
    loop->now_is_old = true;
}

static void on_after_sleep(uv_check_t *handle)
{
    end_turn(handle->data);
}

/* --- the alarm ----------------------------------------------------------- */

static void on_alarm(uv_timer_t *handle)
{
    struct loop *loop = handle->data;
    struct timer *first;

    loop->now_is_old = true;
    loop->alarm_ns = UINT64_MAX;
    loop__fire_due_timers(loop);
    first = loop__first_timer(loop);
    if (first)
        loop__set_alarm(loop, first->at_ns);
}

void loop__set_alarm(struct loop *loop, uint64_t at_ns)
{
    uint64_t now = loop_now_ns(loop);
    uint64_t ms = at_ns > now ? (at_ns - now + NS_PER_MS - 1) / NS_PER_MS : 0;

    if (loop->fake_time || at_ns >= loop->alarm_ns)
        return;
    loop->alarm_ns = at_ns;
    uv_update_time(&loop->uv);
    uv_timer_start(&loop->alarm, on_alarm, ms, 0);
}

void loop_advance(struct loop *loop, uint64_t ns)
{
    uint64_t until = loop->now_ns + ns;
    struct timer *first;

    OBJ_CHECK(loop, LOOP_MAGIC);
    CHECK(loop->fake_time);
    current = loop;
    end_turn(loop);
    while ((first = loop__first_timer(loop)) && first->at_ns <= until) {
        if (first->at_ns > loop->now_ns)
            loop->now_ns = first->at_ns;
        loop__fire_due_timers(loop);
        end_turn(loop);
    }
    loop->now_ns = until;
}

/* --- mail from other threads --------------------------------------------- */

void loop_post(struct loop *loop, struct post *post)
{
    post->next = atomic_load(&loop->mail);
    while (!atomic_compare_exchange_weak(&loop->mail, &post->next, post))
        ;
    uv_async_send(&loop->mail_bell);
}

static void on_mail(uv_async_t *handle)
{
    struct loop *loop = handle->data;
    struct post *newest = atomic_exchange(&loop->mail, NULL);
    struct post *oldest = NULL;

    if (atomic_exchange(&loop->stopping, false))
        uv_stop(&loop->uv);
    while (newest) {
        struct post *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest) {
        struct post *next = oldest->next; /* it may be gone after its run */

        oldest->run(oldest->arg);
        oldest = next;
    }
}

/* uv_stop() is not for other threads: the bell is, and asks it to. */
void loop_stop(struct loop *loop)
{
    atomic_store(&loop->stopping, true);
    uv_async_send(&loop->mail_bell);
}

/* --- life ---------------------------------------------------------------- */

static struct loop *make(bool fake_time)
{
    struct loop *loop = NEW(struct loop);

    loop->magic = LOOP_MAGIC;
    loop->fake_time = fake_time;
    loop->now_is_old = true;
    loop->alarm_ns = UINT64_MAX;
    loop->now_ns = fake_time ? NS_PER_S : 0;
    list_init(&loop->ready);
    list_init(&loop->fibers.idle);
    for (int stage = 0; stage < TURN_STAGES; stage++)
        list_init(&loop->hooks[stage]);
    CHECK(uv_loop_init(&loop->uv) == 0);
    uv_prepare_init(&loop->uv, &loop->before_sleep);
    uv_check_init(&loop->uv, &loop->after_sleep);
    uv_idle_init(&loop->uv, &loop->stay_awake);
    uv_timer_init(&loop->uv, &loop->alarm);
    CHECK(uv_async_init(&loop->uv, &loop->mail_bell, on_mail) == 0);
    loop->before_sleep.data = loop->after_sleep.data = loop;
    loop->alarm.data = loop->mail_bell.data = loop;
    uv_prepare_start(&loop->before_sleep, on_before_sleep);
    uv_check_start(&loop->after_sleep, on_after_sleep);
    current = loop;
    return loop;
}

struct loop *loop_new(void)
{
    return make(false);
}

struct loop *loop_new_with_fake_time(void)
{
    return make(true);
}

void loop_free(struct loop **loop_at)
{
    struct loop *loop = *loop_at;

    if (!loop)
        return;
    OBJ_CHECK(loop, LOOP_MAGIC);
    CHECK(loop->fibers.alive == 0);
    CHECK(loop->timers.count == 0);
    loop__free_idle_fibers(loop);
    uv_close((uv_handle_t *)&loop->before_sleep, NULL);
    uv_close((uv_handle_t *)&loop->after_sleep, NULL);
    uv_close((uv_handle_t *)&loop->stay_awake, NULL);
    uv_close((uv_handle_t *)&loop->alarm, NULL);
    uv_close((uv_handle_t *)&loop->mail_bell, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop->uv) == 0);
    memory_free(&loop->timers.at);
    if (current == loop)
        current = NULL;
    memory_free(loop_at);
}

void loop_run(struct loop *loop)
{
    OBJ_CHECK(loop, LOOP_MAGIC);
    current = loop;
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    log_flush();
}

void loop_turn(struct loop *loop, bool wait)
{
    OBJ_CHECK(loop, LOOP_MAGIC);
    current = loop;
    uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

unsigned loop_fiber_count(const struct loop *loop)
{
    return loop->fibers.alive;
}
