/* SPDX-License-Identifier: MIT */
/* `portcullis migrate validate`: do files, ledger and schema agree? */
#pragma once

#include "base/attr.h"
#include "base/embedded.h"

#include <stdbool.h>

struct driver;

struct migrate_validate_options {
    const struct driver *driver;
    const struct embedded_file *files; /* schema_files */
    const char *url;                   /* of the database's owner */
    const char *scratch; /* of an empty database to migrate from zero; NULL: one
                            is made beside and dropped, which needs CREATEDB */
    bool json;
};

/*
 * Holds the files against the ledger, then migrates a scratch database from
 * zero and holds the live schema against that; prints what differs on stdout,
 * a line or an object each. EXIT_OK, EXIT_FOUND, EXIT_MIGRATION,
 * EXIT_UNREACHABLE, EXIT_CONFIG, EXIT_FAILED (no scratch database can be had).
 */
int migrate_validate(const struct migrate_validate_options *options) MUST_CHECK;
