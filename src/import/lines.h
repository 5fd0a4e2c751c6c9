/* SPDX-License-Identifier: MIT */
/*
 * Cuts runs of bytes, as they come, into lines. Pure: knows no file. A line
 * that lies whole within one run is lent out of it without a copy; one that is
 * longer than the limit is let pass without being held.
 */
#pragma once

#include "base/buffer.h"

struct line {
    uint64_t number;  /* from 1 */
    struct text text; /* without its line end; empty when too long */
    bool too_long;
};

struct lines {
    struct buffer held; /* the beginning of a line, or the last one lent */
    struct text run;    /* what is still to be cut; borrowed */
    uint64_t number;    /* lines ended so far */
    bool lent, skipping;
};

void lines_init(struct lines *lines, size_t limit_bytes);
void lines_fini(struct lines *lines);

/* The next run; the one before must have been cut to its end. */
void lines_feed(struct lines *lines, struct text run);

/*
 * The next whole line, borrowed until the next call; false when the run has
 * come to its end, whose rest, if any, is kept as the beginning of a line.
 */
bool lines_next(struct lines *lines, struct line *ret_line) MUST_CHECK;

/* Behind the last run: the line that no line end ended, if there is one. */
bool lines_last(struct lines *lines, struct line *ret_line) MUST_CHECK;
