/* SPDX-License-Identifier: MIT */
/* `portcullis advise`: what the database's own statistics advise, as a
 * migration to be looked through. Changes nothing. */
#pragma once

#include "admin/exit.h"

#include <stdbool.h>

struct driver;

struct advise_options {
    const struct driver *driver;
    const char *url; /* of the database's owner */
    bool down;       /* the migration's way back instead */
    bool json;
};

/*
 * Asks all of advise.def and prints a migration: each piece of advice as a
 * comment, and below it the statement, where there is one. EXIT_OK when there
 * is nothing to advise, EXIT_FOUND, or why it could not be tried.
 */
int advise_main(const struct advise_options *options) MUST_CHECK;
