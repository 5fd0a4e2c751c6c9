/* SPDX-License-Identifier: MIT */
/*
 * Who may run now, who waits, who is turned away: so that under any load those
 * who run are few enough to be quick.
 *
 *                    room for it               room again
 *     ask ──┬──────────────────────► RUNNING ◄──────────── WAITING
 *           ├── none, may wait ───────────────────────────►  │
 *           └── none, or the queue is full ──► REFUSED ◄─────┘ waited too long
 *
 * Room is what the limiter allows, and no route may take more than its share.
 * Places go to writes, then reads, then bulk; operations (health, metrics)
 * need none. Whoever waits is served in order. When for QUEUE_PRESSURE_MS all
 * who came in had waited longer than QUEUE_TARGET_MS, there is pressure: the
 * queue is as long as can be served in QUEUE_PRESSED_MS (Little's law, for all
 * and for the route by itself: a slow one's would else be measured by quick
 * ones), so that who waits is served and all others are turned away at the
 * door. It ends when nobody was turned away for as long; a little more than the
 * target, so that a load under which all was well does not keep it up. (The
 * sign is that of CoDel, RFC 8289; that a standing queue be cut short, that of
 * B. Maurer, "Fail at Scale", ACM Queue 2015. Newest first, as proposed there,
 * was tried: it starves those whom it has let wait, and as whoever is turned
 * away comes back at once, a load that can be done stayed under pressure for
 * ever after one flood.) Pure: it owns no ticket and tells its owner what to do
 * with each.
 */
#pragma once

#include "base/list.h"
#include "resilience/limiter.h"
#include "resilience/usual.h"

enum priority {
    PRIORITY_OPERATIONS,
    PRIORITY_WRITE,
    PRIORITY_READ,
    PRIORITY_BULK,
    PRIORITY_COUNT
};

enum shed_verdict { SHED_RUN, SHED_WAIT, SHED_REFUSE };

enum shed_reason {
    SHED_FOR_NOTHING,
    SHED_IN_FLIGHT,  /* all_max is reached */
    SHED_NO_ROOM,    /* no place now, and it may not wait */
    SHED_QUEUE_FULL, /* too many wait, or somebody more important came */
    SHED_QUEUE_TIME, /* it has waited too long */
    SHED_DEADLINE,   /* nobody wants the answer any more */
    SHED_REASONS
};

enum ticket_state { TICKET_OUT, TICKET_WAITING, TICKET_RUNNING };

/* One request, in its owner. */
struct ticket {
    /* told by the owner before it asks */
    enum priority priority;
    unsigned route; /* below shedder_options.routes */
    bool may_wait;
    uint64_t until_ns; /* its deadline */
    /* the shedder's own */
    enum ticket_state state;
    enum shed_reason reason; /* why it was refused */
    uint64_t asked_ns, began_ns;
    struct list link; /* while it waits, or is refused and not yet told so */
};

struct shedder_options {
    unsigned least;     /* of the concurrency limit, at least 1 */
    unsigned route_max; /* running for one route at the most; 0: no matter */
    unsigned all_max;   /* running and waiting at the most */
    unsigned routes;
};

/* What is under way for one route. */
struct shedder_route {
    unsigned running, waiting;
    double mean_ns; /* of an answer */
    struct usual usual;
};

struct shedder {
    struct shedder_options options;
    bool off; /* everybody runs, up to all_max; set by the owner */
    struct limiter limiter;
    unsigned running, waiting;
    struct shedder_route *of; /* by route */
    double mean_ns;           /* of an answer */
    bool pressed;
    uint64_t slow_since_ns; /* all who came in since waited long; 0: not so */
    uint64_t turned_ns;     /* when somebody who waited was turned away */
    uint64_t look_ns;       /* when to look for those who wait in vain */
    struct list queues[PRIORITY_COUNT]; /* the oldest first */
    struct list refused;
};

void shedder_init(struct shedder *shedder,
                  const struct shedder_options *options);
void shedder_fini(struct shedder *shedder);

/* Other options; the routes are the same. */
void shedder_adjust(struct shedder *shedder,
                    const struct shedder_options *options);

/*
 * May it run? Refused and running tickets are the owner's business; one that
 * waits comes back by shedder_admit() or shedder_refuse(), or is taken out by
 * shedder_leave(). Somebody else may be refused by this: ask shedder_refuse().
 */
enum shed_verdict shedder_ask(struct shedder *shedder, struct ticket *ticket,
                              uint64_t now_ns);

/* The next that is to run now, or NULL. */
struct ticket *shedder_admit(struct shedder *shedder, uint64_t now_ns);

/* The next that waits in vain (see ticket->reason), or NULL. */
struct ticket *shedder_refuse(struct shedder *shedder, uint64_t now_ns);

/*
 * It ran, or does not want to wait any more. `telling`: how long it ran says
 * something about what is behind us. Then there may be room: ask
 * shedder_admit().
 */
void shedder_leave(struct shedder *shedder, struct ticket *ticket, bool telling,
                   uint64_t now_ns);

/* When to ask shedder_refuse() again; UINT64_MAX while nobody waits. */
uint64_t shedder_look_at(const struct shedder *shedder);

/* "queue_full": the label of portcullis_shed_total. */
const char *shed_reason_name(enum shed_reason reason);
