/* SPDX-License-Identifier: MIT */
/*
 * After a crowd of clients most of what they took lies free between blocks that
 * live on, and the allocator would keep it: it is given back from time to time.
 */
#include "app/serving.h"
#include "base/heap.h"

enum { GIVE_BACK_MS = 30 * 1000 };

static void on_time(void *arg)
{
    struct serving *serving = arg;

    heap_release();
    timer_set(
        &serving->give_back,
        deadline_after(loop_now_ns(serving->assembly.control), GIVE_BACK_MS));
}

int start_giving_back(struct serving *serving, struct diag *diag)
{
    (void)diag;
    timer_init(&serving->give_back, serving->assembly.control, on_time,
               serving);
    on_time(serving);
    return 0;
}

void stop_giving_back(struct serving *serving)
{
    timer_stop(&serving->give_back);
}
