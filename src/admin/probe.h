/* SPDX-License-Identifier: MIT */
/* Does a server answer in its own protocol? A unix socket alone may be a
 * leftover, or a server that is still recovering. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

/* PostgreSQL takes this role into this database. */
bool probe_cluster(const char *socket_path, const char *role,
                   const char *database);

/* Redis says PONG. */
bool probe_cache(const char *socket_path);
