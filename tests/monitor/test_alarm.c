/* SPDX-License-Identifier: MIT */
#include "monitor/alarm.h"

#include "base/clock.h"

#include <criterion/criterion.h>

enum { FOR_MS = 30000 };

static uint64_t s(uint64_t seconds)
{
    return (1000 + seconds) * NS_PER_S;
}

static enum alarm_change look(struct alarm *alarm, bool holds, uint64_t second)
{
    return alarm_look(alarm, holds, FOR_MS, s(second));
}

Test(alarm, is_quiet_while_nothing_holds)
{
    struct alarm alarm = { 0 };

    cr_expect_eq(look(&alarm, false, 0), ALARM_NOTHING);
    cr_expect_eq(alarm.state, ALARM_INACTIVE);
}

Test(alarm, fires_once_when_it_has_held_for_long_enough)
{
    struct alarm alarm = { 0 };

    cr_expect_eq(look(&alarm, true, 0), ALARM_NOTHING);
    cr_expect_eq(alarm.state, ALARM_PENDING);
    cr_expect_eq(look(&alarm, true, 29), ALARM_NOTHING);
    cr_expect_eq(look(&alarm, true, 30), ALARM_FIRED);
    cr_expect_eq(alarm.state, ALARM_FIRING);
    cr_expect_eq(look(&alarm, true, 31), ALARM_NOTHING, "told once");
    cr_expect_eq(look(&alarm, true, 3600), ALARM_NOTHING);
}

Test(alarm, fires_at_once_when_it_need_not_last)
{
    struct alarm alarm = { 0 };

    cr_expect_eq(alarm_look(&alarm, true, 0, s(0)), ALARM_FIRED);
}

Test(alarm, begins_anew_when_it_stopped_holding_before_it_fired)
{
    struct alarm alarm = { 0 };

    look(&alarm, true, 0);
    cr_expect_eq(look(&alarm, false, 20), ALARM_NOTHING);
    cr_expect_eq(alarm.state, ALARM_INACTIVE);
    cr_expect_eq(look(&alarm, true, 25), ALARM_NOTHING);
    cr_expect_eq(look(&alarm, true, 40), ALARM_NOTHING);
    cr_expect_eq(look(&alarm, true, 55), ALARM_FIRED);
}

Test(alarm, is_resolved_once_and_forgotten_after_a_while)
{
    struct alarm alarm = { 0 };

    look(&alarm, true, 0);
    look(&alarm, true, 30);
    cr_expect_eq(look(&alarm, false, 40), ALARM_CLEARED);
    cr_expect_eq(alarm.state, ALARM_RESOLVED);
    cr_expect_eq(look(&alarm, false, 41), ALARM_NOTHING);
    cr_expect_eq(alarm.state, ALARM_RESOLVED);
    cr_expect_eq(look(&alarm, false, 40 + ALARM_RESOLVED_MS / 1000),
                 ALARM_NOTHING);
    cr_expect_eq(alarm.state, ALARM_INACTIVE);
}

Test(alarm, fires_again_only_after_holding_for_as_long_again)
{
    struct alarm alarm = { 0 };

    look(&alarm, true, 0);
    look(&alarm, true, 30);
    look(&alarm, false, 31);
    cr_expect_eq(look(&alarm, true, 32), ALARM_NOTHING);
    cr_expect_eq(alarm.state, ALARM_PENDING);
    cr_expect_eq(look(&alarm, true, 61), ALARM_NOTHING);
    cr_expect_eq(look(&alarm, true, 62), ALARM_FIRED);
}
