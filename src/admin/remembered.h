/* SPDX-License-Identifier: MIT */
/* `portcullis cache`: what instances remember, by the switch in PostgreSQL. */
#pragma once

#include "admin/exit.h"

#include <stdbool.h>

struct driver;

struct remembered_options {
    const struct driver *driver;
    const char *url;
    const char *object; /* to flush: "bills/018f…"; NULL: all there is */
    bool json; /* the switch as a document; flush prints nothing else */
};

/* Prints `on`, `starting` or `off`, since when, and how often caches began.
 * EXIT_x, having told why. */
int remembered_status(const struct remembered_options *options);

/*
 * Caches are off when it returns, on every instance, and what they had is never
 * given again; they come on by themselves, with a new epoch. Of one object: it
 * and the lists that may show it are read anew, and caches stay on.
 */
int remembered_flush(const struct remembered_options *options);
