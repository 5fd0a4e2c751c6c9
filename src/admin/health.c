/* SPDX-License-Identifier: MIT */
#include "admin/health.h"

#include "admin/exit.h"
#include "admin/report.h"
#include "admin/tell.h"
#include "base/clock.h"
#include "database/session.h"
#include "json/document.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 200, TELL_MS = 5000 };

/* --- health ---------------------------------------------------------------
 */

static const struct {
    const char *name, *colour;
} statuses[] = { { "pass", "\033[32m" },
                 { "warn", "\033[33m" },
                 { "fail", "\033[31m" } };

/* What a machine would take for a failure is one. */
static int status_of(const struct node *object)
{
    const struct node *status = node_member(object, "status");

    for (int i = 0; status && node_type(status) == NODE_TEXT &&
                    i < (int)ARRAY_LEN(statuses);
         i++)
        if (text_is(node_text(status), statuses[i].name))
            return i;
    return (int)ARRAY_LEN(statuses) - 1;
}

static void show_check(struct text name, const struct node *check)
{
    const struct node *output = node_member(check, "output");
    const struct node *component = node_member(check, "componentId");
    bool colours = report_may_colour(STDOUT_FILENO);
    int status = status_of(check);

    printf("%s%s%s  %.*s", colours ? statuses[status].colour : "",
           statuses[status].name, colours ? "\033[0m" : "", TEXT_ARG(name));
    if (component && node_type(component) == NODE_TEXT)
        printf(" %.*s", TEXT_ARG(node_text(component)));
    if (output && node_type(output) == NODE_TEXT)
        printf(": %.*s", TEXT_ARG(node_text(output)));
    putchar('\n');
}

static void show_checks(const struct node *root)
{
    const struct node *checks = node_member(root, "checks");
    struct member member = { 0 };

    while (checks && member_next(checks, &member))
        for (size_t i = 0; i < node_count(member.value); i++)
            show_check(member.name, node_item(member.value, i));
}

static int show(const struct health_options *options, struct text body,
                struct diag *diag)
{
    CLEANUP(document_free) struct document *document = NULL;
    int r = document_parse(body, diag, &document);

    if (r < 0)
        return FAIL(diag, -r, "what answers there is no Portcullis: %s",
                    options->instance.url);
    if (options->json)
        printf("%.*s\n", TEXT_ARG(body));
    else
        show_checks(document_root(document));
    return status_of(document_root(document));
}

int health_command(const struct health_options *options)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    struct diag diag;
    int status = 0, r;

    buffer_init(&body, INSTANCE_BYTES_MAX);
    diag_init(&diag, NULL);
    r = instance_get(&options->instance, "/health", &body, &status, &diag);
    if (r == 0)
        r = show(options, buffer_text(&body), &diag);
    if (r >= 0 && fflush(stdout) == 0)
        return r;
    say("%s%s%s%s", diag.code ? diag.detail : "what there is to say was lost",
        diag.cause[0] ? " (" : "", diag.cause, diag.cause[0] ? ")" : "");
    return (int)ARRAY_LEN(statuses) - 1;
}

/* --- wait -----------------------------------------------------------------
 */

static int do_nothing(struct connection *connection, void *arg,
                      struct diag *diag)
{
    (void)connection, (void)arg, (void)diag;
    return 0;
}

static int is_ready(const struct wait_options *options, struct diag *diag)
{
    CLEANUP(buffer_fini) struct buffer body = { 0 };
    int status = 0, r;

    if (options->database_url)
        return database_session(options->driver, text_of(options->database_url),
                                do_nothing, NULL, diag);
    buffer_init(&body, INSTANCE_BYTES_MAX);
    r = instance_get(&options->instance, "/readyz", &body, &status, diag);
    if (r == 0 && status != 200)
        return FAIL(diag, ERR_UNAVAILABLE, "%s answers %d: %.*s",
                    options->instance.url, status,
                    TEXT_ARG(buffer_text(&body)));
    return r;
}

static void pause_ms(uint64_t ms)
{
    struct timespec time = { .tv_sec = (time_t)(ms / 1000),
                             .tv_nsec = (long)(ms % 1000 * NS_PER_MS) };

    nanosleep(&time, NULL);
}

/* What no waiting mends. */
static bool is_hopeless(int r)
{
    return r == -ERR_INVALID_PARAMETER;
}

static void tell_waited(bool ready, uint64_t waited_ns)
{
    char ms[24];
    int len = snprintf(ms, sizeof(ms), "%llu",
                       (unsigned long long)(waited_ns / NS_PER_MS));

    TELL({ .name = "ready",
           .value = ready ? TEXT("true") : TEXT("false"),
           .ready = true },
         { .name = "waited_ms",
           .value = text_from(ms, (size_t)len),
           .ready = true });
}

int wait_command(const struct wait_options *options)
{
    uint64_t begun = clock_monotonic_ns(), told = begun, now = begun;
    uint64_t end = begun + options->timeout_s * (uint64_t)NS_PER_S;
    struct diag diag;
    int r;

    for (;;) {
        diag_init(&diag, NULL);
        r = is_ready(options, &diag);
        now = clock_monotonic_ns();
        if (r == 0 || is_hopeless(r) || now >= end)
            break;
        if (now - told > TELL_MS * NS_PER_MS) {
            say("still waiting: %s", diag.detail);
            told = now;
        }
        pause_ms(POLL_MS);
    }
    if (options->json)
        tell_waited(r == 0, now - begun);
    if (r == 0) {
        say("ready after %.1f s", (double)(now - begun) / NS_PER_S);
        return EXIT_OK;
    }
    say("%s%s%s%s", diag.detail, diag.cause[0] ? " (" : "", diag.cause,
        diag.cause[0] ? ")" : "");
    return is_hopeless(r) ? EXIT_CONFIG : EXIT_UNREACHABLE;
}
