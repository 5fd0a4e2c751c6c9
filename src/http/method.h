/* SPDX-License-Identifier: MIT */
/* The request methods that are served (RFC 9110 § 9, RFC 5789). */
#pragma once

#include "base/text.h"

enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_COUNT
};

const char *method_name(enum method method);

/* METHOD_COUNT when it is none of ours. Methods are case-sensitive. */
enum method method_parse(struct text name);
