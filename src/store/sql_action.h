/* SPDX-License-Identifier: MIT */
/* Room only: the SQL of a bill's history. */
#pragma once

#include "database/statement.h"

enum { ACTION_BILL, ACTION_ID, ACTION_VALUES };

/*
 * $1 the bill's id. It goes first, in a statement of its own: the append, which
 * counts the places in the history, sees what its last holder appended.
 */
extern const struct statement sql_action_lock;

/*
 * $1 the bill's id, $2 its own, $3 … the members of bill_action_new in its
 * order, the status last. The action in its shape's order; no row: there is no
 * living bill.
 */
extern const struct statement sql_action_append;
