/* SPDX-License-Identifier: MIT */
/*
 * `portcullis import bills|people FILE`: loads NDJSON, plain or gzip, as
 * docs/import-format.md says. All of a file is one transaction.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

struct driver;

struct import_options {
    const struct driver *driver;
    const char *url;    /* of the database */
    const char *what;   /* "bills" or "people" */
    const char *file;   /* "-": stdin */
    const char *report; /* where to list all bad lines as NDJSON, or NULL */
    bool json;          /* the summary as one JSON object */
};

/*
 * The summary goes to stdout, everything else to stderr. Returns the exit
 * status: EXIT_BAD_INPUT when lines were refused (all others were taken), or
 * when gzip data is damaged (nothing was).
 */
int import_main(const struct import_options *options) MUST_CHECK;
