/* SPDX-License-Identifier: MIT */
/* An environment for a child: a list of "NAME=value", ended by NULL. */
#pragma once

#include "base/attr.h"

#include <stddef.h>

struct environment {
    char **list; /* never NULL after init */
    size_t count;
};

/* Starts with a copy of our own variables, or with none. */
void environment_init_copy(struct environment *env);
void environment_init_empty(struct environment *env);
void environment_fini(struct environment *env);

/* Replaces or adds a variable. */
void environment_set(struct environment *env, const char *name,
                     const char *value);
