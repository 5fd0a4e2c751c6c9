/* SPDX-License-Identifier: MIT */
/* One connection for a command: migrate, import, administration. */
#pragma once

#include "database/connection.h"

struct driver;
struct target;

/* The work: 0 or -ERR_x. The connection is closed after it returned. */
typedef int session_fn(struct connection *connection, void *arg,
                       struct diag *diag);

/*
 * Opens a connection and runs fn with it, on the running fiber and loop.
 * Statements have no time limit of the session's own, and every right: row
 * level security binds the owner of the tables too.
 */
YIELDS int session_with(const struct driver *driver,
                        const struct target *target, session_fn *fn, void *arg,
                        struct diag *diag) MUST_CHECK;

/*
 * The same for a program without a loop: makes a loop and a fiber, and returns
 * when fn has. The diag must not be NULL.
 */
int database_session(const struct driver *driver, struct text url,
                     session_fn *fn, void *arg, struct diag *diag) MUST_CHECK;
