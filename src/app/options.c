/* SPDX-License-Identifier: MIT */
#include "app/options.h"

#include "resilience/constants.h"

static unsigned number(const struct settings *settings, enum setting id)
{
    return (unsigned)settings_int(settings, id);
}

static unsigned seconds(const struct settings *settings, enum setting id)
{
    return (unsigned)(settings_int(settings, id) / 1000);
}

static uint64_t nanoseconds(const struct settings *settings, enum setting id)
{
    return (uint64_t)settings_int(settings, id) * NS_PER_MS;
}

unsigned share_of(const struct settings *settings, enum setting id,
                  unsigned loops)
{
    unsigned part = (number(settings, id) + loops - 1) / loops;

    return part > 0 ? part : 1;
}

bool is_hardened(const struct settings *settings)
{
    struct text name = text_of(settings_text(settings, SETTING_ENVIRONMENT));

    return text_is(name, "production") || text_is(name, "staging");
}

struct pool_options pool_options_of(const struct settings *settings,
                                    unsigned loops)
{
    struct pool_options options = pool_options_default();

    options.application_name = "portcullis";
    options.lanes = number(settings, SETTING_POOL_LANES);
    options.min = share_of(settings, SETTING_POOL_MIN, loops);
    options.max = share_of(settings, SETTING_POOL_MAX, loops);
    options.waiters_max = number(settings, SETTING_MAX_IN_FLIGHT);
    options.wait_max_ms = number(settings, SETTING_POOL_WAIT_TIMEOUT);
    options.connect_timeout_ms = number(settings, SETTING_CONNECT_TIMEOUT);
    options.statement_timeout_ms = number(settings, SETTING_STATEMENT_TIMEOUT);
    options.statement_longest_ms =
        number(settings, SETTING_REQUEST_TIMEOUT_MAX);
    options.idle_timeout_ms = number(settings, SETTING_POOL_IDLE_TIMEOUT);
    options.lifetime_ms = number(settings, SETTING_POOL_MAX_LIFETIME);
    options.pooled = !settings_bool(settings, SETTING_PREPARED_STATEMENTS);
    return options;
}

static struct gate_limits gate_limits_of(const struct settings *settings)
{
    struct gate_limits limits = gate_limits_default;

    limits.head_bytes = number(settings, SETTING_HEAD_LIMIT);
    limits.target_bytes = number(settings, SETTING_URI_LIMIT);
    limits.fields = number(settings, SETTING_FIELDS_LIMIT);
    limits.body_bytes = (uint64_t)settings_int(settings, SETTING_BODY_LIMIT);
    limits.head_ns = nanoseconds(settings, SETTING_HEAD_TIMEOUT);
    limits.body_ns = nanoseconds(settings, SETTING_BODY_TIMEOUT);
    return limits;
}

struct server_options server_options_of(const struct settings *settings,
                                        unsigned loops)
{
    return (struct server_options){
        .trusted_proxies =
            text_of(settings_text(settings, SETTING_TRUSTED_PROXIES)),
        .gate = gate_limits_of(settings),
        .connections_max = share_of(settings, SETTING_MAX_CONNECTIONS, loops),
        .in_flight_max = number(settings, SETTING_MAX_IN_FLIGHT),
        .own_least = share_of(settings, SETTING_POOL_MAX, loops),
        .shared_least = number(settings, SETTING_POOL_LANES) * LIMIT_LANE_READS,
        .deadline_ms = number(settings, SETTING_REQUEST_TIMEOUT),
        .deadline_max_ms = number(settings, SETTING_REQUEST_TIMEOUT_MAX),
        .idle_timeout_s = seconds(settings, SETTING_IDLE_TIMEOUT),
        .send_timeout_s = seconds(settings, SETTING_SEND_TIMEOUT),
        .cors_origins = text_of(settings_text(settings, SETTING_CORS_ORIGINS)),
        .log_requests = settings_bool(settings, SETTING_LOG_REQUESTS),
    };
}
