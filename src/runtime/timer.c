/* SPDX-License-Identifier: MIT */
/* A binary heap: setting, moving and stopping cost log n, the first nothing. */
#include "runtime/loop_impl.h"

#include "base/check.h"
#include "base/memory.h"

enum { FIRST_CAPACITY = 64 };

static void place(struct timer_heap *heap, size_t slot, struct timer *timer)
{
    heap->at[slot] = timer;
    timer->slot = slot;
}

static void sift_up(struct timer_heap *heap, struct timer *timer)
{
    size_t slot = timer->slot;

    while (slot > 1 && timer->at_ns < heap->at[slot / 2]->at_ns) {
        place(heap, slot, heap->at[slot / 2]);
        slot /= 2;
    }
    place(heap, slot, timer);
}

static void sift_down(struct timer_heap *heap, struct timer *timer)
{
    size_t slot = timer->slot, child;

    while ((child = slot * 2) <= heap->count) {
        if (child < heap->count &&
            heap->at[child + 1]->at_ns < heap->at[child]->at_ns)
            child++;
        if (timer->at_ns <= heap->at[child]->at_ns)
            break;
        place(heap, slot, heap->at[child]);
        slot = child;
    }
    place(heap, slot, timer);
}

void timer_init(struct timer *timer, struct loop *loop, timer_fn *fire,
                void *arg)
{
    *timer = (struct timer){ .loop = loop, .fire = fire, .arg = arg };
}

static void add(struct timer_heap *heap, struct timer *timer)
{
    if (heap->count + 1 >= heap->capacity) {
        heap->capacity = heap->capacity ? heap->capacity * 2 : FIRST_CAPACITY;
        heap->at =
            memory_resize(heap->at, heap->capacity * sizeof(heap->at[0]));
    }
    place(heap, ++heap->count, timer);
}

void timer_set(struct timer *timer, struct deadline at)
{
    struct timer_heap *heap = &timer->loop->timers;

    if (at.at_ns == UINT64_MAX) {
        timer_stop(timer);
        return;
    }
    timer->at_ns = at.at_ns;
    if (timer->slot == 0)
        add(heap, timer);
    sift_up(heap, timer);
    sift_down(heap, timer);
    if (timer->slot == 1)
        loop__set_alarm(timer->loop, timer->at_ns);
}

void timer_stop(struct timer *timer)
{
    struct timer_heap *heap = &timer->loop->timers;
    struct timer *last;

    if (timer->slot == 0)
        return;
    last = heap->at[heap->count--];
    if (last != timer) {
        place(heap, timer->slot, last);
        sift_up(heap, last);
        sift_down(heap, last);
    }
    timer->slot = 0;
}

struct timer *loop__first_timer(const struct loop *loop)
{
    return loop->timers.count ? loop->timers.at[1] : NULL;
}

void loop__fire_due_timers(struct loop *loop)
{
    uint64_t now = loop_now_ns(loop);
    struct timer *first;

    while ((first = loop__first_timer(loop)) && first->at_ns <= now) {
        timer_stop(first);
        first->fire(first->arg);
    }
}
