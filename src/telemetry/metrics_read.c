/* SPDX-License-Identifier: MIT */
#include "telemetry/metrics_read.h"

#include "base/check.h"
#include "base/memory.h"
#include "telemetry/metrics_impl.h"

#include <pthread.h>

bool metric_find(struct text name, enum metric *ret_metric)
{
    for (int i = 0; i < METRIC_COUNT; i++) {
        if (!text_is(name, metrics__rows[i].name))
            continue;
        *ret_metric = (enum metric)i;
        return true;
    }
    return false;
}

enum metric_nature metric_nature(enum metric metric)
{
    CHECK(metric < METRIC_COUNT);
    switch (metrics__rows[metric].kind) {
    case METRIC_COUNTER:
        return METRIC_COUNTS;
    case METRIC_HISTOGRAM:
        return METRIC_OBSERVES;
    default:
        return METRIC_SHOWS;
    }
}

int metric_label_index(enum metric metric, struct text label)
{
    const char *const *labels = metrics__rows[metric].labels;

    for (int i = 0; i < METRIC_LABELS_MAX && labels[i]; i++)
        if (text_is(label, labels[i]))
            return i;
    return -1;
}

/* --- reading ------------------------------------------------------------- */

static bool fits(const struct metric_filter *filter,
                 const struct series *series)
{
    for (int i = 0; i < METRIC_LABELS_MAX; i++)
        if (filter->given[i] && strcmp(filter->values[i], series->labels[i]))
            return false;
    return true;
}

static void read_buckets(const struct series *series,
                         struct metric_reading *reading)
{
    const struct metric_row *row = series->row;

    CHECK(row->bound_count < METRIC_BUCKETS_MAX);
    for (size_t i = 0; row->bounds && i <= row->bound_count; i++) {
        uint64_t count =
            atomic_load_explicit(&series->buckets[i], memory_order_relaxed);

        reading->buckets[i] += count;
        reading->count += count;
    }
}

static void read_series(const struct series *series,
                        struct metric_reading *reading)
{
    double value =
        (double)atomic_load_explicit(&series->value, memory_order_relaxed);

    reading->found = true;
    if (series->row->kind != METRIC_WORST)
        reading->value += value;
    else if (value > reading->value)
        reading->value = value;
    read_buckets(series, reading);
}

void metric_read(const struct metric_filter *filter,
                 struct metric_reading *ret_reading)
{
    CHECK(filter->metric < METRIC_COUNT);
    *ret_reading = (struct metric_reading){ .found = false };
    for (struct shard *shard = metrics__shards(); shard; shard = shard->next) {
        const struct series *series = atomic_load_explicit(
            &shard->first[filter->metric], memory_order_acquire);

        for (; series; series = series->next)
            if (fits(filter, series))
                read_series(series, ret_reading);
    }
}

/* --- quantiles ----------------------------------------------------------- */

static double within_bucket(const struct metric_row *row, size_t i, double part)
{
    double low = i > 0 ? row->bounds[i - 1] : 0;

    if (i >= row->bound_count)
        return low;
    return low + (row->bounds[i] - low) * part;
}

double metric_quantile(enum metric metric,
                       const uint64_t buckets[static METRIC_BUCKETS_MAX],
                       unsigned percent)
{
    const struct metric_row *row = &metrics__rows[metric];
    double all = 0, rank, below = 0;

    CHECK(row->kind == METRIC_HISTOGRAM && percent <= 100);
    for (size_t i = 0; i <= row->bound_count; i++)
        all += (double)buckets[i];
    rank = all * percent / 100;
    for (size_t i = 0; i <= row->bound_count; i++) {
        double here = (double)buckets[i];

        if (here > 0 && below + here >= rank)
            return within_bucket(row, i, (rank - below) / here);
        below += here;
    }
    return 0;
}

/* --- labels -------------------------------------------------------------- */

const char *metric_label(struct text value)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static char *kept[METRIC_SERIES_MAX];
    const char *label = "other";
    int i = 0;

    pthread_mutex_lock(&lock);
    while (i < METRIC_SERIES_MAX && kept[i] && !text_is(value, kept[i]))
        i++;
    if (i < METRIC_SERIES_MAX && !kept[i])
        kept[i] = memory_copy(value.at, value.len);
    if (i < METRIC_SERIES_MAX)
        label = kept[i];
    pthread_mutex_unlock(&lock);
    return label;
}
