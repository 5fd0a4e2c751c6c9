/* SPDX-License-Identifier: MIT */
#include "app/sealer.h"

#include "base/clock.h"
#include "store/audit.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

enum {
    PERIOD_MS = 400,       /* a seal is promised within a second */
    SEAL_MS = 10 * 60000,  /* an import of millions is sealed at once */
    TELL_EVERY_MS = 60000, /* the head of the chain, when it moved */
    MONTHS_EVERY_MS = 3600000,
    MONTHS_MS = 5000,
};

static struct deadline in_ms(const struct sealer *sealer, uint64_t ms)
{
    return deadline_after(loop_now_ns(sealer->loop), ms);
}

static bool is_due(const struct sealer *sealer, struct deadline *at,
                   uint64_t every_ms)
{
    if (loop_now_ns(sealer->loop) < at->at_ns)
        return false;
    *at = in_ms(sealer, every_ms);
    return true;
}

/* --- sealing ----------------------------------------------------------------
 */

/*
 * What the chain cannot show by itself is that its end was cut off: who keeps
 * these lines elsewhere has what `audit verify --head` asks for.
 */
static void tell_head(struct sealer *sealer, const struct audit_sealed *sealed)
{
    struct event event;

    if (sealed->head == sealer->told ||
        !is_due(sealer, &sealer->tell_at, TELL_EVERY_MS))
        return;
    sealer->told = sealed->head;
    event_begin(&event, LOG_INFO, "audit_head");
    event_int(&event, "number", (int64_t)sealed->head);
    event_string(&event, "hash", sealed->hash);
    event_end(&event);
}

/* Once when it begins to fail, once when it is well again. */
static void tell_failure(struct sealer *sealer, int r, const struct diag *why)
{
    struct event event;

    if (r == sealer->failure || r == -ERR_CANCELLED)
        return;
    sealer->failure = r;
    event_begin(&event, r < 0 ? LOG_WARN : LOG_INFO,
                r < 0 ? "audit_not_sealed" : "audit_sealed_again");
    if (r < 0)
        event_diag(&event, why);
    event_end(&event);
}

static void count(const struct audit_sealed *sealed)
{
    series_set(metric_series(METRIC_AUDIT_LOOKED, NULL),
               (int64_t)(clock_wall_ns() / NS_PER_S));
    if (sealed->rows == 0)
        return;
    series_add(metric_series(METRIC_AUDIT_SEALED, NULL), (int64_t)sealed->rows);
    series_observe(metric_series(METRIC_AUDIT_LAG, NULL),
                   (double)sealed->oldest_ms / 1000);
}

static YIELDS void seal(struct sealer *sealer)
{
    struct audit_sealed sealed;
    struct diag why;
    int r;

    diag_init(&why, NULL);
    r = audit_seal(&sealer->store, in_ms(sealer, SEAL_MS), &sealed, &why);
    tell_failure(sealer, r, &why);
    if (r < 0 || !sealed.looked)
        return;
    count(&sealed);
    tell_head(sealer, &sealed);
}

/* --- months ------------------------------------------------------------------
 */

/* Making them is the owner's affair; until then audit_default takes all in. */
static YIELDS void look_ahead(struct sealer *sealer)
{
    unsigned months;
    struct diag why;

    if (!is_due(sealer, &sealer->months_at, MONTHS_EVERY_MS))
        return;
    diag_init(&why, NULL);
    if (audit_months_ahead(&sealer->store, in_ms(sealer, MONTHS_MS), &months,
                           &why) < 0)
        return;
    series_set(metric_series(METRIC_AUDIT_MONTHS, NULL), months);
    if (months == 0)
        log_line(LOG_WARN, "audit_month_missing",
                 "next month has no partition: the owner should run "
                 "`portcullis audit partitions`");
}

/* --- life
 * --------------------------------------------------------------------- */

static void run(void *arg)
{
    struct sealer *sealer = arg;

    while (fiber_sleep(in_ms(sealer, PERIOD_MS)) == 0) {
        seal(sealer);
        look_ahead(sealer);
    }
    sealer->fiber = NULL;
    condition_broadcast(&sealer->ended);
}

void sealer_start(struct sealer *sealer, struct loop *loop, struct store *store)
{
    static const struct actor actor = { .rights = TEXT("service:seal") };

    *sealer = (struct sealer){ .loop = loop, .store = store_as(store, &actor) };
    condition_init(&sealer->ended);
    if (fiber_start(loop, "sealer", run, sealer, &sealer->fiber) < 0)
        log_line(LOG_WARN, "audit_not_sealed", "no memory for a fiber");
}

void sealer_stop(struct sealer *sealer)
{
    fiber_end(&sealer->fiber, &sealer->ended);
}
