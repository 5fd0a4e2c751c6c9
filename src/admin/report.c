/* SPDX-License-Identifier: MIT */
#include "admin/report.h"

#include "base/clock.h"
#include "base/fault.h"
#include "json/encode.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    WHAT_WIDTH = 44,
    MEMBERS_BYTES_MAX = 16 << 20,
};

bool report_may_colour(int fd)
{
    const char *no_color = getenv("NO_COLOR");

    return isatty(fd) == 1 && !(no_color && *no_color);
}

static uint64_t ms_since(uint64_t begun_ns)
{
    return (clock_monotonic_ns() - begun_ns) / NS_PER_MS;
}

void report_begin(struct report *report, const char *name, bool json)
{
    *report = (struct report){ .name = name, .json = json };
    report->begun_ns = clock_monotonic_ns();
    report->terminal = isatty(STDERR_FILENO) == 1;
    report->colours = report_may_colour(STDERR_FILENO);
    buffer_init(&report->members, MEMBERS_BYTES_MAX);
}

/* --- steps ----------------------------------------------------------------
 */

static struct report_step *last_step(struct report *report)
{
    unsigned at = report->count - 1;

    return &report->steps[at < REPORT_STEPS_MAX ? at : REPORT_STEPS_MAX - 1];
}

static void end_step(struct report *report, const char *mark)
{
    struct report_step *step = last_step(report);

    step->took_ms = ms_since(report->step_ns);
    fprintf(
        stderr, "%s%s%-*s %s%s  %llu ms\n", report->terminal ? "\r\033[K" : "",
        report->colours ? mark : "", WHAT_WIDTH, step->what, step->outcome,
        report->colours ? "\033[0m" : "", (unsigned long long)step->took_ms);
    report->open = false;
    if (fault_hit(FAULT_STEP_KILLED))
        raise(SIGKILL);
}

void report_step(struct report *report, const char *fmt, ...)
{
    struct report_step *step;
    va_list args;

    if (report->open)
        report_done(report, "done");
    report->count++;
    step = last_step(report);
    *step = (struct report_step){ 0 };
    va_start(args, fmt);
    vsnprintf(step->what, sizeof(step->what), fmt, args);
    va_end(args);
    report->step_ns = clock_monotonic_ns();
    progress_begin(&report->progress, step->what);
    report->open = true;
    if (report->terminal)
        fprintf(stderr, "%s …", step->what);
}

struct progress *report_progress(struct report *report)
{
    return &report->progress;
}

void report_done(struct report *report, const char *fmt, ...)
{
    struct report_step *step;
    va_list args;

    if (!report->open)
        return;
    step = last_step(report);
    va_start(args, fmt);
    vsnprintf(step->outcome, sizeof(step->outcome), fmt, args);
    va_end(args);
    end_step(report, "");
}

/* --- the end --------------------------------------------------------------
 */

struct buffer *report_member(struct report *report, const char *name)
{
    buffer_add_byte(&report->members, ',');
    encode_text(&report->members, text_of(name));
    buffer_add_byte(&report->members, ':');
    return &report->members;
}

static void add_steps(const struct report *report, struct buffer *out)
{
    unsigned kept =
        report->count < REPORT_STEPS_MAX ? report->count : REPORT_STEPS_MAX;

    for (unsigned i = 0; i < kept; i++) {
        buffer_add_string(out, i > 0 ? ",{\"step\":" : "{\"step\":");
        encode_text(out, text_of(report->steps[i].what));
        buffer_add_string(out, ",\"outcome\":");
        encode_text(out, text_of(report->steps[i].outcome));
        buffer_add_format(out, ",\"took_ms\":%llu}",
                          (unsigned long long)report->steps[i].took_ms);
    }
}

static void print_document(const struct report *report,
                           const struct refusal *why)
{
    CLEANUP(buffer_fini) struct buffer out = { 0 };

    buffer_init(&out, 2 * MEMBERS_BYTES_MAX);
    buffer_add_string(&out, "{\"command\":");
    encode_text(&out, text_of(report->name));
    buffer_add_format(&out, ",\"status\":%d,\"outcome\":", why->status);
    encode_text(&out, text_of(why->status ? why->line : "done"));
    buffer_add_format(&out, ",\"took_ms\":%llu,\"steps\":[",
                      (unsigned long long)ms_since(report->begun_ns));
    add_steps(report, &out);
    buffer_add_byte(&out, ']');
    buffer_add_text(&out, buffer_text(&report->members));
    buffer_add_string(&out, "}\n");
    fwrite(out.at, 1, out.len, stdout);
    fflush(stdout);
}

static void close_step(struct report *report, const struct refusal *why)
{
    if (!report->open)
        return;
    if (why->status == 0) {
        report_done(report, "done");
        return;
    }
    snprintf(last_step(report)->outcome, REPORT_WORDS_BYTES, "failed");
    end_step(report, "\033[31m");
}

int report_end(struct report *report, const struct refusal *why)
{
    double seconds;

    close_step(report, why);
    seconds = (double)(clock_monotonic_ns() - report->begun_ns) / NS_PER_S;
    if (why->status)
        say("%s", why->line);
    else if (report->count > 0)
        say("%s: %u step%s done in %.1f s", report->name, report->count,
            report->count == 1 ? "" : "s", seconds);
    if (report->json)
        print_document(report, why);
    buffer_fini(&report->members);
    return why->status;
}
