/* SPDX-License-Identifier: MIT */
/* `portcullis migrate lint` and `new`: about files, before they are run. */
#pragma once

#include "base/attr.h"
#include "base/embedded.h"

#include <stdbool.h>

struct driver;

struct migrate_lint_options {
    const struct driver *driver;
    const struct embedded_file *files; /* schema_files */
    const char *url;    /* whose pending migrations are looked at … */
    char *const *paths; /* … unless files are named, ended by NULL */
    bool json;
};

/* Prints what is found on stdout. EXIT_OK, EXIT_FOUND, EXIT_CONFIG (a file
 * cannot be read), EXIT_MIGRATION (it cannot be understood), EXIT_UNREACHABLE.
 */
int migrate_lint(const struct migrate_lint_options *options) MUST_CHECK;

struct migrate_new_options {
    const char *dir;    /* the schema's, with its file `domains` */
    const char *domain; /* "bills" */
    const char *name;   /* "short-titles" */
    bool concurrently;  /* a file that is no transaction */
    bool json;
};

/*
 * Makes the next number's two files in the domain from a template, replacing
 * none, and prints their paths. EXIT_OK, EXIT_USAGE (a domain or name that
 * cannot be), EXIT_CONFIG (the directory is none of a schema's).
 */
int migrate_new(const struct migrate_new_options *options) MUST_CHECK;
