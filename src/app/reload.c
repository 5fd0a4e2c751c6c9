/* SPDX-License-Identifier: MIT */
#include "app/reload.h"

#include "app/serving.h"
#include "app/systemd.h"
#include "base/clock.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <unistd.h>

enum { MISTAKES_BYTES_MAX = 64 * 1024, SHOWN_BYTES_MAX = 16 * 1024 };

/* --- telling ------------------------------------------------------------- */

static void note_result(bool good)
{
    series_set(metric_series(METRIC_RELOADED, NULL), good);
    if (good)
        series_set(metric_series(METRIC_RELOADED_AT, NULL),
                   (int64_t)(clock_wall_ns() / NS_PER_S));
}

static void tell_status(const struct serving *serving)
{
    reload_status_write(
        &serving->reload.status,
        settings_text(serving->assembly.settings, SETTING_PID_FILE));
}

static void tell_mistake(struct reload *reload, struct text line)
{
    log_line(LOG_ERROR, "reload_mistake", "%.*s", TEXT_ARG(line));
    buffer_add_text(&reload->status.mistakes, line);
    buffer_add_byte(&reload->status.mistakes, '\n');
}

/* Each in a line of its own, as they were written. */
static void tell_mistakes(struct reload *reload, const struct buffer *mistakes)
{
    struct text rest = buffer_text(mistakes), line;

    while (text_cut(&rest, '\n', &line))
        if (line.len > 0)
            tell_mistake(reload, line);
}

static void add_shown(struct event *event, const char *name,
                      const struct settings *settings, enum setting id)
{
    CLEANUP(buffer_fini) struct buffer shown;

    buffer_init(&shown, SHOWN_BYTES_MAX);
    settings_show(settings, id, &shown);
    event_text(event, name, buffer_text(&shown));
}

static void tell_change(const struct settings *before,
                        const struct settings *now, enum setting id)
{
    struct event event;

    event_begin(&event, LOG_INFO, "setting_changed");
    event_string(&event, "setting", setting_name(id));
    add_shown(&event, "before", before, id);
    add_shown(&event, "now", now, id);
    event_string(&event, "origin", settings_origin_text(now, id));
    event_end(&event);
}

static void tell_waiting(const struct settings *now, enum setting id)
{
    struct event event;

    event_begin(&event, LOG_WARN, "setting_waits_for_restart");
    event_string(&event, "setting", setting_name(id));
    event_string(&event, "origin", settings_waiting(now, id));
    event_end(&event);
}

static void tell_changes(struct reload *reload, const struct settings *before,
                         const struct settings *now)
{
    reload->changed = reload->waiting = 0;
    for (enum setting id = 0; id < SETTING_COUNT; id++) {
        if (!settings_same(before, now, id)) {
            tell_change(before, now, id);
            reload->changed++;
        }
        if (settings_waiting(now, id)) {
            tell_waiting(now, id);
            reload->waiting++;
        }
    }
}

static void tell_success(struct reload *reload)
{
    struct event event;

    reload->status.changed = reload->changed;
    reload->status.waiting = reload->waiting;
    event_begin(&event, LOG_INFO, "reloaded");
    event_int(&event, "changed", reload->changed);
    event_int(&event, "waiting", reload->waiting);
    event_end(&event);
}

/* --- reading ------------------------------------------------------------- */

static int read_settings(struct reload *reload, const struct settings *before,
                         struct settings **ret)
{
    CLEANUP(buffer_fini) struct buffer mistakes;
    struct settings_sources from = { .env = environ, .before = before };
    int r;

    buffer_init(&mistakes, MISTAKES_BYTES_MAX);
    r = settings_load(&from, &mistakes, NULL, ret);
    tell_mistakes(reload, &mistakes);
    return r;
}

static int prepare(struct serving *serving, const struct settings *next)
{
    struct diag diag;
    int r = 0;

    diag_init(&diag, NULL);
    for (const struct serving_part *part = serving_parts; part->name; part++) {
        if (part->prepare)
            r = part->prepare(serving, next, &diag);
        if (r < 0)
            break;
    }
    if (r < 0)
        tell_mistake(&serving->reload, text_of(diag.detail));
    return r;
}

static int make_next(struct serving *serving, struct settings **ret)
{
    CLEANUP(settings_free) struct settings *next = NULL;
    int r = read_settings(&serving->reload, serving->assembly.settings, &next);

    if (r == 0)
        r = prepare(serving, next);
    if (r < 0)
        return r;
    *ret = next;
    next = NULL;
    return 0;
}

/* --- adopting ------------------------------------------------------------ */

static void finish(struct serving *serving, bool taken)
{
    struct reload *reload = &serving->reload;

    reload->running = false;
    reload->status.taken = taken;
    reload->status.ended = reload->status.begun;
    tell_status(serving);
    systemd_tell("READY=1");
    if (!reload->again)
        return;
    reload->again = false;
    reload_ask(serving);
}

static void adopt(struct serving *serving, struct settings *next)
{
    struct reload *reload = &serving->reload;

    tell_changes(reload, serving->assembly.settings, next);
    reload->before = reload->own;
    reload->own = next;
    reload->adopted = 0;
    serving->assembly.settings = next;
    for (const struct serving_part *part = serving_parts; part->name; part++)
        if (part->adopt)
            part->adopt(serving);
    for (unsigned i = 0; i < serving->started; i++)
        worker_adopt(&serving->workers[i], next);
}

void reload_adopted(void *arg)
{
    struct serving *serving = arg;

    if (++serving->reload.adopted < serving->started)
        return;
    settings_free(&serving->reload.before);
    note_result(true);
    tell_success(&serving->reload);
    finish(serving, true);
}

void reload_ask(struct serving *serving)
{
    struct reload *reload = &serving->reload;
    struct settings *next = NULL;
    int r;

    if (atomic_load(&serving->assembly.process.draining))
        return;
    if (reload->running) {
        reload->again = true;
        return;
    }
    reload->running = true;
    reload->status.begun++;
    reload->status.changed = reload->status.waiting = 0;
    buffer_clear(&reload->status.mistakes);
    tell_status(serving);
    systemd_tell_reloading();
    r = make_next(serving, &next);
    if (r == 0) {
        adopt(serving, next);
        return;
    }
    note_result(false);
    log_line(LOG_ERROR, "reload_failed",
             "the settings stay as they were before");
    finish(serving, false);
}

/* --- life ---------------------------------------------------------------- */

/* The first ones were read, and are kept, by who called us. */
int start_settings(struct serving *serving, struct diag *diag)
{
    (void)diag;
    reload_status_init(&serving->reload.status);
    note_result(true);
    return 0;
}

void stop_settings(struct serving *serving)
{
    settings_free(&serving->reload.before);
    settings_free(&serving->reload.own);
    reload_status_fini(&serving->reload.status);
}
