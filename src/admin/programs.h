/* SPDX-License-Identifier: MIT */
/*
 * The servers' programs. PORTCULLIS_POSTGRES_BIN (a directory with initdb and
 * postgres) and PORTCULLIS_REDIS_SERVER (a file) say where they are; else they
 * are looked for where packages and people put them.
 */
#pragma once

#include "admin/exit.h"
#include "base/attr.h"

enum { CLUSTER_MAJOR_MIN = 15 };

struct cluster_programs {
    char *initdb, *postgres, *basebackup;
    int major; /* 15 */
};

/*
 * Finds a PostgreSQL of that major version, or, when it is 0, the newest of
 * those beside pg_config, in /usr/lib/postgresql/N/bin and in PATH.
 * -EXIT_MISSING when there is none at all, -EXIT_WRONG_VERSION when there are
 * others only. To be ended by cluster_programs_fini() in any case.
 */
int cluster_programs_find(int want_major, struct cluster_programs *ret_programs,
                          struct refusal *why) MUST_CHECK;
void cluster_programs_fini(struct cluster_programs *programs);

/*
 * A program of PostgreSQL's client, "pg_dump" or "pg_restore": of the lowest
 * major version that is at least that, as a newer one may write what an older
 * server does not take. *ret_path is to be freed. -EXIT_MISSING.
 */
int client_program_find(const char *name, int least_major, char **ret_path,
                        int *ret_major, struct refusal *why) MUST_CHECK;

/* redis-server's path, to be freed. */
int cache_program_find(char **ret_path, struct refusal *why) MUST_CHECK;
