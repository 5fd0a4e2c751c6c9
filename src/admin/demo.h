/* SPDX-License-Identifier: MIT */
/*
 * `portcullis demo`: made-up bills, people and users to look at. The same
 * options make the same data, so that a second run changes nothing.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct driver;

enum {
    DEMO_BILLS = 2000,
    DEMO_PEOPLE = 300,
    DEMO_USERS = 50,
    DEMO_SEED = 1,
    DEMO_COUNT_MAX = 10000000, /* of each kind */
};

struct demo_options {
    const struct driver *driver;
    const char *url;               /* of the database */
    uint64_t bills, people, users; /* how many of each, also 0 */
    uint64_t seed;
    bool if_empty; /* do nothing when there are bills */
    bool json;     /* the summary is a document */
};

/* The summary goes to stdout. Returns the exit status. */
int demo_main(const struct demo_options *options) MUST_CHECK;
