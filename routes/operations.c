/* SPDX-License-Identifier: MIT */
/* Probes and metrics: what the machines around the service ask. */
#include "routes/checks.h"
#include "routes/routes.h"
#include "telemetry/metrics.h"
#include "json/encode.h"

enum { PAGE_BYTES_MAX = 8 * 1024 * 1024 };

static int say(struct reply *reply, const char *content_type,
               struct buffer *buffer)
{
    reply_header(reply, "Cache-Control", "no-store");
    return reply_take(reply, content_type, buffer);
}

int livez(struct request *request, struct reply *reply)
{
    static const char ok[] = "ok\n";

    (void)request;
    reply_header(reply, "Cache-Control", "no-store");
    reply_constant(reply, "text/plain; charset=utf-8",
                   text_from(ok, sizeof(ok) - 1));
    return 0;
}

/* Does `?exclude=` name this check? It may be given several times. */
static bool is_excluded(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->parameters.count; i++)
        if (text_is(request->parameters.items[i].name, "exclude") &&
            text_is(request->parameters.items[i].value, name))
            return true;
    return false;
}

/* One line for each check, as the Kubernetes API server's: "[+]postgres ok". */
static bool write_checks(struct request *request, struct buffer *out)
{
    bool ready = true;

    for (const struct check *check = checks; check->name; check++) {
        struct diag why;

        diag_init(&why, NULL);
        if (is_excluded(request, check->name)) {
            buffer_add_format(out, "[+]%s excluded\n", check->name);
        } else if (check->run(service_of(request), request->until, &why) == 0) {
            buffer_add_format(out, "[+]%s ok\n", check->name);
        } else {
            buffer_add_format(out, "[-]%s failed: %s\n", check->name,
                              why.detail);
            ready = false;
        }
    }
    return ready;
}

int readyz(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer out;
    struct text verbose = parameters_find(&request->parameters, "verbose");
    bool ready;

    buffer_init(&out, PAGE_BYTES_MAX);
    ready = write_checks(request, &out);
    if (ready && text_is_null(verbose))
        buffer_clear(&out);
    buffer_add_string(&out, ready ? "ok\n" : "not ready\n");
    reply->status = ready ? 200 : 503;
    if (!ready)
        reply_header(reply, "Retry-After", "1");
    return say(reply, "text/plain; charset=utf-8", &out);
}

/* draft-inadarei-api-health-check-06, from the best to the worst. */
enum health { PASS, WARN, FAIL };

static const char *const health_names[] = { "pass", "warn", "fail" };

static void add_health(struct buffer *out, const char *name, enum health health,
                       const char *why, uint64_t took_ns)
{
    buffer_add_format(out,
                      ",\"%s\":[{\"status\":\"%s\",\"observedValue\":%.3f,"
                      "\"observedUnit\":\"ms\"",
                      name, health_names[health],
                      (double)took_ns / (double)NS_PER_MS);
    if (health != PASS) {
        buffer_add_string(out, ",\"output\":");
        encode_text(out, text_of(why));
    }
    buffer_add_string(out, "}]");
}

static enum health write_check(struct request *request,
                               const struct check *check, struct buffer *out)
{
    uint64_t began_ns = clock_monotonic_ns();
    enum health health;
    struct diag why;

    diag_init(&why, NULL);
    health = check->run(service_of(request), request->until, &why) == 0 ? PASS
                                                                        : FAIL;
    add_health(out, check->name, health, why.detail,
               clock_monotonic_ns() - began_ns);
    return health;
}

/* As this loop sees it; the metrics tell of all loops. */
static enum health write_breaker(const char *name, enum breaker_state state,
                                 struct buffer *out)
{
    enum health health = state == BREAKER_CLOSED ? PASS : WARN;

    buffer_add_format(out,
                      ",\"%s:breaker\":[{\"status\":\"%s\","
                      "\"observedValue\":%d,\"observedUnit\":\"state\","
                      "\"output\":\"%s\"}]",
                      name, health_names[health], (int)state,
                      breaker_state_name(state));
    return health;
}

static enum health worse(enum health a, enum health b)
{
    return a > b ? a : b;
}

static enum health write_health(struct request *request, struct buffer *out)
{
    enum health health = PASS;
    struct pool_stats stats;

    for (const struct check *check = checks; check->name; check++)
        health = worse(health, write_check(request, check, out));
    pool_stats(service_of(request)->pool, &stats);
    health =
        worse(health, write_breaker("primary_connect", stats.connect, out));
    return worse(health, write_breaker("primary_query", stats.query, out));
}

int health(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer parts;
    CLEANUP(buffer_fini) struct buffer out;
    uint64_t up_ns =
        clock_monotonic_ns() - service_of(request)->process->started_ns;
    enum health health;

    buffer_init(&parts, PAGE_BYTES_MAX);
    buffer_init(&out, PAGE_BYTES_MAX);
    health = write_health(request, &parts);
    buffer_add_format(&out,
                      "{\"status\":\"%s\",\"description\":\"Portcullis\","
                      "\"checks\":{\"uptime\":[{\"status\":\"pass\","
                      "\"observedValue\":%llu,\"observedUnit\":\"s\"}]",
                      health_names[health],
                      (unsigned long long)(up_ns / NS_PER_S));
    buffer_add_text(&out, buffer_text(&parts));
    buffer_add_string(&out, "}}");
    reply->status = health == FAIL ? 503 : 200;
    return say(reply, "application/health+json", &out);
}

int metrics(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer out;

    (void)request;
    buffer_init(&out, PAGE_BYTES_MAX);
    metrics_write(&out);
    return say(reply, METRICS_CONTENT_TYPE, &out);
}
