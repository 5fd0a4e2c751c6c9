/* SPDX-License-Identifier: MIT */
/*
 * What /metrics said, and what changed since it was asked before (Prometheus'
 * text format 0.0.4). Pure.
 */
#pragma once

#include "base/buffer.h"

enum { SAMPLES_MAX = 100000 };

struct sample {
    struct text name, labels; /* borrowed; labels without the braces */
    double value;
    double grown; /* since the time before; all of it when it is new */
};

struct samples {
    struct buffer body; /* what all texts borrow from */
    struct sample *at;
    unsigned count;
    uint64_t taken_ns;
};

/* Takes the body over and reads it; lines that are none are skipped. */
void samples_read(struct samples *samples, struct buffer *body,
                  uint64_t taken_ns);
void samples_fini(struct samples *samples);

/* As JSON: [{"metric", "labels", "value", "per_second"}], with null for what is
 * no number in JSON. */
void samples_encode(const struct samples *samples, double seconds,
                    struct buffer *out);

/* Tells how much each has grown. A counter that shrank began anew. */
void samples_since(struct samples *samples, const struct samples *before);

/* A label's value as it was written; TEXT_NULL without one. */
struct text sample_label(const struct sample *sample, const char *label);

/* Which ones: a metric's name and, unless it is NULL, a label's value; that
 * begins with `value` when `prefix`. */
struct sample_filter {
    const char *name, *label;
    struct text value;
    bool prefix;
};

double samples_sum(const struct samples *samples, struct sample_filter filter);
double samples_growth(const struct samples *samples,
                      struct sample_filter filter);

/* Of a histogram's growth (its name without _bucket): below which value this
 * share of it lies, between bounds by proportion; -1: nothing has grown. */
double samples_quantile(const struct samples *samples,
                        struct sample_filter filter, double share);
