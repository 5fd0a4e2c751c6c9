/* SPDX-License-Identifier: MIT */
/*
 * Feature switches of the whole process. They are asked where they matter, each
 * time, so that a reload takes effect at once on every loop.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

#define FEATURE(id, name) FEATURE_##id,
enum feature {
#include "base/features.def"
    FEATURE_COUNT
};
#undef FEATURE

struct settings;

/* From any thread; costs a load. */
bool feature_is_on(enum feature feature);

/* Takes them over from the settings: when starting, and after a reload. */
void features_apply(const struct settings *settings);

/* "circuit_breaker" */
const char *feature_name(enum feature feature);
