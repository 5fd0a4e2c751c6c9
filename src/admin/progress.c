/* SPDX-License-Identifier: MIT */
#include "admin/progress.h"

#include "admin/exit.h"
#include "admin/report.h"
#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

enum {
    BAR_CELLS = 24,
    LINE_BYTES = 256,
    REDRAW_MS = 100,
    PLAIN_MS = 3000,
};

void progress_begin(struct progress *progress, const char *name)
{
    uint64_t now = clock_monotonic_ns();

    *progress = (struct progress){ .name = name, .phase_ns = now };
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->colours = report_may_colour(STDERR_FILENO);
    progress->due_ns =
        now + (progress->terminal ? REDRAW_MS : PLAIN_MS) * NS_PER_MS;
}

/* --- words ---------------------------------------------------------------- */

static void add_bar(const struct progress *progress, struct buffer *out)
{
    uint64_t cells = progress->done * BAR_CELLS / progress->all;

    buffer_add_string(out, progress->colours ? "\033[32m" : "");
    for (unsigned i = 0; i < BAR_CELLS; i++)
        buffer_add_byte(out, i < cells ? '#' : '.');
    buffer_add_string(out, progress->colours ? "\033[0m " : " ");
}

static void add_bytes(const struct progress *progress, struct buffer *out)
{
    const double mib = 1 << 20;

    if (progress->all)
        buffer_add_format(out, "%.1f of ", (double)progress->done / mib);
    buffer_add_format(out, "%.1f MiB",
                      (double)(progress->all ? progress->all : progress->done) /
                          mib);
}

static void add_amount(const struct progress *progress, struct buffer *out)
{
    unsigned long long done = progress->done, all = progress->all;

    if (progress->phase == PROGRESS_READING)
        add_bytes(progress, out);
    else if (progress->phase == PROGRESS_MAKING)
        buffer_add_format(out, "%llu of %llu rows", done, all);
    else if (progress->phase == PROGRESS_MERGING)
        buffer_add_format(out, "merging line %llu of %llu", done, all);
    else
        buffer_add_format(out, all ? "%s %llu of %llu" : "%s %llu",
                          progress->noun, done, all);
}

static void add_minutes(double seconds, const char *what, struct buffer *out)
{
    buffer_add_format(out, ", %d:%02d %s", (int)seconds / 60, (int)seconds % 60,
                      what);
}

static void add_left(const struct progress *progress, double seconds,
                     struct buffer *out)
{
    double left = seconds * (double)(progress->all - progress->done) /
                  (double)progress->done;

    add_minutes(left, "left", out);
}

void progress_format(const struct progress *progress, uint64_t now_ns,
                     struct buffer *out)
{
    double seconds = (double)(now_ns - progress->phase_ns) / (double)NS_PER_S;
    bool counting = progress->phase == PROGRESS_COUNTING;
    bool reading = progress->phase == PROGRESS_READING;
    uint64_t rows = reading ? progress->rows : progress->done;
    bool known = progress->all > 0 && progress->done <= progress->all;

    buffer_add_format(out, "%s: ", progress->name);
    if (progress->terminal && known)
        add_bar(progress, out);
    add_amount(progress, out);
    if (counting)
        add_minutes(seconds, "so far", out);
    if (!counting && seconds > 0 && rows > 0)
        buffer_add_format(out, ", %.0f rows/s", (double)rows / seconds);
    if (!counting && seconds > 0 && known && progress->done > 0)
        add_left(progress, seconds, out);
}

/* --- telling -------------------------------------------------------------- */

static void tell(struct progress *progress)
{
    CLEANUP(buffer_fini) struct buffer line = { 0 };
    uint64_t now = clock_monotonic_ns();

    if (now < progress->due_ns)
        return;
    buffer_init(&line, LINE_BYTES);
    progress_format(progress, now, &line);
    if (progress->terminal)
        fprintf(stderr, "\r\033[K%.*s", TEXT_ARG(buffer_text(&line)));
    else
        say("%.*s", TEXT_ARG(buffer_text(&line)));
    progress->drawn = progress->terminal;
    progress->due_ns =
        now + (progress->terminal ? REDRAW_MS : PLAIN_MS) * NS_PER_MS;
}

static void enter(struct progress *progress, enum progress_phase phase)
{
    if (progress->phase != phase)
        progress->phase_ns = clock_monotonic_ns();
    progress->phase = phase;
}

void progress_read(struct progress *progress, uint64_t done_bytes,
                   uint64_t all_bytes, uint64_t rows)
{
    enter(progress, PROGRESS_READING);
    progress->done = done_bytes;
    progress->all = all_bytes;
    progress->rows = rows;
    tell(progress);
}

void progress_made(struct progress *progress, uint64_t rows, uint64_t all)
{
    enter(progress, PROGRESS_MAKING);
    progress->done = rows;
    progress->all = all;
    tell(progress);
}

void progress_merged(struct progress *progress, uint64_t done, uint64_t all)
{
    enter(progress, PROGRESS_MERGING);
    progress->done = done;
    progress->all = all;
    tell(progress);
}

/* Each may last: on a terminal none is left out. */
void progress_counted(struct progress *progress, const char *noun,
                      uint64_t done, uint64_t all)
{
    enter(progress, PROGRESS_COUNTING);
    if (progress->terminal && progress->done != done)
        progress->due_ns = 0;
    progress->noun = noun;
    progress->done = done;
    progress->all = all;
    tell(progress);
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn)
        fprintf(stderr, "\r\033[K");
    progress->drawn = false;
}
