/* SPDX-License-Identifier: MIT */
/* `portcullis setup` and `portcullis reset`. */
#pragma once

#include "base/attr.h"
#include "base/embedded.h"
#include "base/text.h"

#include <stdbool.h>

struct driver;

struct setup_options {
    const struct driver *driver;
    const struct embedded_file *files; /* schema_files */
    const struct embedded_file *extra; /* schema_setup: a superuser's */
    const char *url;                   /* a superuser's, of any database */
    const char *database, *owner;      /* names of [a-z0-9_] */
    struct text owner_password, service_password; /* TEXT_NULL: none is set */
    bool seed, dry_run, json;
};

/*
 * Makes what is missing: both roles, the database, its grants, the schema, the
 * seeds. What is there is left as it is, but for passwords that are given. A
 * dry run changes nothing and prints the statements, passwords masked.
 * EXIT_OK, EXIT_USAGE (a name), EXIT_CONFIG (no superuser), EXIT_WRONG_VERSION,
 * EXIT_MIGRATION, EXIT_UNREACHABLE, EXIT_FAILED.
 */
int setup_command(const struct setup_options *options) MUST_CHECK;

struct reset_options {
    const struct driver *driver;
    const struct embedded_file *files;
    const char *url; /* of the database's owner */
    bool yes;        /* do not ask */
    bool force;      /* although the service's role is connected */
    bool seed, json;
};

/*
 * Throws all of the database away, and brings schema and seeds up again.
 * EXIT_OK, EXIT_RUNNING (the service's role is connected), EXIT_USAGE (nobody
 * can be asked), EXIT_FAILED (another name was typed), and as above.
 */
int reset_command(const struct reset_options *options) MUST_CHECK;
