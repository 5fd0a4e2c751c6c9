/* SPDX-License-Identifier: MIT */
/*
 * Who is answered now, who waits for it, who is turned away: resilience/shedder
 * at the edge. There are two tracks, each with a limit of its own: most routes
 * take a connection to the database for themselves; reads by key share theirs,
 * and so many more of them may run. For this room only.
 */
#pragma once

#include "http/route.h"
#include "resilience/shedder.h"
#include "runtime/loop.h"

struct edge;
struct exchange;

enum track { TRACK_OWN, TRACK_SHARED, TRACKS };

struct admission {
    struct shedder tracks[TRACKS];
    struct list waiting; /* exchanges */
    unsigned waiting_count;
    struct turn_hook settle; /* somebody left: others may come */
    struct timer look;       /* for those who wait in vain */
};

void admission_init(struct edge *edge);
void admission_fini(struct edge *edge);

/* The edge's options are others now. */
void admission_adjust(struct edge *edge);

/*
 * The exchange has a route and is to be answered: runs it, or lets it wait.
 * -ERR_OVERLOADED turns it away.
 */
int admission_enter(struct exchange *exchange) MUST_CHECK;

/* It ran and ended by r (0 or -ERR_x). */
void admission_leave(struct exchange *exchange, int r);

/* It waits and nobody wants the answer any more. */
void admission_give_up(struct exchange *exchange);

/* Nobody is let in any more: all who wait are answered -ERR_DRAINING. */
void admission_close(struct edge *edge);
