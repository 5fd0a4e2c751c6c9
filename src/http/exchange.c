/* SPDX-License-Identifier: MIT */
#include "http/exchange.h"

#include "base/check.h"
#include "base/memory.h"
#include "http/cors.h"
#include "http/head.h"
#include "http/options.h"
#include "http/prefer.h"
#include "http/secure.h"

enum {
    EXCHANGE_MAGIC = 0x45584348,
    IDLE_EXCHANGES_MAX = 256,
    /* head, decoded texts, values and violations of one request */
    ARENA_LIMIT_BYTES = 16 * 1024 * 1024,
    KEPT_BODY_BYTES = 16 * 1024, /* of an idle exchange's buffer */
};

void edge_init(struct edge *edge, struct loop *loop,
               const struct server_options *options,
               void (*wake)(struct exchange *exchange))
{
    *edge = (struct edge){ .loop = loop, .options = *options, .wake = wake };
    list_init(&edge->in_flight);
    list_init(&edge->idle);
    compressor_init(&edge->compressor);
    admission_init(edge);
}

void edge_adjust(struct edge *edge, const struct server_options *options)
{
    CHECK(options->router == edge->options.router);
    edge->options = *options;
    admission_adjust(edge);
}

static void free_exchange(struct exchange *exchange)
{
    arena_fini(&exchange->request.arena);
    buffer_fini(&exchange->body);
    buffer_fini(&exchange->run);
    buffer_fini(&exchange->fields);
    memory_free(&exchange);
}

void edge_fini(struct edge *edge)
{
    CHECK(edge->in_flight_count == 0);
    admission_fini(edge);
    list_each_safe (&edge->idle, struct exchange, exchange, link)
        free_exchange(exchange);
    list_init(&edge->idle);
    compressor_fini(&edge->compressor);
}

static struct exchange *take_exchange(struct edge *edge)
{
    struct exchange *exchange = list_first(&edge->idle, struct exchange, link);

    if (exchange) {
        list_remove(&exchange->link);
        edge->idle_count--;
        return exchange;
    }
    exchange = NEW(struct exchange);
    exchange->magic = EXCHANGE_MAGIC;
    exchange->edge = edge;
    list_init(&exchange->link);
    arena_init(&exchange->request.arena, ARENA_LIMIT_BYTES);
    buffer_init(&exchange->body, SIZE_MAX);   /* the gate limits bodies */
    buffer_init(&exchange->run, SIZE_MAX);    /* and STREAM_BYTES streams */
    buffer_init(&exchange->fields, SIZE_MAX); /* our own, or the arena's */
    condition_init(&exchange->moved);
    return exchange;
}

static void put_exchange(struct exchange *exchange)
{
    struct edge *edge = exchange->edge;

    if (edge->idle_count >= IDLE_EXCHANGES_MAX) {
        free_exchange(exchange);
        return;
    }
    arena_reset(&exchange->request.arena);
    buffer_clear(&exchange->body);
    if (exchange->body.capacity > KEPT_BODY_BYTES)
        buffer_fini(&exchange->body);
    buffer_fini(&exchange->run);
    buffer_clear(&exchange->fields);
    list_push_front(&edge->idle, &exchange->link);
    edge->idle_count++;
}

/* --- what arrives -------------------------------------------------------- */

struct exchange *exchange_begin(struct edge *edge, struct text head,
                                uint64_t now_ns)
{
    struct exchange *exchange = take_exchange(edge);
    struct request *request = &exchange->request;
    char *copy = arena_copy(&request->arena, head);

    CHECK(copy != NULL); /* heads are far below the arena's limit */
    exchange->state = EXCHANGE_RECEIVING;
    exchange->suspended = exchange->completed = false;
    exchange->streams_body = exchange->body_ended = false;
    exchange->streams_reply = exchange->routed = false;
    exchange->fiber = NULL;
    exchange->queued_ns = exchange->waited_ns = 0;
    exchange->result = 0;
    exchange->rationing = (struct rationing){ 0 };
    reply_init(&exchange->reply);
    diag_init(&request->diag, &request->arena);
    request->match = (struct route_match){ 0 };
    request->parameters = (struct parameters){ 0 };
    request->body = TEXT_NULL;
    request->body_given = false;
    request->caller = NULL;
    request->notes = NULL;
    request->began_ns = now_ns;
    request->service = edge->options.service;
    CHECK(head_parse(request, text_from(copy, head.len)) == 0);
    request_id(request_header(request, "X-Request-Id"), request->id);
    trace_begin(&request->trace, request_header(request, "traceparent"));
    return exchange;
}

/* --- before the handler -------------------------------------------------- */

static int set_deadline(struct edge *edge, struct request *request)
{
    struct text wish = request_header(request, "Request-Timeout");
    unsigned own_ms = request->match.route->deadline_ms;
    int64_t ms = own_ms > 0 ? own_ms : edge->options.deadline_ms;

    if (!text_is_null(wish) && (!text_to_int64(wish, &ms) || ms < 1 ||
                                ms > edge->options.deadline_max_ms))
        return REQUEST_FAIL(request, ERR_INVALID_HEADER,
                            "Request-Timeout must be 1 to %u milliseconds",
                            edge->options.deadline_max_ms);
    request->until = deadline_after(loop_now_ns(edge->loop), (uint64_t)ms);
    return 0;
}

/* Only what answers JSON has clients that choose (RFC 9110 § 12.4.1). */
static int check_accept(struct request *request)
{
    struct text subtype = text_of(request->match.route->media), type;

    text_cut(&subtype, '/', &type);
    if (!text_is(subtype, "json") || request_accepts(request, type, subtype))
        return 0;
    return REQUEST_FAIL(request, ERR_NOT_ACCEPTABLE, "this answers with %s",
                        request->match.route->media);
}

static int route(struct exchange *exchange)
{
    struct request *request = &exchange->request;

    if (!exchange->routed)
        exchange->routing = router_match(
            exchange->edge->options.router, request->method, request->path,
            &request->arena, &request->diag, &request->match);
    exchange->routed = true;
    return exchange->routing;
}

bool exchange_may_stream(struct exchange *exchange)
{
    return route(exchange) == 0 && exchange->request.match.route->streams;
}

static int prepare(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct edge *edge = exchange->edge;
    int r = route(exchange);

    if (r < 0)
        return r;
    r = set_deadline(edge, request);
    if (r < 0)
        return r;
    r = check_accept(request);
    if (r == 0)
        r = request_check_codings(request);
    if (r == 0)
        r = preferences_check(request);
    if (r < 0)
        return r;
    return parameters_parse(request->query, &request->arena, &request->diag,
                            &request->parameters);
}

static void finish(struct exchange *exchange, bool sent, uint64_t now_ns);

/* --- the handler --------------------------------------------------------- */

static void tell_refusal(const struct exchange *exchange, int r)
{
    refused_fn *refused = exchange->edge->options.refused;

    if (refused && (r == -ERR_UNAUTHENTICATED || r == -ERR_FORBIDDEN))
        refused(&exchange->request, r);
}

static void tell_absence(struct exchange *exchange, int r)
{
    answered_fn *answered = exchange->edge->options.answered;

    if (answered && r == -ERR_NOT_FOUND)
        answered(&exchange->request, &exchange->reply);
}

void exchange__conclude(struct exchange *exchange, int r)
{
    exchange->result = r;
    if (r < 0)
        reply_problem(&exchange->reply, &exchange->request, r);
    tell_absence(exchange, r);
    tell_refusal(exchange, r);
    reply_compress(&exchange->reply, &exchange->request,
                   &exchange->edge->compressor);
    reply_secure(&exchange->reply, &exchange->request,
                 exchange->edge->options.strict_transport);
    ration_tell(exchange);
    cors_add(exchange->edge->options.cors_origins, &exchange->request,
             &exchange->reply);
    if (exchange->edge->draining)
        exchange->reply.close = true;
    exchange->state = EXCHANGE_ANSWERED;
}

static void answer(void *arg)
{
    struct exchange *exchange = arg;
    struct request *request = &exchange->request;
    struct edge *edge = exchange->edge;
    int r = ration_caller(exchange);

    if (r == 0)
        r = request->match.route->handler(request, &exchange->reply);
    if (r == 0 && !exchange->streams_reply && edge->options.answered)
        edge->options.answered(request, &exchange->reply);
    exchange->waited_ns = fiber_waited_ns(fiber_self());
    exchange->fiber = NULL;
    list_remove(&exchange->link);
    edge->in_flight_count--;
    admission_leave(exchange, r);
    if (exchange->streams_reply)
        exchange__end_stream(exchange, r);
    else
        exchange__conclude(exchange, r);
    if (exchange->completed)
        finish(exchange, false, clock_monotonic_ns());
    else
        edge->wake(exchange);
}

int exchange__start(struct exchange *exchange)
{
    struct edge *edge = exchange->edge;
    int r;

    list_push_back(&edge->in_flight, &exchange->link);
    edge->in_flight_count++;
    exchange->state = EXCHANGE_RUNNING;
    r = fiber_start(edge->loop, exchange->request.match.route->id, answer,
                    exchange, &exchange->fiber);
    if (r == 0)
        return 0;
    list_remove(&exchange->link);
    edge->in_flight_count--;
    return REQUEST_FAIL(&exchange->request, -r, "no memory for a request");
}

void exchange_run(struct exchange *exchange)
{
    struct edge *edge = exchange->edge;
    int r, limited;

    OBJ_CHECK(exchange, EXCHANGE_MAGIC);
    CHECK(exchange->state == EXCHANGE_RECEIVING);
    if (!exchange->streams_body)
        exchange->request.body = buffer_text(&exchange->body);
    if (options_answer(edge->options.router, &exchange->request,
                       &exchange->reply)) {
        exchange__conclude(exchange, 0);
        return;
    }
    r = prepare(exchange);
    limited = ration_address(exchange);
    if (limited < 0)
        r = limited;
    if (r == 0)
        r = admission_enter(exchange);
    if (r < 0)
        exchange__conclude(exchange, r);
}

void exchange_body(struct exchange *exchange, const char *at, size_t len)
{
    OBJ_CHECK(exchange, EXCHANGE_MAGIC);
    if (!exchange->request.body_given) {
        exchange->request.body_given = true;
        exchange->streams_body =
            route(exchange) == 0 && exchange->request.match.route->streams_body;
        if (exchange->streams_body)
            exchange_run(exchange);
    }
    if (exchange->streams_body && exchange->state != EXCHANGE_RUNNING)
        return; /* answered before its end: the rest is of no use */
    buffer_add(&exchange->body, at, len);
    condition_broadcast(&exchange->moved);
}

/* --- the end ------------------------------------------------------------- */

static void finish(struct exchange *exchange, bool sent, uint64_t now_ns)
{
    const struct server_options *options = &exchange->edge->options;

    exchange__tell(exchange, sent, now_ns);
    if (options->dismiss)
        options->dismiss(&exchange->request);
    reply_fini(&exchange->reply);
    put_exchange(exchange);
}

void exchange_end(struct exchange **exchange_at, bool sent, uint64_t now_ns)
{
    struct exchange *exchange = *exchange_at;

    OBJ_CHECK(exchange, EXCHANGE_MAGIC);
    *exchange_at = NULL;
    if (exchange->state == EXCHANGE_WAITING) {
        admission_give_up(exchange);
        exchange__conclude(exchange, -ERR_CANCELLED);
    }
    if (!exchange->fiber) {
        finish(exchange, sent, now_ns);
        return;
    }
    exchange->completed = true; /* the fiber's last act will be to finish */
    fiber_cancel(exchange->fiber);
    condition_broadcast(&exchange->moved);
}
