/* SPDX-License-Identifier: MIT */
/*
 * Events: each is one line, always. JSON objects, or readable text on a
 * terminal. An event is built in its thread's buffer; a thread that batches
 * (a loop) writes it out with log_flush(), any other at once. Writing never
 * waits: what the reader does not take is kept until the buffer is full, then
 * dropped and counted (portcullis_log_dropped_total).
 *
 * No secret, SQL text, body or token belongs in a field.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* In the order of the choices of the settings log_level and log_format. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_AUTO, LOG_JSON, LOG_PRETTY };

/*
 * Where to and how, for all threads; before that: info, JSON, stderr. The
 * descriptor stays the caller's and its flags are left alone. Not while other
 * threads log; log_set_level() may be called at any time.
 */
void log_setup(enum log_level level, enum log_format format, int fd);
void log_set_level(enum log_level level);

extern atomic_int log__level;

/* Is this level wanted? Asked before any formatting. */
static inline bool log_wants(enum log_level level)
{
    return (int)level >=
           atomic_load_explicit(&log__level, memory_order_relaxed);
}

/* This thread's lines wait for log_flush(), or are written one by one. */
void log_batch(bool on);

/* Writes what this thread has, as far as that is possible without waiting. */
void log_flush(void);

/*
 * One event, from event_begin() to event_end(), without a wait or another
 * event between them. Names are literals of a-z, 0-9 and '_'. Members that
 * do not fit into a line of PIPE_BUF bytes are left out and "truncated" says
 * so.
 *
 *     struct event ev;
 *
 *     event_begin(&ev, LOG_INFO, "request");
 *     event_text(&ev, "route", route);
 *     event_int(&ev, "status", 200);
 *     event_end(&ev);
 */
struct event {
    char *at; /* next byte; NULL: nobody wants the event */
    char *begin, *end;
    bool truncated;
};

void event_begin(struct event *event, enum log_level level, const char *name);
void event_text(struct event *event, const char *name, struct text value);
void event_string(struct event *event, const char *name, const char *value);
void event_int(struct event *event, const char *name, int64_t value);
void event_bool(struct event *event, const char *name, bool value);

/* Nanoseconds, written as milliseconds with three decimals. */
void event_ms(struct event *event, const char *name, uint64_t ns);

/* error, detail, cause, sqlstate, constraint, source, line: those set. */
void event_diag(struct event *event, const struct diag *diag);

void event_end(struct event *event);

/* An event without members but a sentence, "message". */
void log_line(enum log_level level, const char *name, const char *fmt, ...)
    PRINTF(3, 4);
