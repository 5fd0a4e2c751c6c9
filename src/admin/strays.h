/* SPDX-License-Identifier: MIT */
/*
 * Processes that outlived their supervisor. They are known by what they are,
 * not by numbers in files, which a crash would leave out of date: everything
 * started in a data directory carries its name in the environment
 * (STRAYS_VARIABLE), and PostgreSQL and Redis, which overwrite theirs, run
 * with a working directory below it. We and our ancestors are never meant.
 */
#pragma once

#include "admin/exit.h"

#define STRAYS_VARIABLE "SANDBOX_DATA"

/*
 * Ends what belongs to the data directory (a real path): politely, then after
 * STRAYS_POLITE_MS by force. Returns how many there were.
 */
unsigned strays_end(const char *data_dir);

/* Kills our children, also those that were adopted; returns how many. The
 * caller reaps them. */
unsigned strays_kill_own(void);

enum { STRAYS_POLITE_MS = 5000, STRAYS_FORCE_MS = 5000 };
