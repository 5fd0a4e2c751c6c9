/* SPDX-License-Identifier: MIT */
/* `portcullis profile`: what takes the database's time, by the names that the
 * service's own metrics have. */
#pragma once

#include "admin/exit.h"

#include <stdbool.h>

struct driver;

struct profile_options {
    const struct driver *driver;
    const char *url;     /* of a role that may read pg_stat_statements */
    const char *metrics; /* a file with what /metrics answered; or NULL */
    unsigned top;        /* so many, those that took the longest in all */
    bool json;
};

/*
 * Reads pg_stat_statements and finds the names of the statements that are ours;
 * beside each stands what the service measured of that name, if its metrics are
 * given. EXIT_CONFIG where the extension is not there.
 */
int profile_main(const struct profile_options *options) MUST_CHECK;
