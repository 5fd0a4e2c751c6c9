/* SPDX-License-Identifier: MIT */
/* A bill's history, which only grows. It is read as a relation. */
#pragma once

#include "store/store.h"

/* What a client may say about an action, and the status it leads to. */
extern const struct shape bill_action_new;

/*
 * Appends an action to the bill's history and, as JSON, to the buffer. Unless
 * the bill knows of a later one, it becomes the bill's latest, and the status
 * that comes with it the bill's; its version is another in any case. `values`
 * is what shape_read(&bill_action_new, …, SHAPE_CREATE) found. -ERR_NOT_FOUND:
 * no living bill has this id; -ERR_FORBIDDEN; and what database/transaction.h
 * tells.
 */
YIELDS int action_append(struct store *store, struct uuid bill,
                         const struct values *values, struct deadline until,
                         struct buffer *buffer, struct diag *diag) MUST_CHECK;
