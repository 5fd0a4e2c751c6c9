/* SPDX-License-Identifier: MIT */
/*
 * `portcullis serve`: the main thread starts the parts of the process from the
 * top of their table, waits for signals until all loops have ended, and stops
 * the parts from the table's end. What a loop is made of stands in worker.c.
 */
#include "app/check.h"
#include "app/serving.h"
#include "app/verb.h"
#include "base/memory.h"
#include "telemetry/log.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>

/* clang-format off */
const struct serving_part serving_parts[] = {
    /* name          start             stop             prepare          adopt */
    { "settings",    start_settings,   stop_settings,   NULL,            NULL },
    { "process",     start_process,    NULL,            NULL,            NULL },
    { "fitness",     NULL,             NULL,            prepare_fitness, NULL },
    { "log",         NULL,             NULL,            NULL,            adopt_log },
    { "features",    start_features,   NULL,            NULL,            adopt_features },
    { "pid_file",    start_pid_file,   stop_pid_file,   NULL,            NULL },
    { "routes",      start_routes,     stop_routes,     NULL,            NULL },
    { "target",      start_target,     stop_target,     NULL,            NULL },
    { "redis",       start_redis,      stop_redis,      NULL,            NULL },
    { "migrations",  start_migrations, stop_migrations, NULL,            NULL },
    { "schema",      start_schema,     NULL,            NULL,            NULL },
    { "keys",        start_keys,       stop_keys,       prepare_keys,    NULL },
    { "limits",      start_limits,     stop_limits,     NULL,            NULL },
    { "tls",         start_tls,        stop_tls,         prepare_tls,     adopt_tls },
    { "control",     start_control,    stop_control,    NULL,            NULL },
    { "sockets",     start_sockets,    NULL,            NULL,            NULL },
    { "monitor",     start_monitor,    stop_monitor,    prepare_monitor, adopt_monitor },
    { "signals",     start_signals,    stop_signals,    NULL,            NULL },
    { "watchdog",    start_watchdog,   stop_watchdog,   NULL,            NULL },
    { "giving back", start_giving_back, stop_giving_back, NULL,          NULL },
    { "workers",     start_workers,    stop_workers,    NULL,            NULL },
    { 0 },
};
/* clang-format on */

/* Of a part that did not start. */
static int exit_of(int r)
{
    if (r == -ERR_UNAVAILABLE)
        return EXIT_PORT_TAKEN;
    if (r == -ERR_PRECONDITION_FAILED)
        return EXIT_MIGRATION;
    return r == -ERR_OVERLOADED ? EXIT_FAILED : EXIT_CONFIG;
}

/* Stops those before `end`, the last one first. */
static void stop_parts(struct serving *serving, const struct serving_part *end)
{
    while (end-- > serving_parts)
        if (end->stop)
            end->stop(serving);
}

/* *ret_end is behind the last one that started, or began to. */
static int start_parts(struct serving *serving,
                       const struct serving_part **ret_end, struct diag *diag)
{
    const struct serving_part *part = serving_parts;
    int r = 0;

    for (; part->name && r == 0; part++)
        if (part->start)
            r = part->start(serving, diag);
    *ret_end = part;
    return r;
}

static int serve(struct serving *serving)
{
    const struct serving_part *end;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = start_parts(serving, &end, &diag);
    if (r == 0)
        loop_run(serving->assembly.control);
    stop_parts(serving, end);
    if (r < 0) {
        say("%s", diag.detail);
        return exit_of(r);
    }
    log_line(LOG_INFO, "stopped", "all requests were answered");
    return EXIT_OK;
}

static int take_ready_fd(void)
{
    const char *text = getenv("PORTCULLIS_READY_FD");
    int64_t fd;

    if (text && text_to_int64(text_of(text), &fd) && fd > 2 && fd <= INT_MAX)
        return (int)fd;
    return -1;
}

int verb_serve(struct invocation *invocation)
{
    struct serving *serving;
    int status = check_no_more(invocation, "serve");

    if (status == EXIT_OK)
        status = config_check_to_serve(invocation->settings);
    if (status != EXIT_OK)
        return status;
    signal(SIGHUP, SIG_IGN); /* until there is something to reload */
    serving = NEW(struct serving);
    serving->assembly.settings = invocation->settings;
    serving->ready_fd = take_ready_fd();
    serving->pid_fd = -1;
    status = serve(serving);
    memory_free(&serving);
    return status;
}
