/* SPDX-License-Identifier: MIT */
/*
 * Counters, gauges and histograms, declared in metrics.def. Each thread counts
 * in cells of its own, without locks; a reader adds the threads' cells up, so
 * a gauge is the sum of what the loops set (but WORST, which is the greatest of
 * it, at least 0). Cells live as long as the process.
 */
#pragma once

#include "base/attr.h"
#include "base/buffer.h"

#include <stdint.h>

#define METRIC(id, ...) METRIC_##id,
enum metric {
#include "telemetry/metrics.def"
    METRIC_COUNT
};
#undef METRIC

enum {
    METRIC_LABELS_MAX = 3,
    METRIC_SERIES_MAX = 1024, /* of one family and thread */
};

struct series;

/*
 * This thread's series with these label values, made on first use; as many
 * values as the row has labels, each static (it is kept, and looked up by its
 * address), none NULL; NULL for a row without labels. Never NULL: past
 * METRIC_SERIES_MAX it is the family's series "other". Cache the result
 * where the labels are known beforehand.
 */
struct series *metric_series(enum metric metric, const char *const labels[]);

#define METRIC_SERIES(metric, ...) \
    metric_series((metric), (const char *const[]){ __VA_ARGS__ })

/* Only by the thread that made the series. Counters never take n < 0. */
void series_add(struct series *series, int64_t n);

/* Gauges: this thread's share. */
void series_set(struct series *series, int64_t value);

/* Histograms: in the metric's unit, seconds or a number. */
void series_observe(struct series *series, double value);

/* "200" for 200: a static label for every status from 100 to 599. */
const char *metric_status(int status);

/* Prometheus text 0.0.4 of all threads, with process_*. Any thread. */
void metrics_write(struct buffer *out);

/* What metrics_write() tells as the content type. */
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
