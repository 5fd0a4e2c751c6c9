/* SPDX-License-Identifier: MIT */
#include "monitor/alerts.h"

#include "base/clock.h"
#include "base/memory.h"
#include "monitor/notice.h"
#include "monitor/webhook.h"
#include "telemetry/log.h"

#include <stdio.h>

enum { NOTICE_BYTES_MAX = 4096 };

/* --- the rules ----------------------------------------------------------- */

#define RULE(name, text) { #name, text },
static const struct {
    const char *name, *text;
} usual_rules[] = {
#include "monitor/rules.def"
};
#undef RULE

static struct alert *find(const struct list *all, struct text name)
{
    list_each (all, struct alert, alert, link)
        if (text_is(name, alert->rule.name))
            return alert;
    return NULL;
}

static void drop(struct alert *alert)
{
    list_remove(&alert->link);
    if (alert->firing)
        series_set(alert->firing, 0);
    memory_free(&alert);
}

static void drop_all(struct list *all)
{
    list_each_safe (all, struct alert, alert, link)
        drop(alert);
}

static void add(struct list *to, const struct rule *rule)
{
    struct alert *alert = NEW(struct alert);

    alert->rule = *rule;
    list_push_back(to, &alert->link);
}

static int add_given(struct list *to, const struct settings *settings,
                     struct diag *diag)
{
    unsigned count = settings_alert_count(settings);

    for (unsigned i = 0; i < count; i++) {
        const struct settings_alert *given = settings_alert(settings, i);
        struct rule rule;
        struct diag why;

        diag_init(&why, NULL);
        if (text_is(text_of(given->rule), "off"))
            continue;
        if (rule_parse(text_of(given->name), text_of(given->rule), &rule,
                       &why) < 0)
            return FAIL(diag, ERR_INVALID_PARAMETER, "%s: alert.%s: %s",
                        given->origin, given->name, why.detail);
        add(to, &rule);
    }
    return 0;
}

static bool is_given(const struct settings *settings, const char *name)
{
    for (unsigned i = 0; i < settings_alert_count(settings); i++)
        if (strcmp(settings_alert(settings, i)->name, name) == 0)
            return true;
    return false;
}

static int add_usual(struct list *to, const struct settings *settings,
                     struct diag *diag)
{
    int r = 0;

    for (size_t i = 0; i < ARRAY_LEN(usual_rules) && r == 0; i++) {
        struct rule rule;

        if (is_given(settings, usual_rules[i].name))
            continue;
        r = rule_parse(text_of(usual_rules[i].name),
                       text_of(usual_rules[i].text), &rule, diag);
        if (r == 0)
            add(to, &rule);
    }
    return r;
}

/* --- what changes -------------------------------------------------------- */

static void log_change(const struct alert *alert, enum alarm_change change)
{
    struct event ev;

    event_begin(&ev, change == ALARM_FIRED ? LOG_WARN : LOG_INFO,
                change == ALARM_FIRED ? "alert_firing" : "alert_resolved");
    event_string(&ev, "rule", alert->rule.name);
    event_string(&ev, "severity", severity_name(alert->rule.severity));
    event_string(&ev, "condition", alert->rule.text);
    event_end(&ev);
}

static void tell(struct alerts *alerts, struct alert *alert,
                 enum alarm_change change, uint64_t wall_ns)
{
    CLEANUP(buffer_fini) struct buffer document = { 0 };

    log_change(alert, change);
    if (!alert->firing)
        alert->firing = METRIC_SERIES(METRIC_ALERTS,
                                      metric_label(text_of(alert->rule.name)),
                                      severity_name(alert->rule.severity));
    series_set(alert->firing, change == ALARM_FIRED);
    buffer_init(&document, NOTICE_BYTES_MAX);
    notice_write(&(struct notice_facts){ .rule = &alert->rule,
                                         .firing = change == ALARM_FIRED,
                                         .value = alert->value,
                                         .instance = alerts->instance,
                                         .wall_ns = wall_ns },
                 &document);
    webhook_tell(alerts->webhook, &document);
}

/* --- other rules -----------------------------------------------------------
 */

/* What stays the same keeps its course: a reload resolves nothing. */
static void take_over(struct list *made, struct list *before)
{
    list_each_safe (made, struct alert, alert, link) {
        struct alert *old = find(before, text_of(alert->rule.name));

        if (!old || strcmp(old->rule.text, alert->rule.text) != 0)
            continue;
        list_remove(&old->link);
        list_insert(&alert->link, &old->link);
        drop(alert);
    }
}

/* All or none. */
static int make_all(struct list *made, const struct settings *settings,
                    struct diag *diag)
{
    int r;

    list_init(made);
    r = add_given(made, settings, diag);
    if (r == 0)
        r = add_usual(made, settings, diag);
    if (r < 0)
        drop_all(made);
    return r;
}

int alerts_check(const struct settings *settings, struct diag *diag)
{
    struct list made;
    int r = make_all(&made, settings, diag);

    if (r == 0)
        drop_all(&made);
    return r;
}

int alerts_configure(struct alerts *alerts, const struct settings *settings,
                     struct diag *diag)
{
    struct list made;
    int r = make_all(&made, settings, diag);

    if (r < 0)
        return r;
    take_over(&made, &alerts->all);
    list_each (&alerts->all, struct alert, gone, link)
        if (gone->alarm.state == ALARM_FIRING)
            tell(alerts, gone, ALARM_CLEARED, clock_wall_ns());
    drop_all(&alerts->all);
    list_append_all(&alerts->all, &made);
    return 0;
}

/* --- looking ------------------------------------------------------------- */

static bool value_of(struct alert *alert, component_health_fn *component,
                     void *arg, uint64_t now_ns)
{
    struct metric_reading reading;
    enum health health;

    if (alert->rule.kind == RULE_COMPONENT) {
        if (!component(arg, alert->rule.component, &health))
            return false;
        alert->value = health;
        return true;
    }
    metric_read(&alert->rule.filter, &reading);
    return signal_value(&alert->signal, &alert->rule, &reading, now_ns,
                        &alert->value);
}

static enum health health_of(const struct alert *alert)
{
    static const enum health of_severity[] = {
        [SEVERITY_INFO] = HEALTH_PASS,
        [SEVERITY_WARNING] = HEALTH_WARN,
        [SEVERITY_CRITICAL] = HEALTH_FAIL,
    };

    return alert->alarm.state == ALARM_FIRING
               ? of_severity[alert->rule.severity]
               : HEALTH_PASS;
}

static void note(struct alert *alert, uint64_t now_ns, uint64_t wall_ns)
{
    struct finding finding = { .health = health_of(alert),
                               .observed = alert->value,
                               .unit = "value" };

    snprintf(finding.output, sizeof(finding.output), "%s: %.*s",
             alarm_state_name(alert->alarm.state),
             (int)sizeof(finding.output) - 16, alert->rule.text);
    health_note(&alert->record, &finding, now_ns, wall_ns);
}

void alerts_look(struct alerts *alerts, component_health_fn *component,
                 void *arg, uint64_t now_ns, uint64_t wall_ns)
{
    list_each (&alerts->all, struct alert, alert, link) {
        bool holds = value_of(alert, component, arg, now_ns) &&
                     rule_holds(&alert->rule, alert->value);
        enum alarm_change change =
            alarm_look(&alert->alarm, holds, alert->rule.for_ms, now_ns);

        if (change != ALARM_NOTHING)
            tell(alerts, alert, change, wall_ns);
        note(alert, now_ns, wall_ns);
    }
}

enum health alerts_write(const struct alerts *alerts, uint64_t now_ns,
                         struct buffer *out)
{
    enum health worst = HEALTH_PASS;

    list_each (&alerts->all, struct alert, alert, link) {
        buffer_add_format(out, ",\"alert:%s\":[", alert->rule.name);
        worst = health_worse(worst,
                             health_write(&alert->record, NULL, now_ns, out));
        buffer_add_byte(out, ']');
    }
    return worst;
}

/* --- life ---------------------------------------------------------------- */

void alerts_init(struct alerts *alerts, struct webhook *webhook)
{
    *alerts = (struct alerts){ .webhook = webhook };
    list_init(&alerts->all);
}

void alerts_fini(struct alerts *alerts)
{
    drop_all(&alerts->all);
}
