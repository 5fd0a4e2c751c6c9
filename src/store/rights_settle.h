/* SPDX-License-Identifier: MIT */
/*
 * What a change of rights waits for before it is acknowledged. The one caller
 * is store/scope.c, which sees every write of a store.
 */
#pragma once

#include "database/pool.h"
#include "store/freshness.h"

/* Are rights made of what stands in this table? NULL is taken. */
bool rights_come_from(const char *table);

/*
 * To be called when the change is committed: when it returns, no process uses
 * rights as they were before. All of this process's loops are told at once.
 * Others are waited for until they have acknowledged the generation; after
 * RIGHTS_SETTLE_MS whoever has not has lost its lease. It never fails, and
 * neither a cancel nor a deadline ends it early: the change is made, and what
 * is not settled must not be told.
 */
YIELDS void rights_settle(struct pool *pool, struct freshness *freshness);
