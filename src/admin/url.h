/* SPDX-License-Identifier: MIT */
/* Connection URLs. */
#pragma once

#include "base/attr.h"

/* The URL with another database's name in its path; to be freed. */
char *url_with_database(const char *url, const char *name) MUST_CHECK;

/* The URL whose sessions are that role's from the first moment on, as those of
 * a superuser may be. The role's name is of [a-z0-9_]. To be freed. */
char *url_as_role(const char *url, const char *role) MUST_CHECK;
