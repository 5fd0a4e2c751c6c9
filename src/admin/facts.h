/* SPDX-License-Identifier: MIT */
/*
 * What a database is, as a list of facts that two databases can be compared
 * by: which migrations it had; of each table its rows, their checksum, its
 * columns, indexes, constraints, triggers, policies and rights; functions; how
 * far sequences have gone. Unlogged tables are left out: they hold nothing that
 * outlives a crash.
 */
#pragma once

#include "admin/progress.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "database/connection.h"
#include "json/document.h"

/* Texts are the facts' own. */
struct fact {
    struct text kind, name, value; /* "rows", "public.bills", "16310" */
};

struct facts {
    struct arena arena;
    struct fact *list; /* in no order but that of their finding */
    unsigned count, capacity;
};

/* Empty; facts_fini() ends it. */
void facts_init(struct facts *facts);
void facts_fini(struct facts *facts);

/* Copies it; false when there are too many. */
bool facts_add(struct facts *facts, struct fact fact) MUST_CHECK;

/*
 * Reads all of them from the transaction that is open on the connection, whose
 * snapshot they are of, and sets its search_path. Reads every row: who asks
 * must see all of them; tells which table it is at. -ERR_TOO_LARGE, and those
 * of connection.h.
 */
YIELDS int facts_read(struct connection *connection, struct facts *facts,
                      struct progress *progress, struct diag *diag) MUST_CHECK;

/* An object of objects by kind: {"rows":{"public.bills":"16310"}}. */
void facts_encode(const struct facts *facts, struct buffer *out);

/* The same back; false when it is no such object. */
bool facts_decode(const struct node *node, struct facts *facts) MUST_CHECK;

/* What differs; TEXT_NULL is a fact that is not there. */
typedef void facts_differ_fn(const struct fact *fact, struct text want,
                             struct text got, void *arg);

/*
 * Tells each difference and returns how many. Sequences may have gone further:
 * they are not of a snapshot.
 */
unsigned facts_compare(const struct facts *want, const struct facts *got,
                       facts_differ_fn *differ, void *arg);

/* The value of a fact, or TEXT_NULL. */
struct text facts_find(const struct facts *facts, const char *kind,
                       struct text name);
