/* SPDX-License-Identifier: MIT */
#include "telemetry/metrics_impl.h"

#include "base/check.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUCKETS_MAX = 16 };

/* The series of all threads that have the same labels, added up. */
struct sum {
    int64_t value;
    double sum;
    uint64_t buckets[BUCKETS_MAX];
};

static const char *const kind_names[] = { "counter", "gauge", "histogram",
                                          "gauge",   "gauge", "untyped" };

void metrics__write_head(struct buffer *out, const char *name, const char *kind,
                         const char *help)
{
    buffer_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                      kind);
}

void metrics__write_double(struct buffer *out, double value)
{
    char text[32];

    snprintf(text, sizeof(text), "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof(text), "%.17g", value);
    buffer_add_string(out, text);
}

static int compare(const void *a, const void *b)
{
    const struct series *const *left = a, *const *right = b;
    const char *const *x = (*left)->labels, *const *y = (*right)->labels;

    for (int i = 0; i < METRIC_LABELS_MAX && x[i]; i++) {
        int order = strcmp(x[i], y[i]);

        if (order != 0)
            return order;
    }
    return 0;
}

static void count_up(const struct series *series, struct sum *to)
{
    const struct metric_row *row = series->row;

    int64_t value = atomic_load_explicit(&series->value, memory_order_relaxed);

    CHECK(row->bound_count < BUCKETS_MAX);
    if (row->kind != METRIC_WORST && row->kind != METRIC_WORST_MS)
        to->value += value;
    else if (value > to->value)
        to->value = value;
    to->sum += atomic_load_explicit(&series->sum, memory_order_relaxed);
    for (size_t i = 0; row->bounds && i <= row->bound_count; i++)
        to->buckets[i] +=
            atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
}

static void write_escaped(struct buffer *out, const char *value)
{
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            buffer_add_byte(out, '\\');
        if (*value == '\n')
            buffer_add_string(out, "\\n");
        else
            buffer_add_byte(out, *value);
    }
}

/* {a="x",b="y",le="0.5"}; nothing at all without labels. */
static void write_labels(struct buffer *out, const struct series *series,
                         const char *le)
{
    const char *before = "{";

    for (int i = 0; series->row->labels[i]; i++) {
        buffer_add_format(out, "%s%s=\"", before, series->row->labels[i]);
        write_escaped(out, series->labels[i]);
        buffer_add_byte(out, '"');
        before = ",";
    }
    if (le)
        buffer_add_format(out, "%sle=\"%s\"", before, le);
    if (le || *before == ',')
        buffer_add_byte(out, '}');
}

static void write_sample(struct buffer *out, const struct series *series,
                         const char *suffix, const char *le)
{
    buffer_add_string(out, series->row->name);
    buffer_add_string(out, suffix);
    write_labels(out, series, le);
    buffer_add_byte(out, ' ');
}

/* _count is made of the buckets, so that they agree while others count. */
static void write_histogram(struct buffer *out, const struct series *series,
                            const struct sum *sum)
{
    const struct metric_row *row = series->row;
    uint64_t count = 0;

    for (size_t i = 0; i <= row->bound_count; i++) {
        char le[32] = "+Inf";

        if (i < row->bound_count)
            snprintf(le, sizeof(le), "%g", row->bounds[i]);
        count += sum->buckets[i];
        write_sample(out, series, "_bucket", le);
        buffer_add_format(out, "%lu\n", count);
    }
    write_sample(out, series, "_sum", NULL);
    metrics__write_double(out, sum->sum);
    buffer_add_byte(out, '\n');
    write_sample(out, series, "_count", NULL);
    buffer_add_format(out, "%lu\n", count);
}

static void write_sum(struct buffer *out, const struct series *series,
                      const struct sum *sum)
{
    if (series->row->kind == METRIC_HISTOGRAM) {
        write_histogram(out, series, sum);
        return;
    }
    write_sample(out, series, "", NULL);
    if (series->row->kind == METRIC_WORST_MS)
        metrics__write_double(out, (double)sum->value / 1000);
    else
        buffer_add_int(out, sum->value);
    buffer_add_byte(out, '\n');
}

/* The list is read once: what other threads add meanwhile waits a turn. */
static size_t gather(enum metric metric, const struct series ***ret_all)
{
    const struct series **all = NULL;
    size_t count = 0, capacity = 0;

    for (struct shard *shard = metrics__shards(); shard; shard = shard->next) {
        const struct series *s =
            atomic_load_explicit(&shard->first[metric], memory_order_acquire);

        for (; s; s = s->next) {
            if (count == capacity) {
                capacity = capacity ? capacity * 2 : 64;
                all = memory_resize(all, capacity * sizeof(*all));
            }
            all[count++] = s;
        }
    }
    if (count > 0)
        qsort(all, count, sizeof(*all), compare);
    *ret_all = all;
    return count;
}

static void write_family(struct buffer *out, enum metric metric)
{
    const struct metric_row *row = &metrics__rows[metric];
    CLEANUP(memory_free) const struct series **all = NULL;
    size_t count;

    if (!row->labels[0]) /* it has its one series from the start */
        (void)metric_series(metric, NULL);
    count = gather(metric, &all);
    metrics__write_head(out, row->name, kind_names[row->kind], row->help);
    for (size_t i = 0; i < count;) {
        const struct series *first = all[i];
        struct sum sum = { 0 };

        for (; i < count && compare(&first, &all[i]) == 0; i++)
            count_up(all[i], &sum);
        write_sum(out, first, &sum);
    }
}

void metrics_write(struct buffer *out)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        write_family(out, (enum metric)metric);
    metrics__write_process(out);
}
