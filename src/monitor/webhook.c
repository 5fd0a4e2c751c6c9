/* SPDX-License-Identifier: MIT */
#include "monitor/webhook.h"

#include "base/id.h"
#include "base/memory.h"
#include "fetch/fetch.h"
#include "resilience/backoff.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

static const struct backoff between = { .base_ms = 500, .cap_ms = 30 * 1000 };

struct notice {
    struct list link;
    char *at;
    size_t len;
};

static void notice_free(struct notice **notice_at)
{
    struct notice *notice = *notice_at;

    if (!notice)
        return;
    memory_free(&notice->at);
    memory_free(notice_at);
}

static struct notice *take(struct webhook *webhook)
{
    struct notice *notice = list_first(&webhook->waiting, struct notice, link);

    if (notice) {
        list_remove(&notice->link);
        webhook->waiting_count--;
    }
    return notice;
}

static void count(const char *result)
{
    series_add(METRIC_SERIES(METRIC_ALERT_NOTICES, result), 1);
}

/* --- one attempt --------------------------------------------------------- */

/* 0, or -ERR_x; with -ERR_FORBIDDEN it would not be taken the next time. */
static YIELDS int post(struct webhook *webhook, const struct notice *notice,
                       struct diag *diag)
{
    CLEANUP(memory_free) char *url = memory_format("%s", webhook->url);
    struct fetch_request request = {
        .url = url, /* another may be set meanwhile */
        .post = text_from(notice->at, notice->len),
        .content_type = "application/json",
    };
    struct deadline until =
        deadline_after(loop_now_ns(webhook->loop), WEBHOOK_TIMEOUT_MS);
    int status, r = fetch(&request, until, NULL, &status, diag);

    if (r < 0)
        return r == -ERR_INVALID_PARAMETER ? -ERR_FORBIDDEN : r;
    if (status >= 200 && status < 300)
        return 0;
    return FAIL(diag,
                status >= 500 || status == 408 || status == 429
                    ? ERR_UNAVAILABLE
                    : ERR_FORBIDDEN,
                "the webhook answered %d", status);
}

static YIELDS bool wait_a_little(struct webhook *webhook, unsigned attempt)
{
    uint32_t chance;

    random_bytes(&chance, sizeof(chance));
    return fiber_sleep(
               deadline_after(loop_now_ns(webhook->loop),
                              backoff_equal_ms(between, attempt, chance))) == 0;
}

/* --- all of them --------------------------------------------------------- */

static void tell_failure(const struct diag *why)
{
    struct event ev;

    count("failed");
    event_begin(&ev, LOG_WARN, "alert_not_told");
    event_diag(&ev, why);
    event_end(&ev);
}

static YIELDS void deliver(struct webhook *webhook, const struct notice *notice)
{
    struct diag why;
    int r = -ERR_UNAVAILABLE;

    for (unsigned attempt = 0; attempt < WEBHOOK_ATTEMPTS; attempt++) {
        if (attempt > 0 && !wait_a_little(webhook, attempt - 1))
            return;
        if (!webhook->url)
            return;
        diag_init(&why, NULL);
        r = post(webhook, notice, &why);
        if (r == 0)
            count("delivered");
        if (r == 0 || r == -ERR_CANCELLED)
            return;
        if (r == -ERR_FORBIDDEN)
            break;
    }
    tell_failure(&why);
}

static void run(void *arg)
{
    struct webhook *webhook = arg;
    struct notice *notice;

    while ((notice = take(webhook)) != NULL) {
        if (!webhook->stopping)
            deliver(webhook, notice);
        notice_free(&notice);
    }
    webhook->fiber = NULL;
}

void webhook_tell(struct webhook *webhook, struct buffer *document)
{
    struct notice *notice;

    if (!webhook->url || webhook->stopping)
        return;
    if (webhook->waiting_count == WEBHOOK_WAITING_MAX) {
        notice = take(webhook);
        notice_free(&notice);
        count("dropped");
    }
    notice = NEW(struct notice);
    notice->at = buffer_release(document, &notice->len);
    list_push_back(&webhook->waiting, &notice->link);
    webhook->waiting_count++;
    if (!webhook->fiber && fiber_start(webhook->loop, "webhook", run, webhook,
                                       &webhook->fiber) < 0)
        log_line(LOG_WARN, "alert_not_told", "no memory for a fiber");
}

/* --- life ---------------------------------------------------------------- */

void webhook_init(struct webhook *webhook, struct loop *loop)
{
    *webhook = (struct webhook){ .loop = loop };
    list_init(&webhook->waiting);
}

void webhook_set_url(struct webhook *webhook, const char *url)
{
    memory_free(&webhook->url);
    if (url[0])
        webhook->url = memory_format("%s", url);
}

void webhook_stop(struct webhook *webhook)
{
    webhook->stopping = true;
    if (webhook->fiber)
        fiber_cancel(webhook->fiber);
}

void webhook_fini(struct webhook *webhook)
{
    struct notice *notice;

    while ((notice = take(webhook)) != NULL)
        notice_free(&notice);
    memory_free(&webhook->url);
}
