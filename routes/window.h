/* SPDX-License-Identifier: MIT */
/* Lists of what hangs on one object: their metadata (api.md § 1). */
#pragma once

#include "http/reply.h"
#include "store/relation.h"

/*
 * X-Total-Count and Content-Range; Link (RFC 8288) where there is more than
 * the answer holds.
 */
int add_window_headers(struct request *request, struct reply *reply,
                       const char *unit, const struct window *window,
                       const struct relation_page *page) MUST_CHECK;
