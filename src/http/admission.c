/* SPDX-License-Identifier: MIT */
#include "http/admission.h"

#include "base/check.h"
#include "base/feature.h"
#include "http/exchange.h"
#include "telemetry/metrics.h"

static struct admission *admission_of(const struct exchange *exchange)
{
    return &exchange->edge->admission;
}

static const struct route *route_of(const struct exchange *exchange)
{
    return exchange->request.match.route;
}

static struct shedder *shedder_of(const struct exchange *exchange)
{
    return &admission_of(exchange)
                ->tracks[route_of(exchange)->shares_connection ? TRACK_SHARED
                                                               : TRACK_OWN];
}

static uint64_t now(const struct edge *edge)
{
    return loop_now_ns(edge->loop);
}

/* --- turning away -------------------------------------------------------- */

static const struct refusal {
    int code;
    const char *sentence;
} refusals[SHED_REASONS] = {
    [SHED_IN_FLIGHT] = { ERR_OVERLOADED, "too many requests are in progress" },
    [SHED_NO_ROOM] = { ERR_OVERLOADED,
                       "too many requests of this kind are in progress" },
    [SHED_QUEUE_FULL] = { ERR_OVERLOADED, "too many requests wait" },
    [SHED_QUEUE_TIME] = { ERR_OVERLOADED,
                          "it could not be begun in time: too many requests" },
    [SHED_DEADLINE] = { ERR_DEADLINE,
                        "its deadline passed before it could be begun" },
};

static int tell_refusal(struct exchange *exchange)
{
    enum shed_reason reason = exchange->ticket.reason;

    CHECK(refusals[reason].code != 0);
    series_add(METRIC_SERIES(METRIC_SHED, shed_reason_name(reason)), 1);
    return REQUEST_FAIL(&exchange->request, refusals[reason].code, "%s",
                        refusals[reason].sentence);
}

static void stop_waiting(struct exchange *exchange)
{
    struct admission *admission = admission_of(exchange);

    list_remove(&exchange->link);
    admission->waiting_count--;
    exchange->queued_ns = now(exchange->edge) - exchange->ticket.asked_ns;
}

static void turn_away(struct exchange *exchange, int r)
{
    stop_waiting(exchange);
    exchange__conclude(exchange, r);
    exchange->edge->wake(exchange);
}

/* --- letting in ---------------------------------------------------------- */

static void let_in(struct exchange *exchange)
{
    int r;

    stop_waiting(exchange);
    r = exchange__start(exchange);
    if (r == 0)
        return;
    shedder_leave(shedder_of(exchange), &exchange->ticket, false,
                  now(exchange->edge));
    exchange__conclude(exchange, r);
    exchange->edge->wake(exchange);
}

static struct exchange *exchange_of(struct ticket *ticket)
{
    return CONTAINER_OF(ticket, struct exchange, ticket);
}

static void settle_track(struct edge *edge, struct shedder *track)
{
    struct ticket *ticket;

    track->off = !feature_is_on(FEATURE_LOAD_SHEDDING);
    while ((ticket = shedder_refuse(track, now(edge))) != NULL)
        turn_away(exchange_of(ticket), tell_refusal(exchange_of(ticket)));
    while ((ticket = shedder_admit(track, now(edge))) != NULL)
        let_in(exchange_of(ticket));
}

static void settle(void *arg)
{
    struct edge *edge = arg;
    struct admission *admission = &edge->admission;
    uint64_t look_ns = UINT64_MAX;

    for (enum track t = 0; t < TRACKS; t++) {
        uint64_t at_ns;

        settle_track(edge, &admission->tracks[t]);
        at_ns = shedder_look_at(&admission->tracks[t]);
        look_ns = at_ns < look_ns ? at_ns : look_ns;
    }
    timer_set(&admission->look, (struct deadline){ look_ns });
}

static void ask_to_settle(struct edge *edge)
{
    turn_hook_ask(edge->loop, &edge->admission.settle);
}

/* --- coming and going ---------------------------------------------------- */

static struct ticket ticket_for(const struct exchange *exchange)
{
    const struct route *route = route_of(exchange);
    size_t count;

    return (struct ticket){
        .priority = route->priority,
        .route =
            (unsigned)(route -
                       router_routes(exchange->edge->options.router, &count)),
        .may_wait = !route->streams_body, /* its body would pile up */
        .until_ns = exchange->request.until.at_ns,
    };
}

/* What max_in_flight allows holds for both tracks together. */
static bool is_full(const struct edge *edge)
{
    return edge->in_flight_count + edge->admission.waiting_count >=
           edge->options.in_flight_max;
}

static int begin_to_wait(struct exchange *exchange)
{
    struct admission *admission = admission_of(exchange);

    exchange->state = EXCHANGE_WAITING;
    list_push_back(&admission->waiting, &exchange->link);
    admission->waiting_count++;
    ask_to_settle(exchange->edge);
    return 0;
}

int admission_enter(struct exchange *exchange)
{
    struct edge *edge = exchange->edge;
    struct shedder *track = shedder_of(exchange);
    struct ticket *ticket = &exchange->ticket;
    int r;

    *ticket = ticket_for(exchange);
    if (ticket->priority != PRIORITY_OPERATIONS && is_full(edge)) {
        ticket->reason = SHED_IN_FLIGHT;
        return tell_refusal(exchange);
    }
    track->off = !feature_is_on(FEATURE_LOAD_SHEDDING);
    switch (shedder_ask(track, ticket, now(edge))) {
    case SHED_REFUSE:
        return tell_refusal(exchange);
    case SHED_WAIT:
        return begin_to_wait(exchange);
    case SHED_RUN:
        break;
    }
    r = exchange__start(exchange);
    if (r < 0)
        shedder_leave(track, ticket, false, now(edge));
    return r;
}

/*
 * What was answered without asking anybody, or was turned away further behind,
 * says nothing about how long answers take; nor do streams.
 */
static bool is_telling(const struct exchange *exchange, int r)
{
    return exchange->waited_ns > 0 &&
           route_of(exchange)->priority != PRIORITY_BULK &&
           (r == 0 || r == -ERR_DEADLINE || error_info(r)->status < 500);
}

void admission_leave(struct exchange *exchange, int r)
{
    shedder_leave(shedder_of(exchange), &exchange->ticket,
                  is_telling(exchange, r), now(exchange->edge));
    ask_to_settle(exchange->edge);
}

void admission_give_up(struct exchange *exchange)
{
    shedder_leave(shedder_of(exchange), &exchange->ticket, false,
                  now(exchange->edge));
    stop_waiting(exchange);
}

void admission_close(struct edge *edge)
{
    struct admission *admission = &edge->admission;
    struct exchange *exchange;

    while (
        (exchange = list_first(&admission->waiting, struct exchange, link))) {
        shedder_leave(shedder_of(exchange), &exchange->ticket, false,
                      now(edge));
        turn_away(exchange, REQUEST_FAIL(&exchange->request, ERR_DRAINING,
                                         "the service is shutting down"));
    }
}

/* --- life ---------------------------------------------------------------- */

static unsigned at_least_one(unsigned n)
{
    return n > 0 ? n : 1;
}

static void on_look(void *arg)
{
    ask_to_settle(arg);
}

static struct shedder_options shedder_options_of(
    const struct server_options *options, enum track track)
{
    size_t count;

    router_routes(options->router, &count);
    if (track == TRACK_SHARED)
        return (struct shedder_options){
            .all_max = options->in_flight_max,
            .routes = (unsigned)count,
            .least = at_least_one(options->shared_least),
        };
    return (struct shedder_options){
        .all_max = options->in_flight_max,
        .routes = (unsigned)count,
        .least = at_least_one(options->own_least),
        .route_max = at_least_one((options->own_least + 1) / 2),
    };
}

void admission_adjust(struct edge *edge)
{
    for (enum track t = 0; t < TRACKS; t++) {
        struct shedder_options options = shedder_options_of(&edge->options, t);

        shedder_adjust(&edge->admission.tracks[t], &options);
    }
    ask_to_settle(edge);
}

void admission_init(struct edge *edge)
{
    struct admission *admission = &edge->admission;

    for (enum track t = 0; t < TRACKS; t++) {
        struct shedder_options options = shedder_options_of(&edge->options, t);

        shedder_init(&admission->tracks[t], &options);
    }
    list_init(&admission->waiting);
    turn_hook_init(&admission->settle, TURN_SERVE, settle, edge);
    timer_init(&admission->look, edge->loop, on_look, edge);
}

void admission_fini(struct edge *edge)
{
    struct admission *admission = &edge->admission;

    CHECK(admission->waiting_count == 0);
    turn_hook_cancel(&admission->settle);
    timer_stop(&admission->look);
    for (enum track t = 0; t < TRACKS; t++)
        shedder_fini(&admission->tracks[t]);
}
