/* SPDX-License-Identifier: MIT */
/* Room only: the SQL of searches for what is permitted. */
#pragma once

#include "database/statement.h"

/*
 * $1 names of the resource, $2 the action, $3 whether the owner is known, $4
 * the owner, $5 after this id, $6 how many.
 */
extern const struct statement sql_authz_subjects;

/* $1 names of the resource, $2 actions beside the stored, $3 after, $4 how
 * many. */
extern const struct statement sql_authz_actions;
