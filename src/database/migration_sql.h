/* SPDX-License-Identifier: MIT */
/* The migration engine's own SQL: the only place that knows a dialect. */
#pragma once

#include "database/connection.h"

struct migration_sql {
    /* scripts */
    const char *begin, *commit, *rollback;
    const char *reset;       /* undoes what a file may have set */
    const char *make_ledger; /* if it is not there; the service may read it */
    const char *needs_no_transaction; /* SQLSTATE of statements that do */

    struct statement set_lock_timeout; /* $1 ms, for the session */
    struct statement try_lock;         /* answers t when we have it */
    struct statement unlock;
    struct statement has_ledger; /* answers t or f */
    struct statement records;    /* the columns are enum record_column */
    /* $1 domain, $2 number, $3 name, $4 checksum, $5 ms */
    struct statement record;
    /* $1 domain, $2 number */
    struct statement forget;
    /* $1 an index's name as in SQL: the script that drops it, if half-built */
    struct statement broken_index;
};

enum record_column {
    RECORD_DOMAIN,
    RECORD_NUMBER,
    RECORD_NAME,
    RECORD_SHA256,
    RECORD_APPLIED_AT,
    RECORD_APPLIED_BY,
    RECORD_TOOK_MS,
};

/* By the connection's driver; -ERR_NOT_IMPLEMENTED. */
int migration_sql_find(const struct connection *connection,
                       const struct migration_sql **ret_sql, struct diag *diag)
    MUST_CHECK;
