/* SPDX-License-Identifier: MIT */
/* Shared by the metrics' own files. */
#pragma once

#include "telemetry/metrics.h"

#include <stdatomic.h>

enum metric_kind {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_HISTOGRAM,
    METRIC_WORST,    /* a gauge: the greatest of the threads', not the sum */
    METRIC_WORST_MS, /* the same, set in ms and told in seconds */
    METRIC_UNTYPED,  /* a gauge whose name ends as only a histogram's may */
};

struct metric_row {
    const char *name;
    enum metric_kind kind;
    const char *labels[METRIC_LABELS_MAX + 1]; /* ended by NULL */
    const double *bounds; /* upper, rising; +Inf is not among them */
    size_t bound_count;
    const char *help;
};

extern const struct metric_row metrics__rows[METRIC_COUNT];

/* Written by its own thread alone, with plain stores; read by all. */
struct series {
    unsigned magic;
    const struct metric_row *row;
    const char *labels[METRIC_LABELS_MAX];
    struct series *next;       /* of this family and thread */
    struct series *next_alike; /* with this hash, of this thread */
    _Atomic int64_t value;
    _Atomic double sum;
    _Atomic uint64_t buckets[]; /* not cumulative; the last is +Inf */
};

/* The cells of one thread. */
struct shard {
    struct shard *next;
    struct series *_Atomic first[METRIC_COUNT];
    unsigned count[METRIC_COUNT];
    struct series *by_hash[256];
};

/* The newest thread's; the list only grows. */
struct shard *metrics__shards(void);

/* "# HELP" and "# TYPE". */
void metrics__write_head(struct buffer *out, const char *name, const char *kind,
                         const char *help);

/* The shortest of %.15g and %.17g that reads back the same. */
void metrics__write_double(struct buffer *out, double value);

/* process_*, from /proc. */
void metrics__write_process(struct buffer *out);
