/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "runtime/fiber.h"
#include "runtime/loop_impl.h"

struct work {
    uv_work_t request;
    void (*fn)(void *arg);
    void *arg;
    struct fiber *fiber;
    bool done;
};

static void on_helper_thread(uv_work_t *request)
{
    struct work *work = request->data;

    work->fn(work->arg);
}

static void on_done(uv_work_t *request, int status)
{
    struct work *work = request->data;

    (void)status;
    work->done = true;
    fiber_wake(work->fiber);
}

static void begin(struct work *work)
{
    CHECK(work->fiber != NULL);
    work->request.data = work;
    CHECK(uv_queue_work(&fiber_loop(work->fiber)->uv, &work->request,
                        on_helper_thread, on_done) == 0);
}

static YIELDS void wait_for_end(struct work *work)
{
    fiber_shield();
    while (!work->done)
        if (fiber_wait(DEADLINE_NEVER) < 0)
            continue;
    fiber_unshield();
}

void work_run(void (*fn)(void *arg), void *arg)
{
    struct work work = { .fn = fn, .arg = arg, .fiber = fiber_self() };

    begin(&work);
    wait_for_end(&work);
}

int work_run_until(void (*fn)(void *arg), void *arg, struct deadline until,
                   atomic_bool *stop)
{
    struct work work = { .fn = fn, .arg = arg, .fiber = fiber_self() };
    int r = 0;

    begin(&work);
    while (!work.done && r == 0)
        r = fiber_wait(until);
    if (work.done)
        return 0;
    atomic_store(stop, true);
    wait_for_end(&work);
    return r;
}
