/* SPDX-License-Identifier: MIT */
/* What the health monitor looks at in one worker. */
#pragma once

#include "monitor/monitor.h"
#include "routes/checks.h"

enum { WATCHES_MAX = 9 + NODES_MAX };

struct watch_row;

struct watches {
    struct service *service;
    struct monitor_check checks[WATCHES_MAX];
    unsigned count;
    char id[16];      /* "loop 0" */
    uint64_t dropped; /* lines of the log, when last looked at */
};

/*
 * Registers them; what is the same for all workers is looked at by the first
 * one (index 0).
 */
void watches_start(struct watches *watches, struct service *service,
                   unsigned index);

/* Waits until all were looked at once. */
YIELDS int watches_wait(struct watches *watches) MUST_CHECK;

YIELDS void watches_stop(struct watches *watches);
