/* SPDX-License-Identifier: MIT */
/*
 * What a rule looks at, over time: rates and quantiles are of the last
 * SIGNAL_WINDOW_S seconds, or of as many as were seen so far. Pure: readings
 * come in.
 */
#pragma once

#include "monitor/rule.h"

enum { SIGNAL_WINDOW_S = 60, SIGNAL_SAMPLES = 16 };

struct signal_sample {
    uint64_t at_ns;
    struct metric_reading reading;
};

/* Zeroed nothing was seen yet. */
struct signal {
    struct signal_sample samples[SIGNAL_SAMPLES]; /* a ring */
    unsigned seen;
};

/*
 * Takes a reading of the rule's metric in and tells the rule's value now;
 * false while there is none: no such series, or nothing to compare with.
 */
bool signal_value(struct signal *signal, const struct rule *rule,
                  const struct metric_reading *reading, uint64_t now_ns,
                  double *ret_value) MUST_CHECK;
