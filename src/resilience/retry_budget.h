/* SPDX-License-Identifier: MIT */
/*
 * What retries a dependency is given, so that trying again cannot multiply its
 * load just when it fails: each success earns a tenth of a retry, each retry
 * costs a whole one. (Twitter Finagle's RetryBudget; gRPC proposal A6) One for
 * each dependency and loop. Pure.
 */
#pragma once

#include "base/attr.h"
#include "resilience/constants.h"

#include <stdbool.h>
#include <stdint.h>

struct retry_budget {
    uint32_t milli; /* thousandths of a retry */
};

static inline void retry_budget_init(struct retry_budget *budget)
{
    budget->milli = BUDGET_START * 1000;
}

static inline void retry_budget_earn(struct retry_budget *budget)
{
    if (budget->milli < BUDGET_MAX * 1000)
        budget->milli += BUDGET_EARNED_MILLI;
}

/* Pays for one retry; false when it cannot be afforded. */
static inline bool MUST_CHECK retry_budget_take(struct retry_budget *budget)
{
    if (budget->milli < 1000)
        return false;
    budget->milli -= 1000;
    return true;
}
