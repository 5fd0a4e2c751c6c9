/* SPDX-License-Identifier: MIT */
/* Problem details (RFC 9457) with the extensions of the contract, api.md § 5.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

struct problem {
    int code;                /* ERR_x or -ERR_x */
    const struct diag *diag; /* may be NULL */
    struct text instance;    /* the request's path, or TEXT_NULL */
    const char *request_id;
};

/* Writes the problem as JSON. A fault of ours (500) tells no detail. */
void problem_write(struct buffer *buffer, const struct problem *problem);
