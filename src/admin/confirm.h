/* SPDX-License-Identifier: MIT */
/* Before something is destroyed: is it meant, and meant here? */
#pragma once

#include "admin/exit.h"

#include <stdbool.h>

/*
 * Says on stderr what would be lost ("This drops everything in it.") and waits
 * on stdin for the database's name. 0 when it was typed, or with `yes`, which
 * asks nothing. -EXIT_USAGE: there is no terminal to ask; -EXIT_FAILED: another
 * name was typed, nothing was changed.
 */
int confirm_database(const char *name, const char *what, bool yes,
                     struct refusal *why) MUST_CHECK;
