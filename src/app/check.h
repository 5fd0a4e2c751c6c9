/* SPDX-License-Identifier: MIT */
/* `portcullis config check`: is it fit for production? */
#pragma once

#include "base/buffer.h"
#include "base/settings.h"

/*
 * Adds one line for each thing found, or a JSON array of them; asks the
 * database too. EXIT_OK, or EXIT_UNFIT when something was found.
 */
int config_check(const struct settings *settings, bool json,
                 struct buffer *out);

/*
 * What `serve` does before anything else: in production, EXIT_UNFIT when
 * something dangerous was found, having said so; EXIT_OK else. The doubtful is
 * logged.
 */
int config_check_to_serve(const struct settings *settings);
