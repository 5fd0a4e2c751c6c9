/* SPDX-License-Identifier: MIT */
/* `portcullis config diff`: what is set otherwise here than there? */
#pragma once

#include "base/buffer.h"
#include "base/settings.h"

/*
 * Adds a line, or an object of a list, for each setting whose value in force is
 * another than with the file `there` in the place of `config`, or (NULL) than
 * the environment's default. Secrets are compared and masked. EXIT_OK;
 * EXIT_FOUND when a file was given and differs; EXIT_CONFIG, having said so.
 */
int config_diff(const struct settings *here, const char *there, bool json,
                struct buffer *out);
