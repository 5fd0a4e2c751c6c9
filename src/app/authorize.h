/* SPDX-License-Identifier: MIT */
/* May this caller ask for this route? */
#pragma once

#include "http/server.h"

/*
 * Finds out who asks (app/identity.h), unless request->caller tells already,
 * and whether they have the route's permission; where it is for one's own
 * only, the database's policies find out what is.
 *   -ERR_UNAUTHENTICATED  bad credentials, or none and they might help
 *   -ERR_FORBIDDEN        signed in, but not permitted
 */
YIELDS int authorize(struct request *request) MUST_CHECK;
