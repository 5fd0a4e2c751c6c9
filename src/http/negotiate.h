/* SPDX-License-Identifier: MIT */
/* Choosing among several media types (RFC 9110 § 12.5.1). */
#pragma once

#include "http/request.h"

/*
 * How much the client wants this media type ("text/html"), in thousandths: the
 * weight of the most specific range of `Accept` that holds it, 0 for none. All
 * the same to those who send no such field.
 */
int request_media_weight(const struct request *request, struct text media);
