/* SPDX-License-Identifier: MIT */
/* What shells need to complete a command line. Pure. */
#pragma once

#include "base/buffer.h"
#include "command/verb.h"

/* "bash", "zsh" or "fish"; false: there is no such shell here. */
bool completion_print(const struct verb_table *table, const char *shell,
                      struct buffer *out) MUST_CHECK;
