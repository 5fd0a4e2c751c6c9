/* SPDX-License-Identifier: MIT */
/* What the webhook is told of an alert. Pure. */
#pragma once

#include "base/buffer.h"
#include "monitor/rule.h"

struct notice_facts {
    const struct rule *rule;
    bool firing; /* or resolved */
    double value;
    const char *instance; /* who tells; may be NULL */
    uint64_t wall_ns;
};

/* As one JSON object: docs/monitor.md. */
void notice_write(const struct notice_facts *facts, struct buffer *out);
