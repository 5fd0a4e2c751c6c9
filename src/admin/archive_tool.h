/* SPDX-License-Identifier: MIT */
/*
 * pg_dump and pg_restore as children. Where to connect goes on their command
 * line, the password into their environment only.
 */
#pragma once

#include "admin/report.h"
#include "admin/supervisor.h"
#include "database/target.h"

struct archive_tool {
    const char *program;         /* its path */
    const char *const *options;  /* ended by NULL */
    const char *archive;         /* a last argument, or NULL */
    const struct target *target; /* where to; borrowed */
    const char *database;        /* another one than the target's, or NULL */
    struct report *report;       /* whose step it is */
    const char *noun;            /* what it is told by: "table" */
    const char *const *marks;    /* what it says of each; ended by NULL */
    uint64_t count;              /* how many there are; 0: not known */
};

enum { TOOL_OPTIONS_MAX = 24 };

/*
 * Runs it to its end and tells how far it is. -EXIT_CONFIG for a target whose
 * secret can be told in no other way than on a command line, -EXIT_FAILED with
 * what the tool said of it.
 */
int archive_tool_run(const struct archive_tool *tool,
                     struct supervisor *supervisor, struct refusal *why)
    MUST_CHECK;
