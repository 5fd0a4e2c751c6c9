/* SPDX-License-Identifier: MIT */
#include "monitor/monitor.h"

#include "base/check.h"
#include "base/feature.h"
#include "base/memory.h"
#include "monitor/alerts.h"
#include "monitor/webhook.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdio.h>

enum { MONITOR_MAGIC = 0x4EA17400, CHECK_MS = 1000, GRACE_MS = 500 };

struct monitor {
    unsigned magic;
    struct loop *loop; /* of the control thread */
    struct timer tick;
    uint64_t interval_ms;
    struct webhook webhook;
    pthread_mutex_t lock; /* of what follows, and of all checks' own part */
    struct list checks;
    struct alerts alerts;
};

static void lock(struct monitor *monitor)
{
    OBJ_CHECK(monitor, MONITOR_MAGIC);
    pthread_mutex_lock(&monitor->lock);
}

static void unlock(struct monitor *monitor)
{
    pthread_mutex_unlock(&monitor->lock);
}

/* --- what was found ------------------------------------------------------ */

static void log_change(const struct monitor_check *check)
{
    const struct finding *now = &check->record.last;
    struct event ev;

    if (check->record.changes == 1 && now->health == HEALTH_PASS)
        return;
    event_begin(&ev, now->health == HEALTH_PASS ? LOG_INFO : LOG_WARN,
                "component_changed");
    event_string(&ev, "component", check->name);
    if (check->id)
        event_string(&ev, "id", check->id);
    event_string(&ev, "status", health_name(now->health));
    if (now->output[0])
        event_string(&ev, "output", now->output);
    event_end(&ev);
}

static void note(struct monitor_check *check, const struct finding *finding)
{
    if (health_note(&check->record, finding, clock_monotonic_ns(),
                    clock_wall_ns()))
        log_change(check);
}

static bool has_name(const struct monitor_check *check, const char *name)
{
    return check->name == name || strcmp(check->name, name) == 0;
}

/* The worst of those that go by this name. */
static bool component_health(void *arg, const char *name,
                             enum health *ret_health)
{
    struct monitor *monitor = arg;
    bool known = false;

    *ret_health = HEALTH_PASS;
    list_each (&monitor->checks, struct monitor_check, check, link) {
        if (check->record.looked_ns == 0 || !has_name(check, name))
            continue;
        *ret_health = health_worse(*ret_health, check->record.last.health);
        known = true;
    }
    return known;
}

/* --- asking, on the check's loop ----------------------------------------- */

static void end_asking(struct monitor_check *check,
                       const struct finding *finding)
{
    struct monitor *monitor = check->monitor;

    lock(monitor);
    if (finding && !check->leaving)
        note(check, finding);
    check->asked = false;
    unlock(monitor);
    check->fiber = NULL;
    condition_broadcast(&check->ended);
}

static void look(void *arg)
{
    struct monitor_check *check = arg;
    uint64_t began_ns = clock_monotonic_ns();
    struct finding finding = { .unit = "ms", .observed = -1 };

    check->run(check, deadline_after(loop_now_ns(check->loop), CHECK_MS),
               &finding);
    if (finding.observed < 0)
        finding.observed =
            (double)(clock_monotonic_ns() - began_ns) / NS_PER_MS;
    end_asking(check, &finding);
}

static void on_asked(void *arg)
{
    struct monitor_check *check = arg;
    static const struct finding no_fiber = {
        .health = HEALTH_FAIL, .unit = "ms", .output = "no memory for a fiber"
    };

    if (check->leaving)
        end_asking(check, NULL);
    else if (fiber_start(check->loop, "health", look, check, &check->fiber) < 0)
        end_asking(check, &no_fiber);
}

/* --- the tick, on the control loop --------------------------------------- */

static void ask(struct monitor_check *check, uint64_t now_ns)
{
    check->asked = true;
    check->asked_ns = now_ns;
    loop_post(check->loop, &check->ask);
}

static bool is_calm(const struct monitor_check *check, uint64_t now_ns)
{
    return check->record.looked_ns > 0 &&
           check->record.last.health == HEALTH_PASS &&
           now_ns - check->record.looked_ns < check->calm_ms * NS_PER_MS;
}

static void note_silence(struct monitor_check *check, uint64_t now_ns)
{
    uint64_t ms = (now_ns - check->asked_ns) / NS_PER_MS;
    struct finding finding = { .health = HEALTH_FAIL,
                               .unit = "ms",
                               .observed = (double)ms };

    if (ms < CHECK_MS + GRACE_MS)
        return;
    snprintf(finding.output, sizeof(finding.output),
             "no answer for more than %d ms", CHECK_MS + GRACE_MS);
    note(check, &finding);
}

static void ask_all(struct monitor *monitor, uint64_t now_ns)
{
    list_each (&monitor->checks, struct monitor_check, check, link) {
        if (check->asked)
            note_silence(check, now_ns);
        else if (!is_calm(check, now_ns))
            ask(check, now_ns);
    }
}

/* By this thread alone, as a series is its maker's. */
static void count_all(struct monitor *monitor)
{
    list_each (&monitor->checks, struct monitor_check, check, link) {
        enum health health;

        if (component_health(monitor, check->name, &health))
            series_set(METRIC_SERIES(METRIC_COMPONENT,
                                     metric_label(text_of(check->name))),
                       health);
    }
}

static void on_tick(void *arg)
{
    struct monitor *monitor = arg;
    uint64_t now_ns = clock_monotonic_ns();

    timer_set(&monitor->tick,
              deadline_after(loop_now_ns(monitor->loop), monitor->interval_ms));
    if (!feature_is_on(FEATURE_HEALTH_MONITORING))
        return;
    lock(monitor);
    alerts_look(&monitor->alerts, component_health, monitor, now_ns,
                clock_wall_ns());
    count_all(monitor);
    ask_all(monitor, now_ns);
    unlock(monitor);
}

/* --- checks come and go -------------------------------------------------- */

void monitor_register(struct monitor *monitor, struct monitor_check *check)
{
    CHECK(check->name && check->run && check->loop && !check->monitor);
    check->monitor = monitor;
    check->ask = (struct post){ .run = on_asked, .arg = check };
    check->asked = check->leaving = false;
    check->record = (struct health_record){ .looked_ns = 0 };
    condition_init(&check->ended);
    lock(monitor);
    list_push_back(&monitor->checks, &check->link);
    ask(check, clock_monotonic_ns());
    unlock(monitor);
}

void monitor_unregister(struct monitor_check *check)
{
    if (!check->monitor)
        return;
    lock(check->monitor);
    list_remove(&check->link);
    check->leaving = true;
    unlock(check->monitor);
    if (check->fiber)
        fiber_cancel(check->fiber);
    fiber_shield();
    while (check->asked) /* only this thread makes it false now */
        if (condition_wait(&check->ended, DEADLINE_NEVER) < 0)
            continue;
    fiber_unshield();
    check->monitor = NULL;
    condition_broadcast(&check->ended);
}

int monitor_wait(struct monitor_check *check, struct deadline until)
{
    bool looked = false;
    int r = 0;

    while (check->monitor && r == 0) {
        lock(check->monitor);
        looked = check->record.looked_ns > 0;
        unlock(check->monitor);
        if (looked)
            return 0;
        r = condition_wait(&check->ended, until);
    }
    return r < 0 ? r : -ERR_CANCELLED;
}

/* --- told ---------------------------------------------------------------- */

static bool is_first_of_its_name(const struct monitor *monitor,
                                 const struct monitor_check *check)
{
    list_each (&monitor->checks, struct monitor_check, other, link)
        if (has_name(other, check->name))
            return other == check;
    return true;
}

static enum health write_component(struct monitor *monitor, const char *name,
                                   uint64_t now_ns, struct buffer *out)
{
    enum health worst = HEALTH_PASS;
    const char *before = "";

    buffer_add_format(out, ",\"%s\":[", name);
    list_each (&monitor->checks, struct monitor_check, check, link) {
        if (!has_name(check, name))
            continue;
        buffer_add_string(out, before);
        before = ",";
        worst = health_worse(
            worst, health_write(&check->record, check->id, now_ns, out));
    }
    buffer_add_byte(out, ']');
    return worst;
}

enum health monitor_write(struct monitor *monitor, struct buffer *out)
{
    uint64_t now_ns = clock_monotonic_ns();
    enum health worst = HEALTH_PASS;

    if (!feature_is_on(FEATURE_HEALTH_MONITORING)) {
        buffer_add_string(out, ",\"monitor\":[{\"status\":\"pass\",\"output\":"
                               "\"health_monitoring is off\"}]");
        return HEALTH_PASS;
    }
    lock(monitor);
    list_each (&monitor->checks, struct monitor_check, check, link)
        if (is_first_of_its_name(monitor, check))
            worst = health_worse(
                worst, write_component(monitor, check->name, now_ns, out));
    worst = health_worse(worst, alerts_write(&monitor->alerts, now_ns, out));
    unlock(monitor);
    return worst;
}

/* --- life ---------------------------------------------------------------- */

int monitor_configure(struct monitor *monitor, const struct settings *settings,
                      struct diag *diag)
{
    int r;

    lock(monitor);
    r = alerts_configure(&monitor->alerts, settings, diag);
    unlock(monitor);
    if (r < 0)
        return r;
    monitor->interval_ms =
        (uint64_t)settings_int(settings, SETTING_HEALTH_INTERVAL);
    webhook_set_url(&monitor->webhook,
                    settings_text(settings, SETTING_ALERT_WEBHOOK));
    return 0;
}

int monitor_new(const struct settings *settings, struct loop *control,
                struct monitor **ret_monitor, struct diag *diag)
{
    CLEANUP(monitor_free) struct monitor *monitor = NEW(struct monitor);
    int r;

    monitor->magic = MONITOR_MAGIC;
    monitor->loop = control;
    pthread_mutex_init(&monitor->lock, NULL);
    list_init(&monitor->checks);
    webhook_init(&monitor->webhook, control);
    alerts_init(&monitor->alerts, &monitor->webhook);
    timer_init(&monitor->tick, control, on_tick, monitor);
    r = monitor_configure(monitor, settings, diag);
    if (r < 0)
        return r;
    *ret_monitor = monitor;
    monitor = NULL;
    return 0;
}

void monitor_free(struct monitor **monitor_at)
{
    struct monitor *monitor = *monitor_at;

    if (!monitor)
        return;
    OBJ_CHECK(monitor, MONITOR_MAGIC);
    CHECK(list_is_empty(&monitor->checks));
    alerts_fini(&monitor->alerts);
    webhook_fini(&monitor->webhook);
    pthread_mutex_destroy(&monitor->lock);
    monitor->magic = 0;
    memory_free(monitor_at);
}

void monitor_start(struct monitor *monitor, const char *instance)
{
    monitor->alerts.instance = instance;
    on_tick(monitor);
}

void monitor_stop(struct monitor *monitor)
{
    timer_stop(&monitor->tick);
    webhook_stop(&monitor->webhook);
}
