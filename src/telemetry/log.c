/* SPDX-License-Identifier: MIT */
#include "telemetry/log_impl.h"

#include "base/check.h"
#include "base/memory.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

atomic_int log__level = LOG_INFO;

static pthread_once_t ready = PTHREAD_ONCE_INIT;
static pthread_key_t thread_end;
static _Thread_local struct log_buffer *mine;

static void end_thread(void *buffer UNUSED)
{
    log_flush();
    log__dropped(mine->at, mine->len);
    memory_free(&mine);
}

static void get_ready(void)
{
    CHECK(pthread_key_create(&thread_end, end_thread) == 0);
}

struct log_buffer *log__buffer(void)
{
    if (LIKELY(mine))
        return mine;
    pthread_once(&ready, get_ready);
    mine = NEW(struct log_buffer);
    pthread_setspecific(thread_end, mine);
    return mine;
}

void log_setup(enum log_level level, enum log_format format, int fd)
{
    log_flush();
    log__sink_open(fd);
    log__style_choose(format);
    log_set_level(level);
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log__level, (int)level, memory_order_relaxed);
}

void log_batch(bool on)
{
    log__buffer()->batch = on;
    if (!on)
        log_flush();
}

void log__dropped(const char *at, size_t len)
{
    int64_t lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += at[i] == '\n';
    if (lines > 0)
        series_add(metric_series(METRIC_LOG_DROPPED, NULL), lines);
}

void log_flush(void)
{
    size_t done;

    if (!mine || mine->len == 0)
        return;
    CHECK(!mine->open);
    done = log__sink_write(mine->at, mine->len);
    mine->len -= done;
    if (mine->len > 0)
        memmove(mine->at, mine->at + done, mine->len);
}

void event_begin(struct event *event, enum log_level level, const char *name)
{
    struct log_buffer *buffer;

    event->at = NULL;
    if (!log_wants(level))
        return;
    buffer = log__buffer();
    CHECK(!buffer->open);
    if (LOG_BUFFER_BYTES - buffer->len < LOG_LINE_BYTES)
        log_flush();
    if (LOG_BUFFER_BYTES - buffer->len < LOG_LINE_BYTES) {
        log__dropped("\n", 1);
        return;
    }
    buffer->open = true;
    event->truncated = false;
    event->begin = event->at = buffer->at + buffer->len;
    event->end = event->begin + LOG_LINE_BYTES - LOG_TAIL_BYTES;
    log__style->begin(event, level, name);
}

void event_end(struct event *event)
{
    if (!event->at)
        return;
    if (event->truncated)
        event->at = stpcpy(event->at, log__style->truncated);
    event->at = stpcpy(event->at, log__style->end);
    mine->len += (size_t)(event->at - event->begin);
    mine->open = false;
    event->at = NULL;
    if (!mine->batch)
        log_flush();
}

void log_line(enum log_level level, const char *name, const char *fmt, ...)
{
    char message[LOG_LINE_BYTES];
    struct event event;
    va_list args;

    if (!log_wants(level))
        return;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    event_begin(&event, level, name);
    event_string(&event, "message", message);
    event_end(&event);
}
