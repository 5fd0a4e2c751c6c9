/* SPDX-License-Identifier: MIT */
/* What a connection is made of; for redis.c and keeper.c. */
#pragma once

#include "redis/link.h"
#include "resilience/breaker.h"

enum {
    REDIS_MAGIC = 0x52454449,
    REDIS_RUN_ID_BYTES = 48,
    REDIS_SHA_BYTES = 48,
};

struct redis {
    unsigned magic;
    struct loop *loop;
    struct redis_options options;
    struct breaker breaker;  /* of connecting */
    struct fiber *keeper;    /* NULL: it has ended */
    struct condition change; /* a link was lost, or the keeper has ended */
    bool stopping, up;
    struct link *link; /* the keeper's */
    char run_id[REDIS_RUN_ID_BYTES];
    char sha[REDIS_SCRIPTS_MAX][REDIS_SHA_BYTES]; /* "": not loaded yet */
    struct redis_stats stats;
};

/* keeper.c: keeps it connected, until it is stopping. */
void redis__keep(void *redis);

/* Has Redis keep the script; *ret_sha is its name from then on. */
YIELDS int redis__load(struct redis *redis, unsigned script,
                       struct deadline until, struct diag *diag) MUST_CHECK;
