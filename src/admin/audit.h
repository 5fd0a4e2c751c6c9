/* SPDX-License-Identifier: MIT */
/*
 * `portcullis audit verify`: is the audit log what was sealed? And `portcullis
 * audit partitions`: the months to come. How the chain of seals is made stands
 * in schema/audit/0002-seals.up.sql; here it is computed anew from the rows,
 * by none of the database's own functions.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

struct driver;

/* Months to make ahead: usually, and at the most. */
enum { AUDIT_MONTHS = 12, AUDIT_MONTHS_MAX = 120 };

struct audit_options {
    const struct driver *driver;
    const char *url;  /* of the owner; to verify, of any role that may read */
    const char *head; /* verify: "NUMBER:HASH" as it was logged, or NULL */
    bool json;        /* not lines but a document */
    unsigned months;  /* partitions: so many ahead */
};

/*
 * Reads all of the log in one snapshot, row by row, and prints on stdout what
 * does not fit. Returns EXIT_OK, EXIT_TAMPERED, EXIT_USAGE (`head` is none),
 * EXIT_CONFIG, EXIT_UNREACHABLE or EXIT_FAILED, the last four with a line on
 * stderr.
 */
int audit_verify(const struct audit_options *options) MUST_CHECK;

struct connection;
struct diag;
struct findings;

/*
 * The same for those who have a session and print it themselves: adds what does
 * not fit to the findings. Leaves a transaction open, which the session's end
 * ends.
 */
YIELDS int audit_look(struct connection *connection, struct findings *findings,
                      struct diag *diag) MUST_CHECK;

/* Makes the partitions that are missing and prints how many that were. */
int audit_partitions(const struct audit_options *options) MUST_CHECK;
