/* SPDX-License-Identifier: MIT */
/* `portcullis health` and `portcullis wait`. */
#pragma once

#include "admin/instance.h"

#include <stdbool.h>

struct driver;

struct health_options {
    struct instance instance;
    bool json; /* the instance's own document */
};

/* Prints what /health says. 0: pass, 1: warn, 2: fail, or nobody answered. */
int health_command(const struct health_options *options) MUST_CHECK;

struct wait_options {
    const struct driver *driver;
    struct instance instance; /* whose /readyz is to be 200 … */
    const char *database_url; /* … or NULL, and this takes connections */
    unsigned timeout_s;
    bool json;
};

/* Asks again and again. EXIT_OK; EXIT_UNREACHABLE when the time is over. */
int wait_command(const struct wait_options *options) MUST_CHECK;
