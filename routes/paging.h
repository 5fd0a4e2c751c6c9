/* SPDX-License-Identifier: MIT */
/* A page's metadata, which travels in the reply's header (api.md § 1). */
#pragma once

#include "http/reply.h"
#include "store/listing.h"

/*
 * Link (RFC 8288) with first, prev and next; X-Total-Count and Content-Range
 * where the total was asked for. -ERR_URI_TOO_LONG when the query is so long
 * that no link to the next page would fit.
 */
int add_page_headers(struct request *request, struct reply *reply,
                     const struct listing *listing, const struct page *page)
    MUST_CHECK;
