/* SPDX-License-Identifier: MIT */
/* What facts.h tells of a schema: columns kind, name, value. */
#pragma once

#include "database/statement.h"

extern const struct statement facts_of_schema, facts_of_migrations,
    facts_has_migrations;
