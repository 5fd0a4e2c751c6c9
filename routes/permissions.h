/* SPDX-License-Identifier: MIT */
#pragma once

#include "http/route.h"

/*
 * Is every permission that a route asks for in src/auth/permissions.def? What
 * is not there nobody could have, and a slip of the pen would close a route
 * without a word. -ERR_INTERNAL names the first that is unknown.
 */
int permissions_check(const struct route *routes, size_t count,
                      struct diag *diag) MUST_CHECK;
