/* SPDX-License-Identifier: MIT */
/* What verify and restore do alike: an archive becomes a database again. */
#pragma once

#include "admin/manifest.h"
#include "admin/supervisor.h"
#include "database/target.h"

struct driver;

struct restoring {
    const struct driver *driver;
    const char *backup; /* its directory */
    const struct manifest *manifest;
    struct supervisor *supervisor;
    const struct target *target; /* the empty database */
    struct report *report;       /* what is done is a step of it */
};

/* Runs pg_restore, which ends at the first error; tells how far it is. */
YIELDS int restoring_load(const struct restoring *restoring,
                          struct refusal *why) MUST_CHECK;

/*
 * Compares what is in the database now with the manifest and says each
 * difference on stderr. -EXIT_DAMAGED when there are any.
 */
YIELDS int restoring_compare(const struct restoring *restoring,
                             struct refusal *why) MUST_CHECK;

/* One script in a session of its own. */
YIELDS int restoring_script(const struct driver *driver,
                            const struct target *target, struct text sql,
                            struct refusal *why) MUST_CHECK;
