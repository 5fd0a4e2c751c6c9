/* SPDX-License-Identifier: MIT */
/* `portcullis migrate up|down|to|status|redo` and `portcullis seed`. */
#pragma once

#include "base/attr.h"
#include "base/embedded.h"

#include <stdbool.h>

struct driver;

enum migrate_verb {
    MIGRATE_UP,
    MIGRATE_DOWN,
    MIGRATE_TO,   /* up or down, whichever leads there */
    MIGRATE_REDO, /* the last one down, and up again */
    MIGRATE_STATUS,
    MIGRATE_SEED,
};

struct migrate_options {
    enum migrate_verb verb;
    const struct driver *driver;
    const struct embedded_file *files; /* schema_files */
    const char *url; /* of the database's owner; status: any role's */
    const char *to;  /* up: the last one to apply; down: the last one to keep,
                        "bills/0003" or "bills/0003-history"; NULL: all, and
                        for down: by count */
    unsigned count;  /* down: how many to undo; 0: one, UINT_MAX: all */
    unsigned wait_s; /* for another program that migrates; 0: 60 */
    bool json;       /* not lines on stdout but a document */
    bool yes;        /* what goes down: do not ask */
};

/*
 * Progress and errors go to stderr, the status to stdout. Returns the exit
 * status: EXIT_MIGRATION, EXIT_UNREACHABLE, EXIT_USAGE (`to` names nothing, or
 * nobody can be asked for a yes), EXIT_CONFIG (the URL is none), EXIT_FAILED.
 */
int migrate_command(const struct migrate_options *options) MUST_CHECK;
