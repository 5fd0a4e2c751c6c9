/* SPDX-License-Identifier: MIT */
#include "monitor/signal.h"

#include "base/clock.h"

static struct signal_sample *sample(struct signal *signal, unsigned index)
{
    return &signal->samples[index % SIGNAL_SAMPLES];
}

/* As many as fit evenly into the window. */
static void keep(struct signal *signal, const struct metric_reading *reading,
                 uint64_t now_ns)
{
    const uint64_t apart_ns = SIGNAL_WINDOW_S * NS_PER_S / (SIGNAL_SAMPLES - 1);

    if (signal->seen > 0 &&
        now_ns - sample(signal, signal->seen - 1)->at_ns < apart_ns)
        return;
    *sample(signal, signal->seen++) =
        (struct signal_sample){ .at_ns = now_ns, .reading = *reading };
}

/* The oldest within the window, or NULL. */
static const struct signal_sample *oldest(struct signal *signal,
                                          uint64_t now_ns)
{
    unsigned i =
        signal->seen > SIGNAL_SAMPLES ? signal->seen - SIGNAL_SAMPLES : 0;

    for (; i < signal->seen; i++)
        if (now_ns - sample(signal, i)->at_ns <= SIGNAL_WINDOW_S * NS_PER_S)
            return sample(signal, i);
    return NULL;
}

static double rate(const struct signal_sample *from,
                   const struct metric_reading *to, uint64_t now_ns)
{
    double counted = to->value - from->reading.value +
                     (double)(to->count - from->reading.count);

    return counted / ((double)(now_ns - from->at_ns) / NS_PER_S);
}

static bool quantile(const struct rule *rule, const struct signal_sample *from,
                     const struct metric_reading *to, double *ret_value)
{
    uint64_t buckets[METRIC_BUCKETS_MAX];

    if (to->count == from->reading.count)
        return false;
    for (int i = 0; i < METRIC_BUCKETS_MAX; i++)
        buckets[i] = to->buckets[i] - from->reading.buckets[i];
    *ret_value = metric_quantile(rule->filter.metric, buckets, rule->percent);
    return true;
}

bool signal_value(struct signal *signal, const struct rule *rule,
                  const struct metric_reading *reading, uint64_t now_ns,
                  double *ret_value)
{
    const struct signal_sample *from;

    if (rule->kind == RULE_VALUE) {
        *ret_value = reading->value;
        return reading->found;
    }
    from = oldest(signal, now_ns);
    keep(signal, reading, now_ns);
    if (!from || from->at_ns == now_ns)
        return false;
    if (rule->kind == RULE_QUANTILE)
        return quantile(rule, from, reading, ret_value);
    *ret_value = rate(from, reading, now_ns);
    return true;
}
