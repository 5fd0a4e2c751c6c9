/* SPDX-License-Identifier: MIT */
/* What the metrics show, for who judges by them: see monitor/. */
#pragma once

#include "telemetry/metrics.h"

#include <stdbool.h>

enum { METRIC_FILTER_BYTES = 128, METRIC_BUCKETS_MAX = 16 };

/* Those series of a family whose labels have the values given. */
struct metric_filter {
    enum metric metric;
    bool given[METRIC_LABELS_MAX];
    char values[METRIC_LABELS_MAX][METRIC_FILTER_BYTES];
};

/* All of them together. */
struct metric_reading {
    bool found;   /* some series fits */
    double value; /* counters and gauges: the sum, or the worst */
    uint64_t count, buckets[METRIC_BUCKETS_MAX]; /* histograms */
};

enum metric_nature {
    METRIC_COUNTS,   /* goes up */
    METRIC_SHOWS,    /* up and down */
    METRIC_OBSERVES, /* a histogram */
};

/* By its name; false when there is none. */
bool metric_find(struct text name, enum metric *ret_metric) MUST_CHECK;

enum metric_nature metric_nature(enum metric metric);

/* The position of a label in its row, or -1. */
int metric_label_index(enum metric metric, struct text label);

/* From any thread. */
void metric_read(const struct metric_filter *filter,
                 struct metric_reading *ret_reading);

/*
 * The value that `percent` of those counted in the buckets do not exceed, as
 * if they lay evenly within each; past the last bound, that bound. 0 when
 * nothing was counted.
 */
double metric_quantile(enum metric metric,
                       const uint64_t buckets[static METRIC_BUCKETS_MAX],
                       unsigned percent);

/*
 * A label's value that is no literal, kept as long as the process: the same
 * pointer for the same text. Only what the configuration names, so that there
 * are few; past METRIC_SERIES_MAX of them it is "other". From any thread.
 */
const char *metric_label(struct text value);
