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
#include "database/target.h"
#include "runtime/fiber.h"

struct open_options {
    const char *application_name; /* how the database's views name us */
    unsigned connect_timeout_ms;
    unsigned statement_timeout_ms; /* the session's default; 0: none */
    bool generic_plans; /* plan once: for a lane, which reads by key */
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
    bool abandoned;
    int result;
    struct connection *connection; /* NULL once that was closed */
    struct rows *rows;
    struct failure *failure; /* NULL unless result < 0 */
    /* Exactly one of these waits for the answer. */
    struct fiber *waiter;
    void (*done)(struct call *call, void *arg);
    void *arg;
};

enum {
    CALL_MAGIC = 0x63616c6c,
    ROWS_MAGIC = 0x726f7773,
    CONNECTION_MAGIC = 0x636f6e6e
};

struct connection {
    unsigned magic;
    const struct driver *driver;
    struct loop *loop;
    bool dead;
    unsigned outstanding;
    uint64_t opened_ns;
    /* Told once, on the loop, when the link is lost; not by close(). */
    void (*lost)(struct connection *connection, void *arg);
    void *lost_arg;
    struct failure loss; /* the first error of a dead connection */
};

/* SQL that differs between databases. */
struct dialect {
    /* $1 name, $2 value: a setting of this transaction only */
    struct statement set_setting;
    /* gives the id of the running transaction, as text */
    struct statement transaction_id;
    /* $1 an id: "committed", "aborted" or "in progress"; NULL: too old */
    struct statement transaction_status;
    /* after COMMIT: a position in the log that holds it, decimal */
    struct statement log_position;
    /* $1 session key: cancels what another session of ours is doing */
    struct statement cancel;
    const char *statement_timeout_setting, *lock_timeout_setting;
};

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

    struct call *(*submit)(struct connection *connection,
                           const struct statement *statement,
                           const struct text *params, unsigned count,
                           unsigned flags);
    /* The caller is done with an answered call, or gives up an open one. */
    void (*release)(struct call *call);

    bool (*in_transaction)(const struct connection *connection);

    /* What cancel takes, as text. Written into the buffer given. */
    void (*session_key)(const struct connection *connection,
                        char ret_key[static 32]);

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

    struct text (*value)(const void *result, unsigned row, unsigned column);
    const char *(*column_name)(const void *result, unsigned column);
    const char *(*tag)(const void *result);
    uint64_t (*affected)(const void *result);
    void (*result_free)(void *result);
};

/* Opens one connection; -ERR_CONNECT_FAILED, -ERR_TOO_MANY_CONNECTIONS. */
YIELDS int connection_open(const struct driver *driver, struct loop *loop,
                           const struct target *target,
                           const struct open_options *options,
                           struct deadline until, struct connection **ret,
                           struct diag *diag) MUST_CHECK;

/* Closes at once. NULL is taken. */
void connection_close(struct connection **connection);

/*
 * As connection_submit(), but the answer is told by done(call, arg), on the
 * loop, outside of any fiber; the call is gone when it returns.
 */
struct call *connection_submit_for(struct connection *connection,
                                   const struct statement *statement,
                                   const struct text *params, unsigned count,
                                   unsigned flags,
                                   void (*done)(struct call *, void *),
                                   void *arg);

/* For drivers: the call has its result; wakes or tells whoever waits. */
void call_answer(struct call *call, int result, struct rows *rows);

/* For drivers: notes why. */
struct failure *call_failure(struct call *call);

/* For drivers: the link is gone. The first failure is kept. */
void connection_lose(struct connection *connection, const struct failure *why);

/* Wraps a driver's result; takes it over. */
struct rows *rows_new(const struct driver *driver, void *result, unsigned count,
                      unsigned columns) MUST_CHECK;

/* Copies into the diag (may be NULL) and returns the code. */
int failure_tell(const struct failure *failure, struct diag *diag);
