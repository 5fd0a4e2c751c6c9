/* SPDX-License-Identifier: MIT */
/*
 * A PostgreSQL cluster of one command's own, thrown away at its end: on a
 * socket in a private directory, without durability. The supervisor takes
 * signals over meanwhile.
 */
#pragma once

#include "admin/cluster.h"
#include "admin/data_dir.h"

struct scratch_cluster {
    struct account account;
    struct data_dir dir;
    struct supervisor supervisor;
    struct environment env;
    struct cluster cluster;
    char *url; /* of the superuser, in CLUSTER_DATABASE */
};

/*
 * Makes and starts one of that major version, or of the newest when it is 0.
 * To be ended also after a failure. -EXIT_FAILED when a signal ends it early.
 */
int scratch_cluster_start(struct scratch_cluster *scratch, int major,
                          struct refusal *why) MUST_CHECK;
void scratch_cluster_end(struct scratch_cluster *scratch);
