/* SPDX-License-Identifier: MIT */
/* Content codings (RFC 9110 § 8.4). */
#pragma once

#include "http/request.h"

/*
 * Does `Accept-Encoding` admit the coding ("gzip")? § 12.5.3: a missing field
 * admits all, an entry of its own goes before "*", q=0 excludes.
 */
bool request_accepts_coding(const struct request *request, struct text coding);
