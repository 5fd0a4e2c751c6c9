/* SPDX-License-Identifier: MIT */
/*
 * The process that serves, as its files share it: serve.c has the table of its
 * parts and runs it, parts.c what is made once for all loops, life.c signals
 * and workers, reload.c new settings.
 */
#pragma once

#include "app/reload.h"
#include "app/worker.h"
#include "routes/routes.h"

enum { WORKERS_MAX = 256 };

struct serving {
    struct assembly assembly;
    struct migration_set *migrations;
    struct worker workers[WORKERS_MAX];
    int fds[WORKERS_MAX];       /* to listen on, one for each worker */
    int admin_fds[WORKERS_MAX]; /* at admin_listen, if that is set */
    struct route rows[ROUTE_COUNT], admin_rows[ROUTE_COUNT];
    unsigned started, ready, ended; /* workers */
    struct signal_watch *watches[3];
    struct timer delay;   /* from SIGTERM to no new connections */
    struct timer overdue; /* by then they have ended */
    struct reload reload;
    struct tls_identity *tls_next;   /* prepared, not yet adopted */
    struct tls_identity *tls_before; /* some loop may still use it */
    struct timer watchdog;
    uint64_t watchdog_ms; /* 0: systemd does not wait for it */
    unsigned beats_seen[WORKERS_MAX];
    struct timer give_back;
    char url[320], public_url[2048];
    int ready_fd;
    int pid_fd; /* of the pid file; -1: none */
};

/*
 * One part of the process. Where nothing is to be done there is no function.
 * Parts start from the table's top and stop from its end; those that have
 * started are stopped when one does not.
 */
struct serving_part {
    const char *name;
    /* 0, or -ERR_x, told: exit_of() makes the status of it. */
    int (*start)(struct serving *serving, struct diag *diag);
    void (*stop)(struct serving *serving);
    /* What these two do is told in reload.h. */
    reload_prepare_fn *prepare;
    reload_adopt_fn *adopt;
};

extern const struct serving_part serving_parts[]; /* ended by no name */

/* --- life.c -------------------------------------------------------------- */

int start_control(struct serving *serving, struct diag *diag);
void stop_control(struct serving *serving);
int start_signals(struct serving *serving, struct diag *diag);
void stop_signals(struct serving *serving);
int start_workers(struct serving *serving, struct diag *diag);
void stop_workers(struct serving *serving);

/* --- watchdog.c ---------------------------------------------------------- */

int start_watchdog(struct serving *serving, struct diag *diag);
void stop_watchdog(struct serving *serving);

/* --- give_back.c --------------------------------------------------------- */

int start_giving_back(struct serving *serving, struct diag *diag);
void stop_giving_back(struct serving *serving);

/* --- reload.c ------------------------------------------------------------ */

int start_settings(struct serving *serving, struct diag *diag);
void stop_settings(struct serving *serving);

/* For worker->adopted; the argument is the serving process. */
void reload_adopted(void *serving);

/* --- encryption.c -------------------------------------------------------- */

int start_tls(struct serving *serving, struct diag *diag);
int prepare_tls(struct serving *serving, const struct settings *next,
                struct diag *diag);
void adopt_tls(struct serving *serving);
void stop_tls(struct serving *serving);

/* --- schema_fit.c -------------------------------------------------------- */

/* -ERR_PRECONDITION_FAILED names the first difference. */
int start_schema(struct serving *serving, struct diag *diag);

/* --- parts.c ------------------------------------------------------------- */

int start_process(struct serving *serving, struct diag *diag);
int prepare_fitness(struct serving *serving, const struct settings *next,
                    struct diag *diag);
void adopt_log(struct serving *serving);
int start_features(struct serving *serving, struct diag *diag);
void adopt_features(struct serving *serving);
int start_routes(struct serving *serving, struct diag *diag);
void stop_routes(struct serving *serving);
int start_target(struct serving *serving, struct diag *diag);
void stop_target(struct serving *serving);
int start_redis(struct serving *serving, struct diag *diag);
void stop_redis(struct serving *serving);
int start_migrations(struct serving *serving, struct diag *diag);
void stop_migrations(struct serving *serving);
int start_keys(struct serving *serving, struct diag *diag);
int prepare_keys(struct serving *serving, const struct settings *next,
                 struct diag *diag);
void stop_keys(struct serving *serving);
int start_limits(struct serving *serving, struct diag *diag);
void stop_limits(struct serving *serving);
int start_monitor(struct serving *serving, struct diag *diag);
int prepare_monitor(struct serving *serving, const struct settings *next,
                    struct diag *diag);
void adopt_monitor(struct serving *serving);
void stop_monitor(struct serving *serving);
int start_pid_file(struct serving *serving, struct diag *diag);
void stop_pid_file(struct serving *serving);
int start_sockets(struct serving *serving, struct diag *diag);
