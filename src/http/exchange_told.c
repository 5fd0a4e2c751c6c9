/* SPDX-License-Identifier: MIT */
/* One exchange, one event: its log line, histogram and counters. */
#include "http/exchange.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

static const char *route_label(const struct request *request)
{
    return request->match.route ? request->match.route->path : "unmatched";
}

static void count(const struct exchange *exchange, uint64_t took_ns)
{
    const struct request *request = &exchange->request;
    struct series *series = METRIC_SERIES(
        METRIC_HTTP_DURATION, method_name(request->method),
        route_label(request), metric_status(exchange->reply.status));

    series_observe(series, (double)took_ns / (double)NS_PER_S);
}

/* Whose credentials they were; nobody's are not told. */
static void add_caller(struct event *event, const struct exchange *exchange)
{
    const struct server_options *options = &exchange->edge->options;
    struct text name = TEXT_NULL;

    if (options->caller_name)
        name = options->caller_name(&exchange->request);
    if (!text_is_null(name))
        event_text(event, "caller", name);
}

static void log_request(const struct exchange *exchange, uint64_t took_ns,
                        bool sent)
{
    const struct request *request = &exchange->request;
    int status = exchange->reply.status;
    char trace[TRACE_ID_TEXT_BYTES], client[IP_TEXT_BYTES];
    struct event event;

    event_begin(&event, status >= 500 ? LOG_ERROR : LOG_INFO, "request");
    if (!event.at)
        return;
    trace_format_id(&request->trace, trace);
    event_string(&event, "request_id", request->id);
    event_string(&event, "trace_id", trace);
    ip_format(request->client, client);
    event_string(&event, "client", client);
    add_caller(&event, exchange);
    event_string(&event, "method", method_name(request->method));
    event_string(&event, "route", route_label(request));
    event_int(&event, "status", status);
    event_int(&event, "bytes", (int64_t)reply_body(&exchange->reply).len);
    event_ms(&event, "ms", took_ns);
    event_ms(&event, "wait_ms", exchange->waited_ns);
    if (exchange->queued_ns > 0)
        event_ms(&event, "queue_ms", exchange->queued_ns);
    if (!sent)
        event_bool(&event, "cut", true);
    if (exchange->result < 0)
        event_diag(&event, &request->diag);
    event_end(&event);
}

void exchange__tell(const struct exchange *exchange, bool sent, uint64_t now_ns)
{
    uint64_t took_ns = now_ns - exchange->request.began_ns;

    if (exchange->state == EXCHANGE_RECEIVING)
        return;
    count(exchange, took_ns);
    if (exchange->edge->options.log_requests)
        log_request(exchange, took_ns, sent);
}
