/* SPDX-License-Identifier: MIT */
#include "resilience/retry.h"

#include "base/check.h"
#include "base/error.h"
#include "resilience/constants.h"

#define RETRY(error, read, begin, inside, commit) \
    { -ERR_##error,                               \
      { [RETRY_READ] = RETRY_##read,              \
        [RETRY_BEGIN] = RETRY_##begin,            \
        [RETRY_INSIDE] = RETRY_##inside,          \
        [RETRY_COMMIT] = RETRY_##commit } },
static const struct retry_row {
    int code;
    enum retry_verdict verdicts[RETRY_PHASES];
} rows[] = {
#include "resilience/retry.def"
};
#undef RETRY

enum retry_verdict retry_verdict(enum retry_phase phase, int code)
{
    CHECK(phase < RETRY_PHASES);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].code == code)
            return rows[i].verdicts[phase];
    return RETRY_NEVER;
}

bool retry_may_follow(enum retry_verdict verdict, unsigned attempts)
{
    static const unsigned most[RETRY_VERDICTS] = {
        [RETRY_AGAIN] = RETRY_ATTEMPTS_MAX,
        [RETRY_ONCE] = 2,
        [RETRY_ELSEWHERE] = 2,
    };

    CHECK(attempts > 0 && verdict < RETRY_VERDICTS);
    return attempts < most[verdict];
}

uint32_t retry_wait_ms(unsigned attempts, uint32_t chance)
{
    static const struct backoff between = { RETRY_BASE_MS, RETRY_CAP_MS };

    CHECK(attempts > 0);
    return backoff_ms(between, attempts - 1, chance);
}

const char *retry_verdict_name(enum retry_verdict verdict)
{
    static const char *const names[RETRY_VERDICTS] = { "never", "again", "once",
                                                       "elsewhere", "resolve" };

    CHECK(verdict < RETRY_VERDICTS);
    return names[verdict];
}
