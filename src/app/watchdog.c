/* SPDX-License-Identifier: MIT */
/*
 * systemd's watchdog: told twice in its time that we are well, as long as every
 * loop that runs has had a pulse since. One that hangs ends, and starts again.
 */
#include "app/serving.h"
#include "app/systemd.h"

static bool all_loops_turn(struct serving *serving)
{
    bool turn = true;

    for (unsigned i = 0; i < serving->started; i++) {
        unsigned beats = atomic_load(&serving->workers[i].pulse.beats);

        turn &= beats != serving->beats_seen[i];
        serving->beats_seen[i] = beats;
    }
    return turn;
}

static void on_watchdog(void *arg)
{
    struct serving *serving = arg;

    /* While it drains some loops have ended, and there is a limit to it. */
    if (atomic_load(&serving->assembly.process.draining) ||
        all_loops_turn(serving))
        systemd_tell("WATCHDOG=1");
    timer_set(&serving->watchdog,
              deadline_after(loop_now_ns(serving->assembly.control),
                             serving->watchdog_ms));
}

int start_watchdog(struct serving *serving, struct diag *diag)
{
    (void)diag;
    serving->watchdog_ms = systemd_watchdog_ms() / 2;
    timer_init(&serving->watchdog, serving->assembly.control, on_watchdog,
               serving);
    if (serving->watchdog_ms > 0)
        on_watchdog(serving);
    return 0;
}

void stop_watchdog(struct serving *serving)
{
    timer_stop(&serving->watchdog);
}
