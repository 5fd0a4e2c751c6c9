/* SPDX-License-Identifier: MIT */
/* What is asked where a backup begins. */
#pragma once

#include "database/statement.h"

extern const char backup_begin[];

/* Columns kind, name, value, as manifest.h has them; exports the snapshot. */
extern const struct statement backup_origin;
