/* SPDX-License-Identifier: MIT */
/* The commands of this program. */
#pragma once

#include "command/arguments.h"

#define VERB(name, ...) verb_fn verb_##name;
#include "app/verbs.def"

extern const struct verb_table verb_table;

/* EXIT_OK with DATABASE_URL, or EXIT_CONFIG, having said so. */
int database_url(const struct invocation *invocation, const char **ret_url)
    MUST_CHECK;
