/* SPDX-License-Identifier: MIT */
/*
 * An alert rule, as one line of the configuration says it (docs/monitor.md):
 *
 *     SIGNAL COMPARISON THRESHOLD [for DURATION] [severity SEVERITY]
 *
 *     postgres == fail for 5s severity critical
 *     portcullis_breaker_state{dependency="primary_query"} >= 1
 *     rate(portcullis_shed_total) > 10 for 30s
 *     p99(http_server_request_duration_seconds) > 0.5 for 1m
 *
 * Pure.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "telemetry/metrics_read.h"

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL };

enum rule_kind {
    RULE_COMPONENT, /* how a component is */
    RULE_VALUE,     /* what a counter or gauge shows */
    RULE_RATE,      /* counted or observed in a second */
    RULE_QUANTILE,  /* of what a histogram observed */
};

enum comparison {
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
    COMPARE_GREATER_EQUAL,
    COMPARE_GREATER,
};

enum { RULE_NAME_BYTES = 64, RULE_TEXT_BYTES = 256 };

struct rule {
    char name[RULE_NAME_BYTES];
    char text[RULE_TEXT_BYTES]; /* as it was given */
    enum rule_kind kind;
    char component[RULE_NAME_BYTES];
    struct metric_filter filter; /* of the others: which series */
    unsigned percent;            /* of a quantile: 50, 90, 95, 99 */
    enum comparison comparison;
    double threshold; /* of a component: an enum health */
    uint64_t for_ms;
    enum severity severity;
};

/*
 * -ERR_INVALID_PARAMETER with what is wrong, and where. A component's name is
 * not checked: components come and go.
 */
int rule_parse(struct text name, struct text line, struct rule *ret_rule,
               struct diag *diag) MUST_CHECK;

/* Does the condition hold for this value? */
bool rule_holds(const struct rule *rule, double value);

/* "info", "warning", "critical" */
const char *severity_name(enum severity severity);
