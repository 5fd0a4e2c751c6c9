/* SPDX-License-Identifier: MIT */
/* What exports and imports have in common: they hold a connection for long. */
#pragma once

#include "routes/service.h"

#define CONTENT_NDJSON "application/x-ndjson"

/*
 * Lets one more begin, while a quarter of the loop's connections is left to
 * everybody else; -ERR_OVERLOADED. What it gives goes to bulk_leave().
 */
int bulk_enter(struct request *request, struct service **ret_service)
    MUST_CHECK;

/* Fits CLEANUP; NULL is taken. */
void bulk_leave(struct service **service);
