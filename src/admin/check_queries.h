/* SPDX-License-Identifier: MIT */
/* `portcullis check queries`: every SQL text the service can send, held against
 * the schema of a database. */
#pragma once

#include "admin/exit.h"

#include <stdbool.h>

struct driver;

struct check_queries_options {
    const struct driver *driver;
    const char *url; /* of any role that may use the schema */
    bool json;
};

/*
 * Has the database parse and describe all of them and prints what does not fit,
 * one a line. EXIT_OK, EXIT_FOUND, or why it could not be tried.
 */
int check_queries_main(const struct check_queries_options *options) MUST_CHECK;
