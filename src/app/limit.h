/* SPDX-License-Identifier: MIT */
/* The limits of http/limits.h, from the settings and the callers. */
#pragma once

#include "base/settings.h"
#include "http/server.h"

/* `shared`: with other processes, by app/limit_sharing.h. */
struct limits *limits_of(const struct settings *settings, bool shared)
    MUST_CHECK;

/* Who signed in, "user:…" or "key:…"; the others are nobody. */
struct text limit_caller_name(const struct request *request);

/*
 * Those who signed in have a limit of their own, and by all of their keys the
 * same: they could make as many as they like. The others have their address'.
 */
struct text limit_caller_as(const struct request *request);
