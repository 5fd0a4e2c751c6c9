/* SPDX-License-Identifier: MIT */
#include "http/rationing.h"

#include "http/exchange.h"
#include "telemetry/metrics.h"

static const struct {
    const char *name, *sentence;
} kinds[LIMIT_KINDS] = {
    [LIMIT_ADDRESS] = { "address", "too many requests from this address" },
    [LIMIT_CALLER] = { "caller", "too many requests of this caller" },
    [LIMIT_CREDENTIALS] = { "credentials",
                            "too many credentials from this address were not "
                            "valid" },
};

static struct limits *limits_of(const struct exchange *exchange)
{
    return exchange->edge->options.limits;
}

static uint64_t now_of(const struct exchange *exchange)
{
    return loop_now_ns(exchange->edge->loop);
}

static int judge(struct exchange *exchange, enum limit_kind kind,
                 struct token_verdict verdict)
{
    struct request *request = &exchange->request;
    int r;

    exchange->rationing.told[kind] = true;
    exchange->rationing.verdicts[kind] = verdict;
    if (verdict.admitted)
        return 0;
    series_add(METRIC_SERIES(METRIC_RATE_LIMITED, kinds[kind].name), 1);
    r = REQUEST_FAIL(request, ERR_RATE_LIMITED, "%s", kinds[kind].sentence);
    request->diag.retry_after_s = verdict.retry_after_s;
    return r;
}

int ration_address(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const struct route *route = request->match.route;

    if (!limits_rate(limits_of(exchange), LIMIT_ADDRESS) ||
        (route && route->priority == PRIORITY_OPERATIONS))
        return 0;
    return judge(exchange, LIMIT_ADDRESS,
                 limits_take(limits_of(exchange), LIMIT_ADDRESS,
                             ip_owner(&request->client), now_of(exchange)));
}

/* --- callers ------------------------------------------------------------- */

static bool limits_credentials(const struct exchange *exchange)
{
    return limits_rate(limits_of(exchange), LIMIT_CREDENTIALS) &&
           !text_is_null(request_header(&exchange->request, "Authorization"));
}

/* Told only when it refuses: a client that does right need not know. */
static int check_credentials(struct exchange *exchange)
{
    struct token_verdict verdict;

    if (!limits_credentials(exchange))
        return 0;
    verdict =
        limits_look(limits_of(exchange), LIMIT_CREDENTIALS,
                    ip_owner(&exchange->request.client), now_of(exchange));
    return verdict.admitted ? 0 : judge(exchange, LIMIT_CREDENTIALS, verdict);
}

static void note_failure(struct exchange *exchange)
{
    if (limits_credentials(exchange))
        (void)limits_take(limits_of(exchange), LIMIT_CREDENTIALS,
                          ip_owner(&exchange->request.client),
                          now_of(exchange));
}

static int take_of_caller(struct exchange *exchange)
{
    struct text name;

    if (!limits_rate(limits_of(exchange), LIMIT_CALLER))
        return 0;
    name = exchange->edge->options.caller_limited_as(&exchange->request);
    if (text_is_null(name))
        return 0;
    return judge(
        exchange, LIMIT_CALLER,
        limits_take(limits_of(exchange), LIMIT_CALLER, name, now_of(exchange)));
}

int ration_caller(struct exchange *exchange)
{
    int r = check_credentials(exchange);

    if (r < 0)
        return r;
    r = exchange->edge->options.authorize(&exchange->request);
    if (r == -ERR_UNAUTHENTICATED)
        note_failure(exchange);
    return r < 0 ? r : take_of_caller(exchange);
}

/* --- fields -------------------------------------------------------------- */

static unsigned window_s(const struct token_rate *rate)
{
    return (unsigned)((rate->burst * rate->refill_ns + NS_PER_S - 1) /
                      NS_PER_S);
}

void ration_tell(struct exchange *exchange)
{
    struct arena *arena = &exchange->request.arena;
    const char *policy = "", *state = "";

    for (int kind = 0; kind < LIMIT_KINDS && policy && state; kind++) {
        const struct token_verdict *verdict =
            &exchange->rationing.verdicts[kind];
        const struct token_rate *rate =
            limits_rate(limits_of(exchange), (enum limit_kind)kind);
        const char *comma = *policy ? ", " : "";

        if (!exchange->rationing.told[kind])
            continue;
        policy = arena_format(arena, "%s%s\"%s\";q=%u;w=%u", policy, comma,
                              kinds[kind].name, rate->burst, window_s(rate));
        state = arena_format(arena, "%s%s\"%s\";r=%u;t=%u", state, comma,
                             kinds[kind].name, verdict->remaining,
                             verdict->reset_s);
    }
    if (!policy || !state || !*policy)
        return;
    reply_header(&exchange->reply, "RateLimit-Policy", policy);
    reply_header(&exchange->reply, "RateLimit", state);
}
