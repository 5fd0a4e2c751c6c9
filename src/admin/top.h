/* SPDX-License-Identifier: MIT */
/* `portcullis top`: a running instance, live, from its /metrics. */
#pragma once

#include "admin/instance.h"

#include <stdbool.h>

struct top_options {
    struct instance instance;
    unsigned every_s;
    bool once; /* one frame, and every row of it, for pipes */
    bool json; /* the samples instead; with `once` */
};

/*
 * On a terminal it draws until q, Ctrl-C or SIGTERM and leaves the terminal as
 * it was. EXIT_OK, EXIT_UNREACHABLE (not at the start), EXIT_FAILED (it may
 * not be asked), EXIT_USAGE (no terminal, and not `once`).
 */
int top_command(const struct top_options *options) MUST_CHECK;
