/* SPDX-License-Identifier: MIT */
/* What the settings say to the pool and the server of one loop. */
#pragma once

#include "base/settings.h"
#include "database/pool.h"
#include "http/server.h"

/*
 * This loop's part of what the whole service may have, which `loops` share;
 * at least one.
 */
unsigned share_of(const struct settings *settings, enum setting id,
                  unsigned loops);

/* Staging and production: what developers look into is not open there. */
bool is_hardened(const struct settings *settings);

struct pool_options pool_options_of(const struct settings *settings,
                                    unsigned loops);

/* The settings' part; the rest is the caller's to fill in. */
struct server_options server_options_of(const struct settings *settings,
                                        unsigned loops);
