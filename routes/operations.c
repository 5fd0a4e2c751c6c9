/* SPDX-License-Identifier: MIT */
/* Probes and metrics: what the machines around the service ask. */
#include "base/feature.h"
#include "monitor/monitor.h"
#include "routes/checks.h"
#include "routes/routes.h"
#include "telemetry/metrics.h"

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

/* What is known of each component; only whether we drain is asked now. */
static enum health write_health(struct request *request, struct buffer *out)
{
    struct process *process = service_of(request)->process;
    uint64_t up_ns = clock_monotonic_ns() - process->started_ns;
    bool draining = atomic_load(&process->draining);
    enum health worst = draining ? HEALTH_FAIL : HEALTH_PASS;

    buffer_add_format(out,
                      "\"uptime\":[{\"status\":\"pass\",\"observedValue\":"
                      "%llu,\"observedUnit\":\"s\"}],"
                      "\"draining\":[{\"status\":\"%s\"}]",
                      (unsigned long long)(up_ns / NS_PER_S),
                      health_name(worst));
    return health_worse(worst, monitor_write(process->monitor, out));
}

static void write_features(struct buffer *out)
{
    for (enum feature f = 0; f < FEATURE_COUNT; f++)
        buffer_add_format(out, "%s\"%s\":%s", f == 0 ? "" : ",",
                          feature_name(f), feature_is_on(f) ? "true" : "false");
}

int health(struct request *request, struct reply *reply)
{
    CLEANUP(buffer_fini) struct buffer parts = { 0 };
    CLEANUP(buffer_fini) struct buffer out = { 0 };
    enum health health;

    buffer_init(&parts, PAGE_BYTES_MAX);
    buffer_init(&out, PAGE_BYTES_MAX);
    health = write_health(request, &parts);
    buffer_add_format(&out,
                      "{\"status\":\"%s\",\"description\":\"Portcullis\","
                      "\"features\":{",
                      health_name(health));
    write_features(&out);
    buffer_add_string(&out, "},\"checks\":{");
    buffer_add_text(&out, buffer_text(&parts));
    buffer_add_string(&out, "}}");
    reply->status = health == HEALTH_FAIL ? 503 : 200;
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
