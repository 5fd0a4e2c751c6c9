/* SPDX-License-Identifier: MIT */
/*
 * A connection over libpq, as the files of this room share it.
 *
 *   submit -> queued -> (end of the turn) -> sent, as steps -> answered -> free
 *
 * A step is one answer the server owes: for a Parse, for a DEALLOCATE, for a
 * scope's settings, for a call, for a sync.
 */
#pragma once

#include "database/driver.h"
#include "postgres/failure.h"
#include "postgres/prepared.h"

#include <libpq-fe.h>

/* A call, with a copy of its parameters as libpq wants them. */
struct query {
    struct call base;
    struct list link; /* queued, answered or free; on none while sent */
    struct kept_scope scope;
    const struct statement *statement; /* NULL once abandoned */
    unsigned flags;
    bool alone; /* sent again: behind a sync of its own */
    bool anew;  /* sent again: what it had prepared was of no use any more */
    int count;
    const char **values; /* these three and the bytes are one block */
    int *lengths, *formats;
    void *block;
    size_t block_bytes;
};

enum step_kind { STEP_PREPARE, STEP_FORGET, STEP_SCOPE, STEP_QUERY, STEP_SYNC };

struct step {
    enum step_kind kind;
    bool seen; /* its result came; what ends it did not */
    struct query *query;
    int prepared; /* index in the set, or -1 */
    unsigned generation;
};

/* A ring. */
struct steps {
    struct step *at;
    unsigned first, count, capacity; /* the capacity is a power of 2 */
};

struct postgres {
    struct connection base;
    PGconn *link;
    struct watch *watch;
    struct turn_hook flush;
    struct list queued, answered, spare;
    unsigned spare_count;
    struct steps steps;
    struct prepared_set prepared;
    bool pooled;           /* as open_options says */
    struct fiber *driving; /* waits for events, or for all to be answered */
    int events;            /* seen, for it */
    char *copied_row;      /* the last one of copy_out_next() */
    struct failure fatal;  /* the server's last words; code 0: none */
};

/* --- pipeline.c: what goes out ------------------------------------------- */

struct call *postgres__submit(struct connection *connection,
                              const struct scope *scope,
                              const struct statement *statement,
                              const struct text *params, unsigned count,
                              unsigned flags);
void postgres__release(struct call *call);
void postgres__send_again(struct postgres *pg, struct query *query);
void postgres__flush(void *arg);

/* --- query.c: memory of the calls ---------------------------------------- */

struct query *postgres__new_query(struct postgres *pg);
void postgres__copy_params(struct query *query, const struct text *params,
                           unsigned count, uint32_t binary);
void postgres__recycle(struct postgres *pg, struct query *query);

/* For close(): callers that still hold an answered call keep it. */
void postgres__orphan_queries(struct postgres *pg);

/* --- answers.c: what comes in -------------------------------------------- */

void postgres__push_step(struct steps *steps, struct step step);
void postgres__on_ready(void *arg, int events);

/* Takes what libpq has read already; false when the link is of no use. */
bool postgres__take_answers(struct postgres *pg);

/* Of a dead connection: everything outstanding ends with its loss. */
void postgres__fail_sent(struct postgres *pg);
void postgres__fail_queued(struct postgres *pg);

/* --- open.c: its life ---------------------------------------------------- */

YIELDS int postgres__open(struct loop *loop, const struct target *target,
                          const struct open_options *options,
                          struct deadline until, struct connection **ret,
                          struct diag *diag);
void postgres__close(struct connection *connection);
void postgres__cut(struct connection *connection);

YIELDS void postgres__cancel(struct connection *connection);

/*
 * The link is gone: answers all calls and tells the owner, who may close the
 * connection: nothing of it may be touched afterwards. NULL: libpq knows why.
 */
void postgres__lose(struct postgres *pg, const struct failure *why);

/* What it was lost for, into the diag; returns -ERR_x. */
int postgres__tell_loss(const struct postgres *pg, struct diag *diag);

/* --- drive.c: a fiber reads the socket itself ---------------------------- */

/* Waits until all is answered and leaves pipeline mode. */
YIELDS int postgres__drive_begin(struct postgres *pg, struct deadline until,
                                 struct diag *diag) MUST_CHECK;
void postgres__drive_end(struct postgres *pg);

/* Sends all that libpq holds. */
YIELDS int postgres__drive_out(struct postgres *pg, struct deadline until,
                               struct diag *diag) MUST_CHECK;

/* Waits for more to read and reads it. */
YIELDS int postgres__drive_in(struct postgres *pg, struct deadline until,
                              struct diag *diag) MUST_CHECK;

/* The next result (NULL: the command has ended), to be cleared. */
YIELDS int postgres__drive_result(struct postgres *pg, struct deadline until,
                                  PGresult **ret_result, struct diag *diag)
    MUST_CHECK;

/* Reads to the command's end; its first error, or 0. Results are dropped. */
YIELDS int postgres__drive_to_end(struct postgres *pg, struct deadline until,
                                  uint64_t *ret_rows, struct diag *diag)
    MUST_CHECK;

/* Sends one command text as it is. */
YIELDS int postgres__drive_send(struct postgres *pg, struct text sql,
                                struct deadline until, struct diag *diag)
    MUST_CHECK;

/* --- explain.c, script.c, describe.c, copy.c --------------------------------
 */

YIELDS int postgres__explain(struct connection *connection, const char *sql,
                             struct deadline until, struct buffer *out,
                             struct diag *diag);
YIELDS int postgres__describe(struct connection *connection,
                              const struct statement *const *statements,
                              unsigned count, description_fn *fn, void *arg,
                              struct deadline until, struct diag *diag);
YIELDS int postgres__script(struct connection *connection, struct text sql,
                            struct deadline until, struct diag *diag);
YIELDS int postgres__copy_in_start(struct connection *connection,
                                   struct text sql, struct deadline until,
                                   struct diag *diag);
YIELDS int postgres__copy_in_data(struct connection *connection,
                                  struct text bytes, struct deadline until,
                                  struct diag *diag);
YIELDS int postgres__copy_in_end(struct connection *connection,
                                 const char *give_up_why, struct deadline until,
                                 uint64_t *ret_rows, struct diag *diag);
YIELDS int postgres__copy_out_start(struct connection *connection,
                                    struct text sql, struct deadline until,
                                    struct diag *diag);
YIELDS int postgres__copy_out_next(struct connection *connection,
                                   struct deadline until, struct text *ret_row,
                                   struct diag *diag);

static inline struct postgres *postgres_of(struct connection *connection)
{
    return CONTAINER_OF(connection, struct postgres, base);
}
