/* SPDX-License-Identifier: MIT */
/* Connection URLs. */
#pragma once

#include "base/attr.h"

/* The URL with another database's name in its path; to be freed. */
char *url_with_database(const char *url, const char *name) MUST_CHECK;
