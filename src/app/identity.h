/* SPDX-License-Identifier: MIT */
/*
 * From credentials to a caller: who asks, and what they may. RFC 6750 bearers:
 * tokens (auth/jwt.h), whose subject is a user's id or external_id, and API
 * keys. Without credentials the caller is anonymous.
 */
#pragma once

#include "routes/caller.h"

/*
 * Sets request->caller. Waits only for what is not remembered.
 *   -ERR_UNAUTHENTICATED  the credentials are not good, or their user is not
 *                         there or not active; the same sentence for each but
 *                         for a token that has expired
 * and what asking the database may lead to.
 */
YIELDS int identify(struct request *request) MUST_CHECK;

/* Ends what identify() began. */
void identity_dismiss(struct request *request);
