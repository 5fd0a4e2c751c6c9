/* SPDX-License-Identifier: MIT */
/* What the role of a connection may, where it ought not to. */
#pragma once

#include "database/connection.h"

enum { ROLE_NAME_BYTES = 64 };

struct role_rights {
    char name[ROLE_NAME_BYTES];
    bool is_superuser, bypasses; /* row level security */
    bool owns;                   /* the tables, and so could change policies */
};

YIELDS int role_rights_ask(struct connection *connection, struct deadline until,
                           struct role_rights *ret, struct diag *diag)
    MUST_CHECK;
