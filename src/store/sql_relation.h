/* SPDX-License-Identifier: MIT */
/* Room only: the SQL of relations. See sql.h. */
#pragma once

#include "store/relation.h"

/* What is listed, then the members of the link. */
void relation_selection(const struct relation *relation,
                        struct selection *ret_selection);

/*
 * $1 the id, $2 limit, $3 offset. No row: nothing has the id. Column 0 is how
 * many there are in all; the selection follows, all null where the page is
 * empty, and last each one's place.
 */
void sql_relation_list(struct buffer *sql, const struct relation *relation);

enum relation_put_column {
    PUT_OWNER, /* is it there? */
    PUT_OTHER,
    PUT_CYCLE,   /* would it close one? */
    PUT_MADE,    /* is the link new? */
    PUT_VERSION, /* the owner's, where it has another now; else NULL */
    PUT_SELECTION
};

/* $1 and $2 the ids, $3 … the members of the link. One row. */
void sql_relation_put(struct buffer *sql, const struct relation *relation);

/*
 * $1 the id, which does not matter: all puts into an acyclic relation come one
 * after the other. It goes before the put in a statement of its own, so that
 * the put sees what the last holder committed.
 */
void sql_relation_lock(struct buffer *sql, const struct relation *relation);

enum relation_drop_column { DROP_OWNER, DROP_DROPPED, DROP_VERSION };

/* $1 and $2 the ids. A row where there is such a link. */
void sql_relation_there(struct buffer *sql, const struct relation *relation);

/* $1 and $2 the ids. One row. */
void sql_relation_drop(struct buffer *sql, const struct relation *relation);
