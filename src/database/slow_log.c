/* SPDX-License-Identifier: MIT */
#include "database/slow_log.h"

#include "base/buffer.h"
#include "base/check.h"
#include "base/memory.h"
#include "database/driver.h"
#include "database/slow_sample.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

enum {
    SLOW_LOG_MAGIC = 0x510E106,
    PLANS_WAITING_MAX = 8,
    PLAN_MS = 3000,
    PLAN_BYTES_MAX = 3000, /* what fits into a line of the log */
};

struct slow_log {
    unsigned magic;
    struct loop *loop;
    const struct driver *driver;
    const struct target *target;
    bool pooled;
    uint64_t threshold_ns;
    struct slow_samples samples;
    struct list waiting; /* to be explained */
    unsigned waiting_count;
    struct fiber *fiber; /* that explains */
    bool stopping;
    struct condition ended;
};

/* A statement to be explained. */
struct suspect {
    struct list link;
    const char *name;
    char *sql;
};

static void suspect_free(struct suspect **suspect_at)
{
    struct suspect *suspect = *suspect_at;

    if (!suspect)
        return;
    memory_free(&suspect->sql);
    memory_free(suspect_at);
}

static struct suspect *take(struct slow_log *log)
{
    struct suspect *suspect = list_first(&log->waiting, struct suspect, link);

    if (suspect) {
        list_remove(&suspect->link);
        log->waiting_count--;
    }
    return suspect;
}

/* --- explaining ---------------------------------------------------------- */

static void tell_plan(const char *name, int r, struct text plan,
                      const struct diag *why)
{
    struct event ev;

    event_begin(&ev, r < 0 ? LOG_DEBUG : LOG_WARN, "slow_query_plan");
    event_string(&ev, "query", name);
    if (r < 0)
        event_diag(&ev, why);
    else
        event_text(&ev, "plan", plan);
    event_end(&ev);
}

static YIELDS int explain(struct slow_log *log, const char *sql,
                          struct buffer *plan, struct diag *diag)
{
    const struct open_options options = {
        .application_name = "portcullis explain",
        .connect_timeout_ms = PLAN_MS,
        .statement_timeout_ms = PLAN_MS,
        .pooled = log->pooled,
    };
    CLEANUP(connection_close) struct connection *connection = NULL;
    struct deadline until = deadline_after(loop_now_ns(log->loop), PLAN_MS);
    int r;

    r = connection_open(log->driver, log->loop, log->target, &options, until,
                        &connection, diag);
    if (r < 0)
        return r;
    return log->driver->explain(connection, sql, until, plan, diag);
}

static YIELDS void question(struct slow_log *log, const struct suspect *suspect)
{
    CLEANUP(buffer_fini) struct buffer plan = { 0 };
    struct diag why;
    int r;

    diag_init(&why, NULL);
    buffer_init(&plan, PLAN_BYTES_MAX);
    r = explain(log, suspect->sql, &plan, &why);
    tell_plan(suspect->name, r, buffer_text(&plan), &why);
}

static void run(void *arg)
{
    struct slow_log *log = arg;
    struct suspect *suspect;

    while ((suspect = take(log)) != NULL) {
        if (!log->stopping)
            question(log, suspect);
        suspect_free(&suspect);
    }
    log->fiber = NULL;
    condition_broadcast(&log->ended);
}

static void suspect(struct slow_log *log, const struct slow_call *call)
{
    struct suspect *made;

    if (log->waiting_count == PLANS_WAITING_MAX)
        return;
    made = NEW(struct suspect);
    made->name = call->name;
    made->sql = memory_format("%s", call->sql);
    list_push_back(&log->waiting, &made->link);
    log->waiting_count++;
    if (!log->fiber &&
        fiber_start(log->loop, "explain", run, log, &log->fiber) < 0)
        log_line(LOG_DEBUG, "slow_query_plan", "no memory for a fiber");
}

/* --- noting -------------------------------------------------------------- */

static void tell(const struct slow_call *call, unsigned left_out)
{
    struct event ev;

    event_begin(&ev, LOG_WARN, "slow_query");
    event_string(&ev, "query", call->name);
    if (call->collection)
        event_string(&ev, "collection", call->collection);
    event_ms(&ev, "ms", call->took_ns);
    event_int(&ev, "rows", (int64_t)call->rows);
    if (call->result < 0)
        event_string(&ev, "error", error_info(call->result)->code);
    if (left_out > 0)
        event_int(&ev, "left_out", left_out);
    event_end(&ev);
}

void slow_log_note(struct slow_log *log, const struct slow_call *call)
{
    struct slow_verdict verdict;

    OBJ_CHECK(log, SLOW_LOG_MAGIC);
    if (log->stopping)
        return;
    series_add(METRIC_SERIES(METRIC_SLOW_QUERIES, call->name), 1);
    verdict = slow_sample(&log->samples, call->name, call->sql != NULL,
                          loop_now_ns(log->loop));
    if (verdict.log)
        tell(call, verdict.left_out);
    if (verdict.explain)
        suspect(log, call);
}

uint64_t slow_log_threshold_ns(const struct slow_log *log)
{
    return log ? log->threshold_ns : 0;
}

/* --- life ---------------------------------------------------------------- */

struct slow_log *slow_log_new(struct loop *loop, const struct driver *driver,
                              const struct target *target, bool pooled,
                              unsigned threshold_ms)
{
    struct slow_log *log = NEW(struct slow_log);

    log->magic = SLOW_LOG_MAGIC;
    log->loop = loop;
    log->driver = driver;
    log->target = target;
    log->pooled = pooled;
    list_init(&log->waiting);
    condition_init(&log->ended);
    slow_log_set_threshold(log, threshold_ms);
    return log;
}

void slow_log_set_threshold(struct slow_log *log, unsigned threshold_ms)
{
    OBJ_CHECK(log, SLOW_LOG_MAGIC);
    log->threshold_ns = threshold_ms * NS_PER_MS;
}

void slow_log_free(struct slow_log **log_at)
{
    struct slow_log *log = *log_at;
    struct suspect *left;

    if (!log)
        return;
    OBJ_CHECK(log, SLOW_LOG_MAGIC);
    log->stopping = true;
    fiber_end(&log->fiber, &log->ended);
    while ((left = take(log)) != NULL)
        suspect_free(&left);
    log->magic = 0;
    memory_free(log_at);
}
