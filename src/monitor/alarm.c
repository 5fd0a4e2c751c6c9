/* SPDX-License-Identifier: MIT */
#include "monitor/alarm.h"

#include "base/check.h"
#include "base/clock.h"

static const bool may_become[4][4] = {
    [ALARM_INACTIVE] = { [ALARM_PENDING] = true },
    [ALARM_PENDING] = { [ALARM_INACTIVE] = true, [ALARM_FIRING] = true },
    [ALARM_FIRING] = { [ALARM_RESOLVED] = true },
    [ALARM_RESOLVED] = { [ALARM_INACTIVE] = true, [ALARM_PENDING] = true },
};

static void become(struct alarm *alarm, enum alarm_state next, uint64_t now_ns)
{
    CHECK(may_become[alarm->state][next]);
    alarm->state = next;
    alarm->since_ns = now_ns;
}

static bool has_lasted(const struct alarm *alarm, uint64_t ms, uint64_t now_ns)
{
    return now_ns - alarm->since_ns >= ms * NS_PER_MS;
}

static enum alarm_change on_true(struct alarm *alarm, uint64_t for_ms,
                                 uint64_t now_ns)
{
    if (alarm->state == ALARM_INACTIVE || alarm->state == ALARM_RESOLVED)
        become(alarm, ALARM_PENDING, now_ns);
    if (alarm->state != ALARM_PENDING || !has_lasted(alarm, for_ms, now_ns))
        return ALARM_NOTHING;
    become(alarm, ALARM_FIRING, now_ns);
    return ALARM_FIRED;
}

static enum alarm_change on_false(struct alarm *alarm, uint64_t now_ns)
{
    if (alarm->state == ALARM_FIRING) {
        become(alarm, ALARM_RESOLVED, now_ns);
        return ALARM_CLEARED;
    }
    if (alarm->state == ALARM_PENDING ||
        (alarm->state == ALARM_RESOLVED &&
         has_lasted(alarm, ALARM_RESOLVED_MS, now_ns)))
        become(alarm, ALARM_INACTIVE, now_ns);
    return ALARM_NOTHING;
}

enum alarm_change alarm_look(struct alarm *alarm, bool holds, uint64_t for_ms,
                             uint64_t now_ns)
{
    return holds ? on_true(alarm, for_ms, now_ns) : on_false(alarm, now_ns);
}

const char *alarm_state_name(enum alarm_state state)
{
    static const char *const names[] = { "inactive", "pending", "firing",
                                         "resolved" };

    return names[state];
}
