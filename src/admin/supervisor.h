/* SPDX-License-Identifier: MIT */
/*
 * The supervisor of a process's children: one table, one loop, no thread. It
 * takes SIGINT, SIGTERM, SIGHUP (stop: end everything; twice: at once) and
 * SIGCHLD through a descriptor, reaps whatever there is to reap (it is the
 * reaper of its descendants too), restarts those that must not die, and ends
 * all of them, last started first, whatever happens.
 */
#pragma once

#include "admin/exit.h"
#include "admin/process.h"
#include "admin/restart.h"
#include "base/clock.h"

#include <signal.h>

enum { SUPERVISOR_CHILDREN_MAX = 8 };

struct child {
    const char *name; /* for people: "PostgreSQL" */
    struct process_spec spec;
    int stop_signal;  /* asks it to end */
    int force_signal; /* asks again after stop_ms; SIGKILL comes last */
    unsigned stop_ms;
    bool restarts; /* started again when it ends unasked */

    /* the supervisor's own */
    pid_t pid;  /* 0 while it does not run */
    int status; /* waitpid()'s, of its last end */
    struct restart_budget budget;
    struct deadline restart_at; /* while it waits for its next start */
};

struct supervisor {
    int signal_fd;
    unsigned stops; /* how often we were asked to end */
    bool ending;
    sigset_t old_mask;
    struct child *children[SUPERVISOR_CHILDREN_MAX]; /* as they were started */
    unsigned count;
};

/* Takes the signals over. supervisor_fini() must follow, also on failure. */
int supervisor_init(struct supervisor *s, struct refusal *why) MUST_CHECK;

/* Ends every child and every process they left behind; gives signals back. */
void supervisor_fini(struct supervisor *s);

/* Starts a child. It is borrowed until it is dropped or supervisor_fini(). */
int supervisor_start(struct supervisor *s, struct child *child,
                     struct refusal *why) MUST_CHECK;

/*
 * Waits for a signal, for `fd` (or -1) to have something to read, or until
 * `until`, and does what is due. Fails when a child that restarts has died too
 * often.
 */
int supervisor_turn(struct supervisor *s, int fd, struct deadline until,
                    struct refusal *why) MUST_CHECK;

/* Was it asked to end? */
static inline bool supervisor_stopping(const struct supervisor *s)
{
    return s->stops > 0;
}

/*
 * Takes turns until the child has ended, or until a signal asks us to end:
 * then child->pid is still set.
 */
int supervisor_await(struct supervisor *s, struct child *child,
                     struct refusal *why) MUST_CHECK;

/* Starts a child, waits for its end and drops it. *ret_status as by wait. */
int supervisor_run(struct supervisor *s, struct child *child, int *ret_status,
                   struct refusal *why) MUST_CHECK;

/* Asks a running child to end, waits, forces it, and drops it. */
void supervisor_end(struct supervisor *s, struct child *child);
