/* SPDX-License-Identifier: MIT */
/*
 * What a database driver is. src/database knows no other way to a database;
 * whoever assembles the program hands in the driver (postgres/postgres.h).
 * Functions here are for src/database and for drivers; everyone else uses
 * database/connection.h, pool.h, loader.h and transaction.h.
 */
#pragma once

#include "base/buffer.h"
#include "base/id.h"
#include "base/list.h"
#include "database/connection.h"
#include "database/scope.h"
#include "database/target.h"
#include "database/transaction.h"
#include "runtime/fiber.h"

struct open_options {
    const char *application_name; /* how the database's views name us */
    unsigned connect_timeout_ms;
    unsigned statement_timeout_ms; /* the session's default; 0: none */
    bool generic_plans;        /* plan once: for a lane, which reads by key */
    const struct scope *scope; /* of the session, for all it does; or NULL */
    /*
     * Behind a pooler that lends a session for one transaction: nothing of a
     * session lasts, so that nothing is prepared and nothing is set there.
     */
    bool pooled;
    bool named; /* it can be told from all others: connection.session is set */
};

/* Why a call failed. */
struct failure {
    int code; /* -ERR_x */
    char sqlstate[6];
    char constraint[64];
    char detail[160]; /* fit for a client */
    char cause[256];  /* for the log; no values */
};

enum call_state {
    CALL_QUEUED,   /* not yet sent */
    CALL_SENT,     /* its answer is outstanding */
    CALL_ANSWERED, /* result, rows and failure are set */
};

/*
 * A statement on its way. Made by the driver, which owns it until it was both
 * answered and let go by its caller; drivers embed it in their own.
 */
struct call {
    unsigned magic;
    enum call_state state;
    struct list line;  /* among its connection's that are not answered */
    bool abandoned;    /* nobody waits any more */
    bool displaced;    /* its caller is to ask elsewhere */
    bool sent;         /* it left, whatever became of it */
    unsigned limit_ms; /* for the database; 0: the session's */
    int result;
    const struct driver *driver;
    struct connection *connection; /* NULL once that is closed */
    struct rows *rows;
    struct failure *failure; /* NULL unless result < 0 */
    /* Exactly one of these two waits for the answer. */
    struct fiber *waiter;
    void (*done)(struct call *call, void *arg);
    void *arg;
    /* For the metrics. */
    const char *name, *collection;
    uint64_t sent_ns;
    const char *sql; /* NULL once its caller is gone */
    bool noted;      /* as slow */
};

enum {
    CALL_MAGIC = 0x43414c4c,
    ROWS_MAGIC = 0x524f5753,
    CONNECTION_MAGIC = 0x434f4e4e
};

enum { SETTINGS_AT_ONCE_MAX = 8, SESSION_NAME_BYTES = 96 };

/* The common part of a connection; drivers embed it in their own. */
struct connection {
    unsigned magic;
    const struct driver *driver;
    struct loop *loop;
    bool dead;
    bool driven;          /* a script or COPY goes on: nothing else can */
    unsigned outstanding; /* calls submitted and not answered */
    struct list line;     /* … the oldest first */
    uint64_t answered;    /* calls answered since the start */
    uint64_t answered_ns; /* when the last one was */
    uint64_t opened_ns;
    unsigned statement_timeout_ms;    /* the session's default; 0: none */
    char session[SESSION_NAME_BYTES]; /* "" when not known */
    struct failure loss;              /* why it is dead: the first reason */
    /*
     * Told once, on the loop, when the link is lost by itself, as the last
     * thing the driver does: the connection may be closed in it.
     */
    void (*lost)(struct connection *connection);
    /* Told when others have said something on a channel that it listens to. */
    void (*notified)(void *arg);
    void *notified_arg;
    void *owner;               /* the pool's */
    struct slow_log *slow_log; /* told of what takes long; or NULL */
};

/* SQL that differs between databases. */
struct dialect {
    struct statement begin[ISOLATION_COUNT][2]; /* [read only?] */
    struct statement pooled_session; /* first of all behind a pooler */
    /* [n]: $1 name, $2 value, … of n settings of this transaction only */
    struct statement settings[SETTINGS_AT_ONCE_MAX + 1];
    const char *statement_timeout, *lock_timeout; /* settings, in ms */
    /* gives the running transaction's id, which no other has, ever */
    struct statement transaction_id;
    /* $1 an id: "committed", "aborted", "in progress", or NULL: not known */
    struct statement transaction_status;
    /* after COMMIT: a position in the log behind it and its timeline, in
     * decimal; only on a primary */
    struct statement log_position;
    /* 1 on a standby, else 0; the position replayed or flushed, its timeline;
     * a text that only nodes of one database share */
    struct statement node_state;
    /* 1 when a new transaction may not write, else 0 */
    struct statement is_read_only;
    /* $1 a session's key: stops what another session of ours is doing */
    struct statement cancel;
    /* $1 this session's key: a name that no other session has, ever; NULL or no
     * row where the key is not the database's own, but a pooler's */
    struct statement session_name;
    /* $1 a session's name, which is told to end: "ended" when it can do nothing
     * any more, another word when it still may; NULL: nobody here can tell */
    struct statement session_end;
};

enum { SESSION_KEY_BYTES = 32 };

struct driver {
    const char *name; /* "postgres" */
    const struct dialect *dialect;

    bool (*takes_scheme)(const char *scheme);

    YIELDS int (*open)(struct loop *loop, const struct target *target,
                       const struct open_options *options,
                       struct deadline until, struct connection **ret,
                       struct diag *diag);

    /* At once; calls that wait end with -ERR_LINK_LOST. */
    void (*close)(struct connection *connection);

    /* As close(), but the object stays, dead, until close(). */
    void (*cut)(struct connection *connection);

    /*
     * In no scope (NULL) a statement outside of a transaction must not see the
     * settings of another's.
     */
    struct call *(*submit)(struct connection *connection,
                           const struct scope *scope,
                           const struct statement *statement,
                           const struct text *params, unsigned count,
                           unsigned flags);
    /* The caller is done with an answered call, or gives up an open one. */
    void (*release)(struct call *call);

    /* In a transaction or a COPY; only asked when nothing is outstanding. */
    bool (*is_occupied)(const struct connection *connection);

    /*
     * Tells whoever is at the other end, a pooler too, to stop what the
     * connection is doing. It may come too late, or not at all.
     */
    YIELDS void (*cancel)(struct connection *connection);

    /* What dialect->cancel takes. */
    void (*session_key)(const struct connection *connection,
                        char ret_key[static SESSION_KEY_BYTES]);

    /*
     * Appends lines that tell how the database would run the statement with
     * any values, as much as fits. It is not run. The connection is left as it
     * was.
     */
    YIELDS int (*explain)(struct connection *connection, const char *sql,
                          struct deadline until, struct buffer *out,
                          struct diag *diag);

    /* These seven are what connection.h says. */
    YIELDS int (*describe)(struct connection *connection,
                           const struct statement *const *statements,
                           unsigned count, description_fn *fn, void *arg,
                           struct deadline until, struct diag *diag);
    YIELDS int (*script)(struct connection *connection, struct text sql,
                         struct deadline until, struct diag *diag);
    YIELDS int (*copy_in_start)(struct connection *connection, struct text sql,
                                struct deadline until, struct diag *diag);
    YIELDS int (*copy_in_data)(struct connection *connection, struct text bytes,
                               struct deadline until, struct diag *diag);
    YIELDS int (*copy_in_end)(struct connection *connection,
                              const char *give_up_why, struct deadline until,
                              uint64_t *ret_rows, struct diag *diag);
    YIELDS int (*copy_out_start)(struct connection *connection, struct text sql,
                                 struct deadline until, struct diag *diag);
    YIELDS int (*copy_out_next)(struct connection *connection,
                                struct deadline until, struct text *ret_row,
                                struct diag *diag);

    /* A list of ids as one parameter in binary form, appended. */
    void (*encode_ids)(const struct uuid *ids, unsigned count,
                       struct buffer *buffer);

    /* Of the driver's own result, for rows.h. */
    struct text (*value)(const void *result, unsigned row, unsigned column);
    void (*values)(const void *result, unsigned row, unsigned count,
                   struct text *ret_values);
    const char *(*column_name)(const void *result, unsigned column);
    const char *(*tag)(const void *result);
    uint64_t (*affected)(const void *result);
    void (*result_free)(void *result);
};

/* --- for src/database ---------------------------------------------------- */

/* Opens one connection; -ERR_CONNECT_FAILED, -ERR_TOO_MANY_CONNECTIONS. */
YIELDS int connection_open(const struct driver *driver, struct loop *loop,
                           const struct target *target,
                           const struct open_options *options,
                           struct deadline until, struct connection **ret,
                           struct diag *diag) MUST_CHECK;

/* Closes at once. NULL is taken. */
void connection_close(struct connection **connection);

/*
 * As connection_submit_as(), but the answer is told by done(call, arg), on the
 * loop, outside of any fiber, when the call has its result. done() may submit,
 * but not close; the call is gone when it returns.
 */
struct call *connection_submit_for(struct connection *connection,
                                   const struct scope *scope,
                                   const struct statement *statement,
                                   const struct text *params, unsigned count,
                                   unsigned flags,
                                   void (*done)(struct call *, void *),
                                   void *arg);

/*
 * As call_wait(), and tells whether the statement left at all: if it did, a
 * lost answer does not mean that nothing happened.
 */
YIELDS int call_wait_sent(struct call **call, struct deadline until,
                          struct rows **ret_rows, bool *ret_sent,
                          struct diag *diag) MUST_CHECK;

/*
 * Ends the wait of a read's caller with -ERR_ABORTED before its answer is
 * there, so that it can be asked on another connection. The answer is dropped.
 */
void call_displace(struct call *call);

/* Copies into the diag (may be NULL) and returns the code. */
int failure_tell(const struct failure *failure, struct diag *diag);

/* --- for drivers --------------------------------------------------------- */

/* The call has its result; wakes or tells whoever waits. Takes the rows over.
 */
void call_answer(struct call *call, int result, struct rows *rows);

/* Where to note why a call fails; the first one made is kept. */
struct failure *call_failure(struct call *call);

/* Wraps a driver's result; takes it over. */
struct rows *rows_new(const struct driver *driver, void *result, unsigned count,
                      unsigned columns) MUST_CHECK;
