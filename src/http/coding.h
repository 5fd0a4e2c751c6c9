/* SPDX-License-Identifier: MIT */
/* Content codings (RFC 9110 § 8.4). */
#pragma once

#include "http/request.h"

/*
 * Does `Accept-Encoding` ask for the coding ("gzip")? § 12.5.3: an entry of its
 * own goes before "*", q=0 excludes. Who sends no such field would have to take
 * anything, and gets what needs no decoding.
 */
bool request_wants_coding(const struct request *request, struct text coding);
