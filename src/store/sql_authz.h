/* SPDX-License-Identifier: MIT */
/* Room only: the SQL of searches for what is permitted. */
#pragma once

#include "auth/permission_set.h"
#include "base/arena.h"
#include "database/statement.h"

struct resource;

/*
 * $1 names of the resource, $2 the action, $3 whether the owner is known, $4
 * the owner, $5 after this id, $6 how many.
 */
extern const struct statement sql_authz_subjects;

/* $1 names of the resource, $2 actions beside the stored, $3 after, $4 how
 * many. */
extern const struct statement sql_authz_actions;

/* $1 after this id, $2 how many, $3 the user. NULL: the arena is full. */
const char *sql_authz_resources(const struct resource *resource, enum may may,
                                struct arena *arena) MUST_CHECK;
