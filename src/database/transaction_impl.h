/* SPDX-License-Identifier: MIT */
/* A transaction as transaction.c (one attempt) and transaction_run.c share it.
 */
#pragma once

#include "database/driver.h"
#include "database/transaction.h"

enum { TRANSACTION_ID_BYTES = 64, SETTING_CALLS_MAX = 8 };

struct transaction {
    unsigned magic;
    struct pool *pool;
    const struct transaction_options *options;
    struct deadline until;
    struct diag *diag;
    struct connection *connection;
    /* What BEGIN and its company answer; taken before anything else is. */
    struct call *begin, *settings[SETTING_CALLS_MAX], *id;
    unsigned setting_calls;
    enum retry_phase phase;                    /* how far this attempt came */
    char transaction_id[TRANSACTION_ID_BYTES]; /* "" when not known */
    char session[SESSION_NAME_BYTES];          /* the same */
    struct log_point point;
};

enum { TRANSACTION_MAGIC = 0x5452414e };

/* From here on it is on this connection. */
void transaction__take(struct transaction *transaction,
                       struct connection *connection);

/*
 * Queues BEGIN, the settings with the timeouts, and the question for the id,
 * so that they leave together with what the caller asks first.
 */
void transaction__begin(struct transaction *transaction, bool wants_id);

/* Gives up what was not waited for. */
void transaction__end(struct transaction *transaction);

/* Takes the answers to the above: 0 when the transaction stands. */
YIELDS int transaction__settle(struct transaction *transaction) MUST_CHECK;

/* COMMIT and the question for the log position behind it. */
struct commit_calls {
    struct call *commit, *position;
};

struct commit_calls transaction__submit_commit(struct transaction *transaction);

/*
 * 0: it is committed. When a failure does not say whether it was, the phase is
 * RETRY_COMMIT. Ends the calls.
 */
YIELDS int transaction__wait_commit(struct transaction *transaction,
                                    struct commit_calls *calls) MUST_CHECK;

/* Where in the log it is committed: what dialect->log_position gave. */
void transaction__note_position(struct transaction *transaction,
                                const struct rows *rows);

/*
 * What became of a transaction whose COMMIT was not answered: 0 committed, and
 * a single statement's rows are recalled; -ERR_LINK_LOST it was rolled back;
 * -ERR_OUTCOME_UNKNOWN, and `why` may say more.
 */
YIELDS int transaction__resolve(struct transaction *transaction,
                                struct rows **ret_rows, struct diag *why)
    MUST_CHECK;
