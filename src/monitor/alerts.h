/* SPDX-License-Identifier: MIT */
/*
 * The alert rules in force, and how each stands. A rule that begins to fire or
 * no longer does is logged, counted (portcullis_alerts_firing{rule,severity})
 * and told to the webhook. For the monitor only, which guards it by its lock.
 */
#pragma once

#include "base/settings.h"
#include "monitor/alarm.h"
#include "monitor/health.h"
#include "monitor/rule.h"
#include "monitor/signal.h"

struct webhook;

enum { ALERTS_MAX = 64 };

struct alert {
    struct list link;
    struct rule rule;
    struct alarm alarm;
    struct signal signal;
    struct series *firing;
    double value;                /* the last one there was */
    struct health_record record; /* what /health shows of it */
};

struct alerts {
    struct list all;
    struct webhook *webhook;
    const char *instance; /* who tells, for the webhook */
};

/* How a component is; false while nothing is known of it. */
typedef bool component_health_fn(void *arg, const char *name,
                                 enum health *ret_health);

void alerts_init(struct alerts *alerts, struct webhook *webhook);
void alerts_fini(struct alerts *alerts);

/* Would alerts_configure() take them? */
int alerts_check(const struct settings *settings, struct diag *diag) MUST_CHECK;

/*
 * Takes the rules of the settings and those of rules.def over. What is the same
 * as before goes on as it is. -ERR_INVALID_PARAMETER names a bad one's line,
 * and nothing was changed.
 */
int alerts_configure(struct alerts *alerts, const struct settings *settings,
                     struct diag *diag) MUST_CHECK;

/* Looks at every rule. */
void alerts_look(struct alerts *alerts, component_health_fn *component,
                 void *arg, uint64_t now_ns, uint64_t wall_ns);

/* Writes `,"alert:NAME":[{…}]` for each; the worst of those that fire. */
enum health alerts_write(const struct alerts *alerts, uint64_t now_ns,
                         struct buffer *out);
