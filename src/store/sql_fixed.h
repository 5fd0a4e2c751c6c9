/* SPDX-License-Identifier: MIT */
/* Room only: the statements of sql_fixed.def; each stands in the file of what
 * it is for. */
#pragma once

#include "database/statement.h"

#define STATEMENT(name, parameters, columns) extern const struct statement name;
#include "store/sql_fixed.def"
#undef STATEMENT
