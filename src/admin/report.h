/* SPDX-License-Identifier: MIT */
/*
 * What a command of several steps tells: on stderr a line for each step with
 * what came of it and how long it took, then one for all of it; with `json` on
 * stdout, at the end, one document besides:
 *   {"command", "status", "outcome": "done" or the refusal, "took_ms",
 *    "steps": [{"step", "outcome", "took_ms"}], and what report_member() adds}
 */
#pragma once

#include "admin/exit.h"
#include "admin/progress.h"
#include "base/buffer.h"

enum { REPORT_STEPS_MAX = 256, REPORT_WORDS_BYTES = 120 };

struct report_step {
    char what[REPORT_WORDS_BYTES], outcome[REPORT_WORDS_BYTES];
    uint64_t took_ms;
};

struct report {
    const char *name; /* "setup"; borrowed */
    bool json, terminal, colours;
    bool open; /* the last step has not ended */
    uint64_t begun_ns, step_ns;
    unsigned count; /* of all steps, also of those that are not kept */
    struct progress progress; /* of the last step */
    struct report_step steps[REPORT_STEPS_MAX];
    struct buffer members;
};

/* Ended by report_end(). */
void report_begin(struct report *report, const char *name, bool json);

/* A step begins; one that was going on is done. Words for people, and stable
 * enough for programs: no counts, no times. */
void report_step(struct report *report, const char *fmt, ...) PRINTF(2, 3);

/* To tell how far the step is, while it is open. */
struct progress *report_progress(struct report *report);

/* It ended well; what came of it: "created", "there already", "12 files". */
void report_done(struct report *report, const char *fmt, ...) PRINTF(2, 3);

/* A member more of the document: its JSON value is the caller's to add. */
struct buffer *report_member(struct report *report, const char *name);

/* The closing line, or the refusal's, and the document. The exit status. */
int report_end(struct report *report, const struct refusal *why) MUST_CHECK;

/* May what is written there be coloured? A terminal, and NO_COLOR is not set.
 */
bool report_may_colour(int fd);
