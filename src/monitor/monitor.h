/* SPDX-License-Identifier: MIT */
/*
 * The health monitor: one for the process, on its control loop. Once an
 * interval it asks every check, each on the loop it belongs to, remembers what
 * they found, and looks at the alert rules. /health tells what is remembered,
 * from any thread; nobody is asked anew for it.
 *
 * A check that does not answer in time is found to fail by the monitor itself,
 * also when it is its loop that hangs.
 */
#pragma once

#include "base/error.h"
#include "base/settings.h"
#include "monitor/health.h"
#include "runtime/fiber.h"

struct monitor;
struct monitor_check;

/*
 * Looks and fills in what it found; preset are HEALTH_PASS, no output, and the
 * time it took, in ms, as what was observed.
 */
typedef void monitor_check_fn(struct monitor_check *check,
                              struct deadline until, struct finding *ret);

/*
 * Embedded in its owner, who sets the first group before it is registered.
 * Several checks may go by one name, each with an id of its own ("loop 0").
 */
struct monitor_check {
    const char *name, *id; /* outlive it; id may be NULL */
    struct loop *loop;     /* where it runs, on a fiber */
    YIELDS monitor_check_fn *run;
    void *arg;
    unsigned calm_ms; /* while it passes it is asked no more often; or 0 */
    /* the monitor's own */
    struct monitor *monitor; /* NULL: not registered */
    struct list link;
    struct post ask;
    struct fiber *fiber;
    struct condition ended;
    uint64_t asked_ns; /* monotonic; when it was asked the last time */
    bool asked, leaving;
    struct health_record record;
};

/*
 * By the settings health_interval, alert_webhook and the rules (alert.NAME =
 * …); -ERR_INVALID_PARAMETER names the line of a rule that is none.
 */
int monitor_new(const struct settings *settings, struct loop *control,
                struct monitor **ret_monitor, struct diag *diag) MUST_CHECK;

/* No check may be registered any more, and monitor_stop() was called. */
void monitor_free(struct monitor **monitor);

/*
 * On the control loop's thread, before it runs. `instance` says who it is that
 * tells a webhook, and outlives the monitor.
 */
void monitor_start(struct monitor *monitor, const char *instance);

/* After it has run; fibers that are left on it end by themselves. */
void monitor_stop(struct monitor *monitor);

/*
 * Other settings from now on, on the control loop. Alerts whose rule is the
 * same go on as they are. With a bad rule nothing changes; see monitor_new().
 */
int monitor_configure(struct monitor *monitor, const struct settings *settings,
                      struct diag *diag) MUST_CHECK;

/* On the check's loop. It is asked for the first time at once. */
void monitor_register(struct monitor *monitor, struct monitor_check *check);

/* On the check's loop; waits until it has ended. Harmless when it was not
 * registered. */
YIELDS void monitor_unregister(struct monitor_check *check);

/*
 * On the check's loop: waits until it was looked at once. -ERR_CANCELLED also
 * when it is unregistered meanwhile.
 */
YIELDS int monitor_wait(struct monitor_check *check, struct deadline until)
    MUST_CHECK;

/*
 * Writes `,"name":[{…}]` for each component and each alert rule; the worst of
 * them. From any thread.
 */
enum health monitor_write(struct monitor *monitor, struct buffer *out);
