/* SPDX-License-Identifier: MIT */
/* The PostgreSQL driver (14 and later), over libpq in pipeline mode. */
#pragma once

#include "database/driver.h"

extern const struct driver postgres_driver;
