/* SPDX-License-Identifier: MIT */
/* Room only: the SQL of a user's rights. */
#pragma once

#include "database/statement.h"

enum {
    RIGHTS_GENERATION,
    RIGHTS_USER, /* null: there is no such user */
    RIGHTS_STATUS,
    RIGHTS_KEY, /* null: there are no grants */
    RIGHTS_DENIED,
    RIGHTS_LEFT_US /* null: for ever */
};

/*
 * $1 an id, $2 an external id, $3 an email, each null where it is not what the
 * user may be meant by; $4 how many rows are enough. A row for each grant.
 */
extern const struct statement sql_rights;
