/* SPDX-License-Identifier: MIT */
/* Room only: the SQL of effective permissions. */
#pragma once

#include "database/statement.h"

enum { EFFECTIVE_CHAINS, EFFECTIVE_KEY, EFFECTIVE_EFFECT, EFFECTIVE_VIA };

/*
 * $1 the user's id, $2 how many chains are enough. No row: there is no such
 * user. Otherwise a row for each permission, or one without a key.
 */
extern const struct statement sql_effective;
