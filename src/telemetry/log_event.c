/* SPDX-License-Identifier: MIT */
#include "telemetry/log_impl.h"

#include "base/clock.h"
#include "base/escape.h"

#include <stdlib.h>

static const char *const level_names[] = { "debug", "info", "warn", "error" };

static void add_text(struct event *event, struct text t)
{
    memcpy(event->at, t.at, t.len);
    event->at += t.len;
}

static void add(struct event *event, const char *string)
{
    add_text(event, text_of(string));
}

static void begin_json(struct event *event, enum log_level level,
                       const char *name)
{
    char now[CLOCK_TEXT_BYTES];

    add_text(event, TEXT("{\"time\":\""));
    add_text(event, text_from(now, clock_format(clock_wall_ns(), now)));
    add_text(event, TEXT("\",\"level\":\""));
    add(event, level_names[level]);
    add_text(event, TEXT("\",\"event\":\""));
    add(event, name);
    add_text(event, TEXT("\""));
}

/* The time of day only, with milliseconds; levels stand in a column. */
static void begin_pretty(struct event *event, enum log_level level,
                         const char *name)
{
    static const char *const padded[] = { " debug ", " info  ", " warn  ",
                                          " error " };
    char now[CLOCK_TEXT_BYTES];

    clock_format(clock_wall_ns(), now);
    now[23] = '\0';
    add(event, now + 11);
    add(event, padded[level]);
    add(event, name);
}

static void begin_coloured(struct event *event, enum log_level level,
                           const char *name)
{
    static const char *const padded[] = {
        " \033[2mdebug\033[0m ",
        " \033[32minfo\033[0m  ",
        " \033[33mwarn\033[0m  ",
        " \033[31merror\033[0m ",
    };
    char now[CLOCK_TEXT_BYTES];

    clock_format(clock_wall_ns(), now);
    now[23] = '\0';
    add(event, "\033[2m");
    add(event, now + 11);
    add(event, "\033[0m");
    add(event, padded[level]);
    add(event, "\033[1m");
    add(event, name);
    add(event, "\033[0m");
}

/* TEXT() is a compound literal, which is no constant for every compiler. */
#define LITERAL(string)            \
    {                              \
        string, sizeof(string) - 1 \
    }

static const struct log_style json_style = {
    .before_name = LITERAL(",\""),
    .after_name = LITERAL("\":"),
    .begin = begin_json,
    .truncated = ",\"truncated\":true",
    .end = "}\n",
};

static const struct log_style pretty_style = {
    .before_name = LITERAL(" "),
    .after_name = LITERAL("="),
    .bare = true,
    .begin = begin_pretty,
    .truncated = " truncated=true",
    .end = "\n",
};

static const struct log_style coloured_style = {
    .before_name = LITERAL(" \033[2m"),
    .after_name = LITERAL("=\033[0m"),
    .bare = true,
    .begin = begin_coloured,
    .truncated = " truncated=true",
    .end = "\n",
};

const struct log_style *log__style = &json_style;

void log__style_choose(enum log_format format)
{
    const char *no_color = getenv("NO_COLOR");
    bool terminal = log__sink_is_terminal();
    bool colours = terminal && !(no_color && *no_color);

    log__style = &json_style;
    if (format == LOG_PRETTY || (format == LOG_AUTO && terminal))
        log__style = colours ? &coloured_style : &pretty_style;
}

/* Writes the name when it and `bytes` of value fit. */
static bool begin_member(struct event *event, const char *name, size_t bytes)
{
    const struct log_style *style = log__style;
    size_t room = (size_t)(event->end - event->at);
    struct text title = text_of(name);

    if (style->before_name.len + title.len + style->after_name.len + bytes >
        room) {
        event->truncated = true;
        return false;
    }
    add_text(event, style->before_name);
    add_text(event, title);
    add_text(event, style->after_name);
    return true;
}

static bool is_bare(struct text value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] <= ' ' || value.at[i] > '~' || value.at[i] == '"' ||
            value.at[i] == '\\' || value.at[i] == '=')
            return false;
    return value.len > 0;
}

/* A value too long is cut: its beginning tells more than nothing. */
void event_text(struct event *event, const char *name, struct text value)
{
    bool quoted;
    size_t read;

    if (!event->at || text_is_null(value) || !begin_member(event, name, 16))
        return;
    quoted = !log__style->bare || !is_bare(value);
    if (quoted)
        *event->at++ = '"';
    event->at = escape_json(event->at, event->end - 1, value, &read);
    if (quoted)
        *event->at++ = '"';
    event->truncated |= read < value.len;
}

void event_string(struct event *event, const char *name, const char *value)
{
    event_text(event, name, text_of(value));
}

static void add_digits(struct event *event, uint64_t value, int least)
{
    char digits[24];
    int at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
        least--;
    } while (value > 0 || least > 0);
    memcpy(event->at, digits + at, sizeof(digits) - (size_t)at);
    event->at += sizeof(digits) - (size_t)at;
}

void event_int(struct event *event, const char *name, int64_t value)
{
    if (!event->at || !begin_member(event, name, 24))
        return;
    if (value < 0)
        *event->at++ = '-';
    add_digits(event, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

void event_bool(struct event *event, const char *name, bool value)
{
    if (event->at && begin_member(event, name, 8))
        add(event, value ? "true" : "false");
}

void event_ms(struct event *event, const char *name, uint64_t ns)
{
    if (!event->at || !begin_member(event, name, 24))
        return;
    add_digits(event, ns / NS_PER_MS, 1);
    *event->at++ = '.';
    add_digits(event, ns % NS_PER_MS / 1000, 3);
}

static void add_if_set(struct event *event, const char *name, const char *value)
{
    if (*value)
        event_string(event, name, value);
}

void event_diag(struct event *event, const struct diag *diag)
{
    if (!event->at || diag->code == 0)
        return;
    event_string(event, "error", error_info(diag->code)->code);
    add_if_set(event, "detail", diag->detail);
    add_if_set(event, "cause", diag->cause);
    add_if_set(event, "sqlstate", diag->sqlstate);
    add_if_set(event, "constraint", diag->constraint);
    if (!diag->file)
        return;
    event_string(event, "source", diag->file);
    event_int(event, "line", diag->line);
}
