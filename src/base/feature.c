/* SPDX-License-Identifier: MIT */
#include "base/feature.h"

#include "base/check.h"
#include "base/settings.h"

#include <stdatomic.h>

#define FEATURE(id, name) [FEATURE_##id] = { #name, SETTING_##id },
static const struct {
    const char *name;
    enum setting setting;
} features[FEATURE_COUNT] = {
#include "base/features.def"
};
#undef FEATURE

static atomic_uint off; /* bit by feature */

bool feature_is_on(enum feature feature)
{
    return !(atomic_load_explicit(&off, memory_order_relaxed) & 1u << feature);
}

void features_apply(const struct settings *settings)
{
    unsigned mask = 0;

    for (enum feature f = 0; f < FEATURE_COUNT; f++)
        if (!settings_bool(settings, features[f].setting))
            mask |= 1u << f;
    atomic_store(&off, mask);
}

const char *feature_name(enum feature feature)
{
    CHECK(feature < FEATURE_COUNT);
    return features[feature].name;
}
