/* SPDX-License-Identifier: MIT */
/*
 * The way in for many rows: COPY into tables of the session's own, then, when
 * all are there, into the real ones by a few statements for a slice of lines
 * at a time. What is staged may be of any length; here it takes one batch.
 *
 * It works inside the caller's transaction: staging_begin() after BEGIN, and
 * COMMIT or ROLLBACK after staging_merge(). The staged tables go with it, and
 * until the merge no row of the real ones is locked.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "database/connection.h"

enum { STAGED_TABLES_MAX = 3 };

/*
 * A statement of the merge; $1 and $2 are the first and the last line of the
 * slice. One that gives a row gives two numbers, rows created and updated.
 */
struct merge_step {
    struct statement statement;
    bool whole; /* takes no parameters */
};

struct staging_kind {
    const char *name;  /* "bills" */
    const char *begin; /* script: makes the staged tables */
    const char *ready; /* script: indexes and ANALYZE, when all rows are in */
    const char *done;  /* script for after COMMIT: statistics; the owner's */
    const char *copies[STAGED_TABLES_MAX]; /* COPY … FROM STDIN, by table */

    /*
     * Takes the rows out of a slice that refer to nothing, and gives line,
     * code and detail of each. No SQL: nothing to check.
     */
    struct statement check;
    /* Takes out what a later line says again; its affected rows are counted. */
    struct statement supersede;
    const struct merge_step *steps; /* ended by one without SQL */
};

/* A row that was refused. The texts are borrowed for the call. */
struct import_fault {
    uint64_t line;
    const char *code, *detail;
};

struct import_watcher {
    void *arg;
    void (*fault)(void *arg, const struct import_fault *fault);
    /* Lines merged so far; may be NULL. */
    void (*merged)(void *arg, uint64_t done, uint64_t all);
};

/* received = created + updated + unchanged + superseded + failed */
struct import_counts {
    uint64_t received, created, updated, unchanged;
    uint64_t superseded; /* said again by a later line, which was taken */
    uint64_t failed;
};

struct staging {
    const struct staging_kind *kind;
    struct connection *connection; /* borrowed */
    struct import_watcher watcher;
    struct buffer rows[STAGED_TABLES_MAX]; /* the batch, as COPY text */
    uint64_t last_line;
    struct import_counts counts;
};

/* Takes nothing from the database yet. staging_fini() must follow. */
void staging_init(struct staging *staging, const struct staging_kind *kind,
                  struct connection *connection,
                  const struct import_watcher *watcher);
void staging_fini(struct staging *staging);

/* Errors of these: as connection.h, of the database. */
YIELDS int staging_begin(struct staging *staging, struct diag *diag) MUST_CHECK;

/*
 * After each record whose rows were added to staging->rows: line numbers must
 * grow. Sends the batch when it is large enough.
 */
YIELDS int staging_added(struct staging *staging, uint64_t line,
                         struct diag *diag) MUST_CHECK;

/* All rows are in: refuses, replaces, creates and updates. */
YIELDS int staging_merge(struct staging *staging, struct diag *diag) MUST_CHECK;

/* Counts a record that was refused before it was staged, and tells of it. */
void staging_refuse(struct staging *staging, const struct import_fault *fault);
