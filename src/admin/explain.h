/* SPDX-License-Identifier: MIT */
/* `portcullis cache explain`: asks a running instance for something, and why
 * the answer came from where it did. */
#pragma once

#include "admin/instance.h"

#include <stdbool.h>

struct explain_options {
    struct instance instance;
    const char *path; /* behind its URL; "" where that is all of it */
    bool json;
};

/*
 * Prints the answer's status and what its Cache-Status says, a line each. 1: no
 * cache had to do with it, as with what was refused; EXIT_UNREACHABLE.
 */
int explain_command(const struct explain_options *options) MUST_CHECK;
