/* SPDX-License-Identifier: MIT */
#include "app/limit.h"

#include "base/clock.h"
#include "routes/caller.h"

enum { FAILURES_WINDOW_S = 60 };

static struct token_rate rate_of(const struct settings *settings,
                                 enum setting per_second, enum setting burst)
{
    int64_t tokens = settings_int(settings, per_second);
    struct token_rate rate = { 0 };

    if (tokens == 0)
        return rate;
    rate = token_rate_of((uint32_t)tokens, 1);
    rate.burst = (uint32_t)settings_int(settings, burst);
    return rate;
}

struct limits *limits_of(const struct settings *settings, bool shared)
{
    int64_t failures = settings_int(settings, SETTING_FAILED_CREDENTIALS_LIMIT);
    struct token_rate rates[LIMIT_KINDS] = {
        [LIMIT_ADDRESS] = rate_of(settings, SETTING_RATE_LIMIT_ADDRESS,
                                  SETTING_RATE_LIMIT_ADDRESS_BURST),
        [LIMIT_CALLER] =
            rate_of(settings, SETTING_RATE_LIMIT, SETTING_RATE_LIMIT_BURST),
    };

    if (failures > 0)
        rates[LIMIT_CREDENTIALS] =
            token_rate_of((uint32_t)failures, FAILURES_WINDOW_S);
    return limits_new(rates, shared);
}

struct text limit_caller_name(const struct request *request)
{
    const struct caller *caller = request->caller;

    return caller && caller_is_signed_in(caller) ? caller->name : TEXT_NULL;
}

struct text limit_caller_as(const struct request *request)
{
    const struct caller *caller = request->caller;

    return caller && caller_is_signed_in(caller) ? caller->user_id : TEXT_NULL;
}
