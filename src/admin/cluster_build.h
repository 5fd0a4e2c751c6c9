/* SPDX-License-Identifier: MIT */
/* Making the cluster, its roles and its database. Only for cluster.c. */
#pragma once

#include "admin/cluster.h"

/*
 * Makes cluster->path out of nothing, in one rename. Output goes to
 * cluster->log_fd. 0 also when a signal ended it early: nothing is made then.
 */
int cluster_build(const struct cluster *cluster, struct supervisor *supervisor,
                  struct refusal *why) MUST_CHECK;
