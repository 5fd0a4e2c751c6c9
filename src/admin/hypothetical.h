/* SPDX-License-Identifier: MIT */
/* What an index would do that is not there, as hypopg lets the planner see. */
#pragma once

#include "database/connection.h"

struct weighed {
    double before, after; /* what the planner thinks the query costs */
};

/* Can it be asked here? */
YIELDS int hypothetical_is_there(struct connection *connection, bool *ret,
                                 struct diag *diag) MUST_CHECK;

/* Plans the query without and with the index that the statement would make;
 * both are forgotten. */
YIELDS int hypothetical_weigh(struct connection *connection, struct text index,
                              struct text query, struct weighed *ret,
                              struct diag *diag) MUST_CHECK;
