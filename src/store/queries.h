/* SPDX-License-Identifier: MIT */
/*
 * Every SQL text that a store can send, and what its parameters and answers are
 * taken for: held against a database, they tell whether its schema fits this
 * program before a request finds out. Lists are put together of parts; here is
 * each of them with each part that it can have, not with each set of parts.
 */
#pragma once

#include "base/arena.h"
#include "database/connection.h"
#include "json/field.h"

/* Expectations are by field, NULL: any type. */
struct query {
    struct statement statement;
    unsigned parameter_count, column_count;
    const struct field **parameters, **columns;
};

struct queries {
    struct arena arena; /* all of it lies here */
    struct query *list;
    unsigned count, capacity;
};

enum queries_of {
    QUERIES_FIXED, /* of each resource and those with fixed texts: some 100 */
    QUERIES_ALL,   /* lists, counts, groups and exports too: thousands */
};

/* Makes them; queries_fini() ends them. -ERR_TOO_LARGE. */
int queries_make(struct queries *queries, enum queries_of which,
                 struct diag *diag) MUST_CHECK;
void queries_fini(struct queries *queries);

/* "bills_list: it takes 3 parameters where 2 are given" */
typedef void query_fault_fn(const struct query *query, const char *sentence,
                            void *arg);

/*
 * Has the database describe all of them and tells what does not fit; outside
 * of transactions. *ret_faults is how many.
 */
YIELDS int queries_check(struct connection *connection,
                         const struct queries *queries, query_fault_fn *fn,
                         void *arg, struct deadline until, unsigned *ret_faults,
                         struct diag *diag) MUST_CHECK;

/*
 * The same for those with fixed texts, which is quick: -ERR_PRECONDITION_FAILED
 * with the first difference as its detail.
 */
YIELDS int queries_fit(struct connection *connection, struct deadline until,
                       struct diag *diag) MUST_CHECK;
