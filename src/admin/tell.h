/* SPDX-License-Identifier: MIT */
/* --json of commands that make one thing: a flat object on stdout. */
#pragma once

#include "base/buffer.h"

struct told {
    const char *name;
    struct text value; /* TEXT_NULL: null */
    bool ready;        /* it is JSON already: a number, true, false */
};

void tell_object(const struct told *members, unsigned count,
                 struct buffer *out);

/* Prints one, and the line's end. */
void tell(const struct told *members, unsigned count);

#define TELL(...)                              \
    tell((const struct told[]){ __VA_ARGS__ }, \
         sizeof((const struct told[]){ __VA_ARGS__ }) / sizeof(struct told))
