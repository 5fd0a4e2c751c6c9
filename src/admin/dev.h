/* SPDX-License-Identifier: MIT */
/*
 * `portcullis dev`: a private PostgreSQL and Redis, the schema in them, data
 * to look at, and the service, from one command until Ctrl-C.
 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

/*
 * One thing done between the databases' start and the service's: a run of our
 * own binary to its end. Its stdout goes to stderr, its exit status, if not
 * 0, becomes that of `dev`. It finds the owner's URL in DATABASE_URL (and in
 * OWNER_DATABASE_URL), ADMIN_DATABASE_URL and REDIS_URL.
 */
struct dev_step {
    const char *progress;    /* "migrating"; NULL ends a table of steps */
    const char *const *argv; /* from argv[1] on, e.g. { "migrate", "up", 0 } */
};

struct dev_options {
    const char *listen;  /* HOST:PORT, port 0 is any; NULL: 127.0.0.1:8080 */
    const char *data;    /* DIR; NULL: below the XDG data home */
    bool fresh;          /* throw our cluster away first */
    unsigned replicas;   /* of the private PostgreSQL */
    const char *program; /* NULL: our own binary */
    const struct dev_step *steps; /* NULL: none */
};

/*
 * The service is `program serve` with DATABASE_URL (the service's role),
 * OWNER_DATABASE_URL, REDIS_URL, PORTCULLIS_LISTEN, PORTCULLIS_JWT_KEYS,
 * PORTCULLIS_JWT_ISSUER, PORTCULLIS_READY_FD and, unless that is set,
 * PORTCULLIS_ENVIRONMENT (development) in its environment. To that descriptor
 * it writes its URL and a line end when it is ready ("http://127.0.0.1:8080\n")
 * and closes it.
 *
 * Returns the exit status: 0 after SIGINT, SIGTERM or SIGHUP; the service's
 * own when that ends by itself; else a row of exit.def, with its reason said
 * on stderr. All children have ended by then.
 */
int dev_main(const struct dev_options *options) MUST_CHECK;
