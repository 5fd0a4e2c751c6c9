/* SPDX-License-Identifier: MIT */
/* Who may: until rights have their own tables, some reading is open to all. */
#pragma once

#include "http/server.h"

/*
 * Passes routes without a permission, and those that read bills, people and
 * metrics. Everything else asks for the administrator's token (setting
 * admin_token) as a bearer (RFC 6750): -ERR_UNAUTHENTICATED without it,
 * -ERR_FORBIDDEN when the setting is empty.
 */
int authorize(struct request *request);
