/* SPDX-License-Identifier: MIT */
/* `portcullis restore`: a backup becomes a database (docs/backup.md). */
#pragma once

#include "admin/exit.h"
#include "base/attr.h"

#include <stdbool.h>

struct driver;

/* What a database is called while it is restored, before its own name. */
#define RESTORING_PREFIX "portcullis_restoring_"

/* Longest name that leaves room for what is put around it. */
enum { RESTORE_NAME_MAX = 40 };

struct restore_options {
    const struct driver *driver;
    const char *url;    /* of a role that may make databases: a superuser */
    const char *backup; /* its directory */
    const char *name;   /* of the database; NULL: as it was */
    bool replace;       /* one of that name may be there: it is kept aside */
    bool disconnect;    /* others may be connected to it: they are cut off */
    bool json;
};

/*
 * Checks every byte, restores into a database of another name, compares it with
 * the manifest, and only then gives it its name: by one rename, or in one
 * transaction by two, when it replaces one. Killed at any point it leaves the
 * database of that name as it was; run again it starts anew.
 *
 * EXIT_OK; EXIT_DAMAGED; EXIT_USAGE when a database is there or in use and
 * nobody said that it may be; EXIT_RUNNING when somebody else restores it;
 * EXIT_CONFIG, EXIT_UNREACHABLE, EXIT_MISSING, EXIT_FAILED.
 */
int restore_main(const struct restore_options *options) MUST_CHECK;
