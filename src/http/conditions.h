/* SPDX-License-Identifier: MIT */
/* Conditional requests (RFC 9110 § 13). */
#pragma once

#include "http/request.h"

/* Does If-None-Match name this entity tag, quotes included, or "*"? */
bool if_none_match(const struct request *request, const char *tag);
