/* SPDX-License-Identifier: MIT */
/*
 * Which pages of other sites may call (the Fetch standard, § 3.2: CORS). Tokens
 * travel in Authorization, never in cookies, so that credentials are never
 * allowed and "*" is harmless.
 */
#pragma once

#include "http/reply.h"

/*
 * Does the setting (`cors_origins`: "*", a list with commas, or empty) let this
 * origin in? In a list a default port may be written out.
 */
bool cors_allows(struct text setting, struct text origin);

/*
 * Adds what a browser asks of any reply, an error's too; to the reply of a
 * preflight what its path allows. Last of all, since it reads the reply.
 */
void cors_add(struct text setting, struct request *request,
              struct reply *reply);

/*
 * The same for a request that was refused before its head was read: a line
 * with its end, or "". Only "*" can be said without knowing the origin.
 */
const char *cors_line_of_refusal(struct text setting);
