/* SPDX-License-Identifier: MIT */
/*
 * How far a long command is, on stderr: a bar on a terminal (without colours
 * when NO_COLOR is set), a line every few seconds elsewhere.
 */
#pragma once

#include "base/buffer.h"

enum progress_phase {
    PROGRESS_READING,  /* done and all are bytes */
    PROGRESS_MAKING,   /* rows */
    PROGRESS_MERGING,  /* lines */
    PROGRESS_COUNTING, /* what `noun` says, of which one may last */
};

struct progress {
    const char *name; /* "import bills"; borrowed */
    const char *noun; /* while counting: "table" */
    bool terminal, colours;
    bool drawn; /* a bar stands in the terminal's line */
    enum progress_phase phase;
    uint64_t done, all; /* all is 0 when it is not known */
    uint64_t rows;
    uint64_t phase_ns, due_ns; /* when the phase began, the next telling */
};

void progress_begin(struct progress *progress, const char *name);

/* Reading: bytes so far and in all, and rows, if any, that were in them. */
void progress_read(struct progress *progress, uint64_t done_bytes,
                   uint64_t all_bytes, uint64_t rows);

/* Making rows, demo's way of reading. */
void progress_made(struct progress *progress, uint64_t rows, uint64_t all);

/* Merging: lines so far and in all. */
void progress_merged(struct progress *progress, uint64_t done, uint64_t all);

/* Counting: which one it is at and how many there are, 0 if not known. As one
 * tells nothing of the next, no time is promised, only that which went by. */
void progress_counted(struct progress *progress, const char *noun,
                      uint64_t done, uint64_t all);

/* Takes the bar away, so that something else can be written. */
void progress_clear(struct progress *progress);

/* What is told at a point on the monotonic clock, without a line end. Pure. */
void progress_format(const struct progress *progress, uint64_t now_ns,
                     struct buffer *out);
