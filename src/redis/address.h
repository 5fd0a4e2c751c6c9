/* SPDX-License-Identifier: MIT */
/*
 * Where a Redis is, taken from its URL:
 *     redis://[[user]:password@]host[:port][/number]
 *     unix://[[user]:password@]/path/of/socket[?db=number]
 * User and password are percent-decoded.
 */
#pragma once

#include "base/attr.h"
#include "base/error.h"
#include "base/text.h"

enum { REDIS_NODE_BYTES = 128 };

struct redis_address {
    char *path; /* of a socket; or NULL, and then … */
    char *host, *port;
    char *user, *password;       /* "": none */
    char *number;                /* of the database: "0" */
    char node[REDIS_NODE_BYTES]; /* for logs: without a secret */
};

/* -ERR_INVALID_PARAMETER says what is wrong, without a password. */
int redis_address_parse(struct text url, struct redis_address *ret_address,
                        struct diag *diag) MUST_CHECK;
/* Instead of what stands in the URL; an empty one changes nothing. */
void redis_address_use_password(struct redis_address *address,
                                const char *password);

void redis_address_fini(struct redis_address *address);
