/* SPDX-License-Identifier: MIT */
#include "resilience/sizer.h"

#include "base/check.h"
#include "base/clock.h"

static unsigned at_least_one(unsigned n)
{
    return n > 0 ? n : 1;
}

static unsigned within(const struct sizer *s, unsigned size)
{
    unsigned least = at_least_one(s->min);

    return size < least ? least : size > s->max ? s->max : size;
}

static bool has_passed(uint64_t since_ns, uint64_t ms, uint64_t now_ns)
{
    return now_ns - since_ns >= ms * NS_PER_MS;
}

static void begin_window(struct sizer *s, uint64_t now_ns)
{
    s->window_ns = now_ns;
    s->gets = s->late = s->window_most = 0;
}

static void begin_calm(struct sizer *s, uint64_t now_ns)
{
    s->calm_ns = now_ns;
    s->most = 0;
}

void sizer_init(struct sizer *s, unsigned min, unsigned max, uint64_t now_ns)
{
    CHECK(max > 0);
    *s = (struct sizer){ .min = min, .max = max, .size = max };
    begin_window(s, now_ns);
    begin_calm(s, now_ns);
}

void sizer_set_limits(struct sizer *s, unsigned min, unsigned max)
{
    CHECK(max > 0);
    s->min = min;
    s->max = max;
    s->size = within(s, s->size);
}

void sizer_note(struct sizer *s, uint64_t waited_ns, unsigned in_use)
{
    s->gets++;
    s->late += waited_ns > POOL_WAIT_TARGET_MS * NS_PER_MS;
    s->window_most = in_use > s->window_most ? in_use : s->window_most;
    s->most = in_use > s->most ? in_use : s->most;
}

static enum sizer_reason resize(struct sizer *s, unsigned size,
                                enum sizer_reason why)
{
    unsigned before = s->size;

    s->size = within(s, size);
    return s->size == before ? SIZER_SAME : why;
}

/*
 * Enough have asked to tell, or enough time has passed; who waits must not wait
 * for that.
 */
static bool is_telling(const struct sizer *s, unsigned waiting_late,
                       uint64_t now_ns)
{
    return has_passed(s->window_ns, POOL_LOOK_MS, now_ns) ||
           ((s->gets >= POOL_GETS_MIN || waiting_late > 0) &&
            has_passed(s->window_ns, POOL_LOOK_SOON_MS, now_ns));
}

static bool are_late(const struct sizer *s, unsigned waiting_late)
{
    uint64_t late = (uint64_t)s->late + waiting_late;
    uint64_t all = (uint64_t)s->gets + waiting_late;

    return late * 100 > all * POOL_LATE_PERCENT;
}

static enum sizer_reason shrink(struct sizer *s, uint64_t now_ns)
{
    unsigned most = s->most;

    begin_calm(s, now_ns);
    if (most + 1 >= s->size)
        return SIZER_SAME;
    return resize(s, s->size - at_least_one((s->size - most) / 4), SIZER_CALM);
}

enum sizer_reason sizer_look(struct sizer *s, unsigned waiting_late,
                             bool trouble, uint64_t now_ns)
{
    bool late, all_in_use;

    if (!is_telling(s, waiting_late, now_ns))
        return SIZER_SAME;
    late = are_late(s, waiting_late);
    all_in_use = waiting_late > 0 || s->window_most >= s->size;
    begin_window(s, now_ns);
    if (late)
        begin_calm(s, now_ns);
    if (late && all_in_use && !trouble && now_ns >= s->held_ns)
        return resize(s, s->size + at_least_one(s->size / 2), SIZER_WAITED);
    if (!late && has_passed(s->calm_ns, POOL_CALM_S * UINT64_C(1000), now_ns))
        return shrink(s, now_ns);
    return SIZER_SAME;
}

enum sizer_reason sizer_refused(struct sizer *s, unsigned up, uint64_t now_ns)
{
    s->held_ns = now_ns + POOL_REFUSED_S * NS_PER_S;
    begin_calm(s, now_ns);
    return up < s->size ? resize(s, up, SIZER_REFUSED) : SIZER_SAME;
}

const char *sizer_reason_text(enum sizer_reason reason)
{
    static const char *const texts[] = {
        [SIZER_SAME] = "the same",
        [SIZER_WAITED] = "connections were waited for too long",
        [SIZER_CALM] = "so many were not in use for a while",
        [SIZER_REFUSED] = "the database takes no more",
    };

    return texts[reason];
}
