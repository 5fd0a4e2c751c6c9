/* SPDX-License-Identifier: MIT */
/* `portcullis check data`: do the rows fit each other, and what holds them? */
#pragma once

#include "admin/exit.h"

#include <stdbool.h>

struct driver;

struct check_data_options {
    const struct driver *driver;
    const char *url; /* of the database's owner */
    bool fix;        /* mend what check_data.def has a mend for */
    bool json;
};

/*
 * Asks all of check_data.def in one snapshot each, and verifies the audit log;
 * prints what was found, one a line. EXIT_OK when nothing is left that should
 * not be so, EXIT_FOUND, or why it could not be tried.
 */
int check_data_main(const struct check_data_options *options) MUST_CHECK;
