/* SPDX-License-Identifier: MIT */
/* Shared by the log's own files. */
#pragma once

#include "telemetry/log.h"

#include <limits.h>

enum {
    LOG_LINE_BYTES = PIPE_BUF, /* what a pipe takes in one piece */
    LOG_BUFFER_BYTES = 64 * 1024,
    LOG_TAIL_BYTES = 32, /* kept free in a line for its end */
};

/* What a thread has not written yet. */
struct log_buffer {
    size_t len;
    bool batch, open; /* open: an event is being built at its end */
    char at[LOG_BUFFER_BYTES];
};

/* The strings that tell JSON from pretty lines. */
struct log_style {
    struct text before_name, after_name;
    bool bare; /* text without spaces and the like needs no quotes */
    void (*begin)(struct event *event, enum log_level level, const char *name);
    const char *truncated, *end;
};

extern const struct log_style *log__style;

/* This thread's buffer, made on first use. */
struct log_buffer *log__buffer(void);

/* Counts lines that nobody will see. */
void log__dropped(const char *at, size_t len);

/* Where lines go; the descriptor stays the caller's. */
void log__sink_open(int fd);
bool log__sink_is_terminal(void);

/*
 * Writes as much as possible without waiting and returns that; what never can
 * be written counts as written, and as dropped.
 */
size_t log__sink_write(const char *at, size_t len);

/* Chooses the style, as log_setup() was asked and the sink is. */
void log__style_choose(enum log_format format);
