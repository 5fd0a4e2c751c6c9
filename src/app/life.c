/* SPDX-License-Identifier: MIT */
/* The control loop, on the main thread: signals, and what workers tell. */
#include "admin/exit.h"
#include "app/serving.h"
#include "app/systemd.h"
#include "base/check.h"
#include "telemetry/log.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { STOP_MS = 15000 }; /* beyond drain_timeout, for all but requests */

int start_control(struct serving *serving, struct diag *diag)
{
    (void)diag;
    serving->assembly.control = loop_new();
    return 0;
}

void stop_control(struct serving *serving)
{
    loop_free(&serving->assembly.control);
}

/* --- what workers tell --------------------------------------------------- */

/* Who started us may wait for a line on this descriptor (see admin/dev.h). */
static void tell_ready(struct serving *serving)
{
    systemd_tell("READY=1\nSTATUS=serving");
    if (serving->ready_fd < 0)
        return;
    dprintf(serving->ready_fd, "%s\n", serving->url);
    close(serving->ready_fd);
    serving->ready_fd = -1;
}

static void on_ready(void *arg)
{
    struct serving *serving = arg;

    if (++serving->ready < serving->assembly.workers)
        return;
    log_line(LOG_INFO, "ready", "%s", serving->url);
    tell_ready(serving);
}

static void on_ended(void *arg)
{
    struct serving *serving = arg;

    if (++serving->ended == serving->started)
        loop_stop(serving->assembly.control);
}

/* --- workers ------------------------------------------------------------- */

static struct deadline in_ms(const struct serving *serving, enum setting id)
{
    return deadline_after(
        loop_now_ns(serving->assembly.control),
        (uint64_t)settings_int(serving->assembly.settings, id));
}

/*
 * What a loop waits for when it stops has an end, everywhere. Should one not
 * come, whoever runs us learns where, and need not kill us.
 */
static void end_at_once(void *arg)
{
    const struct serving *serving = arg;

    for (unsigned i = 0; i < serving->started; i++) {
        const char *part = atomic_load(&serving->workers[i].stops);

        if (part)
            log_line(LOG_ERROR, "stop_overdue", "loop %u waits for its %s", i,
                     part);
    }
    _exit(EXIT_FAILED);
}

static void tell_workers_to_stop(void *arg)
{
    struct serving *serving = arg;
    struct deadline until = in_ms(serving, SETTING_DRAIN_TIMEOUT);

    timer_set(&serving->overdue,
              (struct deadline){ until.at_ns + STOP_MS * NS_PER_MS });
    for (unsigned i = 0; i < serving->started; i++)
        worker_stop(&serving->workers[i], until);
}

int start_workers(struct serving *serving, struct diag *diag)
{
    for (unsigned i = 0; i < serving->assembly.workers; i++) {
        struct worker *worker = &serving->workers[i];

        worker->assembly = &serving->assembly;
        worker->index = i;
        worker->listen_fd = serving->fds[i];
        worker->admin_fd =
            serving->assembly.admin_router ? serving->admin_fds[i] : -1;
        worker->ready = (struct post){ .run = on_ready, .arg = serving };
        worker->ended = (struct post){ .run = on_ended, .arg = serving };
        worker->adopted =
            (struct post){ .run = reload_adopted, .arg = serving };
        if (worker_start(worker) < 0)
            return FAIL(diag, ERR_OVERLOADED,
                        "no thread could be started for loop %u", i);
        serving->started++;
    }
    return 0;
}

/* They have ended by themselves but when not all of them could be started. */
void stop_workers(struct serving *serving)
{
    if (serving->ended < serving->started) {
        atomic_store(&serving->assembly.process.draining, true);
        tell_workers_to_stop(serving);
        loop_run(serving->assembly.control);
    }
    for (unsigned i = 0; i < serving->started; i++)
        worker_join(&serving->workers[i]);
}

/* --- signals ------------------------------------------------------------- */

static void drain(struct serving *serving, int number)
{
    if (atomic_exchange(&serving->assembly.process.draining, true))
        _exit(128 + number);
    systemd_tell("STOPPING=1\nSTATUS=finishing what is under way");
    log_line(LOG_INFO, "draining", "signal %d: finishing what is under way",
             number);
    timer_set(&serving->delay, in_ms(serving, SETTING_DRAIN_DELAY));
}

static void on_signal(void *arg, int number)
{
    if (number == SIGHUP)
        reload_ask(arg);
    else
        drain(arg, number);
}

int start_signals(struct serving *serving, struct diag *diag)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
    struct loop *control = serving->assembly.control;

    (void)diag;
    timer_init(&serving->delay, control, tell_workers_to_stop, serving);
    timer_init(&serving->overdue, control, end_at_once, serving);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        CHECK(signal_watch_new(control, numbers[i], on_signal, serving,
                               &serving->watches[i]) == 0);
    return 0;
}

/* A late SIGHUP would end us by default. */
void stop_signals(struct serving *serving)
{
    timer_stop(&serving->delay);
    timer_stop(&serving->overdue);
    for (size_t i = 0; i < ARRAY_LEN(serving->watches); i++)
        signal_watch_free(&serving->watches[i]);
    signal(SIGHUP, SIG_IGN);
}
