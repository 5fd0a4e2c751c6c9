/* SPDX-License-Identifier: MIT */
#include "admin/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define HTTP "http_server_request_duration_seconds"
#define SQL  "db_client_operation_duration_seconds"

enum {
    LINE_BYTES = 512,
    GROUPS_MAX = 512,
    NAME_WIDTH = 34,
    NAME_WIDTH_LEAST = 8,
    NUMBERS_WIDTH = 41, /* what stands behind a name */
    POOL_BYTES = 40
};

struct drawing {
    const struct screen *screen;
    const struct samples *samples;
    struct buffer *out;
    unsigned lines;
};

/* --- lines ----------------------------------------------------------------
 */

/* Cut to the screen's width; colours count for nothing. */
static void add_line(struct drawing *drawing, const char *colour,
                     const char *fmt, ...) PRINTF(3, 4);

static void add_line(struct drawing *drawing, const char *colour,
                     const char *fmt, ...)
{
    const struct screen *screen = drawing->screen;
    char line[LINE_BYTES];
    struct text text;
    va_list args;
    size_t len = 0;

    if (screen->rows > 0 && drawing->lines == screen->rows)
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    text = text_of(line);
    for (unsigned width = 0; len < text.len && width < screen->columns;
         width++) {
        size_t bytes = text_sequence(text_skip(text, len));

        len += bytes ? bytes : 1;
    }
    buffer_add_format(drawing->out, "%s%.*s%s\n", screen->colours ? colour : "",
                      (int)len, line,
                      screen->colours && *colour ? "\033[0m" : "");
    drawing->lines++;
}

static const char bold[] = "\033[1m", red[] = "\033[31m", dim[] = "\033[2m";

/* --- numbers --------------------------------------------------------------
 */

static double per_second(const struct drawing *drawing, const char *name,
                         const char *label, const char *value, bool prefix)
{
    const struct sample_filter filter = { name, label,
                                          text_of(value ? value : ""), prefix };

    return samples_growth(drawing->samples, filter) / drawing->screen->seconds;
}

static double rate(const struct drawing *drawing, const char *name)
{
    return per_second(drawing, name, NULL, NULL, false);
}

static double gauge(const struct drawing *drawing, const char *name)
{
    return samples_sum(drawing->samples,
                       (struct sample_filter){ .name = name });
}

static double quantile_ms(const struct drawing *drawing, const char *name,
                          double share)
{
    double seconds = samples_quantile(
        drawing->samples, (struct sample_filter){ .name = name }, share);

    return seconds < 0 ? 0 : seconds * 1000;
}

/* --- the head -------------------------------------------------------------
 */

static void draw_requests(struct drawing *drawing)
{
    double broken = per_second(drawing, HTTP "_count",
                               "http_response_status_code", "5", true);

    add_line(drawing, bold,
             "requests  %.1f/s   2xx %.1f   4xx %.1f   p50 %.2f  p95 %.2f  "
             "p99 %.2f ms",
             rate(drawing, HTTP "_count"),
             per_second(drawing, HTTP "_count", "http_response_status_code",
                        "2", true),
             per_second(drawing, HTTP "_count", "http_response_status_code",
                        "4", true),
             quantile_ms(drawing, HTTP, 0.5), quantile_ms(drawing, HTTP, 0.95),
             quantile_ms(drawing, HTTP, 0.99));
    add_line(drawing, broken > 0 ? red : "",
             "          5xx %.1f/s   active %.0f   connections %.0f", broken,
             gauge(drawing, "http_server_active_requests"),
             gauge(drawing, "portcullis_http_connections"));
    add_line(drawing, "",
             "refused   gate %.1f/s   shed %.1f/s   rate limits %.1f/s",
             rate(drawing, "portcullis_gate_refusals_total"),
             rate(drawing, "portcullis_shed_total"),
             rate(drawing, "portcullis_rate_limited_total"));
}

static void draw_process(struct drawing *drawing)
{
    add_line(drawing, "",
             "process   cpu %.0f %%   memory %.1f MiB   descriptors %.0f   "
             "fibers %.0f   log lines lost %.1f/s",
             rate(drawing, "process_cpu_seconds_total") * 100,
             gauge(drawing, "process_resident_memory_bytes") / (1 << 20),
             gauge(drawing, "process_open_fds"),
             gauge(drawing, "portcullis_fibers"),
             rate(drawing, "portcullis_log_dropped_total"));
}

static void draw_database(struct drawing *drawing)
{
    add_line(drawing, "",
             "database  %.1f statements/s   p50 %.2f  p99 %.2f ms   waiting "
             "%.0f   slow %.1f/s   retries %.1f/s",
             rate(drawing, SQL "_count"), quantile_ms(drawing, SQL, 0.5),
             quantile_ms(drawing, SQL, 0.99),
             gauge(drawing, "db_client_connection_pending_requests"),
             rate(drawing, "portcullis_slow_queries_total"),
             rate(drawing, "portcullis_retries_total"));
}

/* Which pool, where a series tells. */
static void pool_of(const struct sample *sample, char ret_pool[POOL_BYTES])
{
    struct text pool = sample_label(sample, "pool");

    snprintf(ret_pool, POOL_BYTES, "%.*s%s", TEXT_ARG(pool),
             pool.len > 0 ? " " : "");
}

/* Every series of a metric in one line: "primary idle 3   primary used 1". */
static void draw_series(struct drawing *drawing, const char *title,
                        const char *name, const char *label,
                        const char *const *words, size_t word_count)
{
    char line[LINE_BYTES];
    size_t len = (size_t)snprintf(line, sizeof(line), "%-9s", title);
    bool alarming = false, found = false;

    for (unsigned i = 0; i < drawing->samples->count; i++) {
        const struct sample *sample = &drawing->samples->at[i];
        struct text value = sample_label(sample, label);
        size_t word = sample->value > 0 ? (size_t)sample->value : 0;
        char pool[POOL_BYTES];
        int more;

        if (!text_is(sample->name, name) || len >= sizeof(line))
            continue;
        pool_of(sample, pool);
        found = true;
        alarming = alarming || (words && word > 0);
        more = words
                   ? snprintf(line + len, sizeof(line) - len, " %.*s %s  ",
                              TEXT_ARG(value),
                              words[word < word_count ? word : word_count - 1])
                   : snprintf(line + len, sizeof(line) - len, " %s%.*s %.0f  ",
                              pool, TEXT_ARG(value), sample->value);
        len += (size_t)more;
    }
    if (found)
        add_line(drawing, alarming ? red : "", "%s", line);
}

static double share(double part, double all)
{
    return all > 0 ? part / all * 100 : 0;
}

static void draw_caches(struct drawing *drawing)
{
    static const char cache[] = "portcullis_cache_requests_total";
    static const char rights[] = "portcullis_rights_requests_total";

    add_line(drawing, "",
             "caches    looks %.1f/s, hits %.0f %%   rights %.1f/s, remembered "
             "%.0f %%",
             rate(drawing, cache),
             share(per_second(drawing, cache, "result", "hit", false),
                   rate(drawing, cache)),
             rate(drawing, rights),
             share(per_second(drawing, rights, "result", "hit", false),
                   rate(drawing, rights)));
}

static void draw_head(struct drawing *drawing)
{
    static const char *const breakers[] = { "closed", "half-open", "OPEN" };
    static const char *const healths[] = { "pass", "WARN", "FAIL" };

    add_line(drawing, bold, "portcullis top   %s   over %.1f s",
             drawing->screen->url, drawing->screen->seconds);
    if (drawing->screen->trouble)
        add_line(drawing, red, "no answer, these are the last numbers: %s",
                 drawing->screen->trouble);
    draw_requests(drawing);
    draw_process(drawing);
    draw_database(drawing);
    draw_series(drawing, "pools", "db_client_connection_count", "state", NULL,
                0);
    draw_caches(drawing);
    draw_series(drawing, "breakers", "portcullis_breaker_state", "dependency",
                breakers, ARRAY_LEN(breakers));
    draw_series(drawing, "health", "portcullis_component_health", "component",
                healths, ARRAY_LEN(healths));
}

/* --- tables ---------------------------------------------------------------
 */

struct group {
    struct text key; /* a label's value */
    double count;    /* a second */
};

static int busier(const void *a, const void *b)
{
    const struct group *x = a, *y = b;

    return (x->count < y->count) - (x->count > y->count);
}

static unsigned gather(const struct drawing *drawing, const char *count_name,
                       const char *label, struct group groups[GROUPS_MAX])
{
    unsigned count = 0;

    for (unsigned i = 0; i < drawing->samples->count; i++) {
        const struct sample *sample = &drawing->samples->at[i];
        struct text key = sample_label(sample, label);
        unsigned at = 0;

        if (!text_is(sample->name, count_name) || text_is_null(key))
            continue;
        while (at < count && !text_equal(groups[at].key, key))
            at++;
        if (at == GROUPS_MAX)
            continue;
        if (at == count)
            groups[count++] = (struct group){ key, 0 };
        groups[at].count += sample->grown / drawing->screen->seconds;
    }
    qsort(groups, count, sizeof(*groups), busier);
    return count;
}

/* A narrow screen shortens names before it cuts numbers off. */
static int name_width(const struct drawing *drawing)
{
    int left = (int)drawing->screen->columns - NUMBERS_WIDTH;

    if (left > NAME_WIDTH)
        return NAME_WIDTH;
    return left < NAME_WIDTH_LEAST ? NAME_WIDTH_LEAST : left;
}

static void draw_group(struct drawing *drawing, const struct group *group,
                       const char *name, const char *label)
{
    const struct sample_filter filter = { name, label, group->key, false };
    int width = name_width(drawing), len = (int)group->key.len;

    add_line(drawing, "", "%-*.*s %10.1f %9.2f %9.2f %9.2f", width,
             len < width ? len : width, group->key.at, group->count,
             samples_quantile(drawing->samples, filter, 0.5) * 1000,
             samples_quantile(drawing->samples, filter, 0.95) * 1000,
             samples_quantile(drawing->samples, filter, 0.99) * 1000);
}

/* The busiest that fit; who did nothing is left out. */
static void draw_table(struct drawing *drawing, const char *title,
                       const char *name, const char *count_name,
                       const char *label, unsigned room)
{
    struct group groups[GROUPS_MAX];
    unsigned count = gather(drawing, count_name, label, groups);

    add_line(drawing, dim, "%s", "");
    add_line(drawing, dim, "%-*s %10s %9s %9s %9s", name_width(drawing), title,
             "/s", "p50 ms", "p95 ms", "p99 ms");
    for (unsigned i = 0; i < count && i < room && groups[i].count > 0; i++)
        draw_group(drawing, &groups[i], name, label);
}

void screen_draw(const struct screen *screen, const struct samples *samples,
                 struct buffer *out)
{
    struct drawing drawing = { screen, samples, out, 0 };
    unsigned room, left;

    draw_head(&drawing);
    left =
        screen->rows > drawing.lines + 5 ? screen->rows - drawing.lines - 5 : 0;
    room = screen->rows == 0 ? GROUPS_MAX : (left + 1) / 2;
    draw_table(&drawing, "ROUTE", HTTP, HTTP "_count", "http_route", room);
    room = screen->rows == 0 ? GROUPS_MAX : left / 2;
    draw_table(&drawing, "STATEMENT", SQL, SQL "_count", "db_operation_name",
               room);
}
