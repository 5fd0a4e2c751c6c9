/* SPDX-License-Identifier: MIT */
#include "database/slow_sample.h"

#include "base/clock.h"

#include <string.h>

static struct slow_name *find(struct slow_samples *samples, const char *name)
{
    for (unsigned i = 0; i < samples->count; i++)
        if (strcmp(samples->names[i].name, name) == 0)
            return &samples->names[i];
    if (samples->count == SLOW_NAMES_MAX)
        return NULL;
    samples->names[samples->count] = (struct slow_name){ .name = name };
    return &samples->names[samples->count++];
}

struct slow_verdict slow_sample(struct slow_samples *samples, const char *name,
                                bool explicable, uint64_t now_ns)
{
    struct slow_name *it = find(samples, name);
    struct slow_verdict verdict = { .log = false };

    if (!it)
        return verdict;
    if (now_ns >= it->log_ns) {
        verdict.log = true;
        verdict.left_out = it->left_out;
        it->left_out = 0;
        it->log_ns = now_ns + SLOW_LOG_EVERY_MS * NS_PER_MS;
    } else {
        it->left_out++;
    }
    if (explicable && now_ns >= it->plan_ns) {
        verdict.explain = true;
        it->plan_ns = now_ns + SLOW_PLAN_EVERY_MS * NS_PER_MS;
    }
    return verdict;
}
